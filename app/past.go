package app

import (
	"context"
	"time"
)

// The purges go on in small steps, so that they never stand in the way.
const (
	purgeEvery = time.Minute
	purgeRest  = 50 * time.Millisecond
	purgeRows  = 1000
)

// pace is how much is erased at once, and how long the rest after it is.
type pace struct {
	events int // each has deliveries and attempts besides
	rest   time.Duration
}

// late is how far behind retention is until it hurries: further than the time
// between two passes explains.
const late = purgeEvery * 3 / 2

// restAfter is shorter where what is erased should have been long ago: where more
// is published than erased, the disk fills.
func (p pace) restAfter(behind time.Duration) time.Duration {
	if behind > late {
		return p.rest / 4
	}
	return p.rest
}

// pastPace is slower on SQLite, which has one writer: each step holds it up.
func (a *App) pastPace() pace {
	if _, sqlite := a.cfg.sqlitePath(); sqlite {
		return pace{events: 100, rest: 20 * time.Millisecond}
	}
	return pace{events: 500, rest: 50 * time.Millisecond}
}

// Attempts are counted as they come, in steps that take some milliseconds.
const (
	rollEvery = 5 * time.Second
	rollRest  = 10 * time.Millisecond
	rollRows  = 5000
)

// purge erases what belonged to deleted tenants, until ctx ends.
func (a *App) purge(ctx context.Context) {
	a.inSteps(ctx, "purge", purgeEvery, "what belonged to deleted tenants could not be erased; it is tried again",
		resting(purgeRest, func() (more bool, err error) { return a.store.PurgeDeleted(ctx, purgeRows) }))
}

// forget erases what has been complete for longer than the setting CARILLON_RETENTION.
func (a *App) forget(ctx context.Context, now func() time.Time) {
	pace := a.pastPace()
	a.inSteps(ctx, "retention", purgeEvery, "what is older than the retention could not be erased; it is tried again",
		func() (rest time.Duration, err error) {
			more, behind, err := a.store.PurgeOld(ctx, now().Add(-a.cfg.Retention), pace.events)
			if !more {
				return 0, err
			}
			return pace.restAfter(behind), err
		})
}

// forgetAudit erases entries of the audit log that are older than the setting
// CARILLON_AUDIT_RETENTION.
func (a *App) forgetAudit(ctx context.Context, now func() time.Time) {
	a.inSteps(ctx, "audit-retention", purgeEvery, "old entries of the audit log could not be erased; it is tried again",
		resting(purgeRest, func() (more bool, err error) {
			return a.store.PurgeAudit(ctx, now().Add(-a.cfg.AuditRetention), purgeRows)
		}))
}

// countAttempts keeps the counts of attempts close behind their log.
func (a *App) countAttempts(ctx context.Context) {
	a.inSteps(ctx, "statistics", rollEvery, "attempts could not be counted; it is tried again",
		resting(rollRest, func() (more bool, err error) { return a.store.RollStats(ctx, rollRows) }))
}
