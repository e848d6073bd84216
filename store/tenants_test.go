package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

func TestTenants(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		external := "crm-7"
		want := models.Tenant{ID: models.NewID(models.PrefixTenant), Name: "Globex", ExternalID: &external,
			Metadata: json.RawMessage(`{"plan":1.10}`), CreatedAt: n.now, UpdatedAt: n.now}
		n.must(n.CreateTenant(t.Context(), want))
		got, err := n.TenantsByID(t.Context(), []models.ID{want.ID, models.NewID(models.PrefixTenant)})
		n.must(err)
		same(t, got, map[models.ID]models.Tenant{want.ID: want})

		double := want
		double.ID = models.NewID(models.PrefixTenant)
		refused(t, n.CreateTenant(t.Context(), double), models.CodeConflict, "externalId")

		later := n.now.Add(time.Hour)
		updated, err := n.UpdateTenant(t.Context(), want.ID, func(tenant *models.Tenant) error {
			tenant.Name, tenant.ExternalID, tenant.Metadata, tenant.UpdatedAt = "Globex 2", nil, json.RawMessage(`null`), later
			tenant.ID, tenant.CreatedAt = models.NewID(models.PrefixTenant), later // not to be changed
			return nil
		})
		n.must(err)
		want.Name, want.ExternalID, want.Metadata, want.UpdatedAt = "Globex 2", nil, json.RawMessage(`null`), later
		same(t, updated, want)
		got, err = n.TenantsByID(t.Context(), []models.ID{want.ID})
		n.must(err)
		same(t, got[want.ID], want)

		n.must(n.CreateTenant(t.Context(), double)) // the external id is free again
		_, err = n.UpdateTenant(t.Context(), want.ID, func(tenant *models.Tenant) error { tenant.ExternalID = &external; return nil })
		refused(t, err, models.CodeConflict, "externalId")

		no := errors.New("no")
		if _, err = n.UpdateTenant(t.Context(), want.ID, func(tenant *models.Tenant) error { tenant.Name = "lost"; return no }); !errors.Is(err, no) {
			t.Errorf("fn's error came back as %v", err)
		}
		got, err = n.TenantsByID(t.Context(), []models.ID{want.ID})
		n.must(err)
		same(t, got[want.ID], want)
		_, err = n.UpdateTenant(t.Context(), models.NewID(models.PrefixTenant), func(*models.Tenant) error { return nil })
		refused(t, err, models.CodeNotFound, "")
	})
}

func TestSearchTakesTextAsItIs(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		for _, name := range []string{"100%", "a_b", `c\d`, "axb", "Müller", "MÜLLER GmbH", "[x]", "*?", "^$.(|)", "ΣΊΣΥΦΟΣ", "{1,2}+"} {
			n.newTenant(name)
		}
		for search, want := range map[string]string{
			"%": "100%", "_": "a_b", `\`: `c\d`, "A_B": "a_b", "müll": "Müller MÜLLER GmbH", "GMBH": "MÜLLER GmbH",
			"[x]": "[x]", "[": "[x]", "]": "[x]", "*": "*?", "?": "*?", ".(": "^$.(|)", "^": "^$.(|)", "|": "^$.(|)", "$": "^$.(|)",
			"σίσυφος": "ΣΊΣΥΦΟΣ", "{1,2}": "{1,2}+", "+": "{1,2}+", "x": "axb [x]", "nothing": "", "\x00": "", "\xff": "", "a%b": "",
		} {
			found, err := n.Tenants(t.Context(), models.Page{First: 50}, models.TenantFilter{Search: search})
			if got := names(t, found, err, func(t models.Tenant) string { return t.Name }); got != want {
				t.Errorf("%q finds %q, want %q", search, got, want)
			}
		}
		long := make([]byte, 100_000)
		for i := range long {
			long[i] = 'a'
		}
		if _, err := n.Tenants(t.Context(), models.Page{First: 50}, models.TenantFilter{Search: string(long)}); err != nil {
			t.Errorf("a long search: %v", err)
		}
		if _, err := n.Tenants(t.Context(), models.Page{First: 50}, models.TenantFilter{Search: string(long[:4*models.MaxDescription])}); err != nil {
			t.Errorf("a search at the limit: %v", err)
		}
	})
}

// Every row that was there before is seen once, while others are inserted.
func TestPagesAreStableUnderInserts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		old := map[string]int{n.tenant.String(): 0}
		for i := range 1000 {
			old[n.newTenant(fmt.Sprintf("tenant %d", i)).String()] = 0
		}
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		writers.Go(func() {
			for i := 0; ctx.Err() == nil && i < 2000; i++ {
				id := models.NewID(models.PrefixTenant)
				err := n.CreateTenant(ctx, models.Tenant{ID: id, Name: "late", CreatedAt: n.now, UpdatedAt: n.now})
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
		list := func(ctx context.Context, page models.Page) (models.Connection[models.Tenant], error) {
			return n.Tenants(ctx, page, models.TenantFilter{})
		}
		// Late ones keep coming at the end: they are followed no further than the old ones.
		page := models.Page{First: 37}
		for seen := 0; seen < len(old); {
			c, err := list(t.Context(), page)
			n.must(err)
			if len(c.Nodes) == 0 {
				break
			}
			for _, tenant := range c.Nodes {
				if _, was := old[tenant.ID.String()]; was {
					old[tenant.ID.String()]++
					seen++
				}
			}
			page.After = c.Cursors[len(c.Cursors)-1]
		}
		stop()
		writers.Wait()
		for id, times := range old {
			if times != 1 {
				t.Fatalf("%s was seen %d times", id, times)
			}
		}
	})
}

func TestPageEdges(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		n.newTenant("b")
		n.newTenant("c")
		list := func(ctx context.Context, page models.Page) (models.Connection[models.Tenant], error) {
			return n.Tenants(ctx, page, models.TenantFilter{})
		}
		for size := 1; size < 5; size++ {
			if keys := paged(t, size, list, func(t models.Tenant) string { return t.Name }); fmt.Sprint(keys) != "[Acme b c]" {
				t.Errorf("pages of %d give %v", size, keys)
			}
		}
		for _, first := range []int{0, -1, -1 << 62} {
			c, err := list(t.Context(), models.Page{First: first})
			n.must(err)
			if len(c.Nodes) != 0 || !c.HasNext {
				t.Errorf("first %d gives %d nodes, next %v", first, len(c.Nodes), c.HasNext)
			}
		}
		last, err := list(t.Context(), models.Page{First: 3})
		n.must(err)
		after, err := list(t.Context(), models.Page{First: 3, After: last.Cursors[2]})
		n.must(err)
		if len(after.Nodes) != 0 || after.HasNext || !after.HasPrevious {
			t.Errorf("behind the last one are %d nodes, next %v, previous %v", len(after.Nodes), after.HasNext, after.HasPrevious)
		}
		for _, cursor := range []string{"x", "YzE6", models.EncodeCursor("7"), models.EncodeCursor(models.NewID(models.PrefixEvent).String())} {
			_, err := list(t.Context(), models.Page{First: 3, After: cursor})
			refused(t, err, models.CodeBadUserInput, "after")
		}
	})
}

func TestDeletedTenantIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		k := n.newKey(&n.tenant, "k")
		e, d := n.publish(n.tenant, nil, w)
		other := n.newTenant("Other")
		oc := n.newChannel(other, "c")
		ow := n.newWebhook(other, "w", oc.ID)
		n.publish(other, nil, ow)
		n.told()

		n.must(n.DeleteTenant(ctx, n.tenant, n.now))
		if told := n.told(); len(told) == 0 || len(told[0].Tenants) != 1 || told[0].Tenants[0] != n.tenant {
			t.Errorf("told %+v", told)
		}
		_, err := n.RouteTable(ctx, n.tenant)
		refused(t, err, models.CodeNotFound, "")
		_, err = n.KeyByHash(ctx, k.Hash)
		refused(t, err, models.CodeNotFound, "")
		_, err = n.ChannelLive(ctx, c.ID)
		refused(t, err, models.CodeNotFound, "")
		_, err = n.UpdateChannel(ctx, c.ID, func(*models.Channel) error { return nil })
		refused(t, err, models.CodeNotFound, "")
		_, err = n.UpdateWebhook(ctx, w.ID, func(*models.Webhook) error { return nil })
		refused(t, err, models.CodeNotFound, "")
		_, err = n.RevokeApiKey(ctx, k.ID, n.now)
		refused(t, err, models.CodeNotFound, "")
		refused(t, n.DeleteTenant(ctx, n.tenant, n.now), models.CodeNotFound, "")
		refused(t, n.DeleteWebhook(ctx, w.ID, n.now), models.CodeNotFound, "")
		refused(t, n.DeleteChannel(ctx, c.ID, n.now), models.CodeNotFound, "")
		refused(t, n.CreateChannel(ctx, n.channel(n.tenant, "d")), models.CodeNotFound, "tenantId")
		refused(t, n.CreateWebhook(ctx, n.webhook(n.tenant, "x", c.ID)), models.CodeNotFound, "tenantId")
		refused(t, n.CreateApiKey(ctx, n.key(&n.tenant, "k2"), ""), models.CodeNotFound, "tenantId")

		found := 0
		count := func(n int, err error) {
			if err != nil {
				t.Error(err)
			}
			found += n
		}
		tenants, err := n.TenantsByID(ctx, []models.ID{n.tenant})
		count(len(tenants), err)
		channels, err := n.ChannelsByID(ctx, []models.ID{c.ID})
		count(len(channels), err)
		webhooks, err := n.WebhooksByID(ctx, []models.ID{w.ID})
		count(len(webhooks), err)
		keys, err := n.ApiKeysByID(ctx, []models.ID{k.ID})
		count(len(keys), err)
		events, err := n.EventsByID(ctx, []models.ID{e.ID})
		count(len(events), err)
		deliveries, err := n.DeliveriesByID(ctx, []models.ID{d[0].ID})
		count(len(deliveries), err)
		page := models.Page{First: 10}
		list1, err := n.Events(ctx, page, models.EventFilter{TenantID: &n.tenant})
		count(len(list1.Nodes), err)
		list2, err := n.Deliveries(ctx, page, models.DeliveryFilter{TenantID: &n.tenant})
		count(len(list2.Nodes), err)
		list3, err := n.DeliveriesOfEvent(ctx, e.ID, page)
		count(len(list3.Nodes), err)
		if found != 0 {
			t.Errorf("%d things of the deleted tenant still show", found)
		}
		lanes, err := n.Lanes(ctx)
		n.must(err)
		if len(lanes) != 1 || lanes[0].Lane.ChannelID != oc.ID {
			t.Errorf("lanes: %+v", lanes)
		}

		n.now = n.now.Add(time.Hour)
		calls := 0
		for more := true; more; calls++ {
			if more, err = n.PurgeDeleted(ctx, 1); err != nil || calls > 100 {
				t.Fatalf("purge call %d: %v", calls, err)
			}
		}
		if calls < 5 {
			t.Errorf("purged in %d calls, which is not in steps of one", calls)
		}
		for table, want := range map[string]int{"tenants": 1, "channels": 1, "webhooks": 1, "routes": 1, "api_keys": 0,
			"events": 1, "deliveries": 1, "queue": 1, "attempts": 0, "idempotency_keys": 0} {
			if got := countRows(t, url, table); got != want {
				t.Errorf("%d rows are left in %s, want %d", got, table, want)
			}
		}
	})
}
