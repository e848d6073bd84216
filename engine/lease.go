package engine

import (
	"context"
	"time"

	"carillon/models"
)

// extendStep bounds the leases that one statement extends.
const extendStep = 1000

// keepLeases extends the leases of what is in hand, four times in each lease's
// life, so that a lease can be short although an attempt is long.
func (e *Engine) keepLeases(ctx context.Context) {
	next := e.since.Add(e.cfg.Lease / 4)
	counted := e.beat(ctx)
	for {
		beat, still := e.clock.Until(counted)
		tick, stop := e.clock.Until(next)
		select {
		case <-ctx.Done():
			still()
			stop()
			return
		case <-beat:
			stop()
			counted = e.beat(ctx)
		case <-e.recount:
			still()
			stop()
			counted = e.beat(ctx)
		case <-tick:
			still()
			next = next.Add(e.cfg.Lease / 4)
			e.extendLeases(ctx)
			e.hands.sweep()
			if err := e.owners.keep(ctx, e.hands.active); err != nil && ctx.Err() == nil {
				e.log.Warn("the channels that this node works alone could not be kept", "error", err)
			}
			if now := e.clock.Now(); now.Sub(next) > e.cfg.Lease {
				next = now // the process stood still: nothing is to be made up for
			}
		}
	}
}

func (e *Engine) extendLeases(ctx context.Context) {
	now := e.clock.Now()
	ids := e.hands.expiring(now.Add(e.cfg.Lease * 5 / 8))
	for len(ids) > 0 {
		step := ids[:min(extendStep, len(ids))]
		ids = ids[len(step):]
		until := e.clock.Now().Add(e.cfg.Lease).Truncate(time.Microsecond)
		kept, err := e.store.Extend(ctx, e.cfg.Node, step, until)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("leases could not be extended", "deliveries", len(step), "error", err)
			}
			return
		}
		e.hands.extended(step, kept, until)
		if lost := len(step) - len(kept); lost > 0 {
			e.log.Debug("leases ended while in hand", "deliveries", lost)
			e.cfg.Observer.LeasesLost(lost)
		}
	}
}

// leaseEnd is when a lease that begins now ends.
func (e *Engine) leaseEnd() time.Time {
	return e.clock.Now().Add(e.cfg.Lease).UTC().Truncate(time.Microsecond)
}

// workIDs lists the deliveries of the work.
func workIDs(work []models.Work) []models.ID {
	ids := make([]models.ID, len(work))
	for i := range work {
		ids[i] = work[i].Delivery.ID
	}
	return ids
}
