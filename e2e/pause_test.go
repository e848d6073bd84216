package e2e

import (
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"

	"carillon/testkit"
)

// TestPausedNode: a node that stood still for longer than its leases last finds
// what it had in hand done by another. It overwrites nothing, and sends nothing
// of what it had not begun.
func TestPausedNode(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	a := start(t, database)
	w := newWorld(t, a)
	late := make(chan struct{})
	var stopped atomic.Bool
	receiver := testkit.NewReceiver(t, testkit.CountOnly(), testkit.Answers(func(testkit.Received) testkit.Answer {
		if stopped.Load() {
			return testkit.Answer{}
		}
		return testkit.Answer{Status: http.StatusInternalServerError, Gate: late}
	}))
	mark := w.mark()
	w.webhook("*", w.channelWith(map[string]any{"url": receiver.URL, "timeout": "2m"}, retries("1h")))
	events := map[string]bool{}
	for range 150 { // more than the channel has under way at once
		events[w.publish("held", `{}`)] = true
	}
	receiver.Wait(20, patience)
	a.signal(syscall.SIGSTOP)
	stopped.Store(true)

	onB := w.at(start(t, database))
	onB.awaitSuccess(mark, events)
	sent := receiver.Count()
	a.signal(syscall.SIGCONT)
	close(late) // what A sent is answered at last: with failures
	a.awaitStatus("/readyz", http.StatusOK)
	a.terminate() // which waits for what is under way, and records it
	a.await()
	if again := receiver.Count() - sent; again > 0 {
		t.Errorf("the node that stood still sent %d messages that were another's by then", again)
	}
	checkSettled(onB, events)
	recorded := map[string]int{}
	for _, attempt := range onB.attempts(nil) {
		recorded[attempt.Event.ID]++
		if events[attempt.Event.ID] && (attempt.Status != "SUCCEEDED" || attempt.Delivery.AttemptCount != 1) {
			t.Errorf("an attempt of the node that stood still is recorded: %+v", attempt)
		}
	}
	for id := range events {
		if recorded[id] != 1 {
			t.Errorf("event %s has %d attempts", id, recorded[id])
		}
	}
}
