package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

const (
	// heraldPace is the least time between two notices: what is committed
	// meanwhile shares the second.
	heraldPace  = 5 * time.Millisecond
	heraldPause = 200 * time.Millisecond // after a failure
	heraldLimit = 5 * time.Second        // for one notice
)

// herald tells the other nodes on one PostgreSQL of this one's commits, after
// them and apart from them: a transaction that notifies holds a lock that all
// of these share until it is on disk, so that no two could commit at once.
//
// A notice is a hint. One that a crash swallows is made up for by positions,
// generations and slow polls.
type herald struct {
	s    *Store
	wake chan struct{}
	done chan struct{}
	stop chan struct{}
	end  sync.Once

	mu      sync.Mutex
	pending news
}

// news is what was committed since the last notice.
type news struct {
	some     bool
	events   int64
	attempts int64
	updates  []models.ID
	lanes    laneDues
	tenants  []models.ID
	holds    []models.Hold
	freed    []models.ID
	catalog  bool
	recovers bool // recoveries were begun, went on, or ended
	nodes    bool // nodes have come or gone
	lost     bool // too much to tell: everything is to be read anew
}

func newHerald(s *Store) *herald {
	h := &herald{s: s, wake: make(chan struct{}, 1), done: make(chan struct{}), stop: make(chan struct{})}
	go h.run()
	return h
}

// tell takes a commit in; it never waits.
func (h *herald) tell(c *models.Commit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pending.add(c)
	h.signal()
}

// add leaves out the deliveries that an attempt tells of.
func (n *news) add(c *models.Commit) {
	n.some = true
	if len(c.Events) > 0 {
		n.events = max(n.events, c.Events[len(c.Events)-1].Seq)
	}
	if len(c.Attempts) > 0 {
		n.attempts = max(n.attempts, c.Attempts[len(c.Attempts)-1].Seq)
	}
	for i := range c.Lanes {
		n.lanes.add(c.Lanes[i].Lane, c.Lanes[i].Due, c.Lanes[i].Fresh)
	}
	if len(c.Tenants) > 0 {
		n.tenants = sortedIDs(append(n.tenants, c.Tenants...))
	}
	n.holds, n.freed = append(n.holds, c.Holds...), append(n.freed, c.Freed...)
	n.catalog, n.recovers, n.nodes = n.catalog || c.Catalog, n.recovers || len(c.Recoveries) > 0, n.nodes || c.Nodes
	if c.Attempts == nil {
		for i := range c.Updates {
			n.updates = append(n.updates, c.Updates[i].ID)
		}
	}
	if 16*(len(n.updates)+len(n.tenants)+len(n.freed))+laneBytes*len(n.lanes.list)+holdBytes*len(n.holds) > noticesMost*noticeBytes {
		*n = news{some: true, lost: true, events: n.events, attempts: n.attempts}
	}
}

// close sends what is pending, and ends. It may be called twice.
func (h *herald) close() {
	h.end.Do(func() { close(h.stop) })
	<-h.done
}

func (h *herald) run() {
	defer close(h.done)
	for {
		select {
		case <-h.wake:
		case <-h.stop:
			_ = h.send() // the other nodes poll as well
			return
		}
		pause := heraldPace
		if err := h.send(); err != nil {
			h.s.log.Warn("the other nodes could not be told of commits yet", "error", err)
			pause = heraldPause
		}
		h.wait(pause)
	}
}

func (h *herald) wait(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.stop:
	}
}

// send tells what is pending; where that fails, everything is to be read anew
// by whoever hears the next notice.
func (h *herald) send() error {
	h.mu.Lock()
	n := h.pending
	h.pending = news{}
	h.mu.Unlock()
	if !n.some {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), heraldLimit)
	defer cancel()
	batch := &pgx.Batch{}
	batch.Queue(hasty)
	for _, payload := range n.notices(h.s.cfg.Node) {
		batch.Queue("SELECT pg_notify($1, $2)", notifyChannel, payload)
		batch.Queue(keepNotice, payload)
	}
	err := h.s.rest.SendBatch(ctx, batch).Close()
	if err != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.pending = news{some: true, lost: true, events: max(n.events, h.pending.events), attempts: max(n.attempts, h.pending.attempts)}
		h.signal()
	}
	return err
}

func (h *herald) signal() {
	select {
	case h.wake <- struct{}{}:
	default: // it is awake already
	}
}
