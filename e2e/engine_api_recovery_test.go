package e2e

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"carillon/testkit"
)

type recoveryState struct {
	ID                      string
	Total, Done             int
	CreatedAt               time.Time
	CompletedAt, CanceledAt *time.Time
}

const (
	recoveryFields    = ` id total done createdAt completedAt canceledAt `
	recoverDeliveries = `mutation($filter: DeliveryFilter!) { recoverDeliveries(filter: $filter) {` + recoveryFields + `} }`
	recoveryProgress  = `subscription($id: ID!) { recoveryProgress(id: $id) {` + recoveryFields + `} }`
)

func (w *world) recover(filter map[string]any) recoveryState {
	w.t.Helper()
	var out struct{ RecoverDeliveries recoveryState }
	w.do(recoverDeliveries, testkit.Vars{"filter": filter}, &out)
	return out.RecoverDeliveries
}

// followRecovery reads a recovery's progress to its end, and gives the last state.
func (w *world) followRecovery(id string, open subscribeFunc) recoveryState {
	w.t.Helper()
	s, err := open(w.api, w.t, recoveryProgress, testkit.Vars{"id": id})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	var last recoveryState
	for first := true; ; first = false {
		var out struct{ RecoveryProgress recoveryState }
		err := s.Next(ctx, &out)
		if errors.Is(err, testkit.ErrCompleted) {
			return last
		}
		if err != nil {
			w.t.Fatalf("the progress of a recovery: %v", err)
		}
		now := out.RecoveryProgress
		if now.ID != id || now.Done < last.Done || now.Done > now.Total || !first && (last.CompletedAt != nil || last.CanceledAt != nil) {
			w.t.Errorf("the recovery goes from %+v to %+v", last, now)
		}
		last = now
	}
}

// failing publishes events through a new channel, on which all of them fail.
func (w *world) failing(receiver *testkit.Receiver, events int, retry policy) (channel string, failed []string) {
	w.t.Helper()
	channel = w.channel(receiver.URL, retry)
	w.webhook("fails."+channel, channel)
	v := w.watch(map[string]any{"channelId": channel})
	defer v.s.Close()
	for range events {
		failed = append(failed, w.publish("fails."+channel, `{}`))
	}
	for done := 0; done < events; {
		if a := v.next(); a.NextAttemptAt == nil {
			done++
		}
	}
	return channel, failed
}

// recovery: what failed, and nothing else, is sent again with its full schedule.
func recovery(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500))
	const events = 20
	channel, failed := w.failing(receiver, events, retries("20ms"))
	other, rest := w.failing(receiver, 2, retries())
	if reason := w.statusReason(failed[0]); reason == nil {
		w.t.Error("a delivery that failed does not say why")
	}
	before := receiver.Count()
	var mu sync.Mutex
	tried := map[string]bool{} // fails once more each, so that only a retry succeeds
	receiver.Answer(func(r testkit.Received) testkit.Answer {
		mu.Lock()
		defer mu.Unlock()
		again := tried[r.ID()]
		tried[r.ID()] = true
		if again {
			return testkit.Answer{}
		}
		return testkit.Answer{Status: http.StatusInternalServerError}
	})
	v := w.watch(map[string]any{"channelId": channel})
	begun := w.recover(map[string]any{"channelId": channel, "statuses": []string{"FAILED"}})
	if begun.Total != events || begun.CompletedAt != nil || begun.CanceledAt != nil {
		w.t.Errorf("the recovery begins as %+v", begun)
	}
	if last := w.followRecovery(begun.ID, (*testkit.Client).Subscribe); last.Done != events || last.CompletedAt == nil || last.CanceledAt != nil {
		w.t.Errorf("the recovery ends as %+v", last)
	}
	for _, a := range v.take(2 * events) {
		if a.Number < 3 || a.Number > 4 || (a.Number == 4) != (a.Status == "SUCCEEDED") || (a.NextAttemptAt == nil) != (a.Status == "SUCCEEDED") {
			w.t.Errorf("a recovered attempt is %+v", a)
		}
	}
	for _, event := range failed {
		if d := w.delivery(event); d.Status != "SUCCEEDED" || d.AttemptCount != 4 {
			w.t.Errorf("a recovered delivery is %+v", d)
		}
	}
	if reason := w.statusReason(failed[0]); reason != nil {
		w.t.Errorf("a delivery that has succeeded has the reason %q", *reason)
	}
	if got := receiver.Count() - before; got != 2*events {
		w.t.Errorf("the receiver had %d requests of the recovery, want %d", got, 2*events)
	}
	w.refused(w.api.Do(w.ctx, mutationOf("cancelRecovery"), testkit.Vars{"id": begun.ID}, nil), conflict, "id")
	checkRecoveryIsRead(w, begun.ID)

	if again := w.recover(map[string]any{"channelId": channel}); again.Total != 0 || w.followRecovery(again.ID, (*testkit.Client).SubscribeSSE).CompletedAt == nil {
		w.t.Errorf("what was recovered is recovered again: %+v", again)
	}
	v = w.watch(map[string]any{"channelId": other})
	if all := w.recover(map[string]any{}); all.Total != len(rest) {
		w.t.Errorf("without a filter the recovery is %+v", all)
	}
	v.take(len(rest))
	w.refused(w.api.Do(w.ctx, recoverDeliveries, testkit.Vars{"filter": map[string]any{"statuses": []string{"CANCELED"}}}, nil), invalid, "filter.statuses")
}

func (w *world) statusReason(event string) *string {
	w.t.Helper()
	var out struct {
		Delivery struct{ StatusReason *string }
	}
	w.do(`query($id: ID!) { delivery(id: $id) { statusReason } }`, testkit.Vars{"id": w.delivery(event).ID}, &out)
	return out.Delivery.StatusReason
}

func checkRecoveryIsRead(w *world, id string) {
	w.t.Helper()
	var out struct {
		Recovery recoveryState
		Node     struct {
			Typename    string `json:"__typename"`
			ID          string
			CompletedAt *time.Time
		}
	}
	w.do(`query($id: ID!) { recovery(id: $id) {`+recoveryFields+`} node(id: $id) { __typename id ... on Recovery { completedAt } } }`, testkit.Vars{"id": id}, &out)
	if out.Recovery.ID != id || out.Recovery.CompletedAt == nil || out.Node.Typename != "Recovery" || out.Node.ID != id || out.Node.CompletedAt == nil {
		w.t.Errorf("the recovery reads as %+v", out)
	}
}

// recoveryCanceled: a recovery that is canceled goes no further. It may have
// come to its end before.
func recoveryCanceled(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500))
	channel, _ := w.failing(receiver, 30, retries())
	begun := w.recover(map[string]any{"channelId": channel})
	var out struct{ CancelRecovery recoveryState }
	err := w.api.Do(w.ctx, `mutation($id: ID!) { cancelRecovery(id: $id) {`+recoveryFields+`} }`, testkit.Vars{"id": begun.ID}, &out)
	if refusal, ok := testkit.Refusal(err); ok && refusal.Extensions.Code != conflict || err != nil && !ok {
		w.t.Fatal(err)
	}
	last := w.followRecovery(begun.ID, (*testkit.Client).Subscribe)
	if canceled := err == nil; canceled != (last.CanceledAt != nil) || canceled == (last.CompletedAt != nil) || canceled && last.Done != out.CancelRecovery.Done {
		w.t.Errorf("after %v and %+v the recovery is %+v", err, out.CancelRecovery, last)
	}
	w.refused(w.api.Do(w.ctx, mutationOf("cancelRecovery"), testkit.Vars{"id": begun.ID}, nil), conflict, "id")
}

// replay: an event that nobody took is routed through the webhooks of today.
func replay(w *world) {
	receiver := testkit.NewReceiver(w.t)
	event := w.publish("a.lonely", `{"n":1}`)
	if all := w.deliveries(event); len(all) != 0 {
		w.t.Fatalf("the event has deliveries before there are webhooks: %+v", all)
	}
	channel := w.channel(receiver.URL, nil)
	w.webhook("a.*", channel)
	for times := 1; times <= 2; times++ {
		var out struct{ ReplayEvent struct{ ID, Type string } }
		w.do(`mutation($id: ID!) { replayEvent(id: $id) { id type } }`, testkit.Vars{"id": event}, &out)
		if out.ReplayEvent.ID != event || out.ReplayEvent.Type != "a.lonely" {
			w.t.Errorf("the replay answers %+v", out.ReplayEvent)
		}
		if got := receiver.Wait(times, patience)[times-1]; got.ID() != event {
			w.t.Errorf("the replay is message %s, want %s", got.ID(), event)
		}
		if all := w.deliveries(event); len(all) != times {
			w.t.Errorf("after %d replays the event has the deliveries %+v", times, all)
		}
	}
	if _, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "a.test", "data": map[string]any{}}); err != nil {
		w.t.Fatal(err)
	}
	var out struct {
		Events struct {
			Nodes []struct {
				ID   string
				Test bool
			}
		}
	}
	w.do(`{ events(filter: {includeTests: true, types: ["a.test"]}) { nodes { id test } } }`, nil, &out)
	if len(out.Events.Nodes) != 1 || !out.Events.Nodes[0].Test {
		w.t.Fatalf("the test event is %+v", out.Events.Nodes)
	}
	w.refused(w.api.Do(w.ctx, mutationOf("replayEvent"), testkit.Vars{"id": out.Events.Nodes[0].ID}, nil), conflict, "id")
	w.refused(w.api.Do(w.ctx, mutationOf("replayEvent"), testkit.Vars{"id": unknown(event)}, nil), notFound, "")
}
