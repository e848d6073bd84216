package engine

import (
	"sync"
	"time"

	"carillon/models"
)

// hands is the work that this node holds leases of: what waits for a worker, by
// channel, and what is under way. Room is shared by a moving threshold: a
// channel may take more only while it holds less than what is still free. One
// that hangs is so held to half of everything, the next one to half of the
// rest, and there is always some left for one that works.
type hands struct {
	workers  int
	capacity int // deliveries
	maxBytes int // of event data
	deliver  func(models.Work)
	room     chan struct{} // receives when a claim that found no room may try again

	mu      sync.Mutex
	lines   map[models.ID]*line
	ring    fifo[*line] // lines with waiting work, in turn
	holds   map[models.ID]*hold
	held    int // deliveries taken or reserved
	bytes   int
	running int
	started bool
	closed  bool
	quiet   chan struct{} // closed once nothing runs after close
	wanted  bool          // a claim found no room
	since   int           // deliveries ended since then
}

// line is what one channel has in hand.
type line struct {
	channel models.ID
	waiting fifo[*hold]
	running int
	held    int
}

// hold is one delivery in hand.
type hold struct {
	work  models.Work
	bytes int
	begun bool
	lost  bool // another node has its lease now
}

func newHands(workers, capacity, maxBytes int, deliver func(models.Work)) *hands {
	return &hands{
		workers: workers, capacity: max(capacity, workers), maxBytes: maxBytes, deliver: deliver,
		room:  make(chan struct{}, 1),
		lines: map[models.ID]*line{}, holds: map[models.ID]*hold{}, quiet: make(chan struct{}),
	}
}

// reserve takes room for up to n deliveries of a channel, of size bytes each,
// and says for how many there was some.
func (h *hands) reserve(channel models.ID, n, size int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[channel]
	own := 0
	if l != nil {
		own = l.held
	}
	// Each one taken adds to what is held and takes from what is free, so k more
	// fit while own + k - 1 < free - (k - 1).
	n = min(n, (h.capacity-h.held-own+1)/2)
	if size > 0 && h.held > 0 {
		n = min(n, (h.maxBytes-h.bytes)/size)
	}
	if h.closed || n <= 0 {
		return 0
	}
	if l == nil {
		l = &line{channel: channel}
		h.lines[channel] = l
	}
	l.held += n
	h.held += n
	h.bytes += n * size
	return n
}

// unreserve gives room back that was not used.
func (h *hands) unreserve(channel models.ID, n, size int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(h.lines[channel], n, n*size)
}

func (h *hands) drop(l *line, n, bytes int) {
	l.held -= n
	h.held -= n
	h.bytes -= bytes
	if l.held == 0 {
		delete(h.lines, l.channel)
	}
}

// take puts reserved work in line; reserved is the size that its reservation
// named, where that was an estimate.
func (h *hands) take(work models.Work) { h.takeSized(work, len(work.Event.Data)) }

func (h *hands) takeSized(work models.Work, reserved int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[work.Delivery.ChannelID]
	if h.closed || h.holds[work.Delivery.ID] != nil {
		// Its lease is this node's either way: it runs out, or is kept for the
		// attempt that is under way already.
		h.drop(l, 1, reserved)
		return
	}
	held := &hold{work: work, bytes: len(work.Event.Data)}
	h.bytes += held.bytes - reserved
	h.holds[work.Delivery.ID] = held
	l.waiting.push(held)
	if l.waiting.len() == 1 {
		h.ring.push(l)
	}
	h.spawn()
}

// start lets workers begin.
func (h *hands) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.started = true
	h.spawn()
}

// spawn starts workers for what may begin now.
func (h *hands) spawn() {
	for h.started && h.running < h.workers {
		next := h.pick()
		if next == nil {
			return
		}
		go h.work(next)
	}
}

// work is one worker: it ends when there is nothing that may begin.
func (h *hands) work(next *hold) {
	for next != nil {
		h.deliver(next.work)
		next = h.done(next)
	}
}

// pick takes the next hold in turn, of a channel that is within its share.
func (h *hands) pick() *hold {
	for beyond := 0; beyond < h.ring.len(); {
		l := h.ring.pop()
		if l.running >= h.workers-h.running {
			h.ring.push(l)
			beyond++
			continue
		}
		next := l.waiting.pop()
		if l.waiting.len() > 0 {
			h.ring.push(l)
		}
		if next.lost {
			h.end(l, next)
			continue
		}
		next.begun = true
		l.running++
		h.running++
		return next
	}
	return nil
}

// done ends a hold and gives its worker the next one, if there is one.
func (h *hands) done(ended *hold) *hold {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[ended.work.Delivery.ChannelID]
	l.running--
	h.running--
	h.end(l, ended)
	next := h.pick()
	h.spawn()
	if h.closed && h.running == 0 {
		close(h.quiet)
	}
	return next
}

func (h *hands) end(l *line, ended *hold) {
	delete(h.holds, ended.work.Delivery.ID)
	h.drop(l, 1, ended.bytes)
	if !h.wanted {
		return
	}
	// An eighth of the line makes a claim worth its while.
	h.since++
	if h.since*8 >= l.held {
		h.sign()
	}
}

// want asks for a sign on room, after a claim found none.
func (h *hands) want() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wanted, h.since = true, 0
	// While less than half is held every channel has room: it came meanwhile.
	if 2*h.held < h.capacity-1 && h.bytes+guessBytes <= h.maxBytes {
		h.sign()
	}
}

func (h *hands) sign() {
	h.wanted = false
	select {
	case h.room <- struct{}{}:
	default:
	}
}

// close lets nothing more begin and hands out what has not begun.
func (h *hands) close() []models.Work {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	var waiting []models.Work
	for h.ring.len() > 0 {
		l := h.ring.pop()
		for l.waiting.len() > 0 {
			next := l.waiting.pop()
			waiting = append(waiting, next.work)
			h.end(l, next)
		}
	}
	if h.running == 0 {
		close(h.quiet)
	}
	return waiting
}

// idle is closed once nothing runs any more after close.
func (h *hands) idle() <-chan struct{} { return h.quiet }

// expiring lists the deliveries in hand whose lease ends before t.
func (h *hands) expiring(t time.Time) []models.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []models.ID
	for id, held := range h.holds {
		if !held.lost && held.work.LeaseUntil.Before(t) {
			ids = append(ids, id)
		}
	}
	return ids
}

// extended notes which of the asked leases now last until t; the others are lost.
func (h *hands) extended(asked, kept []models.ID, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range kept {
		if held := h.holds[id]; held != nil {
			held.work.LeaseUntil = t
		}
	}
	for _, id := range asked {
		if held := h.holds[id]; held != nil && held.work.LeaseUntil.Before(t) {
			held.lost = true
		}
	}
}

// fifo is a queue that reuses its space.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(v T) {
	if q.head > 32 && q.head*2 > len(q.items) {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, v)
}

func (q *fifo[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return v
}
