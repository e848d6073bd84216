package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// steady is events at a steady rate, from connections that go to another node when
// theirs is away. What is due while no node takes anything is left out, not made
// up for: the rate stays what it is.
type steady struct {
	k         *soaking
	perSecond float64
	begin     time.Time
	next      atomic.Int64
	left      atomic.Int64 // out
	failed    atomic.Int64 // publications that broke off
}

// run publishes until ctx ends or the ledger is full.
func (l *steady) run(ctx context.Context) {
	l.begin = time.Now()
	var all sync.WaitGroup
	for i := range paceConnections {
		all.Go(func() { l.publish(ctx, i) })
	}
	all.Wait()
}

func (l *steady) publish(ctx context.Context, turn int) {
	var c *client
	defer func() {
		if c != nil {
			_ = c.conn.Close()
		}
	}()
	for n := int(l.next.Add(1)) - 1; n < len(l.k.ledger.state) && ctx.Err() == nil; n = int(l.next.Add(1)) - 1 {
		due := l.begin.Add(time.Duration(float64(n) / l.perSecond * float64(time.Second)))
		if time.Since(due) > time.Second {
			l.left.Add(1)
			continue
		}
		wait(ctx, time.Until(due))
		for c == nil && ctx.Err() == nil {
			if c = l.dial(turn); c == nil {
				turn++
				wait(ctx, 50*time.Millisecond)
			}
		}
		if ctx.Err() != nil {
			return
		}
		l.k.ledger.ask(n)
		if err := l.post(c, n); err != nil {
			l.failed.Add(1)
			_ = c.conn.Close()
			c = nil
			turn++
			continue
		}
		l.k.ledger.accept(n)
	}
}

// post gives a node that stands still as long as publishers would.
func (l *steady) post(c *client, n int) error {
	if err := c.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	_, err := c.post(l.k.body(n))
	return err
}

// dial is nil where the node whose turn it is does not answer.
func (l *steady) dial(turn int) *client {
	one := l.k.nodes[turn%len(l.k.nodes)].server()
	if one == nil {
		return nil
	}
	c, err := dial(one.address, adminKey)
	if err != nil {
		return nil
	}
	return c
}
