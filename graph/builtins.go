package graph

import (
	"slices"

	"carillon/models"
)

// withBuiltIns is a page of what the database has, and behind it of what is built
// in and fits. stored is nil where only the built-in ones are asked for.
func withBuiltIns[T any](p models.Page, prefix models.Prefix, builtIn []T, id func(*T) models.ID, fits func(*T) bool,
	stored func() (models.Connection[T], error),
) (list models.Connection[T], err error) {
	within := false
	if p.After != "" {
		after, err := models.DecodeIDCursor("after", prefix, p.After)
		if err != nil {
			return list, err
		}
		if i := slices.IndexFunc(builtIn, func(t T) bool { return id(&t) == after }); i >= 0 {
			builtIn, within = builtIn[i+1:], true
		}
	}
	if !within && stored != nil {
		if list, err = stored(); err != nil || list.HasNext {
			return list, err
		}
	}
	list.HasPrevious = p.After != ""
	for _, t := range builtIn {
		if !fits(&t) {
			continue
		}
		if len(list.Nodes) == p.First {
			list.HasNext = true
			break
		}
		list.Nodes = append(list.Nodes, t)
		list.Cursors = append(list.Cursors, models.EncodeCursor(id(&t).String()))
	}
	return list, nil
}
