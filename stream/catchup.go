package stream

import (
	"context"
	"fmt"
)

// historyPage is small because every subscriber that catches up holds one.
const historyPage = 100

// catchUp sends history to one subscriber until it can go on live.
type catchUp[T any] struct {
	hub     *Hub[T]
	sub     *Subscription[T]
	cursor  int64 // everything up to here was sent
	history func(ctx context.Context, after, upTo int64, limit int) ([]T, error)
}

// run is the subscription's sender from the start, so that nothing live can
// overtake history.
func (c *catchUp[T]) run() {
	if err := c.reachLive(); err != nil {
		c.sub.end(c.sub.reason(err))
	}
	c.sub.pump()
}

// reachLive reads towards the head of the log, which may move away; close to
// it, it lists the subscriber and reads the last piece. If more becomes live
// meanwhile than the buffer holds, that is given up for another round: reading
// paces a subscriber, it does not close it.
func (c *catchUp[T]) reachLive() error {
	for {
		if err := c.approach(); err != nil {
			return err
		}
		position, err := c.hub.enlist(c.sub, c.cursor)
		if err != nil {
			return err
		}
		if err := c.replay(position); err != nil {
			return err
		}
		if c.sub.settle() {
			return nil
		}
	}
}

func (c *catchUp[T]) approach() error {
	for {
		head, err := c.hub.cfg.Head(c.sub.ctx)
		if err != nil {
			return fmt.Errorf("read the newest position: %w", err)
		}
		if head-c.cursor <= historyPage {
			return nil
		}
		if err := c.replay(head); err != nil {
			return err
		}
	}
}

// replay sends what is between the cursor and upTo, as fast as it is read.
func (c *catchUp[T]) replay(upTo int64) error {
	for c.cursor < upTo {
		items, err := c.history(c.sub.ctx, c.cursor, upTo, historyPage)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		for i := range items {
			if !c.sub.send(&Item[T]{Value: items[i]}) {
				return context.Cause(c.sub.ctx)
			}
		}
		if len(items) < historyPage {
			c.cursor = upTo
		} else {
			c.cursor = c.hub.cfg.Seq(&items[len(items)-1])
		}
	}
	return nil
}

// settle ends holding; false when the subscriber lapsed meanwhile.
func (s *Subscription[T]) settle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lapsed {
		s.lapsed = false
		return false
	}
	s.holding = false
	return true
}
