package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// claimLooks is about messages whose channel may send.
const claimLooks = `SELECT a.id FROM awaited a WHERE a.look_at <= ?
	AND EXISTS (SELECT 1 FROM channels c WHERE c.id = a.channel_id AND (c.status = 'ACTIVE' OR c.deleted_at IS NOT NULL))
	ORDER BY a.look_at LIMIT ?`

// ClaimLooks takes up to limit messages that were not reported on in time, and that
// nobody else looks at before until. What of them was canceled is missing.
func (s *Store) ClaimLooks(ctx context.Context, now, until time.Time, limit int) (list []models.Awaited, err error) {
	var due []uid
	if err := s.read.WithContext(ctx).Table("awaited").Where("look_at <= ?", micros(now)).Limit(1).Pluck("id", &due).Error; err != nil {
		return nil, fmt.Errorf("claim looks: %w", err)
	} else if len(due) == 0 {
		return nil, nil
	}
	err = s.retryDeadlocks(ctx, func() error {
		list = nil
		return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			query := claimLooks
			if s.postgres() {
				query += " FOR UPDATE OF a SKIP LOCKED"
			}
			if err := s.steady(tx); err != nil {
				return err
			}
			ids, err := collect(tx.Raw(query, micros(now), limit), scanUID)
			if err != nil || len(ids) == 0 {
				return err
			}
			in, ins := s.inIDs("id", ids)
			list, err = collect(tx.Raw("UPDATE awaited SET look_at = ? WHERE "+in+" RETURNING id, sent_at", micros(until), ins),
				func(row scanner) (a models.Awaited, err error) {
					var id uid
					var sent int64
					err = row.Scan(&id, &sent)
					a.ID, a.SentAt = id.id(models.PrefixMessage), fromMicros(sent)
					return a, err
				})
			for i := range list {
				if err == nil {
					list[i].Work, err = s.awaitedWork(tx, list[i].ID, until)
				}
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("claim looks: %w", err)
	}
	return list, nil
}

// awaitedRows are those of the queue that belong to a message.
const awaitedRows = "(delivery_id = ? OR message_id = ?) AND due_at = ?"

// awaitedWork reads the deliveries of a message that are SENT, in the order of publishing.
func (s *Store) awaitedWork(tx *gorm.DB, message models.ID, until time.Time) ([]models.Work, error) {
	q := tx.Raw("SELECT "+workColumns+` FROM (SELECT delivery_id, manual, false AS rescued, bulk,
			entity IS NOT NULL AS ordered, message_id FROM queue WHERE `+awaitedRows+`) q
		JOIN deliveries d ON d.id = q.delivery_id JOIN events e ON e.id = d.event_id
		WHERE d.status = 'SENT' ORDER BY e.seq, d.id`, uidOf(message), uidOf(message), int64(awaiting))
	return collect(q, func(row scanner) (models.Work, error) {
		w, err := scanWork(row, until)
		w.Delivery.Status, w.Delivery.NextAttemptAt = models.DeliverySent, nil // no attempt is under way
		return w, err
	})
}
