package store

import (
	"context"
	"time"
)

// purgeKeys looks at idempotency keys in the order in which they were created,
// and erases those whose events are gone.
func (s *Store) purgeKeys(ctx context.Context, after int64, cutoff time.Time, limit int) (reached int64, more bool, err error) {
	var created []int64
	q := s.read.WithContext(ctx).Table("idempotency_keys").Where("created_at > ? AND created_at < ?", after, micros(cutoff))
	if err := q.Order("created_at").Limit(limit).Pluck("created_at", &created).Error; err != nil || len(created) == 0 {
		return after, false, err
	}
	reached = created[len(created)-1] // with all that were created at the same time
	err = s.retryDeadlocks(ctx, func() error {
		return s.write.WithContext(ctx).Exec(`DELETE FROM idempotency_keys WHERE created_at > ? AND created_at <= ?
			AND NOT EXISTS (SELECT 1 FROM events e WHERE e.id = event_id)`, after, reached).Error
	})
	return reached, len(created) == limit, err
}

// pastRows are the tables that are small beside the logs. The placeholders are
// the cutoff and how many.
var pastRows = [...]string{
	`DELETE FROM attempt_stats WHERE (channel_id, unit, start, webhook_id, event_type) IN
		(SELECT channel_id, unit, start, webhook_id, event_type FROM attempt_stats WHERE unit = 'h' AND start < ? LIMIT ?)`,
	`DELETE FROM recoveries WHERE id IN
		(SELECT id FROM recoveries WHERE COALESCE(completed_at, canceled_at) < ? LIMIT ?)`,
	`DELETE FROM submissions WHERE (tenant_id, origin, provider_id) IN
		(SELECT tenant_id, origin, provider_id FROM submissions s WHERE created_at < ?
			AND NOT EXISTS (SELECT 1 FROM awaited a WHERE a.id = s.sent_id) LIMIT ?)`,
	`DELETE FROM threads WHERE (channel_id, entity) IN
		(SELECT channel_id, entity FROM threads WHERE used_at < ? LIMIT ?)`,
	// A delivery that used a template is of an event that came before the deletion.
	`DELETE FROM template_versions WHERE (template_id, version) IN (SELECT v.template_id, v.version FROM templates t
		JOIN template_versions v ON v.template_id = t.id
		WHERE t.deleted_at < ? AND t.deleted_at < COALESCE((SELECT e.created_at FROM events e ORDER BY e.seq LIMIT 1), 9223372036854775807) LIMIT ?)`,
	`DELETE FROM templates WHERE id IN (SELECT t.id FROM templates t WHERE t.deleted_at < ?
		AND NOT EXISTS (SELECT 1 FROM template_versions v WHERE v.template_id = t.id) LIMIT ?)`,
}

// The places in pastRows of what goes later than the cutoff.
const (
	pastCounts  = 0
	pastThreads = 3
)

// purgeRest erases the counts of whole hours, recoveries that have ended, what
// providers have reported, threads that nothing goes below any more, and deleted
// templates that no delivery can have used.
func (s *Store) purgeRest(ctx context.Context, cutoff time.Time, limit int) (more bool, err error) {
	for i, query := range pastRows {
		before := cutoff
		switch i {
		case pastCounts:
			before = cutoff.Add(-statHour.length()) // so that the whole hour is past
		case pastThreads:
			if kept := s.cfg.Now().Add(-threadsKept); kept.Before(before) {
				before = kept
			}
		}
		var erased int64
		err := s.retryDeadlocks(ctx, func() error {
			result := s.write.WithContext(ctx).Exec(query, micros(before), limit)
			erased = result.RowsAffected
			return result.Error
		})
		if err != nil {
			return false, err
		}
		more = more || erased == int64(limit)
	}
	return more, nil
}
