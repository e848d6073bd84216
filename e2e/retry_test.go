package e2e

import (
	"net/http"
	"strings"
	"time"

	"carillon/testkit"
)

// retryUntilSuccess: two failures, then success; the message stays the same.
func retryUntilSuccess(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 404, 200))
	channel := w.channel(receiver.URL, retries("50ms", "80ms", "1h"))
	w.webhook("*", channel)
	v := w.watch(map[string]any{"channelId": channel})
	event := w.publish("order.paid", `{"n":1}`)
	attempts := v.take(3)
	for i, a := range attempts {
		last := i == 2
		if a.Number != i+1 || a.Trigger != "AUTOMATIC" || (a.Status == "SUCCEEDED") != last || (a.NextAttemptAt == nil) != last {
			w.t.Errorf("attempt %d is %+v", i+1, a)
		}
		if !last && (a.Error == nil || a.Error.Code != "REJECTED" || !a.Error.Retryable) {
			w.t.Errorf("attempt %d has the error %+v", i+1, a.Error)
		}
	}
	requests := receiver.Wait(3, patience)
	for i, r := range requests {
		if r.ID() != event || string(r.Body) != string(requests[0].Body) {
			w.t.Errorf("request %d is another message: %s %s", i+1, r.ID(), r.Body)
		}
		if err := r.Verify(w.secret(channel)); err != nil {
			w.t.Errorf("request %d: %v", i+1, err)
		}
	}
	checkWait(w, requests[0], requests[1], 50*time.Millisecond)
	checkWait(w, requests[1], requests[2], 80*time.Millisecond)
	if d := w.delivery(event); d.Status != "SUCCEEDED" || d.AttemptCount != 3 || d.CompletedAt == nil {
		w.t.Errorf("delivery is %+v", d)
	}
	if state := w.channelState(channel); state.ConsecutiveFailures != 0 {
		w.t.Errorf("channel is %+v", state)
	}
}

// checkWait: at least as long as asked for; a busy machine may take longer.
func checkWait(w *world, first, second testkit.Received, want time.Duration) {
	w.t.Helper()
	if got := second.At.Sub(first.At); got < want-5*time.Millisecond || got > want+20*time.Second {
		w.t.Errorf("the wait before request %d was %s, want %s", second.Number, got, want)
	}
}

func retryUntilFailure(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500))
	w.webhook("*", w.channel(receiver.URL, retries("20ms", "20ms")))
	v := w.watch(nil)
	event := w.publish("order.paid", `{}`)
	attempts := v.take(3)
	if last := attempts[2]; last.NextAttemptAt != nil || last.Delivery.Status != "FAILED" || last.Error == nil {
		w.t.Errorf("the last attempt is %+v", last)
	}
	if d := w.delivery(event); d.Status != "FAILED" || d.AttemptCount != 3 || d.CompletedAt == nil || d.NextAttemptAt != nil {
		w.t.Errorf("delivery is %+v", d)
	}
	if receiver.Count() != 3 {
		w.t.Errorf("the receiver had %d requests, want 3", receiver.Count())
	}
}

func retryAfterSeconds(w *world) {
	retryAfter(w, 429, func() string { return "1" }, 1*time.Second, "RATE_LIMITED")
}

func retryAfterDate(w *world) {
	// A date has whole seconds: two from now are at least one away.
	retryAfter(w, 503, func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) }, 900*time.Millisecond, "")
}

func retryAfter(w *world, status int, value func() string, want time.Duration, code string) {
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		if r.Number > 1 {
			return testkit.Answer{}
		}
		return testkit.Answer{Status: status, Header: http.Header{"Retry-After": {value()}}}
	}))
	w.webhook("*", w.channel(receiver.URL, retries("10ms", "10ms")))
	v := w.watch(nil)
	w.publish("order.paid", `{}`)
	requests := receiver.Wait(2, patience)
	checkWait(w, requests[0], requests[1], want)
	attempts := v.take(2)
	if e := attempts[0].Error; e == nil || !e.Retryable || code != "" && e.Code != code {
		w.t.Errorf("the first attempt has the error %+v", e)
	}
	if attempts[1].Status != "SUCCEEDED" {
		w.t.Errorf("the second attempt is %+v", attempts[1])
	}
}

// goneDisables: 410 ends the delivery and disables the channel; later ones wait
// until it is resumed.
func goneDisables(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(410, 200))
	channel := w.channel(receiver.URL, retries("10ms"))
	w.webhook("*", channel)
	v := w.watch(nil)
	gone := w.publish("a.gone", `{}`)
	if a := v.next(); a.Error == nil || a.Error.Retryable || a.NextAttemptAt != nil || a.Delivery.Status != "FAILED" {
		w.t.Errorf("attempt is %+v", a)
	}
	state := w.channelState(channel)
	if state.Status != "DISABLED" || state.StatusReason == nil || !strings.Contains(*state.StatusReason, "410") {
		w.t.Errorf("channel is %+v", state)
	}
	var waiting []string
	for range 5 {
		waiting = append(waiting, w.publish("a.waits", `{}`))
	}
	for _, event := range waiting {
		if d := w.delivery(event); d.Status != "PENDING" || d.AttemptCount != 0 {
			w.t.Errorf("delivery is %+v", d)
		}
	}
	w.call("resumeChannel", channel)
	attempts := v.take(5)
	for _, a := range attempts {
		if a.Status != "SUCCEEDED" || a.Event.ID == gone {
			w.t.Errorf("attempt after the resume is %+v", a)
		}
	}
	if state := w.channelState(channel); state.Status != "ACTIVE" || state.StatusReason != nil || state.ConsecutiveFailures != 0 {
		w.t.Errorf("channel is %+v", state)
	}
	if receiver.Count() != 6 {
		w.t.Errorf("the receiver had %d requests, want 6", receiver.Count())
	}
}

// failuresDisable: as many failures in a row as the policy names.
func failuresDisable(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200, 500, 500, 500))
	retry := retries()
	retry["disableAfterFailures"] = 3
	channel := w.channel(receiver.URL, retry)
	w.webhook("*", channel)
	v := w.watch(nil)
	for i := range 5 {
		if state := w.channelState(channel); state.Status != "ACTIVE" {
			w.t.Errorf("channel is %+v before event %d", state, i+1)
		}
		w.publish("a.fails", `{}`)
		v.next()
	}
	state := w.channelState(channel)
	if state.Status != "DISABLED" || state.StatusReason == nil || state.ConsecutiveFailures != 3 {
		w.t.Errorf("channel is %+v", state)
	}
	receiver.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
	w.publish("a.waits", `{}`)
	w.call("resumeChannel", channel)
	if a := v.next(); a.Status != "SUCCEEDED" {
		w.t.Errorf("attempt after the resume is %+v", a)
	}
}

func redirectFails(w *world) {
	other := testkit.NewReceiver(w.t)
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(testkit.Received) testkit.Answer {
		return testkit.Answer{Status: 302, Header: http.Header{"Location": {other.URL}}}
	}))
	w.webhook("*", w.channel(receiver.URL, retries()))
	v := w.watch(nil)
	w.publish("a.moved", `{}`)
	if a := v.next(); a.Status != "FAILED" || a.ResponseCode == nil || *a.ResponseCode != 302 || a.Error == nil {
		w.t.Errorf("attempt is %+v", a)
	}
	if other.Count() != 0 {
		w.t.Error("the redirect was followed")
	}
}

func unreachable(w *world) {
	closed := testkit.NewReceiver(w.t)
	closed.Close()
	hanging := testkit.NewReceiver(w.t, testkit.Hanging())
	w.webhook("a.refused", w.channel(closed.URL, retries()))
	w.webhook("a.hangs", w.channelWith(map[string]any{"url": hanging.URL, "timeout": "100ms"}, retries()))
	w.webhook("a.unknown", w.channel("http://no-such-host.invalid/", retries()))
	v := w.watch(nil)
	for eventType, code := range map[string]string{"a.refused": "CONNECT", "a.hangs": "TIMEOUT", "a.unknown": "DNS"} {
		w.publish(eventType, `{}`)
		a := v.next()
		if a.Status != "FAILED" || a.Error == nil || a.Error.Code != code || a.ResponseCode != nil || !a.Error.Retryable {
			w.t.Errorf("%s: attempt is %+v, error %+v", eventType, a, a.Error)
		}
	}
}
