package e2e

import (
	"encoding/json"
	"strings"

	"carillon/testkit"
)

// batches: full messages leave at once and the rest after its wait; each event
// has an attempt of its own, tied to the others by what they left in; a message
// that failed comes again as it was.
func batches(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200))
	channel := w.channel(receiver.URL, retries("50ms"))
	w.set(channel, map[string]any{"batching": map[string]any{"maxEvents": 3, "maxWait": "400ms"}, "limits": map[string]any{"concurrency": 1}})
	w.webhook("*", channel)
	v := w.watch(nil)
	inputs := make([]map[string]any, 7)
	for i := range inputs {
		inputs[i] = map[string]any{"type": "a.batched", "data": i}
	}
	published, err := w.publishAll(inputs)
	if err != nil {
		w.t.Fatal(err)
	}
	requests := receiver.Wait(4, patience)
	messages, order := map[string]string{}, []string{} // bodies by webhook-id; events as they were first sent
	for _, r := range requests {
		if body, again := messages[r.ID()]; again {
			if body != string(r.Body) {
				w.t.Errorf("message %s comes again with another body:\n%s\n%s", r.ID(), body, r.Body)
			}
			continue
		}
		messages[r.ID()] = string(r.Body)
		events := eventsIn(w, r)
		if err := r.Verify(w.secret(channel)); err != nil || !strings.HasPrefix(r.ID(), "msg_") || len(events) > 3 {
			w.t.Errorf("message %s of %d events: %v", r.ID(), len(events), err)
		}
		order = append(order, events...)
	}
	if len(requests) != 4 || len(messages) != 3 || strings.Join(order, " ") != strings.Join(published, " ") {
		w.t.Errorf("%d requests with %d messages brought %v, want %v", len(requests), len(messages), order, published)
	}
	checkTies(w, v.take(10), string(requests[0].Body))
}

func eventsIn(w *world, r testkit.Received) []string {
	w.t.Helper()
	var body struct {
		Events []struct{ ID, Type string }
	}
	if err := json.Unmarshal(r.Body, &body); err != nil || len(body.Events) == 0 {
		w.t.Errorf("message %s is %s (%v)", r.ID(), r.Body, err)
	}
	ids := make([]string, len(body.Events))
	for i, e := range body.Events {
		ids[i] = e.ID
	}
	return ids
}

// checkTies: four requests brought ten attempts, and each shows what was sent.
func checkTies(w *world, attempts []attempt, first string) {
	w.t.Helper()
	sizes, failed := map[string]int{}, 0
	for _, a := range attempts {
		sizes[a.RequestID]++
		if !strings.Contains(a.RequestBody, a.Event.ID) || a.ResponseCode == nil {
			w.t.Errorf("an attempt does not show what was sent and answered: %+v", a)
		}
		if a.Status == "FAILED" {
			failed++
			if a.RequestBody != first || a.NextAttemptAt == nil {
				w.t.Errorf("an attempt of the message that failed is %+v", a)
			}
		}
	}
	bySize := map[int]int{}
	for _, n := range sizes {
		bySize[n]++
	}
	if bySize[3] != 3 || bySize[1] != 1 || failed != 3 {
		w.t.Errorf("the requests had %v attempts, and %d failed; want three of 3 and one of 1, and 3", bySize, failed)
	}
	if stored := w.attempts(nil); len(stored) != len(attempts) {
		w.t.Errorf("%d attempts are stored, %d were streamed", len(stored), len(attempts))
	} else {
		for _, a := range stored {
			if !strings.Contains(a.RequestBody, a.Event.ID) {
				w.t.Errorf("a stored attempt does not show what was sent: %+v", a)
			}
		}
	}
}
