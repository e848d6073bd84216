package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// meter takes the times from just before each publish call until the message
// is there, by the number in the data.
type meter struct {
	epoch time.Time
	sent  []atomic.Int64 // nanoseconds since the epoch, plus one
	took  []atomic.Int64
}

func newMeter(n int) *meter {
	return &meter{epoch: time.Now(), sent: make([]atomic.Int64, n), took: make([]atomic.Int64, n)}
}

func (m *meter) publishing(n int) { m.sent[n].Store(int64(time.Since(m.epoch)) + 1) }

func (m *meter) seen(body []byte) {
	now := int64(time.Since(m.epoch)) + 1
	if n := numberOf(body); n >= 0 && n < len(m.sent) {
		m.took[n].Store(now - m.sent[n].Load())
	}
}

// sorted is the times of those events from the first on that have come.
func (m *meter) sorted(first int) (all []time.Duration) {
	for i := first; i < len(m.took); i++ {
		if took := m.took[i].Load(); took > 0 {
			all = append(all, time.Duration(took))
		}
	}
	slices.Sort(all)
	return all
}

// percentile is of sorted times.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)*p/100]
}

// pace is events that are published at a steady pace, whatever becomes of them.
type pace struct {
	to        *server
	perSecond int
	warm      time.Duration // not measured
	body      func(n int) []byte
	meets     func(n int) bool // whether the nth comes to the receiver; nil is every one
}

// paceConnections is how many publications may be under way at once. Who finds
// none free waits, and its time runs.
const paceConnections = 64

// measure publishes, and gives the times of a window of the usual length, sorted.
func (s *site) measure(ctx context.Context, label string, p pace, r *receiver) (took []time.Duration, err error) {
	warm := int(p.warm.Seconds() * float64(p.perSecond))
	n := warm + p.perSecond*s.seconds
	m := newMeter(n)
	r.seen = m.seen
	due := r.received.Load()
	conns := make(chan *client, paceConnections)
	for range cap(conns) {
		c, err := dial(p.to.address, adminKey)
		if err != nil {
			return nil, err
		}
		defer c.conn.Close()
		conns <- c
	}
	var failed atomic.Value
	var under sync.WaitGroup
	close := func() error { return nil }
	begin := time.Now()
	for i := 0; i < n && ctx.Err() == nil; i++ {
		if i == warm {
			if close, err = s.watch(ctx, label); err != nil {
				return nil, err
			}
		}
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(p.perSecond))))
		if p.meets == nil || p.meets(i) {
			due++
		}
		m.publishing(i)
		under.Go(func() {
			c := <-conns
			if _, err := c.post(p.body(i)); err != nil {
				failed.Store(fmt.Errorf("publish: %w", err))
			}
			conns <- c
		})
	}
	under.Wait()
	err = errors.Join(close(), ctx.Err())
	if broken, ok := failed.Load().(error); ok {
		return nil, errors.Join(err, broken)
	}
	err = errors.Join(err, r.whole(due))
	took = m.sorted(warm)
	progress("%s on %s: %s p50 %s, p99 %s, longest %s; %s", s.name, s.kind, label,
		millis(percentile(took, 50)), millis(percentile(took, 99)), millis(took[len(took)-1]), s.last)
	return took, err
}

func sorted(times []time.Duration) []time.Duration {
	return slices.Sorted(slices.Values(times))
}
