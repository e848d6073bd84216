package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/ncruces/go-sqlite3"

	"carillon/models"
)

// Claim leases due deliveries of the lanes to the owner, oldest first in each.
// A delivery is claimed by one only, and not while its webhook or its channel is
// paused, disabled or deleted.
func (s *Store) Claim(ctx context.Context, r models.ClaimRequest) ([]models.Work, error) {
	r.Lanes = slices.DeleteFunc(slices.Clone(r.Lanes), func(q models.LaneQuota) bool { return q.Max <= 0 })
	if len(r.Lanes) == 0 {
		return nil, nil
	}
	var work []models.Work
	var commit models.Commit
	err := s.retryDeadlocks(ctx, func() (err error) {
		if s.postgres() {
			work, commit, err = s.claimPostgres(ctx, &r)
		} else {
			work, commit, err = s.claimLite(ctx, &r)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	if len(work) > 0 {
		s.committed(commit)
	}
	return work, nil
}

const (
	workColumns   = plainDeliveryColumns + ", " + eventColumns
	claimPostgres = `WITH due AS MATERIALIZED (
			SELECT d.delivery_id, d.lease_owner
			FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS l(channel_id, webhook_id, most)
			JOIN channels c ON c.id = l.channel_id AND c.status = 'ACTIVE' AND c.deleted_at IS NULL
			JOIN webhooks w ON w.id = l.webhook_id AND w.status = 'ACTIVE'
			CROSS JOIN LATERAL (
				SELECT delivery_id, lease_owner FROM queue
				WHERE channel_id = l.channel_id AND webhook_id = l.webhook_id AND due_at <= $4
				ORDER BY due_at LIMIT l.most FOR UPDATE SKIP LOCKED
			) d
		), q AS (
			UPDATE queue SET due_at = $5, lease_owner = $6 FROM due WHERE queue.delivery_id = due.delivery_id
			RETURNING queue.delivery_id, queue.manual, due.lease_owner IS NOT NULL AS rescued
		)
		SELECT q.manual, q.rescued, ` + workColumns + ` FROM q
		JOIN deliveries d ON d.id = q.delivery_id JOIN events e ON e.id = d.event_id`
)

func (s *Store) claimPostgres(ctx context.Context, r *models.ClaimRequest) (work []models.Work, c models.Commit, err error) {
	n := len(r.Lanes)
	channels, webhooks, most := make(uids, n), make(uids, n), make([]int32, n)
	for i, q := range r.Lanes {
		channels[i], webhooks[i], most[i] = uidOf(q.Lane.ChannelID), uidOf(q.Lane.WebhookID), int32(q.Max)
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(endWhenIdle)
		batch.Queue(steadyPlans)
		batch.Queue(claimPostgres, channels, webhooks, most, micros(r.Now), micros(r.Until), uid(r.Owner)).
			Query(func(rows pgx.Rows) (err error) {
				work, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.Work, error) { return scanWork(row, r.Until) })
				return err
			})
		return tx.SendBatch(ctx, batch).Close()
	})
	return work, claimed(work), err
}

const claimLite = `SELECT q.manual, q.lease_owner IS NOT NULL, ` + workColumns + `
	FROM queue q JOIN deliveries d ON d.id = q.delivery_id JOIN events e ON e.id = d.event_id
	WHERE q.channel_id = ? AND q.webhook_id = ? AND q.due_at <= ?
		AND EXISTS (SELECT 1 FROM channels WHERE id = q.channel_id AND status = 'ACTIVE' AND deleted_at IS NULL)
		AND EXISTS (SELECT 1 FROM webhooks WHERE id = q.webhook_id AND status = 'ACTIVE')
	ORDER BY q.due_at LIMIT ?`

func (s *Store) claimLite(ctx context.Context, r *models.ClaimRequest) (work []models.Work, c models.Commit, err error) {
	err = s.liteTx(ctx, func(l *lite) error {
		for _, q := range r.Lanes {
			err := l.query(func(row *sqlite3.Stmt) error {
				w, err := scanWork(liteRow{stmt: row}, r.Until)
				work = append(work, w)
				return err
			}, claimLite, uidOf(q.Lane.ChannelID), uidOf(q.Lane.WebhookID), micros(r.Now), q.Max)
			if err != nil {
				return err
			}
		}
		for i := range work {
			_, err := l.exec("UPDATE queue SET due_at = ?, lease_owner = ? WHERE delivery_id = ?",
				micros(r.Until), uid(r.Owner), uidOf(work[i].Delivery.ID))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return work, claimed(work), err
}

func claimed(work []models.Work) models.Commit {
	c := models.Commit{Updates: make([]models.Delivery, len(work))}
	for i := range work {
		c.Updates[i] = work[i].Delivery
	}
	return c
}

// scanWork reads manual, rescued, and workColumns.
func scanWork(row scanner, until time.Time) (models.Work, error) {
	var d deliveryRow
	var e eventRow
	var manual, rescued bool
	dest := append([]any{&manual, &rescued}, d.plainDest()...)
	if err := row.Scan(append(dest, e.dest()...)...); err != nil {
		return models.Work{}, fmt.Errorf("read claimed delivery: %w", err)
	}
	d.leased = true
	w := models.Work{Delivery: d.model(), Trigger: models.TriggerAutomatic, LeaseUntil: until, Rescued: rescued}
	if manual {
		w.Trigger = models.TriggerManual
	}
	var err error
	w.Event, err = e.model()
	return w, err
}
