package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/testkit"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		a, b := n.newChannel(n.tenant, "a"), n.newChannel(n.tenant, "b")
		n.told()
		want := n.newWebhook(n.tenant, "w", b.ID, a.ID)
		if told := n.told(); len(told) != 1 || fmt.Sprint(told[0].Tenants) != fmt.Sprint([]models.ID{n.tenant}) {
			t.Errorf("told %+v", told)
		}
		got, err := n.WebhooksByID(ctx, []models.ID{want.ID, models.NewID(models.PrefixWebhook)})
		n.must(err)
		same(t, got, map[models.ID]models.Webhook{want.ID: want})

		updated, err := n.UpdateWebhook(ctx, want.ID, func(w *models.Webhook) error {
			w.Name, w.Description, w.EventTypes, w.Status = "w2", "", []string{"*"}, models.WebhookPaused
			w.Routes[0], w.Routes[1] = w.Routes[1], w.Routes[0]
			w.TenantID = models.NewID(models.PrefixTenant) // not to be changed
			return nil
		})
		n.must(err)
		want.Name, want.Description, want.EventTypes, want.Status = "w2", "", []string{"*"}, models.WebhookPaused
		want.Routes = []models.Route{{ChannelID: a.ID}, {ChannelID: b.ID}}
		same(t, updated, want)
		got, err = n.WebhooksByID(ctx, []models.ID{want.ID})
		n.must(err)
		same(t, got[want.ID], want)

		second := n.newWebhook(n.tenant, "second", a.ID)
		refused(t, n.CreateWebhook(ctx, n.webhook(n.tenant, "second", a.ID)), models.CodeConflict, "name")
		_, err = n.UpdateWebhook(ctx, want.ID, func(w *models.Webhook) error { w.Name = "second"; return nil })
		refused(t, err, models.CodeConflict, "name")
		_, err = n.UpdateWebhook(ctx, models.NewID(models.PrefixWebhook), func(*models.Webhook) error { return nil })
		refused(t, err, models.CodeNotFound, "")

		other := n.newTenant("Other")
		theirs := n.newChannel(other, "a")
		n.newWebhook(other, "second", theirs.ID) // names are each tenant's own
		refused(t, n.CreateWebhook(ctx, n.webhook(n.tenant, "x", a.ID, theirs.ID)), models.CodeNotFound, "routes.1.channelId")
		refused(t, n.CreateWebhook(ctx, n.webhook(n.tenant, "x", models.NewID(models.PrefixChannel))), models.CodeNotFound, "routes.0.channelId")
		_, err = n.UpdateWebhook(ctx, second.ID, func(w *models.Webhook) error { w.Routes[0].ChannelID = theirs.ID; return nil })
		refused(t, err, models.CodeNotFound, "routes.0.channelId")
		if got := countRows(t, url, "webhooks"); got != 3 {
			t.Errorf("%d webhooks are stored", got)
		}
	})
}

func TestWebhookLists(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		a, b := n.newChannel(n.tenant, "a"), n.newChannel(n.tenant, "b")
		other := n.newTenant("Other")
		theirs := n.newChannel(other, "c")
		create := func(w models.Webhook, types ...string) {
			w.EventTypes = types
			n.must(n.CreateWebhook(ctx, w))
		}
		create(n.webhook(n.tenant, "one", a.ID), "contact.*")
		create(n.webhook(n.tenant, "two", a.ID, b.ID), "*")
		paused := n.webhook(n.tenant, "three", b.ID)
		paused.Status = models.WebhookPaused
		create(paused, "lead.created")
		create(n.webhook(other, "theirs", theirs.ID), "contact.created")

		pausedStatus := models.WebhookPaused
		for want, f := range map[string]models.WebhookFilter{
			"one two three theirs": {},
			"one two three":        {TenantID: &n.tenant},
			"theirs":               {TenantID: &other},
			"one two theirs":       {EventType: "contact.created"},
			"two three":            {ChannelID: &b.ID},
			"three":                {Status: &pausedStatus},
			"two":                  {Search: "ABOUT T", EventType: "contact.created", ChannelID: &b.ID},
			"":                     {TenantID: &other, ChannelID: &a.ID},
		} {
			if f.Search != "" {
				f.TenantID = &n.tenant
			}
			for size := 1; size < 6; size++ {
				list := func(ctx context.Context, page models.Page) (models.Connection[models.Webhook], error) {
					return n.Webhooks(ctx, page, f)
				}
				if got := strings.Join(paged(t, size, list, func(w models.Webhook) string { return w.Name }), " "); got != want {
					t.Errorf("%+v in pages of %d lists %q, want %q", f, size, got, want)
				}
			}
		}
		byChannel, err := n.WebhooksByChannel(ctx, []models.ID{a.ID, b.ID, models.NewID(models.PrefixChannel)})
		n.must(err)
		if got := webhookNames(byChannel[a.ID]) + "," + webhookNames(byChannel[b.ID]) + "," + webhookNames(byChannel[theirs.ID]); got != "one two,two three," {
			t.Errorf("by channel: %s", got)
		}
	})
}

func webhookNames(webhooks []models.Webhook) string {
	out := make([]string, len(webhooks))
	for i := range webhooks {
		out[i] = webhooks[i].Name
	}
	return strings.Join(out, " ")
}

// Few webhooks take the type; the page must find them behind many that do not.
func TestWebhooksByEventTypeAreFoundBehindMany(t *testing.T) {
	t.Parallel()
	n := newNouns(t, testkit.SQLite(t))
	c := n.newChannel(n.tenant, "c")
	for i := range 1200 {
		w := n.webhook(n.tenant, fmt.Sprint("w", i), c.ID)
		w.EventTypes = []string{"lead.created"}
		if i%500 == 499 {
			w.EventTypes = []string{"rare.*"}
		}
		n.must(n.CreateWebhook(t.Context(), w))
	}
	found, err := n.Webhooks(t.Context(), models.Page{First: 50}, models.WebhookFilter{EventType: "rare.one"})
	if got := names(t, found, err, func(w models.Webhook) string { return w.Name }); got != "w499 w999" || found.HasNext {
		t.Errorf("found %q, next %v", got, found.HasNext)
	}
}

func TestDeleteWebhookCancelsWhatWaits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w, stays := n.newWebhook(n.tenant, "w", c.ID), n.newWebhook(n.tenant, "stays", c.ID)
		_, leased := n.publish(n.tenant, nil, w)
		owner := uuid.New()
		work := n.claim(owner, leased[0].Lane(), 10)
		if len(work) != 1 {
			t.Fatalf("claimed %d", len(work))
		}
		_, waiting := n.publish(n.tenant, nil, w, stays)
		n.told()

		later := n.now.Add(time.Second)
		n.must(n.DeleteWebhook(ctx, w.ID, later))
		told := n.told()
		if len(told) == 0 || len(told[0].Tenants) != 1 || len(told[0].Updates) != 2 {
			t.Fatalf("told %+v", told)
		}
		got, err := n.DeliveriesByID(ctx, []models.ID{leased[0].ID, waiting[0].ID, waiting[1].ID})
		n.must(err)
		for _, d := range []models.ID{leased[0].ID, waiting[0].ID} {
			if got[d].Status != models.DeliveryCanceled || got[d].CompletedAt == nil || !got[d].CompletedAt.Equal(later) || got[d].NextAttemptAt != nil {
				t.Errorf("got %+v", got[d])
			}
		}
		if got[waiting[1].ID].Status != models.DeliveryPending {
			t.Errorf("the other webhook's delivery is %s", got[waiting[1].ID].Status)
		}
		n.complete(owner, work[0], models.DeliverySucceeded)
		got, err = n.DeliveriesByID(ctx, []models.ID{leased[0].ID})
		n.must(err)
		if got[leased[0].ID].Status != models.DeliveryCanceled {
			t.Errorf("an attempt that was under way made it %s", got[leased[0].ID].Status)
		}
		refused(t, n.DeleteWebhook(ctx, w.ID, later), models.CodeNotFound, "")
		n.newWebhook(n.tenant, "w", c.ID) // the name is free
	})
}

func TestDeleteWebhookWithABigBacklog(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		n.publishMany(w, 1234)
		n.told()
		n.must(n.DeleteWebhook(t.Context(), w.ID, n.now))
		if left := countRows(t, url, "queue"); left != 0 {
			t.Errorf("%d rows still wait", left)
		}
		updates := 0
		for _, commit := range n.told() {
			if len(commit.Updates) > 500 {
				t.Errorf("one commit tells of %d", len(commit.Updates))
			}
			updates += len(commit.Updates)
		}
		if updates != 1234 {
			t.Errorf("told of %d", updates)
		}
	})
}

// publishMany stores events with one delivery each in one publication.
func (n *nouns) publishMany(w models.Webhook, count int) {
	n.t.Helper()
	routes, err := n.RouteTable(n.t.Context(), w.TenantID)
	n.must(err)
	items := make([]models.PublicationItem, count)
	for i := range items {
		e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: w.TenantID, Type: "contact.created", Version: "1",
			Data: []byte(`{}`), Timestamp: n.now, CreatedAt: n.now}
		d := models.Delivery{ID: models.NewID(models.PrefixDelivery), TenantID: w.TenantID, EventID: e.ID, EventType: e.Type,
			WebhookID: w.ID, ChannelID: w.Routes[0].ChannelID, Status: models.DeliveryPending, CreatedAt: n.now}
		items[i] = models.PublicationItem{Event: e, Placements: []models.Placement{{Delivery: d, Due: n.now}}}
	}
	_, err = n.Publish(n.t.Context(), models.Publication{Generations: map[models.ID]int64{w.TenantID: routes.Generation}, Items: items})
	n.must(err)
}

// A crash between the steps of a deletion leaves deliveries that nobody claims.
func TestPurgeSweepsUpACutShortDeletion(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w, stays := n.newWebhook(n.tenant, "w", c.ID), n.newWebhook(n.tenant, "stays", c.ID)
		_, lost := n.publish(n.tenant, nil, w, stays)
		db := rawDB(t, url)
		for _, table := range []string{"routes WHERE webhook_id", "webhooks WHERE id"} {
			if _, err := db.ExecContext(ctx, "DELETE FROM "+table+" IN (SELECT id FROM webhooks WHERE name = 'w')"); err != nil {
				t.Fatal(err)
			}
		}
		more, err := n.PurgeDeleted(ctx, 100)
		if err != nil || !more {
			t.Fatalf("swept nothing: %v", err)
		}
		if more, err = n.PurgeDeleted(ctx, 100); err != nil || more {
			t.Errorf("there is more: %v, %v", more, err)
		}
		got, err := n.DeliveriesByID(ctx, []models.ID{lost[0].ID, lost[1].ID})
		n.must(err)
		if got[lost[0].ID].Status != models.DeliveryCanceled || got[lost[1].ID].Status != models.DeliveryPending {
			t.Errorf("they are %s and %s", got[lost[0].ID].Status, got[lost[1].ID].Status)
		}
	})
}

// A delete and updates of one webhook at once: each update is whole or NOT_FOUND.
func TestUpdatesRaceWithADelete(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		a, b := n.newChannel(n.tenant, "a"), n.newChannel(n.tenant, "b")
		w := n.newWebhook(n.tenant, "w", a.ID)
		var racers sync.WaitGroup
		for i := range 6 {
			racers.Go(func() {
				for range 20 {
					_, err := n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error {
						w.Routes = []models.Route{{ChannelID: []models.ID{a.ID, b.ID}[i%2]}}
						return nil
					})
					if err != nil && models.CodeOf(err) != models.CodeNotFound {
						t.Error(err)
					}
				}
			})
		}
		racers.Go(func() {
			if err := n.DeleteWebhook(ctx, w.ID, n.now); err != nil {
				t.Error(err)
			}
		})
		racers.Wait()
		if left := countRows(t, url, "routes"); left != 0 {
			t.Errorf("%d routes are left", left)
		}
	})
}

// Publishers, workers and people are at one webhook at once: nobody fails, and
// what is left when it is deleted is final.
func TestDeleteWebhookWhileItDelivers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		n.publishMany(w, 900)
		var deleted atomic.Bool
		var racers sync.WaitGroup
		for range 4 {
			racers.Go(func() {
				owner := uuid.New()
				for !deleted.Load() {
					for _, work := range n.claim(owner, models.Lane{ChannelID: c.ID, WebhookID: w.ID}, 20) {
						n.complete(owner, work, models.DeliveryRetrying)
					}
				}
			})
		}
		racers.Go(func() {
			for i := 0; !deleted.Load(); i++ {
				_, err := n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error {
					c.Status = []models.ChannelStatus{models.ChannelPaused, models.ChannelActive}[i%2]
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		racers.Go(func() {
			defer deleted.Store(true)
			for range 5 {
				if _, err := n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error { w.Description += "x"; return nil }); err != nil {
					t.Error(err)
				}
			}
			if err := n.DeleteWebhook(ctx, w.ID, n.now); err != nil {
				t.Error(err)
			}
		})
		racers.Wait()
		if left := countRows(t, url, "queue"); left != 0 {
			t.Errorf("%d rows still wait", left)
		}
		canceled, err := n.Deliveries(ctx, models.Page{First: 1000}, models.DeliveryFilter{Statuses: []models.DeliveryStatus{models.DeliveryCanceled}})
		n.must(err)
		if len(canceled.Nodes) != 900 {
			t.Errorf("%d of 900 are canceled", len(canceled.Nodes))
		}
	})
}
