package engine

import (
	"container/heap"
	"context"
	"time"
)

// run begins the lines whose time has come, until ctx ends.
func (h *hands) run(ctx context.Context) {
	for ctx.Err() == nil {
		at, some := h.ripen()
		if !some {
			select {
			case <-ctx.Done():
			case <-h.alarm:
			}
			continue
		}
		tick, stop := h.clock.Until(at)
		select {
		case <-ctx.Done():
		case <-h.alarm:
		case <-tick:
		}
		stop()
	}
}

// ripen moves the lines whose time has come, and tells the time of the next.
func (h *hands) ripen() (next time.Time, some bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock.Now()
	for len(h.timed) > 0 && !h.timed[0].at.After(now) {
		h.enlist(heap.Pop(&h.timed).(*line), now)
	}
	h.spawn()
	if len(h.timed) == 0 {
		return time.Time{}, false
	}
	return h.timed[0].at, true
}
