package engine_test

import (
	"strings"
	"testing"
	"time"

	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/testkit"
)

// sendMany publishes n events, waits until they are over, and has them counted.
func (b *bundle) sendMany(n int) {
	b.t.Helper()
	for range n {
		b.publish(`{}`)
	}
	b.recorded(n)
	b.quiet()
	for more := true; more; {
		var err error
		more, err = b.store.RollStats(b.t.Context(), 5000)
		b.must(err)
	}
}

// looked lets the clock go on until the channels have been looked at n times.
func (b *bundle) looked(n int) {
	b.t.Helper()
	for range n * 16 {
		b.clock.Advance(time.Second)
		<-time.After(5 * time.Millisecond)
	}
}

func TestASustainedRateOfFailuresIsToldOnceAndItsEndToo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		if !strings.HasPrefix(url, "sqlite") {
			b.other(options{idle: false}) // looks too
		}
		b.takes("ops", b.addChannel("ops", policy()), "carillon.channel.*")
		b.sender.fails(refused, b.channel)
		b.sendMany(19)
		b.looked(2)
		b.told(b.tenant, 0) // too few
		b.sendMany(3)
		events := b.told(b.tenant, 1)
		d := dataOf(t, &events[0])
		if events[0].Type != models.TypeChannelFailing || *d.Attempts != 22 || *d.Failed != 22 || d.Window != "5m" || d.Error != "400 Bad Request" ||
			d.Since == nil || d.Channel.Name != "first" || !strings.Contains(d.Summary, "22 of 22 attempts within 5m") {
			t.Fatalf("told is %s %s", events[0].Type, events[0].Data)
		}
		b.sender.fails(refused)
		b.sendMany(100) // a fifth has failed: neither the one nor the other
		b.looked(2)
		b.told(b.tenant, 1)
		b.sendMany(200)
		events = b.told(b.tenant, 2)
		d = dataOf(t, &events[1])
		if events[1].Type != models.TypeChannelRecovered || d.From != "failing" || d.Since == nil || *d.Failed != 22 {
			t.Fatalf("told is %s %s", events[1].Type, events[1].Data)
		}
		b.looked(2)
		b.told(b.tenant, 2)
	})
}

// TestWhatDoesNotMakeAChannelFail are pauses that the receiver asks for, tests, and
// operational events.
func TestWhatDoesNotMakeAChannelFail(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.takes("ops", b.channel, models.TypeDeliveryFailed)
		other := b.addChannel("other", policy())
		b.takes("refused", other, "order.refused")
		throttled := 0
		b.sender.mu.Lock()
		b.sender.judge = func(m channels.Message) *channels.Error {
			switch {
			case m.Channel.ID == other:
				return refused()
			case strings.Contains(string(m.Content.Body), models.TypeDeliveryFailed):
				return refused()
			case throttled < 30:
				throttled++
				return &channels.Error{Class: channels.Throttled, Code: models.ErrRateLimited, After: time.Second, Message: "429"}
			}
			return nil
		}
		b.sender.mu.Unlock()
		stop := b.goOn()
		b.publish(`{}`) // is asked to wait 30 times
		b.recorded(31)
		for range 10 { // each makes an operational event that is refused
			_, err := b.engine.Publish(t.Context(), engine.PublishInput{TenantID: b.tenant, Type: "order.refused", Data: []byte(`{}`)})
			b.must(err)
		}
		b.recorded(30)
		stop()
		b.quiet()
		_, err := b.store.RollStats(t.Context(), 5000)
		b.must(err)
		b.looked(3)
		for _, e := range b.operational(b.tenant) {
			if e.Type != models.TypeDeliveryFailed {
				t.Errorf("told is %s %s", e.Type, e.Data)
			}
		}
	})
}

func TestADisabledChannelWorksAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.sender.fails(gone, b.channel)
		b.publish(`{}`)
		b.told(b.tenant, 1)
		b.looked(2)
		b.sender.fails(gone)
		resumed := b.clock.Now()
		b.change(func(c *models.Channel) {
			c.Status, c.StatusReason, c.ConsecutiveFailures, c.FailingSince = models.ChannelActive, nil, 0, nil
		})
		b.looked(2)
		b.told(b.tenant, 1) // nothing has shown yet that it works
		b.sendMany(1)
		events := b.told(b.tenant, 2)
		if d := dataOf(t, &events[1]); events[1].Type != models.TypeChannelRecovered || d.From != "disabled" || d.Since == nil || !d.Since.Before(resumed) {
			t.Fatalf("told is %s %s", events[1].Type, events[1].Data)
		}
		b.looked(2)
		b.told(b.tenant, 2)
	})
}

func TestALateBacklogIsToldOnceAndItsEndToo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		o := options{workers: 1, buffer: 1, with: func(c *engine.Config) { c.BacklogAlert = 5 * time.Minute }}
		b := setup(t, url, o)
		b.sender.hang()
		for range 12 {
			b.publish(`{}`)
		}
		b.awaitSend(1)
		for range 20 * 16 { // of the twelve, one is under way and the others wait
			b.clock.Advance(time.Second)
			<-time.After(2 * time.Millisecond)
		}
		b.told(b.tenant, 0)
		for range 8 * 16 {
			b.clock.Advance(time.Second)
			<-time.After(2 * time.Millisecond)
		}
		events := b.told(b.tenant, 1)
		d := dataOf(t, &events[0])
		if events[0].Type != models.TypeBacklogHigh || len(d.Channels) != 1 || d.Channels[0].ID != b.channel || d.Channels[0].Name != "first" ||
			*d.Waiting < 10 || d.OldestAt == nil || events[0].EntityID != b.tenant.String() {
			t.Fatalf("told is %s %s", events[0].Type, events[0].Data)
		}
		// A node that starts anew does not tell it again.
		b.looked(4)
		b.told(b.tenant, 1)
		b.sender.open()
		b.quiet()
		events = b.told(b.tenant, 2)
		if d := dataOf(t, &events[1]); events[1].Type != models.TypeBacklogNormal || d.Since == nil {
			t.Fatalf("told is %s %s", events[1].Type, events[1].Data)
		}
		b.looked(2)
		b.told(b.tenant, 2)
	})
}
