package engine

import (
	"time"

	"carillon/models"
)

// line is what one channel has in hand, and how fast it may go.
type line struct {
	pace
	channel models.ID
	config  *models.Channel // whose limits were taken over; nil before any
	owned   bool
	most    int // messages under way at once
	window  int // deliveries in hand at most

	fresh, bulk fifo[*message]
	turn        int // messages begun; each bulkTurn-th is one of a recovery
	running     int
	held        int
	bulkHeld    int
	wanted      bool // a claim found the window full

	place int       // where it is listed
	at    time.Time // in the agenda: when it may begin
}

// inRing is the place of a line that may send; one that may at a time has its
// index in the agenda, and one with nothing to do is nowhere.
const inRing = -1

const (
	// bulkTurn lets one message in so many be one of a recovery while fresh ones wait.
	bulkTurn = 8
	// smallLimit is what counts as a handful of messages under way: of such a
	// channel no more is taken in hand than it sends in a while.
	smallLimit = 64
	windowSize = 16 // messages in hand for each that may be under way
	windowTime = 2  // seconds of what a rate lets through
	// batchWindow is how many messages of a batching channel are in hand.
	batchWindow = 32
)

func newLine(channel models.ID) *line {
	return &line{channel: channel, place: nowhere, most: 1, window: windowSize}
}

// configure takes over the channel's limits, of which each node has its share
// where nobody owns the channel.
func (l *line) configure(c *models.Channel, nodes, capacity int) {
	if c == nil {
		return
	}
	l.config, l.owned, l.rate = c, c.Owned(), 0
	l.most, l.window = max(c.Limits.Concurrency, 1), capacity
	if !l.owned {
		l.most = max(c.Limits.Concurrency/nodes, 1)
	}
	messages := capacity
	if l.most < smallLimit {
		messages = windowSize * l.most
	}
	if c.Limits.Rate != nil {
		l.rate = *c.Limits.Rate
		messages = min(messages, int(l.rate*windowTime)+1)
	}
	l.window = min(messages, capacity)
	if c.Batching != nil {
		l.window = min(messages, batchWindow) * c.Batching.MaxEvents
	}
}

func (l *line) waiting() int { return l.fresh.len() + l.bulk.len() }

func (l *line) push(m *message) {
	if m.bulk {
		l.bulk.push(m)
	} else {
		l.fresh.push(m)
	}
}

// pop takes a fresh message first, but for one turn in a few.
func (l *line) pop() *message {
	l.turn++
	if l.bulk.len() > 0 && (l.fresh.len() == 0 || l.turn%bulkTurn == 0) {
		return l.bulk.pop()
	}
	return l.fresh.pop()
}

// free is how many more deliveries the channel's own bounds let into hand. Of a
// recovery it is a quarter of what may be under way, so that fresh ones never
// find all places taken.
func (l *line) free(bulk bool) int {
	n := l.window - l.held
	if bulk {
		most := max(l.most/4, 1)
		if l.config != nil && l.config.Batching != nil {
			most *= l.config.Batching.MaxEvents
		}
		n = min(n, most-l.bulkHeld)
	}
	return n
}

func (l *line) when() time.Time { return l.at }
func (l *line) index() *int     { return &l.place }
