package e2e

import (
	"crypto/rand"
	"net/http"
	"reflect"
	"time"

	"carillon/testkit"
)

// paceOfChannels: what is given is kept, what is left out stays, null clears.
func paceOfChannels(w *world) {
	http := map[string]any{"http": map[string]any{"url": testkit.NewReceiver(w.t).URL}}
	create := func(fields map[string]any) (id string, p pace) {
		w.t.Helper()
		input := map[string]any{"name": "channel " + rand.Text(), "config": http}
		for name, value := range fields {
			input[name] = value
		}
		var out struct {
			CreateChannel struct {
				ID string
				pace
			}
		}
		w.do(`mutation($input: CreateChannelInput!) { createChannel(input: $input) { id `+paceFields+`} }`, testkit.Vars{"input": input}, &out)
		return out.CreateChannel.ID, out.CreateChannel.pace
	}
	id, made := create(nil)
	if made.Limits.Rate != nil || made.Limits.Concurrency != 100 || made.Batching != nil || made.Ordering != "NONE" || made.HeldUntil != nil {
		w.t.Errorf("a channel without settings is %+v", made)
	}
	if read := w.pace(id); !reflect.DeepEqual(read, made) {
		w.t.Errorf("read %+v, made %+v", read, made)
	}

	batching := map[string]any{"maxEvents": 1000, "maxWait": "1m30s"}
	id, made = create(map[string]any{"limits": map[string]any{"rate": 0.5}, "batching": batching, "ordering": "PER_ENTITY"})
	checkPace(w, made, 0.5, 100, "1m30s", "PER_ENTITY")
	checkPace(w, w.set(id, nil), 0.5, 100, "1m30s", "PER_ENTITY")
	checkPace(w, w.set(id, map[string]any{"limits": map[string]any{"concurrency": 7}}), 0.5, 7, "1m30s", "PER_ENTITY")
	checkPace(w, w.set(id, map[string]any{"limits": map[string]any{"rate": nil}, "batching": map[string]any{"maxEvents": 1000, "maxWait": "0s"}}), 0, 7, "0s", "PER_ENTITY")
	checkPace(w, w.set(id, map[string]any{"limits": map[string]any{"rate": 100000, "concurrency": nil}, "ordering": "NONE"}), 100000, 100, "0s", "NONE")
	checkPace(w, w.set(id, map[string]any{"limits": nil, "batching": nil, "ordering": nil}), 0, 100, "", "NONE")
	checkPace(w, w.pace(id), 0, 100, "", "NONE")
}

// checkPace: rate 0 is none, and so is an empty wait for batching.
func checkPace(w *world, p pace, rate float64, concurrency int, maxWait, ordering string) {
	w.t.Helper()
	gotRate, gotWait := 0.0, ""
	if p.Limits.Rate != nil {
		gotRate = *p.Limits.Rate
	}
	if p.Batching != nil && p.Batching.MaxEvents == 1000 {
		gotWait = p.Batching.MaxWait
	}
	if gotRate != rate || p.Limits.Concurrency != concurrency || gotWait != maxWait || p.Ordering != ordering {
		w.t.Errorf("the channel is %+v with the rate %v and the batching %+v; want %v, %d, %q, %s", p, gotRate, p.Batching, rate, concurrency, maxWait, ordering)
	}
}

// paceRefused: the error names the field, and nothing is stored.
func paceRefused(w *world) {
	channel := w.channel(testkit.NewReceiver(w.t).URL, nil)
	before := w.inventory()
	for _, row := range []struct{ fields, field string }{
		{`"limits":{"rate":0}`, "limits.rate"},
		{`"limits":{"rate":-1}`, "limits.rate"},
		{`"limits":{"rate":100001}`, "limits.rate"},
		{`"limits":{"rate":"fast"}`, "limits.rate"},
		{`"limits":{"concurrency":0}`, "limits.concurrency"},
		{`"limits":{"concurrency":10001}`, "limits.concurrency"},
		{`"limits":{"concurrency":1.5}`, "limits.concurrency"},
		{`"limits":{"burst":5}`, "limits.burst"},
		{`"batching":{"maxEvents":0,"maxWait":"1s"}`, "batching.maxEvents"},
		{`"batching":{"maxEvents":1001,"maxWait":"1s"}`, "batching.maxEvents"},
		{`"batching":{"maxEvents":10,"maxWait":"25h"}`, "batching.maxWait"},
		{`"batching":{"maxEvents":10,"maxWait":"soon"}`, "batching.maxWait"},
		{`"batching":{"maxEvents":10}`, "batching.maxWait"},
		{`"ordering":"per_entity"`, "ordering"},
	} {
		w.refused(w.doText(w.api, createChannel, `{"name":"n","config":{"http":{"url":"https://example.com"}},`+row.fields+`}`), invalid, row.field)
		w.refused(w.doText(w.api, updateChannel, `{"id":"`+channel+`",`+row.fields+`}`), invalid, row.field)
	}
	if after := w.inventory(); !reflect.DeepEqual(before, after) {
		w.t.Errorf("something was stored:\n%v\n%v", before, after)
	}
}

// holdAndResume: a receiver that asks for a pause is left alone, until a person
// says that it may go on.
func holdAndResume(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		return testkit.Answer{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}
	}))
	channel := w.channel(receiver.URL, retries("10ms"))
	w.webhook("*", channel)
	v := w.watch(nil)
	refused := w.publish("a.first", `{}`)
	if a := v.next(); a.Error == nil || a.Error.Code != "RATE_LIMITED" || a.NextAttemptAt == nil {
		w.t.Errorf("the attempt is %+v", a)
	}
	if held := w.pace(channel).HeldUntil; held == nil || time.Until(*held) < 50*time.Minute || time.Until(*held) > 70*time.Minute {
		w.t.Errorf("the channel is held until %v", held)
	}
	receiver.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
	waiting := publishSome(w, 3)
	for _, event := range waiting {
		if d := w.delivery(event); d.Status != "PENDING" || d.AttemptCount != 0 {
			w.t.Errorf("a delivery of the held channel is %+v", d)
		}
	}
	w.call("resumeChannel", channel)
	if p := w.pace(channel); p.HeldUntil != nil {
		w.t.Errorf("the channel is held until %v after the resume", p.HeldUntil)
	}
	for _, a := range v.take(3) {
		if a.Event.ID == refused || a.Status != "SUCCEEDED" {
			w.t.Errorf("after the resume comes %+v", a)
		}
	}
	w.call("retryDelivery", w.delivery(refused).ID)
	if a := v.next(); a.Event.ID != refused || a.Number != 2 || a.Status != "SUCCEEDED" {
		w.t.Errorf("what the receiver had refused comes as %+v", a)
	}
	if ids := receiver.IDs(); len(ids) != 4 || ids[refused] != 2 {
		w.t.Errorf("the receiver had %v", ids)
	}
}

// retryBehind: on a channel that keeps the order, what waits behind an earlier
// event of its entity cannot go before it; what is first can go now.
func retryBehind(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200))
	channel := w.channel(receiver.URL, retries("1h"))
	w.set(channel, map[string]any{"ordering": "PER_ENTITY"})
	w.webhook("*", channel)
	v := w.watch(nil)
	publish := func(entity string) string {
		w.t.Helper()
		ids, err := w.publishAll([]map[string]any{{"type": "a.b", "data": 1, "entityId": entity}})
		if err != nil {
			w.t.Fatal(err)
		}
		return ids[0]
	}
	first := publish("one")
	if a := v.next(); a.Event.ID != first || a.NextAttemptAt == nil {
		w.t.Errorf("the first attempt is %+v", a)
	}
	behind := publish("one")
	other := publish("two")
	if a := v.next(); a.Event.ID != other || a.Status != "SUCCEEDED" {
		w.t.Errorf("another entity is held up: %+v", a)
	}
	w.refused(w.api.Do(w.ctx, mutationOf("retryDelivery"), testkit.Vars{"id": w.delivery(behind).ID}, nil), conflict, "id")
	w.call("retryDelivery", w.delivery(first).ID)
	if got := eventsOf(v.take(2)); got[0] != first || got[1] != behind {
		w.t.Errorf("after the retry came %v, want %s and %s", got, first, behind)
	}
}
