package engine

import (
	"context"
	"time"
)

// leastShare is a number of nodes at which everybody's share is one message.
const leastShare = 1 << 20

// beatSoon is how soon a node that has just come asks again whether the others
// have counted it.
const beatSoon = 250 * time.Millisecond

// beat tells the other nodes that this one lives, and learns how many do: each
// takes its share of the channels which nobody owns. One that has just come
// takes the least share until the others have all made room for it, or for as
// long as it takes that one of them which does not is not counted any more. It
// says when the next beat is due at the latest.
func (e *Engine) beat(ctx context.Context) (next time.Time) {
	now := e.clock.Now().UTC().Truncate(time.Microsecond)
	next = now.Add(e.cfg.Lease / 4)
	nodes, agreed, err := e.store.Beat(ctx, e.cfg.Node, now, now.Add(e.cfg.Lease))
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("the nodes could not be counted", "error", err)
		}
		return next
	}
	e.nodes.Store(int64(nodes))
	if !agreed && now.Sub(e.since) < e.cfg.Lease {
		nodes, next = leastShare, now.Add(beatSoon)
	}
	e.hands.share(max(nodes, 1))
	return next
}

// countNodes makes the next beat at once.
func (e *Engine) countNodes() {
	select {
	case e.recount <- struct{}{}:
	default:
	}
}
