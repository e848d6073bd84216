package e2e

import (
	"strconv"
	"strings"
	"time"

	"carillon/testkit"
)

// wholePath follows one event from publishEvent to the receiver, and its
// attempt to subscribers of both kinds.
func wholePath(w *world) {
	t := w.t
	receiver := testkit.NewReceiver(t, testkit.Answers(func(testkit.Received) testkit.Answer {
		return testkit.Answer{Status: 202, Body: "thanks", Header: map[string][]string{"X-Receiver": {"e2e"}}}
	}))
	channel := w.channel(receiver.URL+"/hook?x=1", nil)
	webhook := w.webhook("contact.*", channel)
	mark := w.mark()
	ws := w.watchAfter(mark, nil, (*testkit.Client).Subscribe)
	sse := w.watchAfter(mark, nil, (*testkit.Client).SubscribeSSE)

	var out struct {
		PublishEvent struct {
			ID, Type, Version, EntityID string
			Tags                        []string
			Timestamp, CreatedAt        time.Time
			Test                        bool
			Deliveries                  struct{ Nodes []delivery }
		}
	}
	w.do(`mutation { publishEvent(input: {type: "contact.created", version: "2", entityId: "CONT-1", tags: ["vip", "eu"],
		timestamp: "2024-03-30T10:15:00.000Z", data: {name: "Ada", age: 36}}) {
		id type version entityId tags timestamp createdAt test deliveries { nodes {`+deliveryFields+`} } } }`, nil, &out)
	event := out.PublishEvent
	if len(event.Deliveries.Nodes) != 1 || event.Test || event.EntityID != "CONT-1" || len(event.Tags) != 2 {
		t.Errorf("published %+v", event)
	}

	request := receiver.Wait(1, patience)[0]
	want := `{"id":"` + event.ID + `","type":"contact.created","timestamp":"2024-03-30T10:15:00.000Z","version":"2",` +
		`"entityId":"CONT-1","tags":["vip","eu"],"data":{"name":"Ada","age":36}}`
	if string(request.Body) != want {
		t.Errorf("the receiver got\n%s\nwant\n%s", request.Body, want)
	}
	checkHeaders(w, request, channel, event.ID)

	first := ws.next()
	checkAttempt(w, first, event.ID, webhook, channel)
	if first.Target != receiver.URL+"/hook?x=1" || first.RequestBody != want {
		t.Errorf("attempt has target %q and body\n%s", first.Target, first.RequestBody)
	}
	if other := sse.next(); other.ID != first.ID {
		t.Errorf("SSE shows attempt %s, WebSocket %s", other.ID, first.ID)
	}
	if d := w.delivery(event.ID); d.Status != "SUCCEEDED" || d.AttemptCount != 1 || d.CompletedAt == nil || d.NextAttemptAt != nil {
		t.Errorf("delivery is %+v", d)
	}
	if state := w.channelState(channel); state.LastAttempt == nil || state.LastAttempt.ID != first.ID {
		t.Errorf("channel is %+v", state)
	}
}

func checkHeaders(w *world, request testkit.Received, channel, event string) {
	w.t.Helper()
	if request.Method != "POST" || request.Path != "/hook?x=1" {
		w.t.Errorf("request is %s %s", request.Method, request.Path)
	}
	if got := request.Header.Get("Content-Type"); got != "application/json" && got != "application/json; charset=utf-8" {
		w.t.Errorf("Content-Type is %q", got)
	}
	if request.ID() != event {
		w.t.Errorf("webhook-id is %q, want the event's id %q", request.ID(), event)
	}
	seconds, err := strconv.ParseInt(request.Header.Get("webhook-timestamp"), 10, 64)
	if age := time.Since(time.Unix(seconds, 0)); err != nil || age < -5*time.Second || age > patience {
		w.t.Errorf("webhook-timestamp is %q (%v)", request.Header.Get("webhook-timestamp"), err)
	}
	if err := request.Verify(w.secret(channel)); err != nil {
		w.t.Errorf("the signature does not verify: %v", err)
	}
}

// secret is a channel's signing secret.
func (w *world) secret(channel string) string {
	w.t.Helper()
	var out struct{ ChannelSecret string }
	w.do(`query($id: ID!) { channelSecret(id: $id) }`, testkit.Vars{"id": channel}, &out)
	return out.ChannelSecret
}

func checkAttempt(w *world, a attempt, event, webhook, channel string) {
	w.t.Helper()
	if a.Status != "SUCCEEDED" || a.Number != 1 || a.Trigger != "AUTOMATIC" || a.Error != nil || a.NextAttemptAt != nil {
		w.t.Errorf("attempt is %+v", a)
	}
	if a.Event.ID != event || a.Webhook == nil || a.Webhook.ID != webhook || a.Channel.ID != channel {
		w.t.Errorf("attempt is of event %s, webhook %v, channel %s", a.Event.ID, a.Webhook, a.Channel.ID)
	}
	if a.ResponseCode == nil || *a.ResponseCode != 202 || a.ResponseBody == nil || *a.ResponseBody != "thanks" {
		w.t.Errorf("attempt has answer %v %v", a.ResponseCode, a.ResponseBody)
	}
	if got := headerOf(a.ResponseHeaders, "X-Receiver"); got != "e2e" {
		w.t.Errorf("attempt has the answer's header %q", got)
	}
	if got := headerOf(a.RequestHeaders, "Webhook-Id"); got != event {
		w.t.Errorf("attempt has the request's webhook-id %q", got)
	}
	if latency, err := time.ParseDuration(a.Latency); err != nil || latency <= 0 || latency > patience {
		w.t.Errorf("attempt has latency %q", a.Latency)
	}
	if time.Since(a.StartedAt).Abs() > patience {
		w.t.Errorf("attempt started at %s", a.StartedAt)
	}
}

// headerOf finds a header in any case; a secret one reads as (secret).
func headerOf(headers []header, name string) string {
	for _, h := range headers {
		switch {
		case !strings.EqualFold(h.Name, name):
		case h.Value == nil:
			return "(secret)"
		default:
			return *h.Value
		}
	}
	return ""
}

// patterns: names, prefixes and everything; each route once for each event.
func patterns(w *world) {
	all, some, one := testkit.NewReceiver(w.t), testkit.NewReceiver(w.t), testkit.NewReceiver(w.t)
	allChannel, someChannel := w.channel(all.URL, nil), w.channel(some.URL, nil)
	w.webhook("*", allChannel, someChannel)
	w.webhook("lead.**", someChannel)
	w.webhook("lead.status.update", w.channel(one.URL, nil))
	var events []string
	for _, eventType := range []string{"lead.create", "lead.status.update", "leads.create", "basket-submitted"} {
		events = append(events, w.publish(eventType, `1`))
	}
	want := []int{3, 4, 2, 2}
	for i, event := range events {
		if got := len(w.deliveries(event)); got != want[i] {
			w.t.Errorf("event %d has %d deliveries, want %d", i, got, want[i])
		}
	}
	all.Wait(4, patience)
	some.Wait(6, patience)
	if got := one.Wait(1, patience); got[0].ID() != events[1] {
		w.t.Errorf("the receiver of one type got %s, want %s", got[0].ID(), events[1])
	}
	for receiver, n := range map[*testkit.Receiver]int{all: 4, some: 6, one: 1} {
		if receiver.Count() != n {
			w.t.Errorf("%s got %d requests, want %d", receiver, receiver.Count(), n)
		}
	}
	if none := w.publish("lead", `{}`); len(w.deliveries(none)) != 2 {
		w.t.Errorf("lead.** takes lead itself")
	}
}
