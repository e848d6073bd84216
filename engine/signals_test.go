package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

func gone() *channels.Error {
	return &channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Disable: "the receiver answered 410 Gone", Message: "410 Gone"}
}

func refused() *channels.Error {
	return &channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Message: "400 Bad Request"}
}

// takes makes a webhook of these types for a channel.
func (b *bundle) takes(name string, channel models.ID, types ...string) {
	b.t.Helper()
	id := b.addWebhook(name, channel)
	_, err := b.store.UpdateWebhook(b.t.Context(), id, func(w *models.Webhook) error {
		w.EventTypes = types
		return nil
	})
	b.must(err)
}

// fails lets every message to these channels fail.
func (s *sender) fails(with func() *channels.Error, ids ...models.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judge = func(m channels.Message) *channels.Error {
		if slices.Contains(ids, m.Channel.ID) {
			return with()
		}
		return nil
	}
}

// operational lists the operational events of a tenant, oldest first.
func (b *bundle) operational(tenant models.ID) (events []models.Event) {
	b.t.Helper()
	found, err := b.store.Events(b.t.Context(), models.Page{First: 500}, models.EventFilter{TenantID: &tenant})
	b.must(err)
	for _, e := range slices.Backward(found.Nodes) {
		if models.IsOperational(e.Type) {
			events = append(events, e)
		}
	}
	return events
}

// told waits until the tenant has n operational events, and gives them.
func (b *bundle) told(tenant models.ID, n int) []models.Event {
	b.t.Helper()
	limit := time.Now().Add(patience)
	for {
		events := b.operational(tenant)
		if len(events) >= n {
			if len(events) > n {
				b.t.Fatalf("%d operational events were told, want %d: %v", len(events), n, events)
			}
			return events
		}
		if time.Now().After(limit) {
			b.t.Fatalf("%d operational events were told, want %d: %v", len(events), n, events)
		}
		b.clock.Advance(100 * time.Millisecond)
		select {
		case <-b.commits:
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// quiet waits until nothing is to be published or delivered any more.
func (b *bundle) quiet() {
	b.t.Helper()
	limit := time.Now().Add(patience)
	for {
		signals, err := b.store.Signals(b.t.Context(), 10)
		b.must(err)
		lanes, err := b.store.Lanes(b.t.Context())
		b.must(err)
		if len(signals)+len(lanes) == 0 {
			return
		}
		if time.Now().After(limit) {
			b.t.Fatalf("%d signals and %d lanes still wait", len(signals), len(lanes))
		}
		b.clock.Advance(100 * time.Millisecond)
		<-time.After(5 * time.Millisecond)
	}
}

func dataOf(t *testing.T, e *models.Event) (d models.SignalData) {
	t.Helper()
	if err := json.Unmarshal(e.Data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADisabledChannelIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{with: func(c *engine.Config) { c.URL = func() string { return "https://c.example" } }})
		ops := b.addChannel("ops", policy())
		b.takes("ops", ops, "carillon.**")
		b.sender.fails(gone, b.channel)
		event := b.publish(`{"card":"4111"}`)
		events := b.told(b.tenant, 2)
		b.quiet()
		types := []string{events[0].Type, events[1].Type}
		slices.Sort(types)
		if !slices.Equal(types, []string{models.TypeChannelDisabled, models.TypeDeliveryFailed}) {
			t.Fatalf("told are %q", types)
		}
		for i := range events {
			d := dataOf(t, &events[i])
			if d.Channel == nil || d.Channel.ID != b.channel || d.Channel.Name != "first" || d.Channel.Kind != models.KindHTTP || d.Summary == "" || d.Tenant != nil {
				t.Errorf("%s has %s", events[i].Type, events[i].Data)
			}
			if strings.Contains(string(events[i].Data), "4111") {
				t.Errorf("%s bears data of the event: %s", events[i].Type, events[i].Data)
			}
			switch events[i].Type {
			case models.TypeChannelDisabled:
				if d.Reason != "the receiver answered 410 Gone" || d.Error != "410 Gone" || d.Since == nil || events[i].EntityID != b.channel.String() ||
					d.URL != "https://c.example/channels/"+b.channel.String() {
					t.Errorf("it has %s", events[i].Data)
				}
			default:
				if d.Event == nil || d.Event.ID != event.ID || d.Event.Type != event.Type || d.Delivery.Attempts != 1 || d.Webhook.Name != "all" ||
					!strings.HasPrefix(d.URL, "https://c.example/deliveries/dlv_") {
					t.Errorf("it has %s", events[i].Data)
				}
			}
		}
		// The webhook of all events takes none of them, the other one both.
		if n := len(b.sender.ids()); n != 3 {
			t.Errorf("%d messages were sent, want that of the event and two about it", n)
		}
	})
}

// TestOperationalEventsMakeNoMore lets every channel be dead, one of them told about by
// itself, and two by each other.
func TestOperationalEventsMakeNoMore(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.takes("itself", b.channel, "carillon.**")
		one, other := b.addChannel("one", policy()), b.addChannel("other", policy())
		b.takes("each other", one, "carillon.**")
		b.takes("each other too", other, "carillon.**")
		b.sender.fails(refused, b.channel, one, other)
		b.publish(`{}`)
		events := b.told(b.tenant, 1)
		b.quiet()
		if events[0].Type != models.TypeDeliveryFailed {
			t.Errorf("told is %s", events[0].Type)
		}
		if n := len(b.sender.ids()); n != 4 {
			t.Errorf("%d messages were sent, want the event and one to each channel about it", n)
		}
		// They go too, by an operational event alone; of that nothing is told.
		b.sender.fails(gone, one, other, b.channel)
		b.publish(`{}`)
		events = b.told(b.tenant, 3) // the channel of the order is disabled, and its delivery has failed
		for _, id := range []models.ID{one, other} {
			for !b.disabled(id) {
				b.clock.Advance(100 * time.Millisecond)
				<-time.After(5 * time.Millisecond)
			}
		}
		if got := b.told(b.tenant, 3); len(got) != len(events) {
			t.Errorf("%d are told", len(got))
		}
	})
}

func (b *bundle) disabled(id models.ID) bool {
	b.t.Helper()
	c, err := b.store.ChannelLive(b.t.Context(), id)
	b.must(err)
	return c.Status == models.ChannelDisabled
}

// TestFailuresInARowOfBothKinds disables by an operational event what ordinary ones had
// made fail: that is told, and where these had no part it is not.
func TestFailuresInARowOfBothKinds(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		two, three := 2, 3
		b := setup(t, url, options{policy: models.RetryPolicy{DisableAfterFailures: &three}})
		own := b.addChannel("own", models.RetryPolicy{DisableAfterFailures: &two})
		b.takes("both", b.channel, models.TypeDeliveryFailed)
		b.takes("own", own, models.TypeDeliveryFailed)
		b.sender.fails(refused, b.channel, own)
		b.publish(`{}`)
		b.told(b.tenant, 1) // the first channel fails on the event and on what is told of that
		b.quiet()
		b.publish(`{}`)
		events := b.told(b.tenant, 3)
		if !b.disabled(b.channel) {
			t.Fatal("three failures in a row have not disabled the channel")
		}
		about := 0
		for i := range events {
			if d := dataOf(t, &events[i]); events[i].Type == models.TypeChannelDisabled && d.Channel.ID == b.channel {
				about++
			}
		}
		if about != 1 {
			t.Errorf("that the channel is disabled is told %d times", about)
		}
		for !b.disabled(own) {
			b.clock.Advance(100 * time.Millisecond)
			<-time.After(5 * time.Millisecond)
		}
		b.told(b.tenant, 3)
	})
}

// TestNobodyHears makes nothing of failures that no webhook asks for.
func TestNobodyHears(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		signals := &countedSignals{}
		b := setup(t, url, options{wrap: func(s *store.Store) engine.Store { signals.Store = s; return signals }})
		b.takes("stars", b.addChannel("stars", policy()), "**.failed", "*", "**", "*.delivery.*")
		b.sender.fails(refused, b.channel)
		for range 3 {
			b.publish(`{}`)
		}
		b.quiet()
		b.told(b.tenant, 0)
		if n := signals.completed(); n != 0 {
			t.Errorf("%d signals were stored", n)
		}
	})
}

// countedSignals counts the signals that completions bring.
type countedSignals struct {
	*store.Store
	mu    sync.Mutex
	n     int
	drops int // of the next calls that fail
}

func (c *countedSignals) completed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (c *countedSignals) Complete(ctx context.Context, done models.Completion) ([]bool, error) {
	c.mu.Lock()
	for i := range done.Parts {
		if done.Parts[i].Signal != nil {
			c.n++
		}
	}
	c.mu.Unlock()
	return c.Store.Complete(ctx, done)
}

func (c *countedSignals) DropSignals(ctx context.Context, ids []models.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops > 0 {
		c.drops--
		return errors.New("the node dies here")
	}
	return c.Store.DropSignals(ctx, ids)
}

// TestASignalIsPublishedOnce although what published it died before it could say so,
// and another node sees it too.
func TestASignalIsPublishedOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		signals := &countedSignals{drops: 5}
		o := options{wrap: func(s *store.Store) engine.Store { signals.Store = s; return signals }}
		b := setup(t, url, o)
		b.takes("ops", b.addChannel("ops", policy()), "carillon.**")
		if !strings.HasPrefix(url, "sqlite") {
			b.other(options{})
		}
		b.sender.fails(gone, b.channel)
		b.publish(`{}`)
		b.told(b.tenant, 2)
		b.quiet()
		b.told(b.tenant, 2)
	})
}

// TestThePlatformHears of all tenants, once its tenant is there.
func TestThePlatformHears(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{with: func(c *engine.Config) { c.Platform = "the-platform" }})
		b.sender.fails(refused, b.channel)
		b.publish(`{}`)
		b.quiet()
		external := "the-platform"
		now := b.clock.Now()
		platform := models.Tenant{ID: models.NewID(models.PrefixTenant), Name: "Platform", ExternalID: &external, Metadata: json.RawMessage(`{}`), CreatedAt: now, UpdatedAt: now}
		b.must(b.store.CreateTenant(t.Context(), platform))
		b.clock.Advance(2 * time.Minute)
		b.sender.fails(gone, b.channel)
		b.publish(`{}`)
		b.told(b.tenant, 1)
		events := b.told(platform.ID, 1)
		d := dataOf(t, &events[0])
		if events[0].Type != models.TypeChannelDisabled || d.Tenant == nil || d.Tenant.ID != b.tenant || d.Tenant.Name != "shop" || !strings.HasPrefix(d.Summary, "shop: ") {
			t.Errorf("the platform is told %s %s", events[0].Type, events[0].Data)
		}
	})
}
