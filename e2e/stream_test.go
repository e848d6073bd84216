package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"carillon/testkit"
)

// streamsResume: what was missed comes first, then what is new, each once.
func streamsResume(w *world) {
	receiver := testkit.NewReceiver(w.t)
	w.webhook("*", w.channel(receiver.URL, nil))
	first := w.watch(nil)
	w.publish("a.first", `{}`)
	seen := first.next()

	var missed []string
	for i := range 250 { // more than one page
		missed = append(missed, w.publish("a.missed", fmt.Sprint(i)))
	}
	first.take(250)
	for _, open := range []subscribeFunc{(*testkit.Client).Subscribe, (*testkit.Client).SubscribeSSE} {
		v := w.watchAfter(seen.ID, nil, open)
		got := eventsOf(v.take(len(missed)))
		if recorded := eventsOf(w.attempts(nil)); !slices.Equal(got, recorded[1:]) {
			w.t.Error("what was missed came in another order than recorded")
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(missed))) {
			w.t.Error("what came is not what was missed")
		}
		event := w.publish("a.live", `{}`)
		if a := v.next(); a.Event.ID != event {
			w.t.Errorf("live came %s, want %s", a.Event.ID, event)
		}
		missed = append(missed, event)
		v.s.Close()
	}
}

func eventsOf(attempts []attempt) []string {
	ids := make([]string, len(attempts))
	for i, a := range attempts {
		ids[i] = a.Event.ID
	}
	return ids
}

func idsOf(attempts []attempt) []string {
	ids := make([]string, len(attempts))
	for i, a := range attempts {
		ids[i] = a.ID
	}
	return ids
}

// liveStream: without after, from the first item on nothing is missing.
func liveStream(w *world) {
	receiver := testkit.NewReceiver(w.t)
	channel := w.channel(receiver.URL, nil)
	w.webhook("*", channel)
	w.webhook("other", w.channel(receiver.URL, nil))
	for name, open := range map[string]subscribeFunc{"WebSocket": (*testkit.Client).Subscribe, "SSE": (*testkit.Client).SubscribeSSE} {
		v := w.watchAfter("", map[string]any{"channelId": channel}, open)
		begun := make(chan attempt)
		go func() {
			defer close(begun)
			var out struct{ DeliveryAttempts attempt }
			if err := v.s.Next(w.ctx, &out); err != nil {
				w.t.Errorf("%s: %v", name, err)
			}
			begun <- out.DeliveryAttempts
		}()
		var first attempt
		for probing := true; probing; { // the server says nothing when it has subscribed
			w.publish("probe", `{}`)
			select {
			case first = <-begun:
				probing = false
			default:
			}
		}
		for range 20 {
			w.publish("other", `{}`) // also on a channel that the filter leaves out
		}
		got := []string{first.ID}
		last := w.publish("last", `{}`)
		for a := first; a.Event.ID != last; got = append(got, a.ID) {
			a = v.next()
		}
		recorded := w.settled(map[string]any{"channelId": channel}, last)
		if at := slices.Index(recorded, first.ID); at < 0 || !sameUpTo(got, recorded[at:]) {
			w.t.Errorf("%s: the stream is not what was recorded from its first item on", name)
		}
		v.s.Close()
	}
}

// settled is the recorded attempts once that of the event is among them.
func (w *world) settled(filter map[string]any, event string) []string {
	w.t.Helper()
	all := w.attempts(filter)
	if !slices.Contains(eventsOf(all), event) {
		w.t.Errorf("event %s was seen on the stream and is not recorded", event)
	}
	return idsOf(all)
}

// sameUpTo compares as far as the stream was read: others may have ended later.
func sameUpTo(got, recorded []string) bool {
	return len(got) <= len(recorded) && slices.Equal(got, recorded[:len(got)])
}

// eventsStream: events, likewise, with their filter.
func eventsStream(w *world) {
	mark := w.publish("a.mark", `{}`)
	s, err := w.api.Subscribe(w.t, `subscription($after: ID) { events(filter: {types: ["a.yes"]}, after: $after) { id type data } }`,
		testkit.Vars{"after": mark})
	if err != nil {
		w.t.Fatal(err)
	}
	var want []string
	for i := range 30 {
		w.publish("a.no", `{}`)
		want = append(want, w.publish("a.yes", fmt.Sprintf(`{"n":%d}`, i)))
	}
	for i, id := range want {
		var out struct {
			Events struct {
				ID, Type string
				Data     struct{ N int }
			}
		}
		if err := s.Next(w.ctx, &out); err != nil {
			w.t.Fatal(err)
		}
		if out.Events.ID != id || out.Events.Data.N != i {
			w.t.Fatalf("event %d of the stream is %+v, want %s", i, out.Events, id)
		}
	}
}

// deliveryUpdates: a delivery is shown when its status changes, to its end.
func deliveryUpdates(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		if strings.Contains(string(r.Body), `"flaky"`) {
			return testkit.Answer{Status: 500}
		}
		return testkit.Answer{}
	}))
	w.webhook("*", w.channel(receiver.URL, retries("20ms")))
	s, err := w.api.SubscribeSSE(w.t, `subscription { deliveryUpdated {`+deliveryFields+`} }`, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	updates := make(chan delivery, 10_000)
	go func() {
		defer close(updates)
		for {
			var out struct{ DeliveryUpdated delivery }
			if s.Next(w.ctx, &out) != nil {
				return
			}
			updates <- out.DeliveryUpdated
		}
	}()
	for begun := false; !begun; {
		w.publish("probe", `{}`)
		select {
		case <-updates:
			begun = true
		default:
		}
	}
	event := w.publish("flaky", `{}`)
	var seen []string
	for d := range updates {
		if d.Event.ID != event {
			continue
		}
		seen = append(seen, d.Status)
		if d.Status == "FAILED" {
			break
		}
	}
	if len(seen) == 0 || seen[len(seen)-1] != "FAILED" || !slices.Contains(seen, "RETRYING") {
		w.t.Errorf("the delivery was shown as %v, want RETRYING and at last FAILED", seen)
	}
	s.Close()
}

// resumeUnderLoad: clients that come and go see what was recorded, in order,
// while several publishers commit at once.
func resumeUnderLoad(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.CountOnly())
	w.webhook("*", w.channel(receiver.URL, nil))
	mark := w.mark()
	const publishers, each, readers = 8, 100, 4
	var group sync.WaitGroup
	for range publishers {
		group.Go(func() {
			for range each {
				if _, err := publishWith(w.ctx, w.api, "load", `{"some":"data"}`); err != nil {
					w.t.Errorf("publish: %v", err)
					return
				}
			}
		})
	}
	streams := make([][]string, readers)
	for i := range readers {
		group.Go(func() {
			open := (*testkit.Client).Subscribe
			if i%2 == 1 {
				open = (*testkit.Client).SubscribeSSE
			}
			ids, err := w.follow(mark, publishers*each, open, rand.New(rand.NewPCG(uint64(i), 7)))
			if err != nil {
				w.t.Errorf("reader %d: %v", i, err)
			}
			streams[i] = ids
		})
	}
	group.Wait()
	recorded := idsOf(w.attempts(nil))
	for i, ids := range streams {
		if !slices.Equal(ids, recorded) {
			w.t.Errorf("reader %d saw %d attempts, which are not the %d that were recorded, in their order", i, len(ids), len(recorded))
		}
	}
}

// follow reads n attempts behind after, and leaves and resumes now and then.
func (w *world) follow(after string, n int, open subscribeFunc, r *rand.Rand) (ids []string, err error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	for len(ids) < n {
		s, err := open(w.api, w.t, `subscription($after: ID) { deliveryAttempts(after: $after) { id } }`, testkit.Vars{"after": after})
		if err != nil {
			return ids, err
		}
		for range 1 + r.IntN(150) {
			var out struct{ DeliveryAttempts struct{ ID string } }
			if len(ids) == n {
				break
			}
			if err := s.Next(ctx, &out); err != nil {
				return ids, fmt.Errorf("after %d items: %w", len(ids), err)
			}
			after = out.DeliveryAttempts.ID
			ids = append(ids, after)
		}
		s.Close()
	}
	return ids, nil
}

// slowClient: one that does not read is closed and told so, and others go on.
func slowClient(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.CountOnly())
	w.webhook("*", w.channel(receiver.URL, nil))
	mark := w.mark()
	slow, err := w.api.Subscribe(w.t, `subscription($after: ID) { deliveryAttempts(after: $after) {
		a: requestBody b: requestBody c: requestBody d: requestBody e: requestBody f: requestBody g: requestBody h: requestBody } }`,
		testkit.Vars{"after": mark})
	if err != nil {
		w.t.Fatal(err)
	}
	w.publish("first", `{}`)
	if err := slow.Next(w.ctx, new(struct{})); err != nil { // it is live now
		w.t.Fatal(err)
	}
	// The connection takes some megabytes before it stands still, the server's
	// buffer 1,024 items.
	data := `"` + strings.Repeat("x", 8_000) + `"`
	const publishers, each = 8, 220
	var group sync.WaitGroup
	for range publishers {
		group.Go(func() {
			for range each {
				if _, err := publishWith(w.ctx, w.api, "load", data); err != nil {
					w.t.Errorf("publish: %v", err)
					return
				}
			}
		})
	}
	// It reads one item where the quick one reads fifty: one that reads nothing
	// at all would be cut off as dead, without a word.
	after, r := mark, rand.New(rand.NewPCG(1, 1))
	for range publishers * each / 50 {
		ids, quickErr := w.follow(after, 50, (*testkit.Client).Subscribe, r)
		if quickErr != nil {
			w.t.Errorf("the quick client: %v", quickErr)
			break
		}
		if after = ids[len(ids)-1]; err == nil {
			err = slow.Next(w.ctx, new(struct{}))
		}
	}
	group.Wait()
	for err == nil {
		err = slow.Next(w.ctx, new(struct{}))
	}
	if refusal, ok := testkit.Refusal(err); !ok || !strings.Contains(refusal.Message, "slow") || refusal.Extensions.Code == "INTERNAL" {
		w.t.Errorf("the slow client was closed with %v", err)
	}
}
