package engine

import (
	"time"

	"carillon/models"
)

// refusal is why there was no room.
type refusal int

const (
	roomFound   refusal = iota
	roomFull            // of this node's hands; sign tells when that changes
	windowFull          // of the channel's own bounds; roomy tells
	channelHeld         // the receiver asked for a pause
)

// reserve takes room for up to n deliveries of a channel, of size bytes each,
// and says for how many there was some, or why there was none, and until when.
func (h *hands) reserve(c *models.Channel, bulk bool, n, size int) (got int, why refusal, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, own := h.lines[c.ID], 0
	if l != nil {
		h.update(l, c)
		if l.pace.held.After(h.clock.Now()) {
			return 0, channelHeld, l.pace.held
		}
		if n = min(n, l.free(bulk)); n <= 0 {
			l.wanted = true
			return 0, windowFull, until
		}
		own = l.held
	}
	// Each one taken adds to what is held and takes from what is free, so k more
	// fit while own + k - 1 < free - (k - 1).
	n = min(n, (h.capacity-h.held-own+1)/2)
	if size > 0 && h.held > 0 {
		n = min(n, (h.maxBytes-h.bytes)/size)
	}
	if h.closed || n <= 0 {
		return 0, roomFull, until
	}
	l = h.lineOf(c)
	if n = min(n, l.free(bulk)); n <= 0 {
		l.wanted = true
		return 0, windowFull, until
	}
	h.count(l, n, n*size, bulk)
	return n, roomFound, until
}

// shortLine is the part of all hands that a line may hold and still be short.
const shortLine = 8

// spare says that little waits in hand for a channel.
func (h *hands) spare(channel models.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[channel]
	return l == nil || l.waiting() < h.capacity/shortLine
}

// exceed takes room for deliveries beyond what was reserved: a message that was
// made before comes whole.
func (h *hands) exceed(c *models.Channel, bulk bool, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count(h.lineOf(c), n, 0, bulk)
}

// unreserve gives room back that was not used.
func (h *hands) unreserve(channel models.ID, bulk bool, n, size int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l := h.lines[channel]; l != nil {
		h.drop(l, n, n*size, bulk)
	}
}

// lineOf is the channel's line, with the limits that it has now.
func (h *hands) lineOf(c *models.Channel) *line {
	l := h.lines[c.ID]
	if l == nil {
		l = newLine(c.ID)
		h.lines[c.ID] = l
	}
	h.update(l, c)
	return l
}

func (h *hands) update(l *line, c *models.Channel) {
	if l.config == c {
		return
	}
	former := l.config
	l.configure(c, h.nodes, h.capacity)
	switch {
	case former == nil && c.HeldUntil != nil:
		l.hold(*c.HeldUntil)
	case former != nil && c.HeldUntil == nil && !former.UpdatedAt.Equal(c.UpdatedAt):
		l.lift(h.clock.Now()) // a person has changed it
	}
	h.relist(l)
}

func (h *hands) count(l *line, n, bytes int, bulk bool) {
	l.held += n
	h.held += n
	h.bytes += bytes
	if bulk {
		l.bulkHeld += n
	}
}

func (h *hands) drop(l *line, n, bytes int, bulk bool) {
	h.count(l, -n, -bytes, bulk)
	if l.wanted && (2*l.held <= l.window || bulk) {
		l.wanted = false
		h.roomy = append(h.roomy, l.channel)
		h.signal()
	}
	if l.held == 0 && !l.memorable(h.clock.Now()) {
		delete(h.lines, l.channel)
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
	h.signal()
}

func (h *hands) signal() {
	select {
	case h.room <- struct{}{}:
	default:
	}
}

// roomAgain lists the channels that a claim was refused for by their own
// bounds, and that have room now.
func (h *hands) roomAgain() []models.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	roomy := h.roomy
	h.roomy = nil
	return roomy
}
