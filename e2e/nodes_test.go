package e2e

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"carillon/testkit"
)

// TestTwoNodes: two servers on one PostgreSQL are one Carillon.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	var a, b *node
	var starting sync.WaitGroup // both migrate at once
	starting.Go(func() { a = start(t, database) })
	starting.Go(func() { b = start(t, database) })
	starting.Wait()
	if a == nil || b == nil {
		t.FailNow()
	}
	for name, story := range acrossNodes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onA := newWorld(t, a)
			story(onA, onA.at(b))
		})
	}
}

// acrossNodes are the stories of one tenant on two servers.
func acrossNodes() map[string]func(a, b *world) {
	return map[string]func(*world, *world){
		"streams":             streamsAcross,
		"delivery updates":    updatesAcross,
		"changes":             changesAcross,
		"portal sessions":     portalAcross,
		"idempotency":         idempotencyAcross,
		"both send each once": eachOnce,
	}
}

// streamsAcross: a subscriber of A sees what B attempts, in the order of the
// log, also while both commit.
func streamsAcross(a, b *world) {
	receiver := testkit.NewReceiver(a.t, testkit.CountOnly())
	a.webhook("*", a.channel(receiver.URL, nil))
	mark := a.mark()
	const each = 150
	var group sync.WaitGroup
	for _, w := range []*world{a, b, b, a} {
		group.Go(func() {
			for range each {
				if _, err := publishWith(w.ctx, w.api, "load", `{}`); err != nil {
					w.t.Errorf("publish: %v", err)
					return
				}
			}
		})
	}
	var onA, onB []string
	group.Go(func() { onA = a.followAll(mark, 4*each) })
	group.Go(func() { onB = b.followAll(mark, 4*each) })
	group.Wait()
	recorded := idsOf(a.attempts(nil))
	if !slices.Equal(onA, recorded) || !slices.Equal(onB, recorded) {
		a.t.Errorf("A saw %d attempts, B %d, recorded are %d, or the order differs", len(onA), len(onB), len(recorded))
	}
	// Idle again, and published on B alone.
	v := a.watchAfter(recorded[len(recorded)-1], nil, (*testkit.Client).Subscribe)
	for range 20 {
		event := b.publish("alone", `{}`)
		if got := v.next(); got.Event.ID != event {
			a.t.Errorf("A saw the attempt of %s, want %s", got.Event.ID, event)
		}
	}
}

func (w *world) followAll(after string, n int) []string {
	ids, err := w.follow(after, n, (*testkit.Client).Subscribe, rand.New(rand.NewPCG(3, 3)))
	if err != nil {
		w.t.Errorf("follow: %v", err)
	}
	return ids
}

// updatesAcross: deliveryUpdated shows what the other node did.
func updatesAcross(a, b *world) {
	receiver := testkit.NewReceiver(a.t)
	a.webhook("*", a.channel(receiver.URL, nil))
	s, err := a.api.Subscribe(a.t, `subscription { deliveryUpdated {`+deliveryFields+`} }`, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	updates := make(chan delivery, 10_000)
	go func() {
		defer close(updates)
		for {
			var out struct{ DeliveryUpdated delivery }
			if s.Next(a.ctx, &out) != nil {
				return
			}
			updates <- out.DeliveryUpdated
		}
	}()
	for begun := false; !begun; {
		a.publish("probe", `{}`)
		select {
		case <-updates:
			begun = true
		default:
		}
	}
	event := b.publish("theirs", `{}`)
	for d := range updates {
		if d.Event.ID == event && d.Status == "SUCCEEDED" {
			break
		}
	}
	s.Close()
}

// changesAcross: a webhook that is made, paused or deleted on A counts on B at once.
func changesAcross(a, b *world) {
	receiver := testkit.NewReceiver(a.t)
	channel := a.channel(receiver.URL, nil)
	for range 10 {
		webhook := a.webhook("*", channel)
		event := b.publish("made", `{}`)
		if got := len(b.deliveries(event)); got != 1 {
			a.t.Fatalf("an event on B has %d deliveries after the webhook was made on A", got)
		}
		b.call("pauseWebhook", webhook)
		waiting := a.publish("paused", `{}`)
		b.call("deleteWebhook", webhook)
		if d := a.delivery(waiting); d.Status != "CANCELED" {
			a.t.Errorf("what waited is %+v", d)
		}
		if got := len(a.deliveries(a.publish("deleted", `{}`))); got != 0 {
			a.t.Errorf("an event on A has %d deliveries after the webhook was deleted on B", got)
		}
	}
}

func idempotencyAcross(a, b *world) {
	receiver := testkit.NewReceiver(a.t)
	a.webhook("*", a.channel(receiver.URL, nil))
	var mu sync.Mutex
	won := map[string]bool{}
	var group sync.WaitGroup
	for i := range 30 {
		w := []*world{a, b}[i%2]
		group.Go(func() {
			var out published
			err := w.api.Do(w.ctx, publishKeyed, testkit.Vars{"key": "same", "type": "race", "data": 1}, &out)
			mu.Lock()
			defer mu.Unlock()
			if won[out.PublishEvent.ID] = true; err != nil {
				w.t.Errorf("publish: %v", err)
			}
		})
	}
	group.Wait()
	if len(won) != 1 {
		a.t.Errorf("%d events were made", len(won))
	}
	last := b.publish("last", `{}`)
	receiver.Wait(2, patience)
	for id := range won {
		checkOnce(a, receiver, []string{id, last})
	}
}

// eachOnce: while both work, each event is sent once; what is retried too.
func eachOnce(a, b *world) {
	seen := newTally()
	a.webhook("*", a.channel(seen.receiver(a.t).URL, nil))
	la, lb := newLoad(a, "load"), newLoad(b, "load")
	la.more(300)
	lb.more(300)
	la.stop()
	lb.stop()
	for id := range lb.answered {
		la.answered[id] = true
	}
	seen.await(a.t, la.answered, patience)
	if doubles := seen.doubles(); doubles > 0 {
		a.t.Errorf("%d of %d messages came twice", doubles, len(la.answered))
	}
}

// TestNodeDies: one of two nodes is killed with work in hand; the other takes over.
func TestNodeDies(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	a := start(t, database)
	b := start(t, database)
	w := newWorld(t, a)
	onB := w.at(b)
	held := make(chan struct{})
	receiver := testkit.NewReceiver(t, testkit.CountOnly(), testkit.Answers(func(testkit.Received) testkit.Answer {
		return testkit.Answer{Gate: held}
	}))
	channel := w.channelWith(map[string]any{"url": receiver.URL, "timeout": "1m"}, retries("1s", "1s"))
	w.webhook("*", channel)
	mark := w.mark()
	events := map[string]bool{}
	for range 300 { // more than one node's workers
		id, err := publishWith(onB.ctx, onB.api, "held", `{}`)
		if err != nil {
			t.Fatal(err)
		}
		events[id] = true
	}
	// More than half of the channel's 100 at once: both nodes have some under way. How many of the
	// 300 each has taken is chance, so that one may have less than its half.
	receiver.Wait(60, patience)
	killed := time.Now()
	b.kill()
	close(held)
	w.awaitSuccess(mark, events)
	t.Logf("the other node had taken over everything after %s", time.Since(killed).Round(time.Second))
	checkSettled(w, events)
}
