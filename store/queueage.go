package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

// laneState is why what is due in a lane, of channel c and webhook w, does not go.
const laneState = `CASE WHEN c.status = 'DISABLED' THEN 'disabled' WHEN c.status <> 'ACTIVE' OR w.status <> 'ACTIVE' THEN 'paused'
		WHEN c.held_until > @now THEN 'held' ELSE 'due' END`

// oldestDue looks at the heads that are due; one whose lease has run out is due.
const oldestDue = `
	SELECT state, min(due_at) FROM (
		SELECT ` + laneState + ` AS state, h.due_at FROM heads h
		JOIN channels c ON c.id = h.channel_id AND COALESCE(c.deleted_at, 0) = 0
		JOIN webhooks w ON w.id = h.webhook_id
		WHERE h.due_at <= @now
	) due GROUP BY state`

// OldestDue tells since when the oldest delivery is due, by what keeps it:
// nothing (WaitDue), its receiver (WaitHeld), a person (WaitPaused) or its
// channel's failures (WaitDisabled). States in which nothing is due are missing.
// Its cost is by the number of lanes, not by what waits.
func (s *Store) OldestDue(ctx context.Context, now time.Time) (map[models.WaitState]time.Time, error) {
	out := make(map[models.WaitState]time.Time)
	read := func(row scanner) error {
		var state string
		var since int64
		err := row.Scan(&state, &since)
		out[models.WaitState(state)] = fromMicros(since)
		return err
	}
	var err error
	if s.postgres() {
		err = s.oldestDuePostgres(ctx, now, read)
	} else {
		_, err = collect(s.read.WithContext(ctx).Raw(laneHeadsLite+oldestDue, sql.Named("now", micros(now))), func(row scanner) (struct{}, error) {
			return struct{}{}, read(row)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("look for the oldest deliveries: %w", err)
	}
	return out, nil
}

func (s *Store) oldestDuePostgres(ctx context.Context, now time.Time, read func(scanner) error) error {
	batch := &pgx.Batch{}
	batch.Queue(steadyPlans)
	batch.Queue(laneHeadsPostgres+oldestDue, pgx.NamedArgs{"now": micros(now)}).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := read(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return s.rest.SendBatch(ctx, batch).Close()
}
