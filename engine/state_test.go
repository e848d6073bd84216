package engine

import "fmt"

// State tells what waits where, for a test that waited in vain.
func (e *Engine) State() string {
	b, h := e.backlog, e.hands
	b.mu.Lock()
	defer b.mu.Unlock()
	s := fmt.Sprintf("lanes: %d ready, %d later, %d refused; stale %t, read at %s, blocked %t\n",
		b.ready.len(), len(b.later), len(b.refused), b.stale, b.read, b.blocked)
	for _, l := range b.lanes {
		s += fmt.Sprintf("  %+v\n", *l)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s += fmt.Sprintf("hands: %d held, %d running, %d busy, %d in the ring, %d timed\n", h.held, h.running, h.busy, h.ring.len(), len(h.timed))
	for _, l := range h.lines {
		s += fmt.Sprintf("  %d held, %d running, %d waiting, place %d, ready at %s, at most %d; %+v\n",
			l.held, l.running, l.waiting(), l.place, l.ready(), l.most, l.pace)
	}
	return s
}
