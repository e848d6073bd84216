package stream

import (
	"context"
	"errors"
	"fmt"
)

// Options says what a subscriber wants to see.
type Options[T any] struct {
	// After is the position behind which to begin; nil begins with what is
	// committed from now on.
	After *int64
	// Key takes only items of this key, at no cost for the others; empty takes all.
	Key string
	// Match narrows further; nil takes all. It must be quick and must not change the item.
	Match func(*T) bool
	// History reads what Key and Match take, with after < position <= upTo,
	// ascending, at most limit. It is needed with After alone.
	History func(ctx context.Context, after, upTo int64, limit int) ([]T, error)
}

// Subscribe delivers every item that the options take, once and in order, until
// ctx ends. With After it begins in the log, as fast as it is read, and goes on
// live without a gap. Once live, a reader that lets more items wait than its
// buffer holds is closed with ErrSlow.
func (h *Hub[T]) Subscribe(ctx context.Context, opt Options[T]) (*Subscription[T], error) {
	s := newSubscription(ctx, opt.Match, h.cfg.Buffer, errSlowHub, &h.wg)
	s.key = opt.Key
	if opt.After == nil {
		return h.subscribeLive(s)
	}
	if opt.History == nil {
		s.cancel(nil)
		return nil, errors.New("subscribe with After: History is needed")
	}
	c := &catchUp[T]{hub: h, sub: s, cursor: *opt.After, history: opt.History}
	s.sending, s.holding = true, true
	if err := h.admit(s, c.run); err != nil {
		return nil, err
	}
	return s, nil
}

func (h *Hub[T]) subscribeLive(s *Subscription[T]) (*Subscription[T], error) {
	if err := h.admit(s, nil); err != nil {
		return nil, err
	}
	if _, err := h.enlist(s, 0); err != nil {
		err = s.reason(err)
		s.end(err)
		return nil, err
	}
	return s, nil
}

// admit makes s a member, who will leave when its context ends, and starts its
// sender, if it has one from the start.
func (h *Hub[T]) admit(s *Subscription[T], sender func()) error {
	h.audience.mu.Lock()
	defer h.audience.mu.Unlock()
	if h.stopped {
		s.cancel(ErrStopped)
		return ErrStopped
	}
	h.members[s] = struct{}{}
	h.wg.Add(1)
	if sender != nil {
		h.wg.Go(sender)
	}
	context.AfterFunc(s.ctx, func() { h.leave(s) })
	return nil
}

func (h *Hub[T]) leave(s *Subscription[T]) {
	defer h.wg.Done()
	defer s.leave()
	s.end(context.Cause(s.ctx))
	h.audience.mu.Lock()
	defer h.audience.mu.Unlock()
	delete(h.members, s)
	if h.audience.remove(s) {
		h.unwanted()
	}
}

// enlist lists s for what follows on the position that it returns, and on
// cursor. The hub's position begins with the first who is listed.
func (h *Hub[T]) enlist(s *Subscription[T], cursor int64) (position int64, err error) {
	h.wanted.Add(1)
	head, err := h.cfg.Head(s.ctx)
	if err != nil {
		h.unwanted()
		return 0, fmt.Errorf("read the newest position: %w", err)
	}
	h.audience.mu.Lock()
	defer h.audience.mu.Unlock()
	if s.ctx.Err() != nil {
		h.unwanted()
		return 0, context.Cause(s.ctx)
	}
	if h.audience.n == 0 {
		h.position = max(h.position, head)
	}
	s.from = max(h.position, cursor)
	if !s.holding {
		s.from = max(s.from, head)
	}
	h.audience.add(s)
	h.nudge()
	return h.position, nil
}

// unwanted is the opposite of raising wanted.
func (h *Hub[T]) unwanted() {
	if h.wanted.Add(-1) == 0 {
		h.inbox.clearIf(func() bool { return h.wanted.Load() == 0 })
	}
}
