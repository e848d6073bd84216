package main

import (
	"fmt"
	"sync/atomic"
)

// ledger has what became of each event of a soak, by its number.
type ledger struct {
	state    []atomic.Uint32
	accepted atomic.Int64
	arrived  atomic.Int64 // each event once
	doubles  atomic.Int64
	strange  atomic.Int64 // arrived with a number that nobody published
}

// What is known of an event.
const (
	asked    = 1 << iota // the publication was sent
	accepted             // and answered
	received             // an endpoint took it
)

func newLedger(n int) *ledger { return &ledger{state: make([]atomic.Uint32, n)} }

func (l *ledger) ask(n int) { l.state[n].Or(asked) }

func (l *ledger) accept(n int) {
	l.state[n].Or(accepted)
	l.accepted.Add(1)
}

// receive is a receiver's: it may come before the publisher has its answer.
func (l *ledger) receive(body []byte) {
	n := numberOf(body)
	if n < 0 || n >= len(l.state) || l.state[n].Load()&asked == 0 {
		l.strange.Add(1)
		return
	}
	if l.state[n].Or(received)&received != 0 {
		l.doubles.Add(1)
		return
	}
	l.arrived.Add(1)
}

// waiting is how many accepted events no endpoint has taken yet, or some less:
// those that arrived without an answer count as well.
func (l *ledger) waiting() int64 { return max(0, l.accepted.Load()-l.arrived.Load()) }

// lost counts what was accepted and never taken, and names the first.
func (l *ledger) lost() (n int, first int) {
	for i := range l.state {
		if s := l.state[i].Load(); s&accepted != 0 && s&received == 0 {
			if n++; n == 1 {
				first = i
			}
		}
	}
	return n, first
}

// unanswered counts publications that broke off: nobody knows which of them were stored.
func (l *ledger) unanswered() (n int) {
	for i := range l.state {
		if l.state[i].Load()&(asked|accepted) == asked {
			n++
		}
	}
	return n
}

// check is nil where nothing is lost and nothing came that was not published.
func (l *ledger) check() error {
	if n, first := l.lost(); n > 0 {
		return fmt.Errorf("%d of %d accepted events never arrived, the first of them number %d", n, l.accepted.Load(), first)
	}
	if n := l.strange.Load(); n > 0 {
		return fmt.Errorf("%d messages arrived that nobody published", n)
	}
	return nil
}
