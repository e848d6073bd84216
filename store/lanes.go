package store

import (
	"time"

	"carillon/models"
)

// laneDues gathers lanes, each with the earliest of its times.
type laneDues struct {
	list []models.LaneDue
	at   map[models.Lane]int
}

func (l *laneDues) add(lane models.Lane, due time.Time) {
	if l.at == nil {
		l.at = make(map[models.Lane]int)
	}
	i, known := l.at[lane]
	switch {
	case !known:
		l.at[lane] = len(l.list)
		l.list = append(l.list, models.LaneDue{Lane: lane, Due: due})
	case due.Before(l.list[i].Due):
		l.list[i].Due = due
	}
}
