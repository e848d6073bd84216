package stream

import (
	"context"
	"sync"
	"sync/atomic"
)

// Board is a broadcast without order and without history: a subscriber sees
// what is posted while it listens.
type Board[T any] struct {
	buffer   int
	audience audience[T]
	listed   atomic.Int64
	wg       sync.WaitGroup

	// Guarded by the audience's lock.
	members map[*Subscription[T]]struct{}
	closed  bool
}

// NewBoard makes a board on which buffer items may wait for each reader, 0 for
// DefaultBuffer.
func NewBoard[T any](buffer int) *Board[T] {
	if buffer <= 0 {
		buffer = DefaultBuffer
	}
	return &Board[T]{buffer: buffer, members: map[*Subscription[T]]struct{}{}}
}

// Watched says whether anybody listens, so that what nobody sees need not be read.
func (b *Board[T]) Watched() bool { return b.listed.Load() > 0 }

// Post shows a batch to everybody who listens. It never waits for a reader, and
// costs nearly nothing while nobody listens.
func (b *Board[T]) Post(batch []T) {
	if len(batch) == 0 || !b.Watched() {
		return
	}
	b.audience.mu.Lock()
	defer b.audience.mu.Unlock()
	b.audience.deliver(&offer[T]{batch: batch}, func() { b.listed.Add(-1) })
}

// Subscribe listens until ctx ends. A nil match takes everything; it must be
// quick and must not change the item.
func (b *Board[T]) Subscribe(ctx context.Context, match func(*T) bool) (*Subscription[T], error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	s := newSubscription(ctx, match, b.buffer, errSlowBoard, &b.wg)
	b.audience.mu.Lock()
	defer b.audience.mu.Unlock()
	if b.closed {
		s.cancel(ErrStopped)
		return nil, ErrStopped
	}
	b.members[s] = struct{}{}
	b.audience.add(s)
	b.listed.Add(1)
	b.wg.Add(1)
	context.AfterFunc(s.ctx, func() { b.leave(s) })
	return s, nil
}

func (b *Board[T]) leave(s *Subscription[T]) {
	defer b.wg.Done()
	defer s.leave()
	s.end(context.Cause(s.ctx))
	b.audience.mu.Lock()
	defer b.audience.mu.Unlock()
	delete(b.members, s)
	if b.audience.remove(s) {
		b.listed.Add(-1)
	}
}

// Close ends every subscription with ErrStopped and waits until all have left.
func (b *Board[T]) Close() {
	b.audience.mu.Lock()
	b.closed = true
	for s := range b.members {
		s.end(ErrStopped)
	}
	b.audience.mu.Unlock()
	b.wg.Wait()
}
