package store_test

import (
	"reflect"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

func TestDeliveriesRecordTheirTemplate(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		first := models.TemplateRef{ID: models.NewID(models.PrefixTemplate), Version: 3}
		newer := models.TemplateRef{ID: first.ID, Version: 4}
		expect := func(id models.ID, want models.TemplateRef) {
			t.Helper()
			if got := r.delivery(t, id).Template; got != want {
				t.Errorf("the delivery has %+v, want %+v", got, want)
			}
		}
		plain, styled, at := r.leased(), r.leased(), r.leased()
		r.publish(t, plain, styled, at)
		id := styled.Placements[0].Delivery.ID
		expect(id, models.TemplateRef{})

		c, unstyled := r.outcome(styled, models.DeliveryRetrying), r.outcome(plain, models.DeliveryRetrying)
		c.Parts[0].Delivery.Template = first
		c.Parts = append(c.Parts, unstyled.Parts[0])
		r.heard()
		r.complete(t, c)
		for _, d := range r.heard()[0].Updates {
			if (d.ID == id) != (d.Template == first) {
				t.Errorf("told of %+v", d)
			}
		}
		expect(id, first)
		expect(plain.Placements[0].Delivery.ID, models.TemplateRef{})

		r.now = r.now.Add(time.Hour)
		work := r.claim(t, 10)
		if len(work) != 3 {
			t.Fatalf("claimed %d", len(work))
		}
		for _, w := range work {
			if (w.Delivery.ID == id) != (w.Delivery.Template == first) {
				t.Errorf("claimed %+v", w.Delivery)
			}
		}
		for _, template := range []models.TemplateRef{newer, {}} { // what was recorded stays
			again := r.outcome(styled, models.DeliveryRetrying)
			again.Parts[0].Delivery.Template = template
			r.complete(t, again)
			expect(id, first)
			r.now = r.now.Add(time.Hour)
			r.claim(t, 10)
		}
		list, err := r.Deliveries(t.Context(), models.Page{First: 9}, models.DeliveryFilter{TenantID: &r.tenant})
		must(t, err)
		found := 0
		for _, d := range list.Nodes {
			if d.Template == first {
				found++
			}
		}
		if len(list.Nodes) != 3 || found != 1 {
			t.Errorf("%d of %d in the list have it", found, len(list.Nodes))
		}

		// In one pipeline, where all succeeds at once.
		done := r.outcome(at, models.DeliverySucceeded)
		done.Parts[0].Delivery.Template = newer
		r.complete(t, done)
		if d := r.delivery(t, at.Placements[0].Delivery.ID); !reflect.DeepEqual(d, done.Parts[0].Delivery) {
			t.Errorf("the delivery is %+v\nwant %+v", d, done.Parts[0].Delivery)
		}
	})
}

func TestCanceledDeliveryRecordsItsTemplate(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		id := item.Placements[0].Delivery.ID
		_, err := r.Cancel(t.Context(), id, r.now)
		must(t, err)
		c := r.outcome(item, models.DeliverySucceeded)
		c.Parts[0].Delivery.Template = models.TemplateRef{ID: models.NewID(models.PrefixTemplate), Version: 2}
		if !r.complete(t, c) {
			t.Fatal("the attempt was not recorded")
		}
		if d := r.delivery(t, id); d.Status != models.DeliveryCanceled || d.Template != c.Parts[0].Delivery.Template {
			t.Errorf("the delivery is %+v", d)
		}
	})
}

func TestTestDeliveriesRecordTheirTemplate(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		run := r.testRun(2)
		run.Deliveries[1].Template = models.TemplateRef{ID: models.NewID(models.PrefixTemplate), Version: 2}
		_, err := r.RecordTest(t.Context(), run)
		must(t, err)
		for i := range run.Deliveries {
			if d := r.delivery(t, run.Deliveries[i].ID); d.Template != run.Deliveries[i].Template {
				t.Errorf("test delivery %d has %+v, want %+v", i, d.Template, run.Deliveries[i].Template)
			}
		}
	})
}

// addTemplate stores one of the room's tenant.
func (r *room) addTemplate(t *testing.T, name string) models.Template {
	t.Helper()
	template := models.Template{ID: models.NewID(models.PrefixTemplate), TenantID: r.tenant, Name: name, Kind: models.KindHTTP,
		Parts: []models.TemplatePart{{Name: models.PartBody, Source: "one"}}, Version: 1, CreatedAt: r.now, UpdatedAt: r.now}
	must(t, r.CreateTemplate(t.Context(), template))
	_, err := r.UpdateTemplate(t.Context(), template.ID, func(t *models.Template) error { t.Parts[0].Source = "two"; return nil })
	must(t, err)
	r.refresh(t)
	return template
}

// A delivery that still waits long after its template was deleted is repeated by it.
func TestRetentionKeepsTheTemplatesOfDeliveries(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		begin := r.now
		live, gone := r.addTemplate(t, "live"), r.addTemplate(t, "gone")
		item := r.leased()
		r.publish(t, item)
		c := r.outcome(item, models.DeliveryRetrying)
		c.Parts[0].Delivery.Template = models.TemplateRef{ID: gone.ID, Version: 1}
		r.complete(t, c)
		r.now = begin.Add(time.Hour)
		must(t, r.DeleteTemplate(t.Context(), gone.ID, r.now))
		has := func(id models.ID) bool {
			t.Helper()
			_, err := r.TemplateVersion(t.Context(), id, 1)
			if err != nil && models.CodeOf(err) != models.CodeNotFound {
				t.Fatal(err)
			}
			return err == nil
		}
		r.now = begin.Add(30 * 24 * time.Hour)
		r.purgeOld(t, r.now, 1)
		if !has(gone.ID) {
			t.Fatal("a delivery that waits has lost its template")
		}
		if work := r.claim(t, 1); len(work) != 1 {
			t.Fatalf("claimed %d", len(work))
		}
		r.complete(t, r.outcome(item, models.DeliverySucceeded))
		r.now = r.now.Add(24 * time.Hour)
		r.purgeOld(t, begin.Add(time.Minute), 1)
		if !has(gone.ID) {
			t.Error("it is gone before the retention has passed")
		}
		r.purgeOld(t, r.now, 1)
		if has(gone.ID) || !has(live.ID) {
			t.Errorf("the deleted template is there: %v, the live one: %v", has(gone.ID), has(live.ID))
		}
		if templates, versions := countRows(t, r.url, "templates"), countRows(t, r.url, "template_versions"); templates != 1 || versions != 2 {
			t.Errorf("%d templates are left with %d versions", templates, versions)
		}
	})
}

// A step back leaves all but templates and filters as it was.
func TestMigrateDownFromTemplates(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		template := n.newTemplate(n.tenant, "t")
		c := n.channel(n.tenant, "c")
		c.TemplateID = template.ID
		n.must(n.CreateChannel(ctx, c))
		w := n.webhook(n.tenant, "w", c.ID)
		w.Routes[0].TemplateID, w.Filter = template.ID, "true"
		n.must(n.CreateWebhook(ctx, w))
		_, deliveries := n.publish(n.tenant, nil, w)
		migrateDownTo(t, n.Store, 3)
		n.must(n.MigrateUp(ctx))
		c.TemplateID, w.Filter, w.Routes[0].TemplateID = models.ID{}, "", models.ID{}
		got, err := n.ChannelLive(ctx, c.ID)
		n.must(err)
		same(t, got, c)
		webhooks, err := n.WebhooksByID(ctx, []models.ID{w.ID})
		n.must(err)
		same(t, webhooks[w.ID], w)
		found, err := n.DeliveriesByID(ctx, []models.ID{deliveries[0].ID})
		n.must(err)
		if d := found[deliveries[0].ID]; d.ID != deliveries[0].ID || d.Template != (models.TemplateRef{}) {
			t.Errorf("the delivery is %+v", d)
		}
		templates, err := n.TemplatesByID(ctx, []models.ID{template.ID})
		if err != nil || len(templates) > 0 {
			t.Errorf("the template is still there: %v, %v", templates, err)
		}
		n.must(n.CreateTemplate(ctx, template))
	})
}
