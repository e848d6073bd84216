package store_test

import (
	"sync"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w := n.webhook(n.tenant, "w", c.ID)
		w.Filter = `data.plan == "pro" && "vip" in tags`
		n.must(n.CreateWebhook(ctx, w))
		other := n.newWebhook(n.tenant, "other", c.ID)
		expect := func(filter string, errors int64) {
			t.Helper()
			found, err := n.WebhooksByID(ctx, []models.ID{w.ID})
			n.must(err)
			if got := found[w.ID]; got.Filter != filter || got.FilterErrors != errors {
				t.Errorf("the filter %q has %d errors, want %q with %d", got.Filter, got.FilterErrors, filter, errors)
			}
		}
		expect(w.Filter, 0)
		before, err := n.RouteTable(ctx, n.tenant)
		n.must(err)
		n.told()
		n.must(n.CountFilterErrors(ctx, nil))
		n.must(n.CountFilterErrors(ctx, map[models.ID]int64{w.ID: 3, other.ID: 1, models.NewID(models.PrefixWebhook): 9}))
		n.must(n.CountFilterErrors(ctx, map[models.ID]int64{w.ID: 1 << 40}))
		expect(w.Filter, 3+1<<40)
		after, err := n.RouteTable(ctx, n.tenant)
		n.must(err)
		if told := n.told(); after.Generation != before.Generation || len(told) > 0 {
			t.Errorf("generation %d follows %d, told %+v", after.Generation, before.Generation, told)
		}

		update := func(change func(*models.Webhook)) models.Webhook {
			t.Helper()
			updated, err := n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error { change(w); return nil })
			n.must(err)
			return updated
		}
		if got := update(func(w *models.Webhook) { w.Name, w.FilterErrors = "w2", 7 }); got.FilterErrors != 3+1<<40 {
			t.Errorf("another name leaves %d errors", got.FilterErrors)
		}
		expect(w.Filter, 3+1<<40)
		if got := update(func(w *models.Webhook) { w.Filter = "true" }); got.FilterErrors != 0 {
			t.Errorf("another filter has %d errors", got.FilterErrors)
		}
		expect("true", 0)
		n.must(n.CountFilterErrors(ctx, map[models.ID]int64{w.ID: 2}))
		update(func(w *models.Webhook) { w.Filter = "" })
		expect("", 0)
		found, err := n.WebhooksByID(ctx, []models.ID{other.ID})
		n.must(err)
		if got := found[other.ID].FilterErrors; got != 1 {
			t.Errorf("the other webhook has %d errors", got)
		}
	})
}

// Nodes count at once, and people change the webhook meanwhile: nothing is lost.
func TestFilterErrorsAreCountedAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		counts := make(map[models.ID]int64)
		var ids []models.ID
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			w := n.newWebhook(n.tenant, name, c.ID)
			counts[w.ID], ids = 1, append(ids, w.ID)
		}
		var racers sync.WaitGroup
		for range 4 {
			racers.Go(func() {
				for range 10 {
					if err := n.CountFilterErrors(ctx, counts); err != nil {
						t.Error(err)
					}
				}
			})
		}
		racers.Go(func() {
			for range 10 {
				_, err := n.UpdateWebhook(ctx, ids[0], func(w *models.Webhook) error { w.Description += "x"; return nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
		racers.Wait()
		found, err := n.WebhooksByID(ctx, ids)
		n.must(err)
		for _, id := range ids {
			if got := found[id].FilterErrors; got != 40 {
				t.Errorf("%s has %d errors, want 40", found[id].Name, got)
			}
		}
	})
}
