package engine_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carillon/engine"
	"carillon/models"
	"carillon/store"
	"carillon/templates"
	"carillon/testkit"
)

// addTemplate stores a template for HTTP with a text for a body.
func (b *bundle) addTemplate(name, body string) models.ID {
	b.t.Helper()
	now := b.clock.Now()
	t := models.Template{
		ID: models.NewID(models.PrefixTemplate), TenantID: b.tenant, Name: name, Kind: models.KindHTTP, Version: 1,
		Parts: textParts(body), CreatedAt: now, UpdatedAt: now,
	}
	b.must(b.store.CreateTemplate(b.t.Context(), t))
	return t.ID
}

func textParts(body string) []models.TemplatePart {
	return []models.TemplatePart{{Name: models.PartContentType, Source: "text/plain"}, {Name: models.PartBody, Source: body}}
}

// rewrite makes a new version of a template.
func (b *bundle) rewrite(id models.ID, body string) {
	b.t.Helper()
	_, err := b.store.UpdateTemplate(b.t.Context(), id, func(t *models.Template) error {
		t.Parts, t.UpdatedAt = textParts(body), b.clock.Now()
		return nil
	})
	b.must(err)
}

// reroute makes the route of a webhook render by a template.
func (b *bundle) reroute(webhook, template models.ID) {
	b.t.Helper()
	_, err := b.store.UpdateWebhook(b.t.Context(), webhook, func(w *models.Webhook) error {
		w.Routes[0].TemplateID, w.UpdatedAt = template, b.clock.Now()
		return nil
	})
	b.must(err)
}

// last is the content of the message that was sent last.
func (b *bundle) last() string {
	b.t.Helper()
	got := b.sender.got()
	return string(got[len(got)-1].Content.Body)
}

// TestTheTemplateInForce: the route's own, else the channel's, else the built-in one.
func TestTheTemplateInForce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{templates: templates.NewSet()})
		try := func(want string, ref models.TemplateRef) {
			t.Helper()
			event := b.publish(`{"n":7}`)
			b.recorded(1)
			if got := b.last(); !strings.HasPrefix(got, want) {
				t.Errorf("sent %s, want %s", got, want)
			}
			if d := b.delivery(event); d.Template != ref {
				t.Errorf("recorded %v, want %v", d.Template, ref)
			}
		}
		try(`{"id":"evt_`, models.TemplateRef{})
		ofChannel, ofRoute := b.addTemplate("channel", "the channel's {{ .data.n }}"), b.addTemplate("route", "the route's {{ .data.n }}")
		b.change(func(c *models.Channel) { c.TemplateID = ofChannel })
		try("the channel's 7", models.TemplateRef{ID: ofChannel, Version: 1})
		b.reroute(b.webhook, ofRoute)
		try("the route's 7", models.TemplateRef{ID: ofRoute, Version: 1})
		b.reroute(b.webhook, templates.Builtins()[0].ID)
		try(`{"id":"evt_`, models.TemplateRef{ID: templates.Builtins()[0].ID, Version: 1})
		b.reroute(b.webhook, models.ID{})
		try("the channel's 7", models.TemplateRef{ID: ofChannel, Version: 1})
	})
}

// counting counts what is read of former versions.
type counting struct {
	*store.Store
	read atomic.Int32
}

func (c *counting) TemplateVersion(ctx context.Context, id models.ID, version int) (models.TemplateVersion, error) {
	c.read.Add(1)
	return c.Store.TemplateVersion(ctx, id, version)
}

// TestARetryUsesItsVersion: whatever becomes of the template meanwhile. A replay
// uses what is in force then.
func TestARetryUsesItsVersion(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		counts := new(counting)
		b := setup(t, url, options{templates: templates.NewSet(), policy: policy(10*time.Second, 10*time.Second, 10*time.Second), wrap: func(s *store.Store) engine.Store {
			counts.Store = s
			return counts
		}})
		id := b.addTemplate("one", "first version")
		b.change(func(c *models.Channel) { c.TemplateID = id })
		b.sender.fail(temporary(), temporary(), temporary(), temporary())
		event := b.publish(`{}`)
		b.recorded(1)
		retry := func(want string) {
			t.Helper()
			b.clock.Advance(10 * time.Second)
			b.recorded(1)
			if got := b.last(); got != want {
				t.Errorf("sent %s, want %s", got, want)
			}
		}
		retry("first version")
		if n := counts.read.Load(); n != 0 {
			t.Errorf("the newest version was read %d times", n)
		}
		b.rewrite(id, "second version")
		retry("first version")
		b.change(func(c *models.Channel) { c.TemplateID = models.ID{} })
		b.must(b.store.DeleteTemplate(t.Context(), id, b.clock.Now()))
		retry("first version")
		if n := counts.read.Load(); n != 1 {
			t.Errorf("a former version was read %d times, want once", n)
		}
		if d := b.delivery(event); d.Template != (models.TemplateRef{ID: id, Version: 1}) || d.Status != models.DeliveryFailed {
			t.Errorf("%+v", d)
		}
		if _, err := b.engine.Retry(t.Context(), b.delivery(event).ID); err != nil {
			t.Fatal(err)
		}
		b.recorded(1)
		if got := b.last(); got != "first version" {
			t.Errorf("the retry by hand sent %s", got)
		}
		other := b.addTemplate("two", "another template")
		b.change(func(c *models.Channel) { c.TemplateID = other })
		_, err := b.engine.Replay(t.Context(), event.ID)
		b.must(err)
		b.recorded(1)
		if got := b.last(); got != "another template" {
			t.Errorf("the replay sent %s", got)
		}
	})
}

// TestABuiltinFirstAttemptStaysSo: its delivery names no template.
func TestABuiltinFirstAttemptStaysSo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{templates: templates.NewSet(), policy: policy(10 * time.Second)})
		b.sender.fail(temporary())
		b.publish(`{}`)
		b.recorded(1)
		first := b.last()
		id := b.addTemplate("late", "too late")
		b.change(func(c *models.Channel) { c.TemplateID = id })
		b.clock.Advance(10 * time.Second)
		b.recorded(1)
		if got := b.last(); got != first {
			t.Errorf("sent %s after %s", got, first)
		}
	})
}

// TestATemplateThatFails is recorded with its place, and nothing is sent.
func TestATemplateThatFails(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{templates: templates.NewSet(), policy: policy(10 * time.Second)})
		id := b.addTemplate("strict", "Dear\n{{ .data.name }}")
		b.change(func(c *models.Channel) { c.TemplateID = id })
		event := b.publish(`{"secret":"hidden"}`)
		a := b.recorded(1)[0]
		if a.Status != models.AttemptFailed || a.Error == nil || a.Error.Code != models.ErrTemplate || a.Error.Retryable {
			t.Fatalf("%+v", a)
		}
		if m := a.Error.Message; !strings.Contains(m, "BODY, line 2, column 4: there is no .data.name") || strings.Contains(m, "hidden") {
			t.Error(m)
		}
		d := b.delivery(event)
		if d.Status != models.DeliveryFailed || d.NextAttemptAt != nil || d.Template != (models.TemplateRef{ID: id, Version: 1}) {
			t.Errorf("%+v", d)
		}
		if got := b.sender.got(); len(got) > 0 {
			t.Errorf("%d messages were sent", len(got))
		}
	})
}

// without forgets a version.
type without struct{ *store.Store }

func (without) TemplateVersion(_ context.Context, id models.ID, _ int) (models.TemplateVersion, error) {
	return models.TemplateVersion{}, models.NotFound("template", id)
}

// TestAVersionThatIsGone fails the delivery for good, and says so.
func TestAVersionThatIsGone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{templates: templates.NewSet(), policy: policy(10 * time.Second), wrap: func(s *store.Store) engine.Store { return without{s} }})
		id := b.addTemplate("one", "first version")
		b.change(func(c *models.Channel) { c.TemplateID = id })
		b.sender.fail(temporary())
		event := b.publish(`{}`)
		b.recorded(1)
		b.rewrite(id, "second version")
		b.clock.Advance(10 * time.Second)
		a := b.recorded(1)[0]
		if a.Error == nil || a.Error.Code != models.ErrTemplate || !strings.Contains(a.Error.Message, "version 1 of the template "+id.String()) {
			t.Errorf("%+v", a)
		}
		if d := b.delivery(event); d.Status != models.DeliveryFailed {
			t.Errorf("%+v", d)
		}
	})
}

// TestABatchHasOneTemplate, and each of its deliveries records it.
func TestABatchHasOneTemplate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{templates: templates.NewSet(), policy: policy(10 * time.Second)})
		id := b.addTemplate("many", "{{ range .events }}{{ .data.n }};{{ end }}")
		b.change(func(c *models.Channel) {
			c.TemplateID, c.Batching = id, &models.Batching{MaxEvents: 3, MaxWait: time.Hour}
		})
		b.sender.fail(temporary())
		var events []models.Event
		for _, data := range []string{`{"n":1}`, `{"n":2}`, `{"n":3}`} {
			events = append(events, b.publish(data))
		}
		b.recorded(3)
		b.rewrite(id, "another")
		b.clock.Advance(10 * time.Second)
		b.recorded(3)
		bodies := []string{}
		for _, m := range b.sender.got() {
			bodies = append(bodies, string(m.Content.Body))
		}
		if !slices.Equal(bodies, []string{"1;2;3;", "1;2;3;"}) {
			t.Errorf("sent %q", bodies)
		}
		for _, event := range events {
			if d := b.delivery(event); d.Template != (models.TemplateRef{ID: id, Version: 1}) {
				t.Errorf("recorded %v", d.Template)
			}
		}
	})
}

// TestATestEventIsRenderedByTheTemplate that its channel or webhook has.
func TestATestEventIsRenderedByTheTemplate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{templates: templates.NewSet()})
		ofChannel, ofRoute := b.addTemplate("channel", "the channel's"), b.addTemplate("route", "the route's")
		b.change(func(c *models.Channel) { c.TemplateID = ofChannel })
		b.reroute(b.webhook, ofRoute)
		for want, in := range map[string]engine.TestInput{"the channel's": {ChannelID: &b.channel}, "the route's": {WebhookID: &b.webhook}} {
			in.TenantID, in.EventType, in.Data = b.tenant, "order.placed", []byte(`{}`)
			attempts, err := b.engine.SendTest(t.Context(), in)
			b.must(err)
			if got := b.last(); got != want || len(attempts) != 1 || attempts[0].RequestBody != want {
				t.Errorf("sent %s, want %s", got, want)
			}
		}
	})
}
