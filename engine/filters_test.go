package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"carillon/engine"
	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// filter sets the filter of a webhook.
func (b *bundle) filter(webhook models.ID, source string) {
	b.t.Helper()
	_, err := b.store.UpdateWebhook(b.t.Context(), webhook, func(w *models.Webhook) error {
		w.Filter, w.UpdatedAt = source, b.clock.Now()
		return nil
	})
	b.must(err)
}

// goesTo lists the webhooks that an event was routed to, oldest first.
func (b *bundle) goesTo(event models.Event) []models.ID {
	b.t.Helper()
	found, err := b.store.DeliveriesOfEvent(b.t.Context(), event.ID, models.Page{First: 10})
	b.must(err)
	var ids []models.ID
	for i := range found.Nodes {
		ids = append(ids, found.Nodes[i].WebhookID)
	}
	return ids
}

// filterErrors is what is stored of a webhook's failures, once it is n or patience ends.
func (b *bundle) filterErrors(webhook models.ID, n int64) (stored int64) {
	b.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		found, err := b.store.WebhooksByID(b.t.Context(), []models.ID{webhook})
		b.must(err)
		if stored = found[webhook].FilterErrors; stored == n {
			return stored
		}
		b.clock.Advance(time.Second)
		select {
		case <-limit:
			return stored
		case <-tick.C:
		}
	}
}

func TestAFilterDecidesForEachEvent(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{idle: true})
		b.filter(b.webhook, `data.total > 100 && "vip" in tags`)
		all := b.addWebhook("everything", b.channel)
		small := b.addWebhook("small", b.channel)
		b.filter(small, `data.total <= 100`)
		for _, row := range []struct {
			data string
			tags []string
			want []models.ID
		}{
			{`{"total":100.50}`, []string{"vip"}, []models.ID{b.webhook, all}},
			{`{"total":100.50}`, nil, []models.ID{all}},
			{`{"total":100}`, []string{"vip"}, []models.ID{all, small}},
		} {
			event, err := b.engine.Publish(t.Context(), engine.PublishInput{TenantID: b.tenant, Type: "order.placed", Data: json.RawMessage(row.data), Tags: row.tags})
			b.must(err)
			if got := b.goesTo(event); !same(got, row.want) {
				t.Errorf("%s %s goes to %v, want %v", row.data, row.tags, got, row.want)
			}
		}
	})
}

func same(a, b []models.ID) bool {
	count := map[models.ID]int{}
	for _, id := range a {
		count[id]++
	}
	for _, id := range b {
		count[id]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestAFilterThatFails does not match, and is counted; a repeat of an event is not
// another failure, a replay is.
func TestAFilterThatFails(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.filter(b.webhook, `data.customer.country == "NL"`)
		in := engine.PublishInput{TenantID: b.tenant, Type: "order.placed", Data: json.RawMessage(`{}`), IdempotencyKey: "once"}
		event, err := b.engine.Publish(t.Context(), in)
		b.must(err)
		_, err = b.engine.Publish(t.Context(), in)
		b.must(err)
		if got := b.goesTo(event); len(got) > 0 {
			t.Errorf("it goes to %v", got)
		}
		if got := b.filterErrors(b.webhook, 1); got != 1 {
			t.Errorf("%d failures are stored, want 1", got)
		}
		_, err = b.engine.Replay(t.Context(), event.ID)
		b.must(err)
		if got := b.filterErrors(b.webhook, 2); got != 2 {
			t.Errorf("%d failures are stored, want 2", got)
		}
		b.publish(`{"customer":{"country":"NL"}}`)
		b.publish(`{"customer":{"country":"BE"}}`)
		b.recorded(1)
		if got := b.filterErrors(b.webhook, 2); got != 2 {
			t.Errorf("%d failures are stored, want 2: a filter that says no has not failed", got)
		}
	})
}

// TestAReplayIsFiltered by what the webhook asks for today.
func TestAReplayIsFiltered(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{idle: true})
		b.filter(b.webhook, `data.n > 1`)
		event := b.publish(`{"n":1}`)
		if got := b.goesTo(event); len(got) != 0 {
			t.Errorf("it goes to %v", got)
		}
		b.filter(b.webhook, `data.n > 0`)
		_, err := b.engine.Replay(t.Context(), event.ID)
		b.must(err)
		if got := b.goesTo(event); !same(got, []models.ID{b.webhook}) {
			t.Errorf("it is replayed to %v", got)
		}
	})
}

// TestATestEventPassesEveryFilter: it is to show that the way works.
func TestATestEventPassesEveryFilter(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.filter(b.webhook, `data.n > 1`)
		attempts, err := b.engine.SendTest(t.Context(), engine.TestInput{TenantID: b.tenant, WebhookID: &b.webhook, EventType: "order.placed", Data: json.RawMessage(`{}`)})
		b.must(err)
		if len(attempts) != 1 || attempts[0].Status != models.AttemptSucceeded {
			t.Errorf("%+v", attempts)
		}
	})
}

// TestAFilterThatDoesNotCompile matches nothing and is counted, and the other
// webhooks go on.
func TestAFilterThatDoesNotCompile(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		other := b.addWebhook("other", b.channel)
		b.filter(b.webhook, `nonsense((`)
		event := b.publish(`{}`)
		if got := b.goesTo(event); !same(got, []models.ID{other}) {
			t.Errorf("it goes to %v", got)
		}
		if got := b.filterErrors(b.webhook, 1); got != 1 {
			t.Errorf("%d failures are stored, want 1", got)
		}
	})
}

// TestAStopStoresWhatWasCounted, though no second has passed.
func TestAStopStoresWhatWasCounted(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.filter(b.webhook, `data.missing`)
		for range 3 {
			b.publish(`{}`)
		}
		b.stop()
		found, err := b.store.WebhooksByID(t.Context(), []models.ID{b.webhook})
		b.must(err)
		if got := found[b.webhook].FilterErrors; got != 3 {
			t.Errorf("%d failures are stored, want 3", got)
		}
	})
}

// away cannot count at first.
type away struct {
	*store.Store
	tries atomic.Int32
}

func (a *away) CountFilterErrors(ctx context.Context, counts map[models.ID]int64) error {
	if a.tries.Add(1) <= 2 {
		return errors.New("the database is away")
	}
	return a.Store.CountFilterErrors(ctx, counts)
}

// TestFailuresStayCountedWhileTheDatabaseIsAway, and none is counted twice.
func TestFailuresStayCountedWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		gone := new(away)
		b := setup(t, url, options{wrap: func(s *store.Store) engine.Store {
			gone.Store = s
			return gone
		}})
		b.filter(b.webhook, `data.missing`)
		b.publish(`{}`)
		b.publish(`{}`)
		if got := b.filterErrors(b.webhook, 2); got != 2 || gone.tries.Load() < 3 {
			t.Errorf("%d failures are stored after %d tries, want 2", got, gone.tries.Load())
		}
	})
}
