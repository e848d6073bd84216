package store

import (
	"context"

	"gorm.io/gorm"

	"carillon/models"
)

// collectAttempts reads attempts, each with what was sent and answered: those
// that left in one message keep it once. Only where some do is there a second
// statement.
func (s *Store) collectAttempts(ctx context.Context, q *gorm.DB) ([]models.Attempt, error) {
	list, err := collect(q, scanAttempt)
	if err != nil {
		return nil, err
	}
	var elsewhere []models.ID
	for i := range list {
		if contentElsewhere(&list[i]) {
			elsewhere = append(elsewhere, list[i].RequestID)
		}
	}
	if len(elsewhere) == 0 {
		return list, nil
	}
	in, ids := s.inIDs("a.id", uidsOf(sortedIDs(elsewhere)))
	bearers, err := collect(s.attempts(ctx).Where(in, ids), scanAttempt)
	if err != nil {
		return nil, err
	}
	byID := keyed(bearers, func(a *models.Attempt) models.ID { return a.ID })
	for i := range list {
		if bearer, found := byID[list[i].RequestID]; found && contentElsewhere(&list[i]) {
			list[i].CopyContent(&bearer)
		}
	}
	return list, nil
}

func contentElsewhere(a *models.Attempt) bool { return !bearsContent(a) && a.Target == "" }
