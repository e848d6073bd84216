package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// Cancel ends a delivery that is not final. An attempt that is under way goes on,
// and is recorded. CONFLICT where the delivery is final already.
func (s *Store) Cancel(ctx context.Context, delivery models.ID, now time.Time) (models.Delivery, error) {
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		id := uidOf(delivery)
		if err := s.dequeue(tx, []uid{id}, now, &commit); err != nil {
			return err
		}
		result := tx.Exec("UPDATE deliveries SET status = ?, completed_at = ?, reason = ? WHERE id = ? AND status IN ?",
			string(models.DeliveryCanceled), micros(now), canceledByPerson, id,
			[]string{string(models.DeliveryPending), string(models.DeliveryRetrying)})
		if result.Error != nil {
			return result.Error
		}
		if err := s.tell(tx, []uid{id}, &commit); err != nil {
			return err
		}
		switch {
		case len(commit.Updates) == 0:
			return models.NotFound("delivery", delivery)
		case commit.Updates[0].Status == models.DeliverySent:
			return models.Conflict("id", "%s was taken by the provider; its delivery report is awaited", delivery)
		case result.RowsAffected == 0:
			return models.Conflict("id", "%s is already %s", delivery, commit.Updates[0].Status)
		}
		return nil
	})
	if err != nil {
		return models.Delivery{}, fmt.Errorf("cancel delivery: %w", err)
	}
	return commit.Updates[0], nil
}

// dequeue takes a few deliveries out of the queue, whatever they wait for, and
// lets those go that waited behind them.
func (s *Store) dequeue(tx *gorm.DB, ids []uid, now time.Time, commit *models.Commit) error {
	in, list := s.inIDs("delivery_id", ids)
	ordered, err := collect(tx.Raw("SELECT channel_id FROM queue WHERE entity IS NOT NULL AND "+in, list), scanUID)
	if err != nil {
		return err
	}
	if err := s.holdOrder(tx, ordered); err != nil {
		return err
	}
	return s.dequeueHeld(tx, ids, ordered, now, commit)
}

// dequeueHeld does so where the order of the channels is held.
func (s *Store) dequeueHeld(tx *gorm.DB, ids, held []uid, now time.Time, commit *models.Commit) error {
	in, list := s.inIDs("delivery_id", ids)
	type goneRow struct {
		orderedRow
		due int64
	}
	gone, err := collect(tx.Raw("DELETE FROM queue WHERE "+in+" RETURNING channel_id, message_id, COALESCE(entity, ''), due_at", list),
		func(row scanner) (g goneRow, err error) {
			err = row.Scan(&g.channel, &g.message, &g.entity, &g.due)
			return g, err
		})
	if err != nil {
		return err
	}
	var first []orderedRow
	for _, g := range gone {
		switch {
		case g.entity == "":
		case !slices.Contains(held, g.channel):
			return errTryAgain // it came into the queue after the look at it
		case g.due != parked:
			first = append(first, g.orderedRow)
		}
	}
	return s.unparkNext(tx, first, micros(now), commit)
}
