package engine

import (
	"container/heap"
	"sync"
	"time"

	"carillon/channels"
	"carillon/models"
)

// hands is the work that this node holds leases of: what waits for its turn, by
// channel, and what is under way. Room is shared by a moving threshold: a
// channel may take more only while it holds less than what is still free. One
// that hangs is so held to half of everything, the next one to half of the
// rest, and there is always some left for one that works. Within its share, each
// line keeps to the pace and the limits of its channel.
type hands struct {
	workers  int
	capacity int // deliveries
	maxBytes int // of event data
	clock    Clock
	deliver  func(*message)
	abandon  func(*message)                              // gives back what may not be sent any more, and is done with it
	fenced   func(channel models.ID, now time.Time) bool // another node works the channel alone
	room     chan struct{}                               // receives when a claim that found no room may try again
	alarm    chan struct{}                               // receives when a line may begin earlier than was known

	mu      sync.Mutex
	lines   map[models.ID]*line
	ring    fifo[*line]   // lines that may send, in turn
	timed   agenda[*line] // lines that may send at a time
	holds   map[models.ID]*message
	held    int // deliveries taken or reserved
	bytes   int
	running int // messages under way
	busy    int // messages under way, or being recorded
	nodes   int // that share the channels which nobody owns
	started bool
	closed  bool
	quiet   chan struct{} // closed once nothing is busy after close
	wanted  bool          // a claim found no room
	since   int           // deliveries ended since then
	roomy   []models.ID   // channels whose own bound kept a claim waiting, and that have room again
}

func newHands(workers, capacity, maxBytes int, clock Clock) *hands {
	return &hands{
		workers: workers, capacity: max(capacity, workers), maxBytes: maxBytes, clock: clock, nodes: 1,
		room: make(chan struct{}, 1), alarm: make(chan struct{}, 1),
		lines: map[models.ID]*line{}, holds: map[models.ID]*message{}, quiet: make(chan struct{}),
	}
}

// take puts work in line whose room was reserved; reserved is the size that the
// reservation named for all of it, where that was an estimate.
func (h *hands) take(channel *models.Channel, work []models.Work, reserved int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lineOf(channel)
	h.bytes -= reserved
	if before := h.before(work); before != nil {
		before.next = append(before.next, work...)
		return
	}
	kept := h.unknown(work)
	if len(kept) < len(work) {
		h.drop(l, len(work)-len(kept), 0, work[0].Delivery.Bulk)
	}
	if len(kept) > 0 {
		h.add(l, kept)
		h.spawn()
	}
}

func (h *hands) add(l *line, work []models.Work) {
	m, now := newMessage(work), h.clock.Now()
	m.taken = now
	h.bytes += m.bytes
	for i := range m.work {
		h.holds[m.work[i].Delivery.ID] = m
	}
	l.push(m)
	h.enlist(l, now)
}

// start lets messages begin.
func (h *hands) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.started = true
	h.spawn()
}

// recording is how many times the messages under way may be answered and not on
// disk yet: a database that is slow, or away, slows the sending down.
const recording = 2

// spawn begins what may begin now.
func (h *hands) spawn() {
	for h.started && !h.closed && h.running < h.workers && h.busy < recording*h.workers {
		next := h.pick()
		if next == nil {
			return
		}
		go h.deliver(next)
	}
}

// enlist puts a line that has work and is in no list where it belongs. One that
// has as much under way as it may is put there when something of it ends.
func (h *hands) enlist(l *line, now time.Time) {
	if l.place != nowhere || l.waiting() == 0 || l.running >= l.most {
		return
	}
	if at := l.ready(); at.After(now) {
		l.at = at
		heap.Push(&h.timed, l)
		if h.timed[0] == l {
			h.wake()
		}
		return
	}
	l.place = inRing
	h.ring.push(l)
}

func (h *hands) wake() {
	select {
	case h.alarm <- struct{}{}:
	default:
	}
}

// pick takes the next message in turn, of a channel that is within its share of
// the workers.
func (h *hands) pick() *message {
	now := h.clock.Now()
	for beyond := 0; beyond < h.ring.len(); {
		l := h.ring.pop()
		if l.running >= h.workers-h.running {
			h.ring.push(l)
			beyond++
			continue
		}
		l.place = nowhere
		if l.waiting() == 0 || l.running >= l.most || l.ready().After(now) {
			h.enlist(l, now)
			continue
		}
		next := l.pop()
		if next.drop(); len(next.work) == 0 {
			h.end(l, next)
			h.enlist(l, now)
			continue
		}
		if !now.Before(next.until) || l.owned && h.fenced(l.channel, now) {
			// This node stood still: it may be another's by now.
			next.over = true
			h.busy++
			go h.abandon(next)
			h.enlist(l, now)
			continue
		}
		next.begun = true
		l.begin(now)
		l.running++
		h.running++
		h.busy++
		h.enlist(l, now)
		return next
	}
	return nil
}

// sent takes a message that was answered off its worker, whose turn it is then.
// It tells how long the receiver wants no more, if it does.
func (h *hands) sent(m *message, c *models.Channel, failure *channels.Error, began time.Time) (hold *time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, now := h.lines[m.channel], h.clock.Now()
	h.update(l, c)
	l.running--
	h.running--
	switch {
	case failure == nil:
		l.succeeded(now)
	case failure.Class == channels.Throttled:
		hold = l.throttled(failure, began, now)
		l.failed(now)
	case failure.Class == channels.Temporary:
		l.failed(now)
	}
	h.enlist(l, now)
	h.spawn()
	return hold
}

// dismissed takes a message that was not sent after all off its worker.
func (h *hands) dismissed(m *message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[m.channel]
	m.over = true
	l.running--
	h.running--
	h.enlist(l, h.clock.Now())
	h.spawn()
}

// done ends a message, once it is recorded or given back.
func (h *hands) done(m *message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy--
	h.end(h.lines[m.channel], m)
	h.spawn()
	if h.closed && h.busy == 0 {
		close(h.quiet)
	}
}

// end lets go of what a message held.
func (h *hands) end(l *line, m *message) {
	n := len(m.work) + len(m.lost)
	for i := range m.work {
		delete(h.holds, m.work[i].Delivery.ID)
	}
	for id := range m.lost {
		delete(h.holds, id)
	}
	next := m.next
	m.next = nil
	switch {
	case len(next) > 0 && h.closed:
		n += len(next)
	case len(next) > 0:
		h.add(l, next)
	}
	h.drop(l, n, m.bytes, m.bulk)
	if !h.wanted {
		return
	}
	// An eighth of the line makes a claim worth its while.
	h.since += n
	if h.since*8 >= l.held {
		h.sign()
	}
}

// hold keeps a channel quiet, as another node was asked to.
func (h *hands) hold(channel models.ID, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[channel]
	if l == nil {
		l = newLine(channel)
		h.lines[channel] = l
	}
	l.hold(until)
	h.relist(l)
}

// relist puts a line where it belongs now.
func (h *hands) relist(l *line) {
	if l.place >= 0 {
		heap.Remove(&h.timed, l.place)
	}
	h.enlist(l, h.clock.Now())
}

// evict hands out what waits for a channel and has not begun.
func (h *hands) evict(channel models.ID) []models.Work {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[channel]
	if l == nil {
		return nil
	}
	return h.clear(l)
}

func (h *hands) clear(l *line) (work []models.Work) {
	for l.waiting() > 0 {
		m := l.pop()
		m.drop()
		work = append(work, m.work...)
		h.end(l, m)
	}
	return work
}

// share tells between how many nodes the channels are shared that nobody owns.
func (h *hands) share(nodes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.nodes == nodes {
		return
	}
	h.nodes = nodes
	for _, l := range h.lines {
		l.configure(l.config, nodes, h.capacity)
		h.relist(l)
	}
	h.spawn()
}

// close lets nothing more begin and hands out what has not begun.
func (h *hands) close() (waiting []models.Work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	for _, l := range h.lines {
		waiting = append(waiting, h.clear(l)...)
	}
	if h.busy == 0 {
		close(h.quiet)
	}
	return waiting
}

// idle is closed once nothing is under way or to be recorded after close.
func (h *hands) idle() <-chan struct{} { return h.quiet }

// sweep forgets lines that nothing is to be remembered of.
func (h *hands) sweep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock.Now()
	for id, l := range h.lines {
		if l.held == 0 && !l.memorable(now) {
			delete(h.lines, id)
		}
	}
}

// active says whether a channel has anything in hand.
func (h *hands) active(channel models.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[channel]
	return l != nil && l.held > 0
}
