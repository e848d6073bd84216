package graph

import (
	"context"
	"slices"
	"strings"

	"carillon/catalog"
	"carillon/models"
)

// eventTypeList lists what administrators keep, and behind it what is built in, where
// its group is asked for: a catalog that nobody has filled is empty.
func (r *resolver) eventTypeList(ctx context.Context, p models.Page, f models.EventTypeFilter) (list models.Connection[models.EventType], err error) {
	fixed, within := catalog.Operational(), false
	if p.After != "" {
		id, err := models.DecodeIDCursor("after", models.PrefixEventType, p.After)
		if err != nil {
			return list, err
		}
		if i := slices.IndexFunc(fixed, func(t models.EventType) bool { return t.ID == id }); i >= 0 {
			fixed, within = fixed[i+1:], true
		}
	}
	if !within {
		if list, err = r.cfg.Reader.EventTypes(ctx, p, f); err != nil || list.HasNext {
			return list, err
		}
	}
	list.HasPrevious = p.After != ""
	for _, t := range fixed {
		if !typeFits(&f, &t) {
			continue
		}
		if len(list.Nodes) == p.First {
			list.HasNext = true
			break
		}
		list.Nodes = append(list.Nodes, t)
		list.Cursors = append(list.Cursors, models.EncodeCursor(t.ID.String()))
	}
	return list, nil
}

// typeFits is the filter's rule for what is built in.
func typeFits(f *models.EventTypeFilter, t *models.EventType) bool {
	search := strings.ToLower(f.Search)
	return f.Group != nil && t.Group == *f.Group && (strings.Contains(t.Name, search) ||
		strings.Contains(t.Group, search) || strings.Contains(strings.ToLower(t.Description), search))
}

// eventTypeNamed finds what is built in, too.
func (r *resolver) eventTypeNamed(ctx context.Context, name string) (*models.EventType, error) {
	if t, ok := catalog.OperationalByName(name); ok {
		return &t, nil
	}
	return existing(r.cfg.Reader.EventTypeByName(ctx, name))
}
