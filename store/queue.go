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

// Requeue makes deliveries due again with their schedule begun anew, all or
// none: what waits is moved, what is final comes back into the queue. CONFLICT
// where an attempt is under way, or where there is nothing left to send to.
func (s *Store) Requeue(ctx context.Context, list []models.Requeue) error {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b models.Requeue) int { return a.DeliveryID.Compare(b.DeliveryID) })
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		ids := make([]uid, len(list))
		for i := range list {
			ids[i] = uidOf(list[i].DeliveryID)
			if err := s.requeue(tx, &list[i]); err != nil {
				return err
			}
		}
		return s.tell(tx, ids, &commit)
	})
	if err != nil {
		return fmt.Errorf("requeue deliveries: %w", err)
	}
	return nil
}

const requeueOne = `INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, lease_owner, manual)
	SELECT d.id, d.channel_id, d.webhook_id, CAST(? AS bigint), NULL, CAST(? AS boolean) FROM deliveries d
	JOIN webhooks w ON w.id = d.webhook_id
	JOIN channels c ON c.id = d.channel_id AND c.deleted_at IS NULL
	WHERE d.id = ? AND NOT d.test
	ON CONFLICT (delivery_id) DO UPDATE SET due_at = excluded.due_at, lease_owner = NULL, manual = excluded.manual
	WHERE queue.lease_owner IS NULL OR queue.due_at <= ?`

func (s *Store) requeue(tx *gorm.DB, r *models.Requeue) error {
	id := uidOf(r.DeliveryID)
	result := tx.Exec(requeueOne, micros(r.Due), r.Manual, id, micros(s.cfg.Now()))
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected == 0 {
		return whyNotRequeued(tx, r.DeliveryID)
	}
	if err := tx.Exec("DELETE FROM failures WHERE delivery_id = ?", id).Error; err != nil {
		return err
	}
	return tx.Exec(`UPDATE deliveries SET retry_base = attempt_count, completed_at = NULL, reason = NULL,
		status = CASE WHEN attempt_count > 0 THEN 'RETRYING' ELSE 'PENDING' END WHERE id = ?`, id).Error
}

func whyNotRequeued(tx *gorm.DB, delivery models.ID) error {
	found, err := collect(tx.Raw(`SELECT d.test, w.id IS NOT NULL AND c.deleted_at IS NULL FROM deliveries d
		LEFT JOIN webhooks w ON w.id = d.webhook_id LEFT JOIN channels c ON c.id = d.channel_id
		WHERE d.id = ?`, uidOf(delivery)),
		func(row scanner) (state struct{ test, routed bool }, err error) {
			err = row.Scan(&state.test, &state.routed)
			return state, err
		})
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return models.NotFound("delivery", delivery)
	case found[0].test:
		return models.Conflict("id", "%s is the delivery of a test event; send another test event instead", delivery)
	case !found[0].routed:
		return models.Conflict("id", "the webhook or the channel of %s was deleted", delivery)
	}
	return models.Conflict("id", "an attempt of %s is under way; try again when it has ended", delivery)
}

// Cancel ends a delivery that is not final. An attempt that is under way goes on,
// and is recorded. CONFLICT where the delivery is final already.
func (s *Store) Cancel(ctx context.Context, delivery models.ID, now time.Time) (models.Delivery, error) {
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		id := uidOf(delivery)
		if err := tx.Exec("DELETE FROM queue WHERE delivery_id = ?", id).Error; err != nil {
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
			lanes.add(d.Lane(), *d.NextAttemptAt)
		}
	}
	commit.Updates, commit.Lanes = append(commit.Updates, updates...), append(commit.Lanes, lanes.list...)
	return nil
}
