package store_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

func TestTemplatesOfChannelsAndRoutes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		own, gone, theirs := n.newTemplate(n.tenant, "own"), n.newTemplate(n.tenant, "gone"), n.newTemplate(n.newTenant("Other"), "theirs")
		n.must(n.DeleteTemplate(ctx, gone.ID, n.now))
		builtIn := models.NewID(models.PrefixTemplate) // has no row
		plain := n.newChannel(n.tenant, "plain")
		c := n.channel(n.tenant, "c")
		c.TemplateID = own.ID
		n.must(n.CreateChannel(ctx, c))
		got, err := n.ChannelLive(ctx, c.ID)
		n.must(err)
		sameChannel(t, got, c)
		_, err = n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = builtIn; return nil })
		n.must(err)
		if got, err = n.ChannelLive(ctx, c.ID); err != nil || got.TemplateID != builtIn {
			t.Errorf("the channel has %s, %v", got.TemplateID, err)
		}

		w := n.webhook(n.tenant, "w", plain.ID, c.ID)
		w.Routes[1].TemplateID = own.ID
		n.must(n.CreateWebhook(ctx, w))
		expect := func(routes ...models.Route) {
			t.Helper()
			w.Routes = routes
			found, err := n.WebhooksByID(ctx, []models.ID{w.ID})
			n.must(err)
			same(t, found[w.ID], w)
		}
		expect(models.Route{ChannelID: plain.ID}, models.Route{ChannelID: c.ID, TemplateID: own.ID})
		_, err = n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error {
			w.Routes[0].TemplateID, w.Routes[1].TemplateID = builtIn, models.ID{}
			return nil
		})
		n.must(err)
		expect(models.Route{ChannelID: plain.ID, TemplateID: builtIn}, models.Route{ChannelID: c.ID})

		for _, barred := range []models.ID{gone.ID, theirs.ID} {
			x := n.channel(n.tenant, "x")
			x.TemplateID = barred
			refused(t, n.CreateChannel(ctx, x), models.CodeNotFound, "templateId")
			_, err = n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = barred; return nil })
			refused(t, err, models.CodeNotFound, "templateId")
			_, err = n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error { w.Routes[1].TemplateID = barred; return nil })
			refused(t, err, models.CodeNotFound, "routes.1.templateId")
		}
		expect(w.Routes...)
	})
}

func TestTemplateUsers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		a, b := n.newTemplate(n.tenant, "a"), n.newTemplate(n.tenant, "b")
		plain, styled := n.newChannel(n.tenant, "plain"), n.channel(n.tenant, "styled")
		styled.TemplateID = a.ID
		n.must(n.CreateChannel(ctx, styled))
		create := func(name string, route models.Route, types ...string) {
			w := n.webhook(n.tenant, name)
			w.Routes, w.EventTypes = []models.Route{route}, types
			n.must(n.CreateWebhook(ctx, w))
		}
		create("by its route", models.Route{ChannelID: plain.ID, TemplateID: a.ID}, "contact.*", "lead.created")
		create("by its channel", models.Route{ChannelID: styled.ID}, "contact.*", "*")
		create("by another", models.Route{ChannelID: styled.ID, TemplateID: b.ID}, "deal.won")
		create("by none", models.Route{ChannelID: plain.ID}, "deal.lost")
		for id, want := range map[models.ID]string{a.ID: "* contact.* lead.created", b.ID: "deal.won", models.NewID(models.PrefixTemplate): ""} {
			types, err := n.TemplateUsers(ctx, id)
			if got := strings.Join(types, " "); err != nil || got != want {
				t.Errorf("used for %q, %v, want %q", got, err, want)
			}
		}
	})
}

func TestRouteTableHasTheTemplatesThatAreNamed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		ofChannel, ofRoute := n.newTemplate(n.tenant, "of a channel"), n.newTemplate(n.tenant, "of a route")
		n.newTemplate(n.tenant, "of nobody")
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		var statements atomic.Int32
		n.must(n.CountReads(func() { statements.Add(1) }))
		read := func(most int32) models.RouteTable {
			t.Helper()
			statements.Store(0)
			table, err := n.RouteTable(ctx, n.tenant)
			n.must(err)
			if got := statements.Load(); got != most {
				t.Errorf("took %d statements, want %d", got, most)
			}
			return table
		}
		if table := read(3); len(table.Templates) != 0 {
			t.Errorf("knows %v", table.Templates)
		}
		_, err := n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = ofChannel.ID; return nil })
		n.must(err)
		_, err = n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error { w.Routes[0].TemplateID, w.Filter = ofRoute.ID, "true"; return nil })
		n.must(err)
		table := read(4)
		same(t, table.Templates, map[models.ID]*models.Template{ofChannel.ID: &ofChannel, ofRoute.ID: &ofRoute})
		if table.Channels[c.ID].TemplateID != ofChannel.ID || table.Webhooks[0].Routes[0].TemplateID != ofRoute.ID || table.Webhooks[0].Filter != "true" {
			t.Errorf("routes are %+v", table)
		}
		newest := n.rewrite(ofRoute.ID, "two")
		after := read(4)
		same(t, *after.Templates[ofRoute.ID], newest)
		if after.Generation <= table.Generation {
			t.Errorf("generation %d follows %d", after.Generation, table.Generation)
		}
	})
}

// A channel takes a template while it is deleted: one of both is refused.
func TestDeletingATemplateRacesWithItsUse(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		for range 10 {
			template := n.newTemplate(n.tenant, "t")
			var used, deleted error
			var racers sync.WaitGroup
			racers.Go(func() {
				_, used = n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = template.ID; return nil })
			})
			racers.Go(func() { deleted = n.DeleteTemplate(ctx, template.ID, n.now) })
			racers.Wait()
			switch {
			case deleted == nil:
				refused(t, used, models.CodeNotFound, "templateId")
			case used == nil:
				refused(t, deleted, models.CodeConflict, "id")
				_, err := n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = models.ID{}; return nil })
				n.must(err)
				n.must(n.DeleteTemplate(ctx, template.ID, n.now))
			default:
				t.Fatalf("both are refused: %v; %v", used, deleted)
			}
		}
	})
}
