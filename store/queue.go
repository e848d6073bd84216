package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// listStep bounds the ids of one statement and the news of one commit.
const listStep = 1000

// Extend moves the end of the leases that the owner still holds to until, and
// tells which they are.
func (s *Store) Extend(ctx context.Context, owner models.NodeID, ids []models.ID, until time.Time) (held []models.ID, err error) {
	for step := range slices.Chunk(sortedIDs(ids), listStep) {
		var found []uid
		err := s.retryDeadlocks(ctx, func() (err error) {
			in, list := s.inIDs("delivery_id", uidsOf(step))
			found, err = collect(s.write.WithContext(ctx).Raw("UPDATE queue SET due_at = ? WHERE "+in+
				" AND lease_owner = ? RETURNING delivery_id", micros(until), list, uid(owner)), scanUID)
			return err
		})
		if err != nil {
			return held, fmt.Errorf("extend leases: %w", err)
		}
		for _, id := range found {
			held = append(held, id.id(models.PrefixDelivery))
		}
	}
	return held, nil
}

// Release gives leases that the owner still holds back: anybody may claim the
// deliveries from due on.
func (s *Store) Release(ctx context.Context, owner models.NodeID, ids []models.ID, due time.Time) error {
	for step := range slices.Chunk(sortedIDs(ids), listStep) {
		var commit models.Commit
		err := s.change(ctx, &commit, func(tx *gorm.DB) error {
			in, list := s.inIDs("delivery_id", uidsOf(step))
			released, err := collect(tx.Raw("UPDATE queue SET due_at = ?, lease_owner = NULL WHERE "+in+
				" AND lease_owner = ? RETURNING delivery_id", micros(due), list, uid(owner)), scanUID)
			if err != nil {
				return err
			}
			return s.tell(tx, released, &commit)
		})
		if err != nil {
			return fmt.Errorf("release leases: %w", err)
		}
	}
	return nil
}

// ReleaseAll gives every lease back. It is for the start on SQLite, where no
// other process can hold one; on PostgreSQL it does nothing.
func (s *Store) ReleaseAll(ctx context.Context, due time.Time) error {
	if s.postgres() {
		return nil
	}
	err := s.write.WithContext(ctx).
		Exec("UPDATE queue SET due_at = ?, lease_owner = NULL WHERE lease_owner IS NOT NULL", micros(due)).Error
	if err != nil {
		return fmt.Errorf("release all leases: %w", err)
	}
	return nil
}

// tell reads how the deliveries stand now, for subscribers, and the lanes in
// which they wait.
func (s *Store) tell(tx *gorm.DB, ids []uid, commit *models.Commit) error {
	if len(ids) == 0 {
		return nil
	}
	in, list := s.inIDs("d.id", ids)
	updates, err := collect(tx.Table("deliveries d").Select(deliveryColumns, micros(s.cfg.Now())).
		Joins("LEFT JOIN queue q ON q.delivery_id = d.id").Where(in, list).Order("d.id"), scanDelivery)
	if err != nil {
		return err
	}
	var lanes laneDues
	for i := range updates {
		if d := &updates[i]; d.NextAttemptAt != nil {
			lanes.add(d.Lane(), *d.NextAttemptAt, 0)
		}
	}
	commit.Updates, commit.Lanes = append(commit.Updates, updates...), append(commit.Lanes, lanes.list...)
	return nil
}
