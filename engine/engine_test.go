package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/testkit"
)

func temporary() *channels.Error {
	return &channels.Error{Class: channels.Temporary, Code: models.ErrRejected, Message: "answered 500"}
}

func TestPublishDelivers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		event := b.publish(`{"big":12345678901234567890,"price":1.10}`)
		a := b.recorded(1)[0]
		if a.Status != models.AttemptSucceeded || a.Number != 1 || a.EventID != event.ID || a.Seq != 1 || a.Trigger != models.TriggerAutomatic {
			t.Errorf("recorded %+v", a)
		}
		d := b.delivery(event)
		if d.Status != models.DeliverySucceeded || d.AttemptCount != 1 || d.CompletedAt == nil || d.NextAttemptAt != nil {
			t.Errorf("delivery %+v", d)
		}
	})
}

func TestFailuresFollowTheSchedule(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(10*time.Second, time.Minute)})
		b.sender.fail(temporary(), temporary(), temporary())
		event := b.publish(`{}`)
		for i, wait := range []time.Duration{10 * time.Second, time.Minute} {
			a := b.recorded(1)[0]
			if a.Number != i+1 || a.NextAttemptAt == nil || !a.NextAttemptAt.Equal(b.clock.Now().Add(wait)) {
				t.Fatalf("attempt %d: next at %v, want in %s", a.Number, a.NextAttemptAt, wait)
			}
			d := b.delivery(event)
			if d.Status != models.DeliveryRetrying || d.NextAttemptAt == nil || !d.NextAttemptAt.Equal(*a.NextAttemptAt) {
				t.Fatalf("delivery %+v", d)
			}
			b.clock.Advance(wait)
		}
		if a := b.recorded(1)[0]; a.Number != 3 || a.NextAttemptAt != nil || !a.Error.Retryable {
			t.Errorf("last attempt %+v", a)
		}
		if d := b.delivery(event); d.Status != models.DeliveryFailed || d.AttemptCount != 3 {
			t.Errorf("delivery %+v", d)
		}
	})
}

func TestARetryBeginsTheScheduleAnew(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(10 * time.Second)})
		b.sender.fail(&channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Message: "answered 400"}, temporary(), nil)
		event := b.publish(`{}`)
		if a := b.recorded(1)[0]; a.Error.Retryable || a.NextAttemptAt != nil {
			t.Fatalf("a permanent failure gave %+v", a)
		}
		if _, err := b.engine.Retry(t.Context(), b.delivery(event).ID); err != nil {
			t.Fatal(err)
		}
		a := b.recorded(1)[0]
		if a.Number != 2 || a.Trigger != models.TriggerManual || a.NextAttemptAt == nil {
			t.Fatalf("the retry gave %+v", a)
		}
		b.clock.Advance(10 * time.Second)
		if a := b.recorded(1)[0]; a.Number != 3 || a.Status != models.AttemptSucceeded || a.Trigger != models.TriggerAutomatic {
			t.Errorf("then %+v", a)
		}
	})
}

func TestRetryOfOneThatWaitsSendsItNow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Hour)})
		b.sender.fail(temporary())
		event := b.publish(`{}`)
		b.recorded(1)
		if _, err := b.engine.Retry(t.Context(), b.delivery(event).ID); err != nil {
			t.Fatal(err)
		}
		if a := b.recorded(1)[0]; a.Status != models.AttemptSucceeded {
			t.Errorf("%+v", a)
		}
	})
}

func TestCancelEndsWhatWaits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.sender.fail(temporary())
		event := b.publish(`{}`)
		b.recorded(1)
		d, err := b.engine.Cancel(t.Context(), b.delivery(event).ID)
		if err != nil || d.Status != models.DeliveryCanceled || d.CompletedAt == nil {
			t.Fatalf("%+v, %v", d, err)
		}
		if _, err := b.engine.Cancel(t.Context(), d.ID); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("canceling twice gave %v, want CONFLICT", err)
		}
		b.clock.Advance(time.Hour)
		other := b.publish(`{}`)
		b.recorded(1)
		if n := b.sender.counts(); n[event.ID.String()] != 1 || n[other.ID.String()] != 1 {
			t.Errorf("sent %v", n)
		}
	})
}

func TestGoneDisablesAndResumeSends(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.sender.fail(&channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Disable: "the endpoint answered 410 Gone", Message: "gone"})
		b.publish(`{}`)
		b.recorded(1)
		waits := b.publish(`{"waits":true}`)
		if d := b.delivery(waits); d.Status != models.DeliveryPending {
			t.Fatalf("a delivery to a disabled channel is %s, want PENDING", d.Status)
		}
		channel, err := b.store.ChannelLive(t.Context(), b.channel)
		if err != nil || channel.Status != models.ChannelDisabled || channel.StatusReason == nil {
			t.Fatalf("%+v, %v", channel, err)
		}
		b.resume()
		if a := b.recorded(1)[0]; a.EventID != waits.ID {
			t.Errorf("sent %s, want %s", a.EventID, waits.ID)
		}
	})
}

func (b *bundle) resume() {
	b.t.Helper()
	_, err := b.store.UpdateChannel(b.t.Context(), b.channel, func(c *models.Channel) error {
		c.Status, c.StatusReason = models.ChannelActive, nil
		return nil
	})
	b.must(err)
	b.clock.Advance(time.Second) // past the least time between two readings of the lanes
}

func TestPausedWebhookWaitsAndOthersGoOn(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		second := b.addWebhook("second", b.channel)
		set := func(status models.WebhookStatus) {
			_, err := b.store.UpdateWebhook(t.Context(), b.webhook, func(w *models.Webhook) error {
				w.Status = status
				return nil
			})
			b.must(err)
		}
		set(models.WebhookPaused)
		b.publish(`{}`)
		if a := b.recorded(1)[0]; a.WebhookID != second {
			t.Fatalf("webhook %s was sent, which is paused", a.WebhookID)
		}
		set(models.WebhookActive)
		b.clock.Advance(time.Second)
		if a := b.recorded(1)[0]; a.WebhookID != b.webhook {
			t.Errorf("webhook %s was sent, want the resumed one", a.WebhookID)
		}
	})
}

// A node that dies leaves leases behind; when they run out another takes over.
func TestDeadNodesWorkIsTakenOver(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		dead := setup(t, url, options{idle: true})
		event := dead.publish(`{}`)
		if d := dead.delivery(event); d.Status != models.DeliveryDelivering {
			t.Fatalf("a leased delivery is %s, want DELIVERING", d.Status)
		}
		heir := dead.other(options{})
		heir.clock.Advance(10 * time.Second)
		if n := len(heir.sender.counts()); n != 0 {
			t.Fatalf("%d were sent while the lease still ran", n)
		}
		heir.clock.Advance(11 * time.Second)
		if a := heir.recorded(1)[0]; a.EventID != event.ID || a.Number != 1 {
			t.Errorf("%+v", a)
		}
	})
}

// What the node has no room for waits in the database and is claimed in turn.
func TestOverflowIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{workers: 4, buffer: 8})
		const n = 300
		in := make([]engine.PublishInput, n)
		for i := range in {
			in[i] = engine.PublishInput{TenantID: b.tenant, Type: "order.placed", Data: json.RawMessage(fmt.Sprint(i))}
		}
		if _, err := b.engine.PublishAll(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		b.recorded(n)
		for id, times := range b.sender.counts() {
			if times != 1 {
				t.Errorf("%s was sent %d times", id, times)
			}
		}
	})
}

// An attempt may take longer than a lease: the lease is extended meanwhile.
func TestLongAttemptsKeepTheirLease(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		second := b.other(options{})
		b.sender.hang()
		event := b.publish(`{}`)
		b.awaitSend(1)
		for range 20 {
			before := b.leaseEnd(event)
			b.clock.Advance(5 * time.Second)
			b.awaitExtension(event, before)
		}
		b.sender.open()
		b.recorded(1)
		second.stop()
		if n := b.sender.counts()[event.ID.String()]; n != 1 {
			t.Errorf("sent %d times, want once", n)
		}
	})
}

// leaseEnd reads how long the delivery's lease runs, as the queue's due time.
func (b *bundle) leaseEnd(models.Event) time.Time {
	b.t.Helper()
	lanes, err := b.store.Lanes(b.t.Context())
	b.must(err)
	if len(lanes) != 1 {
		b.t.Fatalf("%d lanes have work, want 1", len(lanes))
	}
	return lanes[0].Due
}

func (b *bundle) awaitExtension(event models.Event, before time.Time) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for end := b.leaseEnd(event); !end.After(b.clock.Now().Add(10 * time.Second)); end = b.leaseEnd(event) {
		if time.Now().After(deadline) {
			b.t.Fatalf("the lease was not extended: it ends at %s, before %s", end, before)
		}
	}
}

func TestDrainGivesBackAndWaits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{workers: 2, buffer: 100})
		b.sender.hang()
		for range 10 {
			b.publish(`{}`)
		}
		b.awaitSend(1)
		drained := make(chan error, 1)
		go func() { drained <- b.engine.Drain(context.Background()) }()
		b.givenBack()
		heir := b.other(options{})
		stop := heir.goOn() // the new node takes the least share until the old one has counted it
		heir.awaitSend(9)   // what had not begun is claimed at once
		stop()
		b.sender.open()
		if err := <-drained; err != nil {
			t.Fatal(err)
		}
		b.recorded(1)
		heir.recorded(9)
	})
}

// givenBack waits until leases have been given back.
func (b *bundle) givenBack() {
	b.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case c := <-b.commits:
			if len(c.Lanes) > 0 {
				return
			}
		case <-limit.C:
			b.t.Fatal("no lease was given back")
		}
	}
}

func TestDrainCutsShortWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.sender.hang()
		event := b.publish(`{}`)
		b.awaitSend(1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.engine.Drain(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("drain gave %v", err)
		}
		if d := b.delivery(event); d.Status != models.DeliveryPending || d.AttemptCount != 0 {
			t.Errorf("the delivery is %s after %d attempts, want PENDING with none", d.Status, d.AttemptCount)
		}
	})
}

func TestRepeatsAreNotDeliveredTwice(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		in := engine.PublishInput{TenantID: b.tenant, Type: "order.placed", Data: json.RawMessage(`{"a":1}`), IdempotencyKey: "k"}
		first, err := b.engine.Publish(t.Context(), in)
		b.must(err)
		again, err := b.engine.Publish(t.Context(), in)
		b.must(err)
		if first.ID != again.ID || !first.CreatedAt.Equal(again.CreatedAt) {
			t.Errorf("the repeat gave another event")
		}
		in.Data = json.RawMessage(`{"a":2}`)
		if _, err := b.engine.Publish(t.Context(), in); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("other content gave %v, want CONFLICT", err)
		}
		b.recorded(1)
		b.stop()
		if n := b.sender.counts(); len(n) != 1 || n[first.ID.String()] != 1 {
			t.Errorf("sent %v", n)
		}
	})
}

// Another node changed the webhooks and this one has not heard of it yet.
func TestStaleRoutesAreReadAnew(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.publish(`{}`)
		b.recorded(1)
		other := b.other(options{idle: true})
		added := other.addWebhook("added", b.channel)
		b.publish(`{}`)
		got := b.recorded(2)
		if got[0].WebhookID != added && got[1].WebhookID != added {
			t.Error("the event was routed by what was known before")
		}
	})
}

func TestTestEventsChangeNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.sender.fail(&channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Disable: "gone", Message: "gone"})
		attempts, err := b.engine.SendTest(t.Context(), engine.TestInput{
			TenantID: b.tenant, WebhookID: &b.webhook, EventType: "order.placed", Data: json.RawMessage(`{}`)})
		if err != nil || len(attempts) != 1 || attempts[0].Trigger != models.TriggerTest || attempts[0].Status != models.AttemptFailed {
			t.Fatalf("%+v, %v", attempts, err)
		}
		channel, err := b.store.ChannelLive(t.Context(), b.channel)
		if err != nil || channel.Status != models.ChannelActive || channel.ConsecutiveFailures != 0 {
			t.Errorf("%+v, %v", channel, err)
		}
		last, err := b.store.LastAttemptsByChannel(t.Context(), []models.ID{b.channel})
		if err != nil || len(last) != 0 {
			t.Errorf("the test is the last attempt: %v, %v", last, err)
		}
		_, err = b.engine.SendTest(t.Context(), engine.TestInput{TenantID: b.tenant, ChannelID: &b.channel, EventType: "unknown.type"})
		var wrong *models.Error
		if !errors.As(err, &wrong) || wrong.Field != "data" {
			t.Errorf("a test without data or example gave %v", err)
		}
	})
}

func TestPublishAllIsAllOrNone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		in := []engine.PublishInput{
			{TenantID: b.tenant, Type: "order.placed", Data: json.RawMessage(`1`)},
			{TenantID: b.tenant, Type: "order placed", Data: json.RawMessage(`2`)},
		}
		_, err := b.engine.PublishAll(t.Context(), in)
		var wrong *models.Error
		if !errors.As(err, &wrong) || wrong.Field != "events.1.type" {
			t.Fatalf("got %v, want an error about events.1.type", err)
		}
		if head, err := b.store.EventsHead(t.Context()); err != nil || head != 0 {
			t.Errorf("%d events were stored, %v", head, err)
		}
		for _, n := range []int{0, models.MaxBatch + 1} {
			if _, err := b.engine.PublishAll(t.Context(), make([]engine.PublishInput, n)); models.CodeOf(err) != models.CodeBadUserInput {
				t.Errorf("%d events gave %v", n, err)
			}
		}
	})
}
