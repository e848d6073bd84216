package e2e

import (
	"net/http"
	"syscall"
	"testing"

	"carillon/testkit"
)

// TestStopTellsBalancersFirst: for the time of CARILLON_DRAIN_DELAY a server that
// stops says so at /readyz, and serves as before.
func TestStopTellsBalancersFirst(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database, "DRAIN_DELAY=1h")
		w := newWorld(t, n)
		receiver := testkit.NewReceiver(t)
		w.webhook("*", w.channel(receiver.URL, nil))
		v := w.watch(nil)
		n.terminate()
		n.awaitStatus("/readyz", http.StatusServiceUnavailable)
		if status := n.get(w.ctx, "/healthz"); status != http.StatusOK {
			t.Errorf("/healthz of a server that stops answers %d", status)
		}
		event := w.publish("late", `{}`)
		if a := v.next(); a.Event.ID != event || a.Status != "SUCCEEDED" {
			t.Errorf("what is published after the signal: %+v", a)
		}
		n.kill()

		n = start(t, database, "DRAIN_DELAY=10ms")
		n.terminate()
		n.await()

		n = start(t, database, "DRAIN_DELAY=1h")
		n.signal(syscall.SIGINT) // Ctrl-C: nobody looks
		n.await()
	})
}
