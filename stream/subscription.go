package stream

import (
	"context"
	"sync"
)

// Subscription is one reader's view of a hub or a board. It ends with its
// context; nothing else needs to be closed.
type Subscription[T any] struct {
	c      chan *Item[T]
	ctx    context.Context // ends when the subscription does
	cancel context.CancelCauseFunc
	match  func(*T) bool // nil takes every item
	key    string
	limit  int
	slow   error // what to say to a reader that is too slow
	wg     *sync.WaitGroup

	// Guarded by the audience's lock.
	crowd *crowd[T] // the list that it stands in; nil when it stands in none
	slot  int       // its place there
	from  int64     // positions up to here are not for it

	mu      sync.Mutex
	waiting fifo[T]
	sending bool   // a goroutine sends on c, and will close it
	holding bool   // history is still being sent: what is live waits
	lapsed  bool   // too much became live while holding: back to history
	err     error  // why it ended
	left    bool   // nothing more happens to it
	after   func() // to be called then
}

// C delivers the items, which all who take them share. It is closed when the subscription ends; Err says why.
func (s *Subscription[T]) C() <-chan *Item[T] { return s.c }

// Err is nil while the subscription lives. After C is closed it is ErrSlow,
// ErrStopped, the cause of the context's end, or why history could not be read.
func (s *Subscription[T]) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// End ends the subscription for a reason, as the end of its context does: what
// still waits is not for its reader any more.
func (s *Subscription[T]) End(reason error) { s.end(reason) }

// AfterEnd has f called once the subscription has ended, for whatever reason. It
// is to be called once.
func (s *Subscription[T]) AfterEnd(f func()) {
	s.mu.Lock()
	s.after = f
	ended := s.left
	s.mu.Unlock()
	if ended {
		f()
	}
}

// leave is the last that happens to a subscription.
func (s *Subscription[T]) leave() {
	s.mu.Lock()
	s.left = true
	after := s.after
	s.mu.Unlock()
	if after != nil {
		after()
	}
}

func newSubscription[T any](ctx context.Context, match func(*T) bool, limit int, slow error, wg *sync.WaitGroup) *Subscription[T] {
	s := &Subscription[T]{
		// Room for one spares a goroutine to every reader that keeps up; more
		// would be paid for by every idle subscriber.
		c:     make(chan *Item[T], 1),
		match: match, limit: limit, slow: slow, wg: wg,
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	return s
}

// end closes the subscription; the first reason stands.
func (s *Subscription[T]) end(reason error) {
	s.mu.Lock()
	if s.err == nil {
		s.err = reason
		s.waiting = fifo[T]{}
		if !s.sending {
			close(s.c)
		}
	}
	s.mu.Unlock()
	s.cancel(reason)
}

// reason is why work for the subscription failed: because it has ended, or err.
func (s *Subscription[T]) reason(err error) error {
	if cause := context.Cause(s.ctx); cause != nil {
		return cause
	}
	return err
}

// verdict is what became of items that were offered.
type verdict int

const (
	taken  verdict = iota
	lapsed         // it went back to history
	ended          // it was too slow, or has ended before
)

// take queues those of the offered items that are for this subscriber. It
// never waits for the reader. The bound is looked at between batches, so that
// one large commit does not close a reader that was keeping up.
func (s *Subscription[T]) take(o *offer[T], which []int) verdict {
	which = o.beyond(s.from, which)
	locked := false
	for _, i := range which {
		if s.match != nil && !s.match(&o.batch[i]) {
			continue
		}
		if !locked {
			s.mu.Lock()
			defer s.mu.Unlock()
			locked = true
			if s.err != nil {
				return ended
			}
			if s.waiting.len() >= s.limit {
				return s.overflow()
			}
		}
		s.push(o.item(i))
	}
	return taken
}

func (s *Subscription[T]) overflow() verdict {
	if s.holding {
		s.waiting = fifo[T]{}
		s.lapsed = true
		return lapsed
	}
	return ended
}

func (s *Subscription[T]) push(item *Item[T]) {
	if !s.sending {
		select {
		case s.c <- item:
			return
		default:
		}
		s.sending = true
		s.wg.Go(s.pump)
	}
	s.waiting.push(item)
}

// pump sends what waits, and rests once nothing does. It is the only sender
// while s.sending holds.
func (s *Subscription[T]) pump() {
	for {
		s.mu.Lock()
		item := s.waiting.pop()
		if item == nil || s.err != nil {
			s.rest()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		s.send(item)
	}
}

// rest gives the channel up: under the lock, by the goroutine that was sending.
func (s *Subscription[T]) rest() {
	s.sending = false
	if s.err != nil {
		close(s.c)
	}
}

// send waits for the reader; false means that the subscription has ended.
func (s *Subscription[T]) send(item *Item[T]) bool {
	select {
	case s.c <- item:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// fifo is a queue that holds no memory while it is empty.
type fifo[T any] struct {
	items []*Item[T]
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(item *Item[T]) {
	if len(q.items) == cap(q.items) && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, item)
}

// pop takes the oldest item; nil when there is none.
func (q *fifo[T]) pop() *Item[T] {
	if q.len() == 0 {
		*q = fifo[T]{}
		return nil
	}
	item := q.items[q.head]
	q.items[q.head] = nil
	q.head++
	return item
}
