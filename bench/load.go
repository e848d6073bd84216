package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// load is publishers that go on as soon as they are answered.
type load struct {
	to          []*server
	connections int
	body        func(connection, n int) []byte // of the nth request of a connection
	events      int                            // in a request
	fan         int                            // deliveries of an event; 0 is one
	// ahead bounds how many deliveries may be on their way, so that publishing
	// and delivering share the machine as they would for good; 0 is 20,000.
	ahead int
}

func (l load) withDefaults() load {
	if l.connections == 0 {
		l.connections = 64
	}
	l.fan, l.events = max(l.fan, 1), max(l.events, 1)
	if l.ahead == 0 {
		l.ahead = 20_000
	}
	return l
}

// running is a load that has begun.
type running struct {
	load
	r      *receiver
	before int64 // received earlier
	sent   atomic.Int64
	stop   chan struct{}
	all    sync.WaitGroup
	errs   []error
}

func (l load) begin(r *receiver) *running {
	l = l.withDefaults()
	run := &running{load: l, r: r, before: r.received.Load(), stop: make(chan struct{}), errs: make([]error, l.connections)}
	for i := range l.connections {
		run.all.Go(func() { run.errs[i] = run.publish(i) })
	}
	return run
}

func (run *running) publish(connection int) error {
	c, err := dial(run.to[connection%len(run.to)].address, adminKey)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	due := int64(run.events * run.fan)
	for n := 1; run.mayGoOn(due); n++ {
		if _, err := c.post(run.body(connection, n)); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// mayGoOn waits until the receivers have caught up, and counts what will be
// published then. It is false once the load has ended.
func (run *running) mayGoOn(due int64) bool {
	for {
		select {
		case <-run.stop:
			return false
		default:
		}
		sent := run.sent.Load()
		switch {
		case sent-(run.r.received.Load()-run.before) > int64(run.ahead):
			time.Sleep(time.Millisecond)
		case run.sent.CompareAndSwap(sent, sent+due):
			return true
		}
	}
}

// end stops the load and waits until everything has come, exactly once.
func (run *running) end() error {
	close(run.stop)
	run.all.Wait()
	if err := errors.Join(run.errs...); err != nil {
		return err
	}
	return run.r.whole(run.before + run.sent.Load())
}

// whole waits for what is still under way, and refuses more than that.
func (r *receiver) whole(n int64) error {
	if err := r.await(n); err != nil {
		return err
	}
	if more := r.received.Load() - n; more > 0 {
		return fmt.Errorf("%d more than published were received", more)
	}
	return nil
}

// saturate runs the load, and counts what is received in a window of the usual
// length after a time to warm up. It returns how many a second.
func (s *site) saturate(ctx context.Context, label string, l load, r *receiver) (rate float64, err error) {
	run := l.begin(r)
	wait(ctx, time.Duration(s.seconds)*time.Second/4+time.Second)
	close, err := s.watch(ctx, label)
	if err != nil {
		return 0, errors.Join(err, run.end())
	}
	first, begin := r.received.Load(), time.Now()
	wait(ctx, time.Duration(s.seconds)*time.Second)
	rate = float64(r.received.Load()-first) / time.Since(begin).Seconds()
	err = errors.Join(close(), run.end(), ctx.Err())
	progress("%s on %s: %s %s; %s", s.name, s.kind, label, perSecond(rate), s.last)
	return rate, err
}

// wait is a time that the run's end cuts short.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// flood posts so many requests over the connections, and returns once all are answered.
func flood(address string, connections, requests int, body func(n int) []byte) error {
	var next atomic.Int64
	errs := make([]error, connections)
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() {
			c, err := dial(address, adminKey)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.conn.Close()
			for n := next.Add(1); n <= int64(requests); n = next.Add(1) {
				if _, err := c.post(body(int(n))); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
