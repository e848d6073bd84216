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
		if err := tx.SendBatch(ctx, batch).Close(); err != nil || len(work) == 0 {
			return err
		}
		c = claimed(work)
		batch = &pgx.Batch{}
		s.notices(&c).queueAll(batch)
		return tx.SendBatch(ctx, batch).Close()
	})
	return work, c, err
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

const lanesPostgres = `WITH RECURSIVE lane AS (
		(SELECT channel_id, webhook_id, due_at FROM queue ORDER BY channel_id, webhook_id, due_at LIMIT 1)
		UNION ALL
		SELECT n.* FROM lane l CROSS JOIN LATERAL (
			SELECT channel_id, webhook_id, due_at FROM queue q
			WHERE (q.channel_id, q.webhook_id) > (l.channel_id, l.webhook_id)
			ORDER BY channel_id, webhook_id, due_at LIMIT 1
		) n
	)
	SELECT l.channel_id, l.webhook_id, l.due_at FROM lane l
	JOIN channels c ON c.id = l.channel_id AND c.status = 'ACTIVE' AND c.deleted_at IS NULL
	JOIN webhooks w ON w.id = l.webhook_id AND w.status = 'ACTIVE'`

// Lanes lists the lanes that hold deliveries and may send, each with the time at
// which the first can be claimed, earliest first. It steps through the index from
// lane to lane, so that its cost is by their number, not by what waits.
func (s *Store) Lanes(ctx context.Context) (lanes []models.LaneDue, err error) {
	if s.postgres() {
		lanes, err = s.lanesPostgres(ctx)
	} else {
		lanes, err = s.lanesLite(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	slices.SortFunc(lanes, func(a, b models.LaneDue) int { return a.Due.Compare(b.Due) })
	return lanes, nil
}

func (s *Store) lanesPostgres(ctx context.Context) (lanes []models.LaneDue, err error) {
	batch := &pgx.Batch{}
	batch.Queue(steadyPlans)
	batch.Queue(lanesPostgres).Query(func(rows pgx.Rows) error {
		lanes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.LaneDue, error) { return scanLane(row) })
		return err
	})
	err = s.pool.SendBatch(ctx, batch).Close()
	return lanes, err
}

// lanesLite goes to the next webhook of a channel, or else to the next channel,
// which begins before its first webhook: SQLite compares pairs by the index of
// their first half only.
const lanesLite = `WITH RECURSIVE lane (channel_id, webhook_id) AS (
		SELECT * FROM (SELECT channel_id, x'' FROM queue ORDER BY channel_id LIMIT 1)
		UNION ALL
		SELECT CASE WHEN EXISTS (SELECT 1 FROM queue q WHERE q.channel_id = l.channel_id AND q.webhook_id > l.webhook_id)
				THEN l.channel_id
				ELSE (SELECT q.channel_id FROM queue q WHERE q.channel_id > l.channel_id ORDER BY q.channel_id LIMIT 1) END,
			COALESCE((SELECT q.webhook_id FROM queue q WHERE q.channel_id = l.channel_id AND q.webhook_id > l.webhook_id
				ORDER BY q.webhook_id LIMIT 1), x'')
		FROM lane l WHERE l.channel_id IS NOT NULL
	)
	SELECT l.channel_id, l.webhook_id, (SELECT q.due_at FROM queue q
		WHERE q.channel_id = l.channel_id AND q.webhook_id = l.webhook_id ORDER BY q.due_at LIMIT 1)
	FROM lane l
	JOIN channels c ON c.id = l.channel_id AND c.status = 'ACTIVE' AND c.deleted_at IS NULL
	JOIN webhooks w ON w.id = l.webhook_id AND w.status = 'ACTIVE'`

func (s *Store) lanesLite(ctx context.Context) ([]models.LaneDue, error) {
	rows, err := s.reader.QueryContext(ctx, lanesLite)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return collectRows(rows, scanLane)
}

func scanLane(row scanner) (models.LaneDue, error) {
	var channel, webhook uid
	var due int64
	err := row.Scan(&channel, &webhook, &due)
	return models.LaneDue{Lane: models.Lane{ChannelID: channel.id(models.PrefixChannel),
		WebhookID: webhook.id(models.PrefixWebhook)}, Due: fromMicros(due)}, err
}
