package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

func (n *nouns) template(tenant models.ID, name string) models.Template {
	return models.Template{
		ID: models.NewID(models.PrefixTemplate), TenantID: tenant, Name: name, Description: "about " + name, Kind: models.KindHTTP,
		Parts:   []models.TemplatePart{{Name: models.PartBody, Source: "{{ .data }} \u2014 \"<&>\"\n"}, {Name: models.PartContentType, Source: "text/plain"}},
		Version: 1, CreatedAt: n.now, UpdatedAt: n.now,
	}
}

func (n *nouns) newTemplate(tenant models.ID, name string) models.Template {
	n.t.Helper()
	t := n.template(tenant, name)
	n.must(n.CreateTemplate(n.t.Context(), t))
	return t
}

// rewrite gives a template another body.
func (n *nouns) rewrite(id models.ID, body string) models.Template {
	n.t.Helper()
	t, err := n.UpdateTemplate(n.t.Context(), id, func(t *models.Template) error {
		t.Parts[0].Source, t.UpdatedAt = body, n.now
		return nil
	})
	n.must(err)
	return t
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		n.told()
		want := n.newTemplate(n.tenant, "t")
		if told := n.told(); len(told) != 1 || len(told[0].Tenants) != 1 || told[0].Tenants[0] != n.tenant {
			t.Errorf("told %+v", told)
		}
		byID := func(id models.ID) models.Template {
			t.Helper()
			found, err := n.TemplatesByID(ctx, []models.ID{id, models.NewID(models.PrefixTemplate)})
			n.must(err)
			return found[id]
		}
		same(t, byID(want.ID), want)

		updated, err := n.UpdateTemplate(ctx, want.ID, func(t *models.Template) error {
			t.Name, t.Description, t.UpdatedAt = "t2", "", n.now.Add(time.Minute)
			t.TenantID, t.Kind, t.Version, t.BuiltIn = models.NewID(models.PrefixTenant), models.KindSMS, 7, true // not to be changed
			return nil
		})
		n.must(err)
		want.Name, want.Description, want.UpdatedAt = "t2", "", n.now.Add(time.Minute)
		same(t, updated, want)
		same(t, byID(want.ID), want)

		n.newTemplate(n.tenant, "taken")
		refused(t, n.CreateTemplate(ctx, n.template(n.tenant, "taken")), models.CodeConflict, "name")
		_, err = n.UpdateTemplate(ctx, want.ID, func(t *models.Template) error { t.Name = "taken"; return nil })
		refused(t, err, models.CodeConflict, "name")
		_, err = n.UpdateTemplate(ctx, models.NewID(models.PrefixTemplate), func(*models.Template) error { return nil })
		refused(t, err, models.CodeNotFound, "")
		refused(t, n.CreateTemplate(ctx, n.template(models.NewID(models.PrefixTenant), "x")), models.CodeNotFound, "tenantId")
		n.newTemplate(n.newTenant("Other"), "taken") // names are each tenant's own
		if templates, versions := countRows(t, url, "templates"), countRows(t, url, "template_versions"); templates != 3 || versions != 3 {
			t.Errorf("%d templates are stored with %d versions", templates, versions)
		}
	})
}

func TestTemplateLists(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		n.newTemplate(n.tenant, "one")
		slack := n.template(n.tenant, "two")
		slack.Kind = models.KindSlack
		n.must(n.CreateTemplate(t.Context(), slack))
		n.newTemplate(n.tenant, "three")
		other := n.newTenant("Other")
		n.newTemplate(other, "theirs")
		n.must(n.DeleteTemplate(t.Context(), n.newTemplate(n.tenant, "deleted").ID, n.now))
		search, kind, yes, no := "ABOUT T", models.KindSlack, true, false
		for want, f := range map[string]models.TemplateFilter{
			"one two three theirs": {},
			"one two three":        {TenantID: &n.tenant, BuiltIn: &no},
			"theirs":               {TenantID: &other},
			"two":                  {Kind: &kind},
			"two three":            {Search: &search, TenantID: &n.tenant},
			"":                     {BuiltIn: &yes},
		} {
			for size := 1; size < 6; size++ {
				list := func(ctx context.Context, page models.Page) (models.Connection[models.Template], error) {
					return n.Templates(ctx, page, f)
				}
				if got := strings.Join(paged(t, size, list, func(t models.Template) string { return t.Name }), " "); got != want {
					t.Errorf("%+v in pages of %d lists %q, want %q", f, size, got, want)
				}
			}
		}
		n.must(n.DeleteTenant(t.Context(), other, n.now))
		list, err := n.Templates(t.Context(), models.Page{First: 9}, models.TemplateFilter{})
		if got := names(t, list, err, func(t models.Template) string { return t.Name }); got != "one two three" {
			t.Errorf("lists %q after a tenant was deleted", got)
		}
	})
}

func TestTemplateVersions(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		first := n.newTemplate(n.tenant, "t")
		versionsOf := func(id models.ID, size int) string {
			list := func(ctx context.Context, page models.Page) (models.Connection[models.TemplateVersion], error) {
				return n.TemplateVersions(ctx, id, page)
			}
			return strings.Join(paged(t, size, list, func(v models.TemplateVersion) string { return v.Parts[0].Source }), " ")
		}
		n.now = n.now.Add(time.Minute)
		if got := n.rewrite(first.ID, "two"); got.Version != 2 || got.Parts[0].Source != "two" {
			t.Errorf("became %+v", got)
		}
		n.rewrite(first.ID, "two") // the same again
		n.rewrite(first.ID, "three")
		_, err := n.UpdateTemplate(ctx, first.ID, func(t *models.Template) error { t.Parts[0].Source = "four"; return context.Canceled })
		if err == nil {
			t.Error("a change that was given up was made")
		}
		for size := 1; size < 5; size++ {
			if got, want := versionsOf(first.ID, size), "three two "+first.Parts[0].Source; got != want {
				t.Errorf("versions in pages of %d are %q, want %q", size, got, want)
			}
		}
		_, err = n.TemplateVersions(ctx, first.ID, models.Page{First: 1, After: models.EncodeCursor("x")})
		refused(t, err, models.CodeBadUserInput, "after")

		version := func(number int) models.TemplateVersion {
			t.Helper()
			v, err := n.TemplateVersion(ctx, first.ID, number)
			n.must(err)
			return v
		}
		same(t, version(1), models.TemplateVersion{Version: 1, Parts: first.Parts, CreatedAt: first.CreatedAt})
		if two := version(2); two.Parts[0].Source != "two" || !two.CreatedAt.Equal(n.now) {
			t.Errorf("the second is %+v", two)
		}
		n.must(n.DeleteTemplate(ctx, first.ID, n.now))
		if two := version(2); two.Parts[0].Source != "two" {
			t.Errorf("the second is %+v when the template is deleted", two)
		}
		_, err = n.TemplateVersion(ctx, first.ID, 4)
		refused(t, err, models.CodeNotFound, "")
		_, err = n.TemplateVersion(ctx, models.NewID(models.PrefixTemplate), 1)
		refused(t, err, models.CodeNotFound, "")
		n.must(n.DeleteTenant(ctx, n.tenant, n.now))
		_, err = n.TemplateVersion(ctx, first.ID, 1)
		refused(t, err, models.CodeNotFound, "")
		if got := versionsOf(first.ID, 5); got != "" {
			t.Errorf("a deleted tenant's template has %q", got)
		}
	})
}

func TestDeleteTemplate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		used := n.newTemplate(n.tenant, "t")
		c := n.channel(n.tenant, "c")
		c.TemplateID = used.ID
		n.must(n.CreateChannel(ctx, c))
		w := n.webhook(n.tenant, "w", c.ID)
		w.Routes[0].TemplateID = used.ID
		n.must(n.CreateWebhook(ctx, w))

		expect := func(name string) {
			t.Helper()
			err := n.DeleteTemplate(ctx, used.ID, n.now)
			refused(t, err, models.CodeConflict, "id")
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("the conflict does not name %s: %v", name, err)
			}
		}
		expect(`channel "c"`)
		_, err := n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = models.ID{}; return nil })
		n.must(err)
		expect(`webhook "w"`)
		_, err = n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error { w.Routes[0].TemplateID = models.ID{}; return nil })
		n.must(err)
		n.told()
		n.must(n.DeleteTemplate(ctx, used.ID, n.now))
		if told := n.told(); len(told) != 1 || len(told[0].Tenants) != 1 {
			t.Errorf("told %+v", told)
		}
		found, err := n.TemplatesByID(ctx, []models.ID{used.ID})
		if err != nil || len(found) > 0 {
			t.Errorf("it is still found: %v, %v", found, err)
		}
		refused(t, n.DeleteTemplate(ctx, used.ID, n.now), models.CodeNotFound, "")
		_, err = n.UpdateTemplate(ctx, used.ID, func(*models.Template) error { return nil })
		refused(t, err, models.CodeNotFound, "")
		again := n.newTemplate(n.tenant, "t") // the name is free

		// Of a channel that is deleted nothing is sent any more.
		_, err = n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.TemplateID = again.ID; return nil })
		n.must(err)
		n.must(n.DeleteWebhook(ctx, w.ID, n.now))
		n.must(n.DeleteChannel(ctx, c.ID, n.now))
		n.must(n.DeleteTemplate(ctx, again.ID, n.now))
	})
}
