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
