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
	a.inSteps(ctx, "purge", purgeEvery, purgeRest, "what belonged to deleted tenants could not be erased; it is tried again",
		func() (more bool, err error) { return a.store.PurgeDeleted(ctx, purgeRows) })
}

// forget erases what has been complete for longer than the setting CARILLON_RETENTION.
func (a *App) forget(ctx context.Context, now func() time.Time) {
	pace := a.pastPace()
	a.inSteps(ctx, "retention", purgeEvery, pace.rest, "what is older than the retention could not be erased; it is tried again",
		func() (more bool, err error) {
			return a.store.PurgeOld(ctx, now().Add(-a.cfg.Retention), pace.events)
		})
}

// forgetAudit erases entries of the audit log that are older than the setting
// CARILLON_AUDIT_RETENTION.
func (a *App) forgetAudit(ctx context.Context, now func() time.Time) {
	a.inSteps(ctx, "audit-retention", purgeEvery, purgeRest, "old entries of the audit log could not be erased; it is tried again",
		func() (more bool, err error) {
			return a.store.PurgeAudit(ctx, now().Add(-a.cfg.AuditRetention), purgeRows)
		})
}

// countAttempts keeps the counts of attempts close behind their log.
func (a *App) countAttempts(ctx context.Context) {
	a.inSteps(ctx, "statistics", rollEvery, rollRest, "attempts could not be counted; it is tried again",
		func() (more bool, err error) { return a.store.RollStats(ctx, rollRows) })
}

// inSteps does something now and then, with short rests while there is more of
// it, until ctx ends.
func (a *App) inSteps(ctx context.Context, task string, every, rest time.Duration, failed string, step func() (more bool, err error)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		more, err := step()
		if ctx.Err() == nil {
			a.metrics.Tasks.Done(task, err)
		}
		if err != nil && ctx.Err() == nil {
			a.log.Warn(failed, "error", err)
		}
		if more && err == nil {
			timer.Reset(rest)
		} else {
			timer.Reset(every)
		}
	}
}
