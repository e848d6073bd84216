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

// when takes more at once, with shorter rests, where what is erased could have been
// gone for long: where less is erased than is published, the disk fills. Half of
// the time between two passes is usual.
func (p pace) when(behind time.Duration) pace {
	switch {
	case behind > purgeEvery*3/2:
		return pace{events: 4 * p.events, rest: p.rest / 4}
	case behind > purgeEvery/2:
		return pace{events: 2 * p.events, rest: p.rest / 2}
	}
	return p
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
	usual := a.pastPace()
	step := usual
	a.inSteps(ctx, "retention", purgeEvery, "what is older than the retention could not be erased; it is tried again",
		func() (rest time.Duration, err error) {
			more, behind, err := a.store.PurgeOld(ctx, now().Add(-a.cfg.Retention), step.events)
			if step = usual.when(behind); !more {
				return 0, err
			}
			return step.rest, err
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
