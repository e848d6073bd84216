package e2e

import (
	"fmt"

	"carillon/testkit"
)

// pausedWebhook: its events wait, those of another webhook leave.
func pausedWebhook(w *world) {
	held, free := testkit.NewReceiver(w.t), testkit.NewReceiver(w.t)
	webhook := w.webhook("*", w.channel(held.URL, nil))
	freeWebhook := w.webhook("*", w.channel(free.URL, nil))
	w.call("pauseWebhook", webhook)
	events := publishSome(w, 5)
	free.Wait(5, patience)
	for _, event := range events {
		for _, d := range w.deliveries(event) {
			if d.Webhook.ID == webhook && d.Status != "PENDING" {
				w.t.Errorf("delivery of the paused webhook is %+v", d)
			}
		}
	}
	if held.Count() != 0 {
		w.t.Errorf("the paused webhook sent %d messages", held.Count())
	}
	w.call("resumeWebhook", webhook)
	held.Wait(5, patience)
	checkOnce(w, held, events)
	w.call("pauseWebhook", freeWebhook)
	later := w.publish("later", `{}`)
	held.Wait(6, patience)
	w.call("resumeWebhook", freeWebhook)
	free.Wait(6, patience)
	checkOnce(w, free, append(events, later))
}

func publishSome(w *world, n int) []string {
	w.t.Helper()
	events := make([]string, n)
	for i := range events {
		events[i] = w.publish("some.event", fmt.Sprint(i))
	}
	return events
}

// checkOnce: the receiver had each event once, and nothing else.
func checkOnce(w *world, receiver *testkit.Receiver, events []string) {
	w.t.Helper()
	ids := receiver.IDs()
	for _, event := range events {
		if ids[event] != 1 {
			w.t.Errorf("event %s arrived %d times", event, ids[event])
		}
		delete(ids, event)
	}
	if len(ids) > 0 {
		w.t.Errorf("what was not expected arrived: %v", ids)
	}
}

// pausedChannel: likewise, also for what was about to be retried.
func pausedChannel(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200))
	free := testkit.NewReceiver(w.t)
	channel := w.channel(receiver.URL, retries("300ms"))
	w.webhook("*", channel, w.channel(free.URL, nil))
	v := w.watch(map[string]any{"channelId": channel})
	retried := w.publish("retried", `{}`)
	v.next()
	w.call("pauseChannel", channel)
	events := publishSome(w, 5)
	free.Wait(6, patience)
	for _, event := range events {
		if ids := receiver.IDs(); ids[event] > 0 {
			w.t.Errorf("event %s was sent through the paused channel", event)
		}
	}
	w.call("resumeChannel", channel)
	v.take(6)
	ids := receiver.IDs()
	if ids[retried] != 2 {
		w.t.Errorf("the retried event arrived %d times, want 2", ids[retried])
	}
	for _, event := range events {
		if ids[event] != 1 {
			w.t.Errorf("event %s arrived %d times, want once", event, ids[event])
		}
	}
}

// noHeadOfLine: a channel that hangs and one that is paused with a backlog do
// not hold up another.
func noHeadOfLine(w *world) {
	hanging := testkit.NewReceiver(w.t, testkit.Hanging())
	quick := testkit.NewReceiver(w.t)
	w.webhook("hangs", w.channelWith(map[string]any{"url": hanging.URL, "timeout": "30s"}, retries()))
	paused := w.webhook("paused", w.channel(quick.URL, nil))
	w.call("pauseWebhook", paused)
	w.webhook("quick", w.channel(quick.URL, nil))
	for range 40 {
		w.publish("hangs", `{}`)
		w.publish("paused", `{}`)
	}
	hanging.Wait(1, patience)
	event := w.publish("quick", `{}`)
	if got := quick.Wait(1, patience); got[0].ID() != event {
		w.t.Errorf("the quick receiver got %s", got[0].Body)
	}
	hanging.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
	hanging.Release()
	hanging.Wait(40, patience)
}

func cancelDelivery(w *world) {
	receiver := testkit.NewReceiver(w.t)
	channel := w.channel(receiver.URL, nil)
	w.webhook("*", channel)
	v := w.watch(nil)
	w.call("pauseChannel", channel)
	canceled := w.publish("canceled", `{}`)
	id := w.delivery(canceled).ID
	var out struct{ CancelDelivery delivery }
	w.do(`mutation($id: ID!) { cancelDelivery(id: $id) {`+deliveryFields+`} }`, testkit.Vars{"id": id}, &out)
	if d := out.CancelDelivery; d.Status != "CANCELED" || d.CompletedAt == nil || d.NextAttemptAt != nil {
		w.t.Errorf("canceled delivery is %+v", d)
	}
	w.call("resumeChannel", channel)
	sent := w.publish("sent", `{}`)
	if a := v.next(); a.Event.ID != sent {
		w.t.Errorf("attempt of event %s, want %s", a.Event.ID, sent)
	}
	checkOnce(w, receiver, []string{sent})
	for _, final := range []string{id, w.delivery(sent).ID} {
		w.refused(w.api.Do(w.ctx, mutationOf("cancelDelivery"), testkit.Vars{"id": final}, nil), "CONFLICT", "id")
	}
}

// retryDelivery: what has failed is sent again, and so is what waits for long.
func retryDelivery(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500))
	w.webhook("final", w.channel(receiver.URL, retries()))
	w.webhook("waiting", w.channel(receiver.URL, retries("1h")))
	v := w.watch(nil)
	final := w.publish("final", `{}`)
	v.next()
	waiting := w.publish("waiting", `{}`)
	v.next()
	if d := w.delivery(waiting); d.Status != "RETRYING" || d.NextAttemptAt == nil {
		w.t.Errorf("the waiting delivery is %+v", d)
	}
	receiver.Answer(func(testkit.Received) testkit.Answer { return testkit.Answer{} })
	for _, event := range []string{final, waiting} {
		w.call("retryDelivery", w.delivery(event).ID)
		a := v.next()
		if a.Event.ID != event || a.Status != "SUCCEEDED" || a.Number != 2 || a.Trigger != "MANUAL" {
			w.t.Errorf("the attempt after retryDelivery is %+v", a)
		}
		if d := w.delivery(event); d.Status != "SUCCEEDED" || d.AttemptCount != 2 {
			w.t.Errorf("the delivery after retryDelivery is %+v", d)
		}
	}
}

// deleteWebhook: what waited for it is canceled, and history stays.
func deleteWebhook(w *world) {
	receiver := testkit.NewReceiver(w.t)
	channel := w.channel(receiver.URL, nil)
	webhook := w.webhook("*", channel)
	v := w.watch(nil)
	sent := w.publish("sent", `{}`)
	v.next()
	w.refused(w.api.Do(w.ctx, mutationOf("deleteChannel"), testkit.Vars{"id": channel}, nil), "CONFLICT", "id")
	w.call("pauseWebhook", webhook)
	waiting := w.publish("waiting", `{}`)
	w.call("deleteWebhook", webhook)
	if d := w.delivery(waiting); d.Status != "CANCELED" {
		w.t.Errorf("what waited is %+v", d)
	}
	if none := w.publish("none", `{}`); len(w.deliveries(none)) != 0 {
		w.t.Error("a deleted webhook still takes events")
	}
	w.call("deleteChannel", channel)
	all := w.attempts(nil)
	if len(all) != 1 || all[0].Event.ID != sent || all[0].Channel.ID != channel || all[0].Webhook != nil {
		w.t.Errorf("history is %+v", all)
	}
}
