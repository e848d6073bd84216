package engine_test

import (
	"context"
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/testkit"
)

func rateOf(r float64) func(*models.Channel) {
	return func(c *models.Channel) { c.Limits.Rate = &r }
}

// silent checks that no message begins; what would begin one has been waited for.
func (b *bundle) silent(why string) {
	b.t.Helper()
	select {
	case <-b.sender.begun:
		b.t.Fatal(why)
	default:
	}
}

func TestRateHoldsOverTime(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.change(rateOf(10))
		for range 30 {
			b.publish(`{}`)
		}
		for range 29 {
			b.recorded(1)
			<-b.sender.begun
			b.silent("a message left before its time")
			b.clock.Advance(100 * time.Millisecond)
		}
		b.recorded(1)
	})
}

// Two nodes publish to a channel that one of them works alone, until that one stops.
func TestOwnedChannelIsWorkedByOneNode(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	first := setup(t, url, options{})
	first.change(rateOf(1000))
	first.publish(`{}`)
	first.recorded(1)
	second := first.other(options{})
	linked(t, first, second)
	for range 20 {
		second.publish(`{}`)
		first.clock.Advance(100 * time.Millisecond)
	}
	first.recorded(20)
	for len(second.commits) > 0 {
		if c := <-second.commits; len(c.Attempts) > 0 {
			t.Fatal("the second node sent to a channel that the first one works")
		}
	}
	first.stop()
	second.publish(`{}`)
	second.clock.Advance(100 * time.Millisecond)
	second.recorded(1) // long before the first one's time would have run out
}

// linked lets nodes hear each other's commits, as the database's notices would.
func linked(t *testing.T, nodes ...*bundle) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	for _, n := range nodes {
		ready := make(chan struct{}, 1)
		go func() {
			_ = n.store.Listen(ctx, func(notice models.Notice) {
				n.engine.Noticed(notice)
				select {
				case ready <- struct{}{}:
				default:
				}
			})
		}()
		<-ready
	}
}

func TestDeadOwnersChannelIsTakenOver(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		dead := setup(t, url, options{idle: true})
		dead.change(rateOf(1000))
		_, err := dead.store.Own(t.Context(), models.OwnRequest{Node: dead.node, Channels: []models.ID{dead.channel},
			Now: dead.clock.Now(), Until: dead.clock.Now().Add(20 * time.Second)})
		dead.must(err)
		dead.publish(`{}`)
		heir := dead.other(options{})
		heir.clock.Advance(21 * time.Second)
		heir.recorded(1)
	})
}

func limited(after time.Duration) *channels.Error {
	return &channels.Error{Class: channels.Throttled, Code: models.ErrRateLimited, Message: "the endpoint answered 429", After: after}
}

// 429 keeps the whole channel quiet and uses up no retry, of which there is none here.
func TestThrottledChannelIsHeld(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy()})
		b.sender.fail(limited(30*time.Second), limited(10*time.Second))
		first := b.publish(`{}`)
		a := b.recorded(1)[0]
		want := b.clock.Now().Add(30 * time.Second)
		if a.NextAttemptAt == nil || !a.NextAttemptAt.Equal(want) || !a.Error.Retryable {
			t.Fatalf("after a 429 the next attempt is at %v, want %s", a.NextAttemptAt, want)
		}
		c, err := b.store.ChannelLive(t.Context(), b.channel)
		b.must(err)
		if c.HeldUntil == nil || !c.HeldUntil.Equal(want) || c.ConsecutiveFailures != 0 {
			t.Fatalf("held until %v with %d failures, want %s with none", c.HeldUntil, c.ConsecutiveFailures, want)
		}
		<-b.sender.begun
		second := b.publish(`{}`)
		other := b.other(options{}) // which knows nothing of it but by the database
		b.clock.Advance(29 * time.Second)
		b.silent("something was sent while the channel was held")
		other.stop()
		b.clock.Advance(time.Second)
		if a := b.recorded(1)[0]; a.NextAttemptAt == nil || !a.NextAttemptAt.Equal(b.clock.Now().Add(10*time.Second)) {
			t.Fatalf("after the second 429 the next attempt is at %v", a.NextAttemptAt)
		}
		b.clock.Advance(10 * time.Second)
		b.recorded(1)
		b.clock.Advance(time.Second) // what follows a pause ramps up
		b.recorded(1)
		for _, event := range []models.Event{first, second} {
			if d := b.delivery(event); d.Status != models.DeliverySucceeded {
				t.Errorf("%+v", d)
			}
		}
	})
}

func TestRepeated503HoldsAndTheFirstDoesNot(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(10 * time.Second)})
		unavailable := &channels.Error{Class: channels.Throttled, Code: models.ErrRejected, Message: "the endpoint answered 503"}
		b.sender.fail(unavailable, unavailable, unavailable)
		event := b.publish(`{}`)
		for i, wait := range []time.Duration{10 * time.Second, time.Second, 2 * time.Second} {
			a := b.recorded(1)[0]
			if a.NextAttemptAt == nil || !a.NextAttemptAt.Equal(b.clock.Now().Add(wait)) {
				t.Fatalf("attempt %d: next at %v, want in %s", i+1, a.NextAttemptAt, wait)
			}
			b.clock.Advance(wait)
		}
		b.recorded(1)
		if d := b.delivery(event); d.Status != models.DeliverySucceeded || d.AttemptCount != 4 {
			t.Errorf("%+v", d)
		}
	})
}

// A person who resumes the channel lifts the hold.
func TestResumeLiftsAHold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.sender.fail(limited(time.Hour))
		refused := b.publish(`{}`)
		b.recorded(1)
		b.clock.Advance(time.Second)
		b.change(func(c *models.Channel) { c.HeldUntil = nil })
		event := b.publish(`{}`)
		got := map[models.ID]int{}
		for len(got) < 2 {
			b.clock.Advance(time.Second)
			for _, a := range b.recorded(1) {
				got[a.EventID] = a.Number
			}
		}
		if got[event.ID] != 1 || got[refused.ID] != 2 {
			t.Errorf("sent %v, want the fresh event and, again, the one that was refused", got)
		}
	})
}

func TestReplayRoutesAnew(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		event := b.publish(`{}`)
		b.recorded(1)
		added := b.addWebhook("added", b.channel)
		again, err := b.engine.Replay(t.Context(), event.ID)
		b.must(err)
		if again.ID != event.ID || again.Seq != event.Seq {
			t.Errorf("the replay answered %+v", again)
		}
		got := map[models.ID]bool{}
		for _, a := range b.recorded(2) {
			if a.EventID != event.ID || a.Number != 1 {
				t.Errorf("replayed %+v", a)
			}
			got[a.WebhookID] = true
		}
		if !got[added] || !got[b.webhook] {
			t.Errorf("sent to %v, want both webhooks of today", got)
		}
		if _, err := b.engine.Replay(t.Context(), models.NewID(models.PrefixEvent)); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("replaying an unknown event gave %v", err)
		}
	})
}
