package engine_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/testkit"
)

// stands tells how the channel stands.
func (b *bundle) stands() models.Channel {
	b.t.Helper()
	c, err := b.store.ChannelLive(b.t.Context(), b.channel)
	b.must(err)
	return c
}

func TestFailuresInARowDisable(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		three := 3
		b := setup(t, url, options{policy: models.RetryPolicy{DisableAfterFailures: &three}})
		send := func(failure *channels.Error) {
			t.Helper()
			b.sender.fail(failure)
			b.publish(`{}`)
			b.recorded(1)
		}
		send(temporary())
		send(temporary())
		if c := b.stands(); c.ConsecutiveFailures != 2 || c.FailingSince == nil {
			t.Fatalf("after two failures the channel stands at %+v", c)
		}
		send(nil) // sets the counters back
		if c := b.stands(); c.ConsecutiveFailures != 0 || c.FailingSince != nil {
			t.Fatalf("after a success the channel stands at %+v", c)
		}
		send(temporary())
		send(temporary())
		b.sender.fail(temporary())
		_, err := b.engine.SendTest(t.Context(), engine.TestInput{TenantID: b.tenant, ChannelID: &b.channel,
			EventType: "order.placed", Data: json.RawMessage(`{}`)})
		b.must(err)
		b.recorded(1) // the test's own
		if c := b.stands(); c.ConsecutiveFailures != 2 || c.Status != models.ChannelActive {
			t.Fatalf("a test event counts: %+v", c)
		}
		send(temporary())
		c := b.stands()
		if c.Status != models.ChannelDisabled || c.StatusReason == nil || !strings.Contains(*c.StatusReason, "3") {
			t.Fatalf("after three failures in a row the channel stands at %+v", c)
		}
		waits := b.publish(`{"waits":true}`)
		if d := b.delivery(waits); d.Status != models.DeliveryPending {
			t.Errorf("a delivery to the disabled channel is %s", d.Status)
		}
		b.clock.Advance(time.Second)
		b.change(func(c *models.Channel) {
			c.Status, c.StatusReason, c.ConsecutiveFailures, c.FailingSince = models.ChannelActive, nil, 0, nil
		})
		b.clock.Advance(time.Second)
		if a := b.recorded(1)[0]; a.EventID != waits.ID || a.Status != models.AttemptSucceeded {
			t.Errorf("after the resume comes %+v", a)
		}
	})
}

func TestFailingForLongDisables(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		hour := time.Hour
		b := setup(t, url, options{policy: models.RetryPolicy{Schedule: []time.Duration{59 * time.Minute, time.Minute}, DisableAfter: &hour}})
		b.sender.fail(temporary(), temporary(), temporary())
		b.publish(`{}`)
		b.recorded(1)
		b.clock.Advance(59 * time.Minute)
		b.recorded(1)
		if c := b.stands(); c.Status != models.ChannelActive || c.FailingSince == nil || !c.FailingSince.Equal(b.clock.Now().Add(-59*time.Minute)) {
			t.Fatalf("before its time the channel stands at %+v", c)
		}
		b.clock.Advance(time.Minute)
		b.recorded(1)
		if c := b.stands(); c.Status != models.ChannelDisabled || c.StatusReason == nil || !strings.Contains(*c.StatusReason, "1h") {
			t.Errorf("after an hour of failures the channel stands at %+v", c)
		}
	})
}
