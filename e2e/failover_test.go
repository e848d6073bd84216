package e2e

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"carillon/pgserver"
	"carillon/testkit"
)

// TestDatabaseRestarts: PostgreSQL crashes and comes back under load, again and
// again. What was answered arrives, and the server recovers by itself.
func TestDatabaseRestarts(t *testing.T) {
	t.Parallel()
	server := testkit.Server(t)
	n := start(t, server.URL("postgres"))
	w := newWorld(t, n)
	seen := newTally()
	mark := w.mark()
	w.webhook("*", w.channel(seen.receiver(t).URL, retries("100ms", "1s")))
	l := startLoad(w, "load", true)
	const crashes = 3
	for i := range crashes {
		l.more(200)
		if i%2 == 0 {
			server.Crash()
		} else {
			server.Stop()
		}
		n.awaitStatus("/readyz", http.StatusServiceUnavailable)
		if status := n.get(w.ctx, "/healthz"); status != http.StatusOK {
			t.Errorf("while the database is away /healthz answers %d", status)
		}
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.awaitStatus("/readyz", http.StatusOK)
	}
	l.more(200)
	l.stop()
	checkOutage(w, mark, seen, l, crashes)
	n.terminate()
	n.await()
}

// awaitStatus waits until an address answers so.
func (n *node) awaitStatus(path string, want int) {
	n.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for status := 0; ; {
		if status = n.get(n.t.Context(), path); status == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			n.t.Fatalf("%s answers %d, want %d", path, status, want)
		}
	}
}

// checkOutage: all that was answered has arrived and is recorded; what came
// twice was under way when the database went away.
func checkOutage(w *world, mark string, seen *tally, l *load, outages int) {
	w.t.Helper()
	seen.await(w.t, l.answered, leaseTime)
	w.awaitSuccess(mark, l.answered)
	checkSettled(w, l.answered)
	doubles := seen.doubles()
	w.t.Logf("%d events were answered, %d messages came twice after %d outages", l.count(), doubles, outages)
	// A worker keeps what it has sent in mind until it is recorded, so nothing
	// comes twice unless an outage outlasts a lease.
	if most := outages * 300; doubles > most {
		w.t.Errorf("%d messages came twice, at most %d are acceptable", doubles, most)
	}
}

// TestFailover: the primary dies and its standby takes over, which both nodes
// find by themselves. Streams go on where they were.
func TestFailover(t *testing.T) {
	t.Parallel()
	primary := testkit.Server(t)
	standby := testkit.Standby(t, primary)
	database := pgserver.URL("postgres", primary, standby)
	a := start(t, database)
	b := start(t, database)
	w := newWorld(t, a)
	onB := w.at(b)
	seen := newTally()
	mark := w.mark()
	w.webhook("*", w.channel(seen.receiver(t).URL, retries("100ms", "1s")))
	shown := onB.watchAfter(mark, nil, (*testkit.Client).Subscribe).events()
	la, lb := startLoad(w, "load", true), startLoad(onB, "load", true)
	la.more(200)
	lb.more(200)
	primary.Crash()
	a.awaitStatus("/readyz", http.StatusServiceUnavailable)
	if err := standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	la.more(200)
	lb.more(200)
	t.Logf("both nodes published again %s after the promotion", time.Since(began).Round(time.Millisecond))
	a.awaitStatus("/readyz", http.StatusOK)
	b.awaitStatus("/readyz", http.StatusOK)
	la.stop()
	lb.stop()
	for id := range lb.answered {
		la.answered[id] = true
	}
	checkOutage(w, mark, seen, la, 1)
	// The stream that was open all the time has each of them, in order.
	after := onB.publish("after", `{}`)
	la.answered[after] = true
	showsAll(w, shown, la.answered)
	for _, n := range []*node{a, b} {
		n.terminate()
		n.await()
	}
}

// events are those of the attempts of a stream, read as they come until the test
// ends. A stream that came faster than this busy machine reads is resumed.
func (v *watcher) events() <-chan string {
	ids, last := make(chan string, 100_000), ""
	ctx, cancel := context.WithCancel(v.w.ctx)
	go func() {
		defer close(ids)
		for {
			var out struct{ DeliveryAttempts attempt }
			err := v.s.Next(ctx, &out)
			if refusal, slow := testkit.Refusal(err); slow && refusal.Extensions.Code == "RATE_LIMITED" && last != "" {
				s, err := v.w.api.Subscribe(v.w.t, `subscription($after: ID) { deliveryAttempts(after: $after) {`+attemptFields+`} }`,
					testkit.Vars{"after": last})
				if err != nil {
					v.w.t.Errorf("resume a stream of attempts: %v", err)
					return
				}
				v = &watcher{v.w, s}
				continue
			}
			if err != nil { // the test's end, or a gap that showsAll finds
				return
			}
			last = out.DeliveryAttempts.ID
			ids <- out.DeliveryAttempts.Event.ID
		}
	}()
	v.w.t.Cleanup(func() {
		cancel()
		for range ids { // until it has ended
		}
	})
	return ids
}

// showsAll waits until a stream has shown an attempt of every event.
func showsAll(w *world, shown <-chan string, events map[string]bool) {
	w.t.Helper()
	missing := maps.Clone(events)
	deadline := time.After(patience)
	for len(missing) > 0 {
		select {
		case id, open := <-shown:
			if !open {
				w.t.Fatalf("the stream ended; it lacks %d of %d events", len(missing), len(events))
			}
			delete(missing, id)
		case <-deadline:
			w.t.Fatalf("the stream lacks %d of %d events", len(missing), len(events))
		}
	}
}
