package stream

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a hub needs to know of its log. Positions are dense, from 1,
// in the order of commits.
type Config[T any] struct {
	// Head reads the newest position of the log.
	Head func(ctx context.Context) (int64, error)
	// Read reads items with after < position <= upTo, ascending, at most limit.
	Read func(ctx context.Context, after, upTo int64, limit int) ([]T, error)
	// Seq is an item's position.
	Seq func(*T) int64
	// Key is what Options.Key selects by; nil where nobody selects.
	Key func(*T) string
	// Log hears of reads that fail; nil discards.
	Log *slog.Logger
	// Buffer is how many items may wait for each reader; 0 for DefaultBuffer.
	Buffer int
	// After is the clock of retries; nil for time.After.
	After func(time.Duration) <-chan time.Time
}

const (
	readPage    = 500                   // items of one read that fills a gap
	pageRest    = 25 * time.Millisecond // between pages, or reading would drown readers that keep up with commits
	firstRetry  = 50 * time.Millisecond
	longestWait = 5 * time.Second
)

// Hub hands the items of one log to its subscribers, in the order of positions.
// What this node commits is fed from memory; what others commit, and what the
// hub had no room for, is read from the log.
type Hub[T any] struct {
	cfg  Config[T]
	log  *slog.Logger
	wake chan struct{}

	// wanted counts who is listed or about to be. While it is 0 nothing is kept:
	// whoever comes raises it before reading Head, so that what was not kept lies
	// before the Head that is read.
	wanted atomic.Int64

	inbox inbox[T]

	audience audience[T]
	// Guarded by the audience's lock.
	position int64 // everything up to here was handed to those who are listed
	members  map[*Subscription[T]]struct{}
	stopped  bool

	wg sync.WaitGroup // members, and the goroutines that send to them

	failing bool // the last read failed; Run's goroutine alone
}

// NewHub makes a hub; it works while Run does.
func NewHub[T any](cfg Config[T]) *Hub[T] {
	if cfg.Buffer <= 0 {
		cfg.Buffer = DefaultBuffer
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub[T]{cfg: cfg, log: cfg.Log, wake: make(chan struct{}, 1), members: map[*Subscription[T]]struct{}{}}
	h.inbox.seq = cfg.Seq
	h.audience.key = cfg.Key
	return h
}

// Feed brings a commit of this node: items in ascending, dense positions. It
// never waits. The batch must not be changed afterwards.
func (h *Hub[T]) Feed(batch []T) {
	if len(batch) == 0 || h.wanted.Load() == 0 {
		return
	}
	h.inbox.feed(batch)
	h.nudge()
}

// Hint says that positions up to upTo exist in the log; 0 says that some may,
// so that the hub looks for itself. It never waits.
func (h *Hub[T]) Hint(upTo int64) {
	if h.wanted.Load() == 0 {
		return
	}
	if upTo > 0 {
		h.inbox.hint(upTo)
	} else {
		h.inbox.ask()
	}
	h.nudge()
}

func (h *Hub[T]) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Run feeds the subscribers until ctx ends, then ends their subscriptions with
// ErrStopped and waits for them.
func (h *Hub[T]) Run(ctx context.Context) error {
	defer h.stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.wake:
		}
		h.work(ctx)
	}
}

// work goes on until nothing is left to do.
func (h *Hub[T]) work(ctx context.Context) {
	retry := firstRetry
	for ctx.Err() == nil {
		did, err := h.step(ctx)
		if err == nil {
			retry = firstRetry
		}
		switch {
		case err != nil:
			h.rest(ctx, retry)
			retry = min(2*retry, longestWait)
		case did == page:
			h.rest(ctx, pageRest)
		case did == nothing:
			return
		}
	}
}

func (h *Hub[T]) rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-h.cfg.After(d):
	}
}

func (h *Hub[T]) stop() {
	h.audience.mu.Lock()
	h.stopped = true
	for s := range h.members {
		s.end(ErrStopped)
	}
	h.audience.mu.Unlock()
	h.wg.Wait()
}

// progress is what one step did.
type progress int

const (
	nothing progress = iota
	something
	page // of a gap that goes on
)

// step does the next piece of work: a fed batch that follows on the position,
// or a read of what is missing.
func (h *Hub[T]) step(ctx context.Context) (progress, error) {
	h.audience.mu.Lock()
	position, listed := h.position, h.audience.n
	h.audience.mu.Unlock()
	if listed == 0 {
		return nothing, nil
	}
	todo := h.inbox.next(position)
	switch {
	case todo.batch != nil:
		h.hand(todo.batch, h.inbox.last(todo.batch))
		return something, nil
	case todo.look:
		return something, h.noted(ctx, h.lookup(ctx))
	case todo.upTo > position:
		did, err := h.fill(ctx, position, todo)
		return did, h.noted(ctx, err)
	}
	return nothing, nil
}

// hand gives items, which are all that exist between the position and upTo, to
// the subscribers.
func (h *Hub[T]) hand(items []T, upTo int64) {
	h.audience.mu.Lock()
	defer h.audience.mu.Unlock()
	for len(items) > 0 && h.cfg.Seq(&items[0]) <= h.position {
		items = items[1:]
	}
	if len(items) > 0 {
		h.audience.deliver(&offer[T]{batch: items, seq: h.cfg.Seq}, h.unwanted)
	}
	h.position = max(h.position, upTo)
}
