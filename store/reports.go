package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

// recordReport keeps the first final report of an id, unless a later one says that
// the message was delivered after all.
const recordReport = `INSERT INTO submissions (tenant_id, origin, provider_id, state, detail, created_at) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (tenant_id, origin, provider_id) DO UPDATE SET
		state = CASE WHEN submissions.state IS NULL OR excluded.state = 'DELIVERED' THEN excluded.state ELSE submissions.state END,
		detail = CASE WHEN submissions.state IS NULL OR excluded.state = 'DELIVERED' THEN excluded.detail ELSE submissions.detail END
	RETURNING sent_id`

// RecordReport keeps what a provider reports, whether or not it is known yet whose
// message it is about. The message's id is zero where it is not.
func (s *Store) RecordReport(ctx context.Context, r models.Report, now time.Time) (message models.ID, err error) {
	var found []uid
	err = s.retryDeadlocks(ctx, func() (err error) {
		found, err = collect(s.write.WithContext(ctx).Raw(recordReport, uidOf(r.TenantID), models.CleanText(r.Origin), models.CleanText(r.ID),
			string(r.State), models.CleanText(r.Detail), micros(now)), scanUID)
		return err
	})
	if err != nil {
		return message, fmt.Errorf("record a delivery report: %w", err)
	}
	if len(found) > 0 {
		message = found[0].id(models.PrefixMessage)
	}
	return message, nil
}

// Reported says whether there is a report on any part of a message.
func (s *Store) Reported(ctx context.Context, message models.ID) (some bool, err error) {
	err = s.read.WithContext(ctx).Raw("SELECT EXISTS (SELECT 1 FROM submissions WHERE sent_id = ? AND state IS NOT NULL)",
		uidOf(message)).Row().Scan(&some)
	if err != nil {
		return false, fmt.Errorf("look for delivery reports: %w", err)
	}
	return some, nil
}

// Settle looks at what is reported of a message and lets decide say what becomes of
// it, in one transaction. It changes only what still is SENT. decide is not asked
// where nothing is.
func (s *Store) Settle(ctx context.Context, message models.ID, now time.Time, decide func(models.Settling) models.Settled) error {
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		if err := s.steady(tx); err != nil {
			return err
		}
		is, ids, held, err := s.settling(tx, message)
		if err != nil {
			return err
		}
		var becomes models.Settled
		if len(ids) > 0 {
			becomes = decide(is)
		}
		switch {
		case len(ids) == 0, len(becomes.Deliveries) > 0:
			err = tx.Exec("DELETE FROM awaited WHERE id = ?", uidOf(message)).Error
		case !becomes.LookAt.IsZero():
			err = tx.Exec("UPDATE awaited SET look_at = ? WHERE id = ?", micros(becomes.LookAt), uidOf(message)).Error
		}
		if err != nil || len(becomes.Deliveries) == 0 {
			return err
		}
		return s.settle(tx, &becomes, ids, held, now, &commit)
	})
	if err != nil {
		return fmt.Errorf("settle a message: %w", err)
	}
	return nil
}

// steady keeps the planner from reading the whole queue: see steadyPlans.
func (s *Store) steady(tx *gorm.DB) error {
	if !s.postgres() {
		return nil
	}
	return tx.Exec(steadyPlans).Error
}

// settling locks what still is SENT of a message, and reads what is known of it.
func (s *Store) settling(tx *gorm.DB, message models.ID) (is models.Settling, ids, held []uid, err error) {
	id := uidOf(message)
	held, err = collect(tx.Raw("SELECT DISTINCT channel_id FROM queue WHERE entity IS NOT NULL AND "+awaitedRows, id, id, int64(awaiting)), scanUID)
	if err != nil {
		return is, nil, nil, err
	}
	if err := s.holdOrder(tx, held); err != nil {
		return is, nil, nil, err
	}
	q := tx.Table("queue").Clauses(clause.Locking{Strength: "UPDATE"}).Where(awaitedRows, id, id, int64(awaiting)).Order("delivery_id")
	if err := q.Pluck("delivery_id", &ids).Error; err != nil || len(ids) == 0 {
		return is, nil, nil, err
	}
	in, list := s.inIDs("d.id", ids)
	is.Deliveries, err = collect(tx.Raw("SELECT "+plainDeliveryColumns+" FROM deliveries d WHERE d.status = 'SENT' AND "+in+" ORDER BY d.id", list),
		scanPlainDelivery)
	if err != nil {
		return is, nil, nil, err
	}
	if len(is.Deliveries) < len(ids) {
		return is, nil, nil, errTryAgain
	}
	is.Reports = make(map[string]models.Report)
	reports, err := collect(tx.Raw("SELECT provider_id, state, COALESCE(detail, '') FROM submissions WHERE sent_id = ? AND state IS NOT NULL", id),
		func(row scanner) (r models.Report, err error) {
			err = row.Scan(&r.ID, &r.State, &r.Detail)
			return r, err
		})
	if err != nil {
		return is, nil, nil, err
	}
	for _, r := range reports {
		is.Reports[r.ID] = r
	}
	var sent []int64
	if err := tx.Table("awaited").Where("id = ?", id).Pluck("sent_at", &sent).Error; err != nil {
		return is, nil, nil, err
	}
	if len(sent) > 0 {
		is.SentAt = fromMicros(sent[0])
	}
	return is, ids, held, nil
}

// settle writes what became of deliveries whose rows of the queue are locked.
func (s *Store) settle(tx *gorm.DB, settled *models.Settled, ids, held []uid, now time.Time, commit *models.Commit) error {
	becomes, signals := settled.Deliveries, settled.Signals
	var over []uid
	for i := range becomes {
		d := &becomes[i]
		text, err := progressOf(d)
		if err == nil {
			err = tx.Exec("UPDATE deliveries SET status = ?, retry_base = ?, completed_at = ?, reason = ?, progress = ? WHERE id = ?",
				string(d.Status), d.RetryBase, microsPtr(d.CompletedAt), reasonOf(d), text, uidOf(d.ID)).Error
		}
		switch {
		case err != nil:
		case d.Status.Final():
			over = append(over, uidOf(d.ID))
		default:
			err = tx.Exec("UPDATE queue SET due_at = ?, lease_owner = NULL, manual = false WHERE delivery_id = ?", dueOf(d), uidOf(d.ID)).Error
		}
		if err != nil {
			return err
		}
	}
	for _, d := range failuresOf(becomes) {
		err := tx.Exec(`INSERT INTO failures (delivery_id, tenant_id, failed_at) VALUES (?, ?, ?)
			ON CONFLICT (delivery_id) DO UPDATE SET failed_at = excluded.failed_at`,
			uidOf(d.ID), uidOf(d.TenantID), micros(*d.CompletedAt)).Error
		if err != nil {
			return err
		}
	}
	if err := s.keepSignals(tx, signals); err != nil {
		return err
	}
	commit.Signals = len(signals) > 0
	if len(over) > 0 {
		if err := s.dequeueHeld(tx, over, held, now, commit); err != nil {
			return err
		}
	}
	return s.tell(tx, ids, commit)
}
