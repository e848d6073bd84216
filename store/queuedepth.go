package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"carillon/models"
)

// queueDepth goes through all of the queue once. Of the ordered
// deliveries it finds the one whose event came first.
const queueDepth = `
	SELECT ` + laneState + ` AS state,
		sum(q.due), sum(q.scheduled), sum(q.leased), sum(q.ordered), sum(q.sent), COALESCE(min(q.first), 0)
	FROM (
		SELECT channel_id, webhook_id,
			sum(CASE WHEN due_at <= @now THEN 1 ELSE 0 END) AS due,
			sum(CASE WHEN due_at > @now AND due_at < 9223372036854775806 AND lease_owner IS NULL THEN 1 ELSE 0 END) AS scheduled,
			sum(CASE WHEN due_at > @now AND due_at < 9223372036854775806 AND lease_owner IS NOT NULL THEN 1 ELSE 0 END) AS leased,
			sum(CASE WHEN due_at = 9223372036854775807 THEN 1 ELSE 0 END) AS ordered,
			sum(CASE WHEN due_at = 9223372036854775806 THEN 1 ELSE 0 END) AS sent,
			min(CASE WHEN due_at = 9223372036854775807 THEN seq END) AS first
		FROM queue GROUP BY channel_id, webhook_id
	) q
	JOIN channels c ON c.id = q.channel_id AND COALESCE(c.deleted_at, 0) = 0
	JOIN webhooks w ON w.id = q.webhook_id
	GROUP BY 1`

// QueueDepth counts the deliveries that are not over, by what they wait for. It
// reads the whole queue: a million rows take up to a second, so that its
// result is to be kept for a while.
func (s *Store) QueueDepth(ctx context.Context, now time.Time) (models.QueueDepth, error) {
	depth := models.QueueDepth{Waiting: make(map[models.WaitState]int, len(models.WaitStates()))}
	for _, state := range models.WaitStates() {
		depth.Waiting[state] = 0
	}
	var first int64
	_, err := collect(s.read.WithContext(ctx).Raw(queueDepth, sql.Named("now", micros(now))), func(row scanner) (struct{}, error) {
		var state models.WaitState
		var due, scheduled, leased, ordered, sent int
		var seq int64
		err := row.Scan(&state, &due, &scheduled, &leased, &ordered, &sent, &seq)
		depth.Waiting[state] += due
		depth.Waiting[models.WaitScheduled] += scheduled
		depth.Waiting[models.WaitLeased] += leased
		depth.Waiting[models.WaitOrdered] += ordered
		depth.Waiting[models.WaitReport] += sent
		if seq > 0 && (first == 0 || seq < first) {
			first = seq
		}
		return struct{}{}, err
	})
	if err == nil && first > 0 {
		depth.OrderedSince, err = s.publishedAt(ctx, first)
	}
	if err != nil {
		return depth, fmt.Errorf("count what waits: %w", err)
	}
	return depth, nil
}

// publishedAt is when the event at a position came; nil where it is gone.
func (s *Store) publishedAt(ctx context.Context, seq int64) (*time.Time, error) {
	found, err := collect(s.read.WithContext(ctx).Raw("SELECT created_at FROM events WHERE seq = ?", seq), func(row scanner) (at int64, err error) {
		err = row.Scan(&at)
		return at, err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return fromMicrosPtr(&found[0]), nil
}
