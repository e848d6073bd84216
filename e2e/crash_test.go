package e2e

import (
	"context"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"carillon/testkit"
)

// leaseTime is more than a dead node's lease lasts, on a busy machine.
const leaseTime = 90 * time.Second

// TestKill ends the server as a loss of power would, again and again under
// load: what was answered arrives, and little arrives twice.
func TestKill(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		w := newWorld(t, n)
		seen := newTally()
		mark := w.mark()
		w.webhook("*", w.channelWith(map[string]any{"url": seen.receiver(t).URL, "timeout": "2s"}, retries("100ms", "1s", "1s", "1s")))
		l := newLoad(w, "load")
		const kills = 4
		for range kills {
			l.more(20 + rand.IntN(400))
			n.kill()
			n = start(t, database)
			l.moveTo(w.at(n).api)
		}
		l.more(50)
		l.stop()
		w = w.at(n)
		w.awaitSuccess(mark, l.answered)
		seen.await(t, l.answered, patience)
		doubles := seen.doubles()
		t.Logf("%d events were answered, %d messages came twice after %d kills", l.count(), doubles, kills)
		// What was under way, and what was done but not yet recorded, comes again.
		if most := kills * 300; doubles > most {
			t.Errorf("%d messages came twice, at most %d are acceptable", doubles, most)
		}
		checkSettled(w, l.answered)
		n.terminate()
		n.await()
	})
}

// awaitSuccess follows the attempts until one of every event has succeeded:
// what a dead node had in hand waits for the end of its lease.
func (w *world) awaitSuccess(after string, events map[string]bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), leaseTime)
	defer cancel()
	s, err := w.api.Subscribe(w.t, `subscription($after: ID) { deliveryAttempts(after: $after, filter: {status: SUCCEEDED}) { event { id } } }`,
		testkit.Vars{"after": after})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	missing := maps.Clone(events)
	for len(missing) > 0 {
		var out struct {
			DeliveryAttempts struct{ Event struct{ ID string } }
		}
		if err := s.Next(ctx, &out); err != nil {
			w.t.Fatalf("%d of %d events have no attempt that succeeded: %v", len(missing), len(events), err)
		}
		delete(missing, out.DeliveryAttempts.Event.ID)
	}
}

// checkSettled: nothing waits any more, and every event has its delivery, which succeeded.
func checkSettled(w *world, events map[string]bool) {
	w.t.Helper()
	succeeded := map[string]bool{}
	var after *string
	for {
		var out struct {
			Deliveries struct {
				Nodes    []delivery
				PageInfo pageInfo
			}
		}
		w.do(`query($after: String) { deliveries(first: 500, after: $after) { nodes {`+deliveryFields+`} pageInfo { hasNextPage endCursor } } }`,
			testkit.Vars{"after": after}, &out)
		for _, d := range out.Deliveries.Nodes {
			if succeeded[d.Event.ID] {
				w.t.Errorf("event %s has more than one delivery", d.Event.ID)
			}
			succeeded[d.Event.ID] = d.Status == "SUCCEEDED"
		}
		if after = out.Deliveries.PageInfo.EndCursor; !out.Deliveries.PageInfo.HasNextPage {
			break
		}
	}
	for id := range events {
		if ok, found := succeeded[id]; !found {
			w.t.Errorf("event %s was answered and has no delivery", id)
		} else if !ok {
			w.t.Errorf("the delivery of event %s has not succeeded", id)
		}
	}
}

// TestStop ends the server in good order under load: what was answered arrives
// exactly once, before or after the restart.
func TestStop(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		w := newWorld(t, n)
		seen := newTally()
		w.webhook("*", w.channel(seen.receiver(t).URL, retries("1s")))
		l := newLoad(w, "load")
		for range 3 {
			l.more(50 + rand.IntN(300))
			n.terminate()
			n.await()
			n = start(t, database)
			l.moveTo(w.at(n).api)
		}
		l.more(50)
		l.stop()
		seen.await(t, l.answered, patience)
		n.terminate()
		n.await()
		if doubles := seen.doubles(); doubles > 0 {
			t.Errorf("%d of %d messages came twice", doubles, l.count())
		}
	})
}

// TestStopWaits: what is under way is finished, subscribers are told, /readyz
// says so, and the exit code is 0.
func TestStopWaits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		w := newWorld(t, n)
		receiver := testkit.NewReceiver(t, testkit.Hanging())
		w.webhook("*", w.channel(receiver.URL, retries()))
		ws, sse := w.watch(nil), w.watchAfter("", nil, (*testkit.Client).SubscribeSSE)
		event := w.publish("slow", `{}`)
		receiver.Wait(1, patience)
		n.terminate()
		for _, s := range []*watcher{ws, sse} {
			var err error
			for err == nil {
				err = s.s.Next(w.ctx, new(any))
			}
			t.Logf("a subscriber was told: %v", err)
		}
		receiver.Release()
		n.await()
		n = start(t, database)
		w = w.at(n)
		if d := w.delivery(event); d.Status != "SUCCEEDED" || d.AttemptCount != 1 {
			t.Errorf("what was under way is %+v", d)
		}
		if receiver.Count() != 1 {
			t.Errorf("the receiver had %d requests", receiver.Count())
		}
	})
}

// TestStopCutsShort: after CARILLON_DRAIN the server does not wait any more;
// what was under way is given back and sent again.
func TestStopCutsShort(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database, "DRAIN=300ms")
		w := newWorld(t, n)
		receiver := testkit.NewReceiver(t, testkit.Hanging())
		w.webhook("*", w.channelWith(map[string]any{"url": receiver.URL, "timeout": "2m"}, retries()))
		event := w.publish("slow", `{}`)
		receiver.Wait(1, patience)
		n.terminate()
		n.await()
		receiver.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
		start(t, database)
		got := receiver.Wait(2, patience)
		if got[1].ID() != event {
			t.Errorf("the receiver got %s, want %s", got[1].ID(), event)
		}
	})
}
