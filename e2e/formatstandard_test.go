package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"carillon/testkit"
)

// standardMessage: the envelope with what has a value, signed for this attempt,
// under an id without a dot that stays the same; and its schedule of retries.
func standardMessage(w *world) {
	vector := testkit.Received{Body: []byte(`{"test": 2432232314}`), Header: http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}}
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	if err := vector.Verify(secret); err != nil {
		w.t.Fatalf("the check vector: %v", err)
	}
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200))
	channel := w.formatChannel("standard", testkit.Vars{"url": receiver.URL, "secret": secret})
	w.hasSchedule(channel, "5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h")
	w.set(channel, map[string]any{"retryPolicy": retries("1100ms")})
	w.webhook("contact.*", channel)
	event := w.happened("contact.created", "CONT-1", `{"name":"Ada","id":"CONT-1","n":1.10}`)
	want := `{"id":"` + event + `","type":"contact.created","timestamp":"2024-03-30T10:15:00.500Z","version":"1","entityId":"CONT-1","data":{"name":"Ada","id":"CONT-1","n":1.10}}`
	first, second := w.arrives(receiver, 1, want), w.arrives(receiver, 2, want)
	for _, r := range []testkit.Received{first, second} {
		stamp, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		if r.Verify(secret) != nil || r.ID() != event || strings.Contains(r.ID(), ".") || err != nil || r.At.Sub(time.Unix(stamp, 0)).Abs() > time.Minute {
			w.t.Errorf("the headers are %v", r.Header)
		}
	}
	if first.Header.Get("webhook-timestamp") == second.Header.Get("webhook-timestamp") {
		w.t.Error("the second attempt has the time of the first")
	}
}

// standardRotation: old and new secret both sign until the overlap is over; and
// 410 disables the endpoint.
func standardRotation(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(200, 200, 410))
	channel := w.formatChannel("standard", testkit.Vars{"url": receiver.URL})
	w.webhook("invoice.paid", channel)
	v := w.watch(nil)
	message := func(n int) testkit.Received {
		w.happened("invoice.paid", "", `{"id":"INV-7","total":12.50,"currency":"EUR"}`)
		v.next()
		return receiver.Wait(n, patience)[n-1]
	}
	old := w.secret(channel)
	if r := message(1); r.Verify(old) != nil || strings.Contains(r.Header.Get("webhook-signature"), " ") {
		w.t.Errorf("the signature is %s", r.Header.Get("webhook-signature"))
	}
	fresh, err := w.rotate(map[string]any{"id": channel})
	if r := message(2); err != nil || r.Verify(old) != nil || r.Verify(fresh) != nil || len(strings.Fields(r.Header.Get("webhook-signature"))) != 2 {
		w.t.Errorf("%v; after the rotation the signature is %s", err, r.Header.Get("webhook-signature"))
	}
	fresh, err = w.rotate(map[string]any{"id": channel, "overlap": "0s"})
	if r := message(3); err != nil || r.Verify(old) == nil || r.Verify(fresh) != nil {
		w.t.Errorf("%v; after the overlap the signature is %s", err, r.Header.Get("webhook-signature"))
	}
	if state := w.channelState(channel); state.Status != "DISABLED" {
		w.t.Errorf("after 410 the channel is %+v", state)
	}
}

// standardBatches: the same objects in a list, under an id of the message's own.
func standardBatches(w *world) {
	receiver := testkit.NewReceiver(w.t)
	channel := w.formatChannel("standard", testkit.Vars{"url": receiver.URL})
	w.set(channel, map[string]any{"batching": map[string]any{"maxEvents": 2, "maxWait": "1m"}})
	w.webhook("contact.*", channel)
	one := w.happened("contact.created", "CONT-1", `{"id":"CONT-1"}`)
	two := w.happened("contact.deleted", "", `{"id":"CONT-1","b":2.50}`)
	const at = `","timestamp":"2024-03-30T10:15:00.500Z","version":"1",`
	r := w.arrives(receiver, 1, `{"events":[{"id":"`+one+`","type":"contact.created`+at+`"entityId":"CONT-1","data":{"id":"CONT-1"}},{"id":"`+
		two+`","type":"contact.deleted`+at+`"data":{"id":"CONT-1","b":2.50}}]}`)
	if r.Verify(w.secret(channel)) != nil || !strings.HasPrefix(r.ID(), "msg_") || strings.Contains(r.ID(), ".") {
		w.t.Errorf("the headers are %v", r.Header)
	}
}
