package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

const nextDuePostgres = `SELECT l.channel_id, l.webhook_id, l.bulk, greatest(q.due_at, c.held_until)
	FROM unnest($1::uuid[], $2::uuid[], $3::bool[]) AS l(channel_id, webhook_id, bulk)
	JOIN channels c ON c.id = l.channel_id AND c.status = 'ACTIVE' AND COALESCE(c.deleted_at, 0) = 0
	JOIN webhooks w ON w.id = l.webhook_id AND w.status = 'ACTIVE'
	CROSS JOIN LATERAL (
		SELECT due_at FROM queue WHERE channel_id = l.channel_id AND webhook_id = l.webhook_id AND bulk = l.bulk
			AND due_at < 9223372036854775806
		ORDER BY due_at LIMIT 1
	) q`

const nextDueLite = `SELECT q.channel_id, q.webhook_id, q.bulk, max(q.due_at, COALESCE(c.held_until, 0)) FROM queue q
	JOIN channels c ON c.id = q.channel_id AND c.status = 'ACTIVE' AND c.deleted_at IS NULL
	JOIN webhooks w ON w.id = q.webhook_id AND w.status = 'ACTIVE'
	WHERE q.channel_id = ? AND q.webhook_id = ? AND q.bulk = ? AND q.due_at < 9223372036854775806
	ORDER BY q.due_at LIMIT 1`

// NextDue tells when the first delivery of each lane can be claimed, as Lanes
// does. Lanes that are empty or may not send are missing.
func (s *Store) NextDue(ctx context.Context, lanes []models.Lane) (dues []models.LaneDue, err error) {
	if s.postgres() {
		dues, err = s.nextDuePostgres(ctx, lanes)
	} else {
		dues, err = s.nextDueLite(ctx, lanes)
	}
	if err != nil {
		return nil, fmt.Errorf("read when lanes are due: %w", err)
	}
	return dues, nil
}

func (s *Store) nextDuePostgres(ctx context.Context, lanes []models.Lane) (dues []models.LaneDue, err error) {
	channels, webhooks, bulks := make(uids, len(lanes)), make(uids, len(lanes)), make([]bool, len(lanes))
	for i, l := range lanes {
		channels[i], webhooks[i], bulks[i] = uidOf(l.ChannelID), uidOf(l.WebhookID), l.Bulk
	}
	batch := &pgx.Batch{}
	batch.Queue(steadyPlans)
	batch.Queue(nextDuePostgres, channels, webhooks, bulks).Query(func(rows pgx.Rows) error {
		dues, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.LaneDue, error) { return scanLane(row) })
		return err
	})
	err = s.pool.SendBatch(ctx, batch).Close()
	return dues, err
}

func (s *Store) nextDueLite(ctx context.Context, lanes []models.Lane) (dues []models.LaneDue, err error) {
	for _, l := range lanes {
		rows, err := s.reader.QueryContext(ctx, nextDueLite, uidOf(l.ChannelID), uidOf(l.WebhookID), l.Bulk)
		if err != nil {
			return nil, err
		}
		found, err := collectRows(rows, scanLane)
		if err != nil {
			return nil, err
		}
		dues = append(dues, found...)
	}
	return dues, nil
}
