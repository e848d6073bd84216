package main

import (
	"context"
	"fmt"
	"sync/atomic"
)

// ordered measures a channel that keeps the order of each entity, and checks
// that it does.
func ordered(ctx context.Context, s *site) error {
	const entities, connections = 1000, 50
	r := newReceiver()
	defer r.close()
	url, err := r.listen()
	if err != nil {
		return err
	}
	reference, err := s.references(ctx, url)
	if err != nil {
		return err
	}
	one, err := s.serve()
	if err != nil {
		return err
	}
	tenant, err := one.route(url, settings{"ordering": "PER_ENTITY"})
	if err != nil {
		return err
	}
	check := newOrderCheck(entities)
	r.seen = check.seen
	// Each connection has entities of its own, and publishes the next two events of
	// each of them, side by side, once those before are answered.
	const each = entities / connections
	rate, err := s.saturate(ctx, "ordered", load{
		to: []*server{one}, connections: connections, events: 2 * each, ahead: 10_000,
		body: func(connection, n int) []byte {
			events := make([]event, 2*each)
			for i := range events {
				events[i] = event{tenant: tenant, kind: anyKind, entity: entity(connection*each + i/2), n: 2*n - 1 + i%2}
			}
			return publishAll(events)
		},
	}, r)
	if err != nil {
		return err
	}
	if broken := check.broken.Load(); broken != nil {
		return fmt.Errorf("the order was broken: %s", *broken)
	}
	s.row(figure{measure: "ordered delivery", reference: reference}, perSecond(rate), 3000, rate,
		fmt.Sprintf("%d entities, one channel; the order of each was checked", entities))
	return nil
}

// orderCheck expects the events of each entity to be numbered from one on.
type orderCheck struct {
	last   []atomic.Int64
	broken atomic.Pointer[string]
}

func newOrderCheck(entities int) *orderCheck {
	return &orderCheck{last: make([]atomic.Int64, entities)}
}

func (c *orderCheck) seen(body []byte) {
	of, n := entityOf(body), int64(numberOf(body))
	if of < 0 || of >= len(c.last) {
		text := fmt.Sprintf("a message without an entity: %.200s", body)
		c.broken.CompareAndSwap(nil, &text)
		return
	}
	if before := c.last[of].Swap(n); n != before+1 {
		text := fmt.Sprintf("entity %d had event %d after %d", of, n, before)
		c.broken.CompareAndSwap(nil, &text)
	}
}
