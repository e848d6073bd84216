package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"carillon/testkit"
)

// spaceSecretMessage: the tenant's own id and the secret stand in the body; in
// what is kept of it the secret is masked.
func spaceSecretMessage(w *world) {
	const secret = "wh_a46f35f22d9723a"
	receiver := testkit.NewReceiver(w.t)
	channel := w.formatChannel("space-secret", testkit.Vars{"url": receiver.URL, "secret": secret})
	w.webhook("lead.**", channel)
	v := w.watch(nil)
	lead := `{"id":"5f0c7d1e-93b4-4c28-a0d6-1e7f3b5a9c01","unsubscribed":false,"score":98.50,"phone":null,"email":"ada@example.com","created_at":"2024-03-30T10:15:00Z"}`
	space := w.tenant
	for i, eventType := range []string{"lead.create", "lead.email.new"} {
		data := lead
		if i == 1 {
			space = uuid.NewString()
			w.asAdmin(`mutation($id: ID!, $external: String) { updateTenant(input: {id: $id, externalId: $external}) { id } }`,
				testkit.Vars{"id": w.tenant, "external": space}, nil)
			data = `{"text":"Hello","id_lead":"5f0c7d1e-93b4-4c28-a0d6-1e7f3b5a9c01","id":"5f0c7d1e-93b4-4c28-a0d6-1e7f3b5a9c02"}`
		}
		w.happened(eventType, "", data)
		want := `{"id_space":"` + space + `","event":"` + eventType + `","secret":"%s","payload":` + data + `}`
		w.arrives(receiver, i+1, fmt.Sprintf(want, secret))
		if a := v.next(); a.Status != "SUCCEEDED" || strings.Contains(a.RequestBody, secret) || a.RequestBody != fmt.Sprintf(want, strings.Repeat("*", len(secret))) {
			w.t.Errorf("the attempt keeps %s", a.RequestBody)
		}
	}
	for _, a := range w.attempts(nil) {
		if strings.Contains(a.RequestBody, secret) || !strings.Contains(a.RequestBody, `"secret":"***`) {
			w.t.Errorf("the stored attempt keeps %s", a.RequestBody)
		}
	}
	w.nowhere([]string{secret})
}

// spaceSecretPolicy: one attempt each; after 10 failures in a row the server
// stops, and what comes then waits.
func spaceSecretPolicy(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500))
	channel := w.formatChannel("space-secret", testkit.Vars{"url": receiver.URL, "secret": "wh_" + uuid.NewString()})
	w.webhook("tag.*", channel)
	v := w.watch(nil)
	tag := `{"id":"0d1e2f3a-4b5c-4d6e-8f7a-8b9c0d1e2f05","name":"vip"}`
	for i := range 10 {
		if state := w.channelState(channel); state.Status != "ACTIVE" || state.ConsecutiveFailures != i {
			w.t.Errorf("the channel is %+v after %d failures", state, i)
		}
		event := w.happened("tag.create", "", tag)
		if a := v.next(); a.Status != "FAILED" || a.NextAttemptAt != nil || a.Event.ID != event || a.Delivery.Status != "FAILED" {
			w.t.Errorf("attempt %d is %+v", i+1, a)
		}
	}
	if state := w.channelState(channel); state.Status != "DISABLED" || state.StatusReason == nil || state.ConsecutiveFailures != 10 {
		w.t.Errorf("the channel is %+v", state)
	}
	waits := w.happened("tag.delete", "", tag)
	if d := w.delivery(waits); d.Status != "PENDING" || d.AttemptCount != 0 || receiver.Count() != 10 {
		w.t.Errorf("%d requests, the delivery is %+v", receiver.Count(), d)
	}
	receiver.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
	w.call("resumeChannel", channel)
	if a := v.next(); a.Status != "SUCCEEDED" || a.Event.ID != waits {
		w.t.Errorf("the attempt after the resume is %+v", a)
	}
}

// spaceSecretMissing: a channel that has no secret cannot fill such a body, which
// is told when events are routed to it, and not by the first that fails.
func spaceSecretMissing(w *world) {
	const template = "tpl_0000000000e008000000000006"
	channel := w.channelOf(map[string]any{"http": map[string]any{"url": "https://crm.example.com", "signing": map[string]any{"scheme": "NONE"}}}, map[string]any{"templateId": template})
	input := map[string]any{"name": "leads", "eventTypes": []string{"lead.**"}, "routes": []any{map[string]any{"channelId": channel}}}
	err := w.api.Do(w.ctx, `mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }`, testkit.Vars{"input": input}, nil)
	refusal, ok := testkit.Refusal(err)
	if !ok || refusal.Extensions.Code != "BAD_USER_INPUT" || !strings.Contains(refusal.Message, ".channel.secret is null") {
		w.t.Errorf("got %v", err)
	}
	attempts, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "lead.create"})
	if err != nil || len(attempts) != 1 || attempts[0].Error == nil || attempts[0].Error.Code != "TEMPLATE" || attempts[0].Error.Retryable {
		w.t.Errorf("the test answered %+v, %v", attempts, err)
	}
}

// channelsMessage: a secret among the headers, any 2xx is success, and the same
// event_id on every try.
func channelsMessage(w *world) {
	const secret = "9f2c-shared-with-the-receiver"
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 202, 204, 299))
	channel := w.formatChannel("channels", testkit.Vars{"url": receiver.URL, "secret": secret})
	w.set(channel, map[string]any{"retryPolicy": retries("50ms")})
	w.webhook("object.*", channel)
	v := w.watch(nil)
	data := `{"index":"products","objectId":"lamp-1","attributes":{"price":17.250,"a":{"b":[]}},"revision":3}`
	for i, eventType := range []string{"object.created", "object.updated", "object.deleted"} {
		event := w.happened(eventType, "lamp-1", data)
		want := `{"event_id":"` + event + `","event_type":"` + eventType + `","timestamp":"2024-03-30T10:15:00.500Z","data":` + data + `}`
		if i == 0 {
			w.arrives(receiver, 1, want)
			if a := v.next(); a.Status != "FAILED" || a.NextAttemptAt == nil {
				w.t.Errorf("the first attempt is %+v", a)
			}
		}
		r := w.arrives(receiver, i+2, want)
		a := v.next()
		if a.Status != "SUCCEEDED" || r.Header.Get("X-Acme-Secret") != secret || headerOf(a.RequestHeaders, "X-Acme-Secret") != "(secret)" {
			w.t.Errorf("the attempt is %+v, the headers are %v", a, r.Header)
		}
	}
	w.nowhere([]string{secret})
}

// channelsTimeout: 10 seconds, and then the attempt has failed.
func channelsTimeout(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Hanging())
	channel := w.formatChannel("channels", testkit.Vars{"url": receiver.URL, "secret": "shared secret"})
	w.set(channel, map[string]any{"retryPolicy": retries()})
	w.webhook("cluster.created", channel)
	v := w.watch(nil)
	w.happened("cluster.created", "", `{"clusterId":"cl-42","index":"products"}`)
	a := v.next()
	latency, err := time.ParseDuration(a.Latency)
	if a.Status != "FAILED" || a.Error == nil || a.Error.Code != "TIMEOUT" || err != nil || latency < 10*time.Second || latency > 30*time.Second {
		w.t.Errorf("the attempt is %+v, %+v", a, a.Error)
	}
}

// batchMessages: messages of at most 300 events, what exceeds them in the next;
// each event once, in order, byte for byte, also where a message failed and
// comes again; the token in the query.
func batchMessages(w *world) {
	const token = "0a1b2c3d4e5f6071"
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200))
	channel := w.formatChannel("batch", testkit.Vars{"url": receiver.URL + "/hotel?property=7", "token": token})
	w.set(channel, map[string]any{"limits": map[string]any{"concurrency": 1}, "retryPolicy": retries("50ms", "50ms")})
	w.webhook("*", channel)
	types := []string{"reservation.created", "reservation.updated", "payment.created"}
	inputs, want := make([]map[string]any, 700), make([]string, 700)
	for i := range inputs {
		value := map[string]any{"id": fmt.Sprintf("8d4f2b1a-6c3e-4f5d-9a7b-%012x", i)}
		inputs[i] = map[string]any{"type": types[i%len(types)], "data": value}
		want[i] = `{"discriminator":"` + types[i%len(types)] + `","value":{"id":"` + value["id"].(string) + `"}}`
	}
	if _, err := w.publishAll(inputs); err != nil {
		w.t.Fatal(err)
	}
	came := map[string]int{}
	for _, r := range receiver.Wait(4, patience) {
		came[string(r.Body)]++
		if r.Path != "/hotel?property=7&token="+token {
			w.t.Errorf("message %d came to %s", r.Number, r.Path)
		}
	}
	failed := string(receiver.Requests()[0].Body)
	for i, events := range [][]string{want[:300], want[300:600], want[600:]} {
		message, times := `{"events":[`+strings.Join(events, ",")+`]}`, 1
		if message == failed {
			times = 2
		}
		if came[message] != times {
			w.t.Errorf("message %d came %d times, want %d", i+1, came[message], times)
		}
	}
	v := w.watch(map[string]any{"channelId": channel})
	w.happened("bill.closed", "", `{"id":"8d4f2b1a-6c3e-4f5d-9a7b-000000000999"}`)
	w.arrives(receiver, 5, `{"events":[{"discriminator":"bill.closed","value":{"id":"8d4f2b1a-6c3e-4f5d-9a7b-000000000999"}}]}`)
	for last := false; !last; { // those before it may still be on their way
		a := v.next()
		last = a.Event.Type == "bill.closed"
		if a.Target != receiver.URL+"/hotel?property=7&token=********" {
			w.t.Errorf("the target is %s", a.Target)
		}
	}
	w.nowhere([]string{token})
}

// batchPolicy: three failed attempts of the same message, and it is abandoned.
func batchPolicy(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500))
	channel := w.formatChannel("batch", testkit.Vars{"url": receiver.URL, "token": "0a1b2c3d4e5f6071"})
	w.hasSchedule(channel, "1m0s", "1m0s")
	w.set(channel, map[string]any{"retryPolicy": retries("50ms", "50ms")})
	w.webhook("room.updated", channel)
	v := w.watch(nil)
	event := w.happened("room.updated", "", `{"id":"8d4f2b1a-6c3e-4f5d-9a7b-000000000001"}`)
	for i, a := range v.take(3) {
		if a.Status != "FAILED" || a.Number != i+1 || (a.NextAttemptAt == nil) != (i == 2) {
			w.t.Errorf("attempt %d is %+v", i+1, a)
		}
	}
	if d := w.delivery(event); d.Status != "FAILED" || d.AttemptCount != 3 {
		w.t.Errorf("the delivery is %+v", d)
	}
	requests := receiver.Requests()
	if len(requests) != 3 || string(requests[0].Body) != string(requests[2].Body) {
		w.t.Errorf("%d requests, the last is %s", len(requests), requests[len(requests)-1].Body)
	}
}

// hasSchedule compares the waits of a channel's retry policy.
func (w *world) hasSchedule(channel string, want ...string) {
	w.t.Helper()
	var out struct {
		Channel struct{ RetryPolicy struct{ Schedule []string } }
	}
	w.do(`query($id: ID!) { channel(id: $id) { retryPolicy { schedule } } }`, testkit.Vars{"id": channel}, &out)
	length := func(s string) time.Duration {
		d, err := time.ParseDuration(s)
		if err != nil {
			w.t.Errorf("%s is no duration", s)
		}
		return d
	}
	if !slices.EqualFunc(out.Channel.RetryPolicy.Schedule, want, func(a, b string) bool { return length(a) == length(b) }) {
		w.t.Errorf("the waits are %v, want %v", out.Channel.RetryPolicy.Schedule, want)
	}
}
