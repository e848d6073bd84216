package engine

import (
	"context"
	"time"
)

// beat tells the other nodes that this one lives, and learns how many do: each
// takes its share of the channels which nobody owns. The others count a node
// that has just come at their next beat; until then it takes the least share.
func (e *Engine) beat(ctx context.Context) {
	now := e.clock.Now().UTC().Truncate(time.Microsecond)
	nodes, err := e.store.Beat(ctx, e.cfg.Node, now, now.Add(e.cfg.Lease))
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("the nodes could not be counted", "error", err)
		}
		return
	}
	if nodes > 1 && now.Sub(e.since) < e.cfg.Lease/2 {
		nodes = leastShare
	}
	e.hands.share(max(nodes, 1))
}

// leastShare is a number of nodes at which everybody's share is one message.
const leastShare = 1 << 20
