package engine

import (
	"time"

	"carillon/models"
)

// Observer hears of what the engine does, to count it. Its methods are called on
// the way of every event: they are quick, never wait, and are safe for concurrent use.
type Observer interface {
	// Published hears of every publication, of one event or many, when it is
	// answered; err is nil for one that was taken.
	Published(took time.Duration, err error)
	// Stored hears of what publications have stored, replays among them.
	Stored(events, repeats, deliveries int)
	// FiltersFailed counts webhooks whose filters failed on an event.
	FiltersFailed(webhooks int)
	// Attempted hears of every message that was answered, or could not be sent: the
	// attempts, one for each delivery in it, share their outcome. held says that the
	// receiver asked for a pause.
	Attempted(attempts []models.Attempt, held bool)
	// Recorded hears of the same attempts when they are on disk, with the states
	// that the deliveries have passed into.
	Recorded(parts []models.CompletionPart)
	// LeasesLost counts deliveries that were this node's, and are not any more.
	LeasesLost(n int)
	// Rescued counts deliveries that were taken over from a node that died.
	Rescued(n int)
	// Recovered hears of a recovery that is complete.
	Recovered()
}

// unobserved is an Observer that does not care.
type unobserved struct{}

func (unobserved) Published(time.Duration, error)   {}
func (unobserved) Stored(_, _, _ int)               {}
func (unobserved) FiltersFailed(int)                {}
func (unobserved) Attempted([]models.Attempt, bool) {}
func (unobserved) Recorded([]models.CompletionPart) {}
func (unobserved) LeasesLost(int)                   {}
func (unobserved) Rescued(int)                      {}
func (unobserved) Recovered()                       {}

// InHand tells what this node has in hand.
func (e *Engine) InHand() models.InHand {
	in := e.hands.inHand()
	in.Nodes = int(e.nodes.Load())
	return in
}

func (h *hands) inHand() models.InHand {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock.Now()
	in := models.InHand{
		Workers: h.workers, Sending: h.running, Recording: h.busy - h.running,
		Deliveries: h.held, Capacity: h.capacity, Bytes: h.bytes, MaxBytes: h.maxBytes,
	}
	for _, l := range h.lines {
		oldest := l.oldest(now)
		if l.pace.held.After(now) {
			in.HeldChannels++
			in.OldestHeld = max(in.OldestHeld, oldest)
		} else {
			in.OldestReady = max(in.OldestReady, oldest)
		}
	}
	return in
}

// oldest is how long the first message has waited in the line; 0 for none.
func (l *line) oldest(now time.Time) (waited time.Duration) {
	for _, q := range []*fifo[*message]{&l.fresh, &l.bulk} {
		if q.len() > 0 {
			waited = max(waited, now.Sub(q.items[q.head].taken))
		}
	}
	return waited
}

// rescuedIn counts the work whose former leases had run out.
func rescuedIn(work []models.Work) (n int) {
	for i := range work {
		if work[i].Rescued {
			n++
		}
	}
	return n
}
