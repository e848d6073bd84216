package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

// Lanes lists the lanes that hold deliveries and may send, each with the time at
// which the first can be claimed, earliest first; for a channel that is held that
// is no sooner than the end of the hold. Lanes in which everything waits behind
// deliveries of other lanes are missing. It steps through the index from lane to
// lane, so that its cost is by their number, not by what waits.
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

// laneHeadsPostgres begins a query over the first row of each lane, which nothing
// in the lane is due before.
const laneHeadsPostgres = `WITH RECURSIVE heads AS (
		(SELECT channel_id, webhook_id, bulk, due_at FROM queue ORDER BY channel_id, webhook_id, bulk, due_at LIMIT 1)
		UNION ALL
		SELECT n.* FROM heads l CROSS JOIN LATERAL (
			SELECT channel_id, webhook_id, bulk, due_at FROM queue q
			WHERE (q.channel_id, q.webhook_id, q.bulk) > (l.channel_id, l.webhook_id, l.bulk)
			ORDER BY channel_id, webhook_id, bulk, due_at LIMIT 1
		) n
	)`

const lanesPostgres = laneHeadsPostgres + `
	SELECT h.channel_id, h.webhook_id, h.bulk, greatest(h.due_at, c.held_until) FROM heads h
	JOIN channels c ON c.id = h.channel_id AND c.status = 'ACTIVE' AND COALESCE(c.deleted_at, 0) = 0
	JOIN webhooks w ON w.id = h.webhook_id AND w.status = 'ACTIVE'
	WHERE h.due_at < 9223372036854775806`

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

// laneHeadsLite goes to the next webhook of a channel, or else to the next channel,
// which begins before its first webhook: SQLite compares pairs by the index of
// their first half only. A lane that is not there has no time.
const laneHeadsLite = `WITH RECURSIVE lane (channel_id, webhook_id) AS (
		SELECT * FROM (SELECT channel_id, x'' FROM queue ORDER BY channel_id LIMIT 1)
		UNION ALL
		SELECT CASE WHEN EXISTS (SELECT 1 FROM queue q WHERE q.channel_id = l.channel_id AND q.webhook_id > l.webhook_id)
				THEN l.channel_id
				ELSE (SELECT q.channel_id FROM queue q WHERE q.channel_id > l.channel_id ORDER BY q.channel_id LIMIT 1) END,
			COALESCE((SELECT q.webhook_id FROM queue q WHERE q.channel_id = l.channel_id AND q.webhook_id > l.webhook_id
				ORDER BY q.webhook_id LIMIT 1), x'')
		FROM lane l WHERE l.channel_id IS NOT NULL
	), heads AS (
		SELECT l.channel_id, l.webhook_id, b.bulk, (SELECT q.due_at FROM queue q
			WHERE q.channel_id = l.channel_id AND q.webhook_id = l.webhook_id AND q.bulk = b.bulk ORDER BY q.due_at LIMIT 1) AS due_at
		FROM lane l CROSS JOIN (SELECT 0 AS bulk UNION ALL SELECT 1) b WHERE l.channel_id IS NOT NULL
	)`

const lanesLite = laneHeadsLite + `
	SELECT h.channel_id, h.webhook_id, h.bulk, max(h.due_at, COALESCE(c.held_until, 0)) FROM heads h
	JOIN channels c ON c.id = h.channel_id AND c.status = 'ACTIVE' AND c.deleted_at IS NULL
	JOIN webhooks w ON w.id = h.webhook_id AND w.status = 'ACTIVE'
	WHERE h.due_at < 9223372036854775806`

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
	var bulk bool
	var due int64
	err := row.Scan(&channel, &webhook, &bulk, &due)
	return models.LaneDue{Lane: laneOf(channel, webhook, bulk), Due: fromMicros(due)}, err
}

// scanPlainLane reads a lane alone.
func scanPlainLane(row scanner) (models.Lane, error) {
	var channel, webhook uid
	var bulk bool
	err := row.Scan(&channel, &webhook, &bulk)
	return laneOf(channel, webhook, bulk), err
}

// addLanes reads lanes that have something due at one time; NULLs are none.
func addLanes(rows pgx.Rows, due time.Time, lanes *laneDues) error {
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.Lane, error) { return scanPlainLane(row) })
	for _, lane := range found {
		if lane.ChannelID.IsZero() {
			continue
		}
		lanes.add(lane, due, 0)
	}
	return err
}

func laneOf(channel, webhook uid, bulk bool) models.Lane {
	return models.Lane{ChannelID: channel.id(models.PrefixChannel), WebhookID: webhook.id(models.PrefixWebhook), Bulk: bulk}
}

// laneDues gathers lanes, each with the earliest of its times, and counts what
// is new in them.
type laneDues struct {
	list []models.LaneDue
	at   map[models.Lane]int
}

// laneDuesOf goes on with lanes that were gathered before, each once.
func laneDuesOf(list []models.LaneDue) (l laneDues) {
	for i := range list {
		l.add(list[i].Lane, list[i].Due, list[i].Fresh)
	}
	return l
}

func (l *laneDues) add(lane models.Lane, due time.Time, fresh int) {
	if l.at == nil {
		l.at = make(map[models.Lane]int)
	}
	i, known := l.at[lane]
	switch {
	case !known:
		l.at[lane] = len(l.list)
		l.list = append(l.list, models.LaneDue{Lane: lane, Due: due, Fresh: fresh})
		return
	case due.Before(l.list[i].Due):
		l.list[i].Due = due
	}
	l.list[i].Fresh += fresh
}
