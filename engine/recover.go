package engine

import (
	"context"
	"time"

	"carillon/models"
)

// The pace of recoveries on one node: so gentle that what is fresh always finds room.
const (
	recoverRows = 200
	recoverRest = 100 * time.Millisecond
)

// Recover begins to put every delivery back into the queue that the filter names
// and that has failed by now. It goes on in the background, on whichever node,
// over restarts too.
func (e *Engine) Recover(ctx context.Context, f models.DeliveryFilter) (models.Recovery, error) {
	r := models.Recovery{
		ID: models.NewID(models.PrefixRecovery), Filter: f,
		CreatedAt: e.clock.Now().UTC().Truncate(time.Microsecond),
	}
	if f.TenantID != nil {
		r.TenantID = *f.TenantID
	}
	if entry := models.AuditOf(ctx); entry != nil {
		entry.Target = &r.ID // which nobody could know before
	}
	return e.store.CreateRecovery(ctx, r)
}

// CancelRecovery stops a recovery where it is: what it has put back is sent.
func (e *Engine) CancelRecovery(ctx context.Context, id models.ID) (models.Recovery, error) {
	return e.store.CancelRecovery(ctx, id, e.clock.Now().UTC())
}

// recoverLoop goes on with open recoveries step by step, until ctx ends.
func (e *Engine) recoverLoop(ctx context.Context) {
	for ctx.Err() == nil {
		next := e.clock.Now()
		worked, err := e.recoverStep(ctx)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				e.log.Warn("failed deliveries could not be put back yet", "error", err)
			}
			e.rest(ctx, next.Add(faultPause), nil)
		case worked:
			e.rest(ctx, next.Add(recoverRest), nil)
		default:
			e.rest(ctx, next.Add(e.cfg.Poll), e.recoveries)
		}
	}
}

func (e *Engine) recoverStep(ctx context.Context) (worked bool, err error) {
	r, worked, err := e.store.RecoverStep(ctx, models.RecoveryStep{
		Node: e.cfg.Node, Now: e.clock.Now().UTC().Truncate(time.Microsecond), Until: e.leaseEnd(), Limit: recoverRows,
	})
	if worked && err == nil && r.CompletedAt != nil {
		e.log.Info("recovery is complete", "recovery_id", r.ID, "tenant_id", r.TenantID, "deliveries", r.Done)
		e.cfg.Observer.Recovered()
	}
	return worked, err
}

// rest waits until a time, or until there is news if that is asked for.
func (e *Engine) rest(ctx context.Context, until time.Time, news <-chan struct{}) {
	tick, stop := e.clock.Until(until)
	defer stop()
	select {
	case <-ctx.Done():
	case <-news:
	case <-tick:
	}
}

// rouseRecoveries looks for open recoveries at once.
func (e *Engine) rouseRecoveries() {
	select {
	case e.recoveries <- struct{}{}:
	default: // it is awake already
	}
}
