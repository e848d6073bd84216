package e2e

import (
	"encoding/json"
	"slices"
	"strings"

	"carillon/testkit"
)

func testToChannel(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(testkit.Received) testkit.Answer {
		return testkit.Answer{Body: "seen"}
	}))
	channel := w.channel(receiver.URL, nil)
	w.call("pauseChannel", channel) // a test leaves nevertheless
	attempts, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "contact.created", "data": json.RawMessage(`{"b":1.10,"a":2}`)})
	if err != nil || len(attempts) != 1 {
		w.t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	a := attempts[0]
	if a.Trigger != "TEST" || a.Status != "SUCCEEDED" || a.Webhook != nil || a.ResponseBody == nil || *a.ResponseBody != "seen" {
		w.t.Errorf("attempt is %+v", a)
	}
	got := receiver.Wait(1, patience)[0]
	if err := got.Verify(w.secret(channel)); err != nil || !strings.HasSuffix(string(got.Body), `"data":{"b":1.10,"a":2}}`) {
		w.t.Errorf("the receiver got %s (%v)", got.Body, err)
	}
	if state := w.channelState(channel); state.LastAttempt != nil || state.Status != "PAUSED" {
		w.t.Errorf("channel is %+v", state)
	}
	if all := w.attempts(nil); len(all) != 0 {
		w.t.Errorf("tests are among the attempts: %+v", all)
	}
	if all := w.attempts(map[string]any{"includeTests": true}); len(all) != 1 || all[0].ID != a.ID {
		w.t.Errorf("with tests the attempts are %+v", all)
	}
}

// testToWebhook: one attempt for each channel; the catalog's example is sent.
func testToWebhook(w *world) {
	eventType := "example." + strings.ToLower(w.tenant[len(w.tenant)-20:])
	w.asAdmin(`mutation($name: String!) { createEventType(input: {name: $name, version: "7", example: {hello: "world"}}) { id } }`,
		testkit.Vars{"name": eventType}, nil)
	good, bad := testkit.NewReceiver(w.t), testkit.NewReceiver(w.t, testkit.Statuses(500))
	goodChannel, badChannel := w.channel(good.URL, nil), w.channel(bad.URL, retries("1ms"))
	webhook := w.webhook("other", goodChannel, badChannel)
	attempts, err := w.sendTest(map[string]any{"webhookId": webhook, "eventType": eventType})
	if err != nil || len(attempts) != 2 {
		w.t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	for _, a := range attempts {
		if a.Trigger != "TEST" || (a.Status == "SUCCEEDED") != (a.Channel.ID == goodChannel) || a.Webhook == nil || a.Webhook.ID != webhook {
			w.t.Errorf("attempt is %+v", a)
		}
	}
	if body := string(good.Wait(1, patience)[0].Body); !strings.Contains(body, `"version":"7"`) || !strings.HasSuffix(body, `"data":{"hello":"world"}}`) {
		w.t.Errorf("the receiver got %s", body)
	}
	w.refused(errorOf(w.sendTest(map[string]any{"webhookId": webhook, "channelId": goodChannel, "eventType": eventType})), "BAD_USER_INPUT", "webhookId")
	w.refused(errorOf(w.sendTest(map[string]any{"eventType": eventType})), "BAD_USER_INPUT", "channelId")
}

func errorOf(_ []attempt, err error) error { return err }

// testThatFails: not retried, disables nothing, counts for nothing.
func testThatFails(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(410))
	retry := retries("1ms", "1ms")
	retry["disableAfterFailures"] = 1
	channel := w.channel(receiver.URL, retry)
	attempts, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "a.test", "data": map[string]any{}})
	if err == nil && len(attempts) == 1 {
		if a := attempts[0]; a.Status != "FAILED" || a.NextAttemptAt != nil || a.Error == nil || a.Delivery.Status != "FAILED" {
			w.t.Errorf("attempt is %+v", a)
		}
	} else {
		w.t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	if state := w.channelState(channel); state.Status != "ACTIVE" || state.ConsecutiveFailures != 0 || state.LastAttempt != nil {
		w.t.Errorf("channel is %+v", state)
	}
	// A real event follows on the same channel; what the test left behind would come first.
	receiver.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
	w.webhook("*", channel)
	v := w.watch(nil)
	event := w.publish("real", `{}`)
	if a := v.next(); a.Event.ID != event {
		w.t.Errorf("attempt of %s", a.Event.ID)
	}
	if got := len(receiver.Requests()); got != 2 {
		w.t.Errorf("the receiver had %d requests, want 2", got)
	}
	events := func(includeTests bool) (types []string) {
		var out struct {
			Events struct{ Nodes []struct{ Type string } }
		}
		w.do(`query($tests: Boolean) { events(filter: {includeTests: $tests}) { nodes { type } } }`, testkit.Vars{"tests": includeTests}, &out)
		for _, e := range out.Events.Nodes {
			types = append(types, e.Type)
		}
		return types
	}
	if got := events(false); !slices.Equal(got, []string{"real"}) {
		w.t.Errorf("events are %v", got)
	}
	if got := events(true); !slices.Contains(got, "a.test") {
		w.t.Errorf("events with tests are %v", got)
	}
}
