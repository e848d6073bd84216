package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
)

// things are what the verbs are called on.
type things struct {
	tenant, key, webhook, channel, template models.ID
	eventType                               string
}

// verb is one verb of the control plane, called with input that is right.
type verb struct {
	needs models.Scope
	owned bool // it is about a tenant's things, so that the wall stands before it
	call  func(ctx context.Context, p *auth.Principal, on things) error
}

// verbs lists every verb; TestEveryVerbIsListed holds it complete.
func verbs(c *control.Control) map[string]verb {
	admin, manage := models.ScopeAdmin, models.ScopeManage
	http := control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com"}}
	return map[string]verb{
		"CreateTenant": {admin, false, func(ctx context.Context, p *auth.Principal, _ things) error {
			return errorOf(c.CreateTenant(ctx, p, control.CreateTenant{Name: "n"}))
		}},
		"UpdateTenant": {admin, false, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.UpdateTenant(ctx, p, control.UpdateTenant{ID: on.tenant, Name: control.Set("n")}))
		}},
		"DeleteTenant": {admin, false, func(ctx context.Context, p *auth.Principal, on things) error {
			return c.DeleteTenant(ctx, p, on.tenant)
		}},
		"CreateApiKey": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			_, _, err := c.CreateApiKey(ctx, p, control.CreateApiKey{Name: "n", TenantID: &on.tenant, Scopes: []models.Scope{models.ScopeRead}})
			return err
		}},
		"RevokeApiKey": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.RevokeApiKey(ctx, p, on.key))
		}},
		"CreatePortalSession": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.CreatePortalSession(ctx, p, control.CreatePortalSession{TenantID: on.tenant, TTL: time.Hour}))
		}},
		"CreateEventType": {admin, false, func(ctx context.Context, p *auth.Principal, _ things) error {
			return errorOf(c.CreateEventType(ctx, p, control.CreateEventType{Name: "new.type"}))
		}},
		"UpdateEventType": {admin, false, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.UpdateEventType(ctx, p, control.UpdateEventType{Name: on.eventType}))
		}},
		"ImportEventTypes": {admin, false, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.ImportEventTypes(ctx, p, control.ImportEventTypes{OpenAPI: json.RawMessage(
				`{"openapi":"3.1.0","webhooks":{"imported.type":{"post":{}}}}`)}))
		}},
		"ArchiveEventType": {admin, false, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.ArchiveEventType(ctx, p, on.eventType))
		}},
		"CreateWebhook": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.CreateWebhook(ctx, p, control.CreateWebhook{TenantID: &on.tenant, Name: "new",
				EventTypes: []string{"*"}, Routes: []models.Route{{ChannelID: on.channel}}}))
		}},
		"UpdateWebhook": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.UpdateWebhook(ctx, p, control.UpdateWebhook{ID: on.webhook}))
		}},
		"DeleteWebhook": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return c.DeleteWebhook(ctx, p, on.webhook)
		}},
		"PauseWebhook": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.PauseWebhook(ctx, p, on.webhook))
		}},
		"ResumeWebhook": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.ResumeWebhook(ctx, p, on.webhook))
		}},
		"CreateTemplate": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.CreateTemplate(ctx, p, control.CreateTemplate{TenantID: &on.tenant, Name: "new", Kind: models.KindSMS, Parts: smsParts("x")}))
		}},
		"UpdateTemplate": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.UpdateTemplate(ctx, p, control.UpdateTemplate{ID: on.template}))
		}},
		"DeleteTemplate": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return c.DeleteTemplate(ctx, p, on.template)
		}},
		"RenderTemplate": {models.ScopeRead, true, func(ctx context.Context, p *auth.Principal, on things) error {
			err := errorOf(c.RenderTemplate(ctx, p, control.RenderTemplate{TemplateID: &on.template, Data: json.RawMessage("1")}))
			return withoutField(err)
		}},
		"CreateChannel": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.CreateChannel(ctx, p, control.CreateChannel{TenantID: &on.tenant, Name: "new", Config: http}))
		}},
		"UpdateChannel": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.UpdateChannel(ctx, p, control.UpdateChannel{ID: on.channel}))
		}},
		"DeleteChannel": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return c.DeleteChannel(ctx, p, on.channel)
		}},
		"PauseChannel": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.PauseChannel(ctx, p, on.channel))
		}},
		"ResumeChannel": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.ResumeChannel(ctx, p, on.channel))
		}},
		"LiftSuppression": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.LiftSuppression(ctx, p, control.LiftSuppression{ChannelID: on.channel, Address: suppressed}))
		}},
		"ChannelSecret": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.ChannelSecret(ctx, p, on.channel))
		}},
		"RotateChannelSecret": {manage, true, func(ctx context.Context, p *auth.Principal, on things) error {
			return errorOf(c.RotateChannelSecret(ctx, p, control.RotateChannelSecret{ID: on.channel}))
		}},
	}
}

func TestEveryVerbIsListed(t *testing.T) {
	t.Parallel()
	listed := verbs(nil)
	notVerbs := map[string]bool{"EnsureAdminKey": true} // asked by the server itself
	methods := reflect.TypeFor[*control.Control]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		if _, ok := listed[name]; !ok && !notVerbs[name] {
			t.Errorf("%s is not tested against the wall", name)
		}
	}
}

func (b *bundle) things(t *testing.T, tenant models.Tenant, eventType string) things {
	t.Helper()
	channel := b.channel(t, tenant, "of the webhook")
	must(b.CreateEventType(t.Context(), b.admin, control.CreateEventType{Name: eventType}))(t)
	on := things{tenant: tenant.ID, key: b.principal(t, tenant, models.ScopeRead).KeyID, eventType: eventType,
		webhook: b.webhook(t, tenant, "webhook", channel).ID, channel: b.channel(t, tenant, "channel").ID,
		template: b.template(t, tenant, "template", models.KindSMS, smsParts("x")...).ID}
	b.suppress(t, on)
	return on
}

func TestScopesOfEveryVerb(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		on := b.things(t, b.acme, "a.type")
		all := verbs(b.Control)
		for name, v := range all {
			wantError(t, v.call(t.Context(), nil, on), models.CodeUnauthenticated, "")
			for _, scopes := range [][]models.Scope{{models.ScopePublish}, {models.ScopeRead}, {models.ScopePublish, models.ScopeRead}, {}} {
				p := &auth.Principal{KeyID: newID(models.PrefixApiKey), TenantID: &b.acme.ID, Scopes: scopes}
				if v.needs == models.ScopeRead && slices.Contains(scopes, models.ScopeRead) {
					check(t, v.call(t.Context(), p, on))
					continue
				}
				if err := v.call(t.Context(), p, on); models.CodeOf(err) != models.CodeForbidden || !strings.Contains(err.Error(), string(v.needs)) {
					t.Errorf("%s by a key with %v: %v", name, scopes, err)
				}
			}
			if v.needs == models.ScopeAdmin {
				p := &auth.Principal{KeyID: newID(models.PrefixApiKey), TenantID: &b.acme.ID, Scopes: []models.Scope{models.ScopeManage}}
				wantError(t, v.call(t.Context(), p, on), models.CodeForbidden, "")
			}
		}
		b.allow(t, all, on, func(needs models.Scope) *auth.Principal {
			if needs == models.ScopeAdmin {
				return b.admin
			}
			return &auth.Principal{KeyID: newID(models.PrefixApiKey), TenantID: &b.acme.ID, Scopes: []models.Scope{models.ScopeManage}}
		})
	})
}

// allow calls every verb by a principal that may, those that destroy at the end.
func (b *bundle) allow(t *testing.T, all map[string]verb, on things, by func(needs models.Scope) *auth.Principal) {
	t.Helper()
	last := []string{"DeleteWebhook", "DeleteChannel", "DeleteTemplate", "RevokeApiKey", "DeleteTenant"}
	call := func(name string) {
		t.Helper()
		if name == "CreateWebhook" || name == "DeleteChannel" {
			fresh := b.channel(t, b.acme, "for "+name)
			moved := on
			moved.channel = fresh.ID
			if err := all[name].call(t.Context(), by(all[name].needs), moved); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return
		}
		if err := all[name].call(t.Context(), by(all[name].needs), on); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name := range all {
		if !strings.HasPrefix(name, "Delete") && name != "RevokeApiKey" {
			call(name)
		}
	}
	for _, name := range last {
		call(name)
	}
}

func TestAdministratorsMayEverything(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		on := b.things(t, b.acme, "a.type")
		b.allow(t, verbs(b.Control), on, func(models.Scope) *auth.Principal { return b.admin })
	})
}

// A tenant's key learns nothing of another tenant: what is another's is
// answered, word for word, like what does not exist.
func TestWallOfEveryVerb(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		theirs := b.things(t, b.acme, "a.type")
		nothing := things{tenant: newID(models.PrefixTenant), key: newID(models.PrefixApiKey),
			webhook: newID(models.PrefixWebhook), channel: newID(models.PrefixChannel),
			template: newID(models.PrefixTemplate), eventType: "none"}
		intruder := b.principal(t, b.other, models.ScopeManage, models.ScopePublish)
		commits := b.commitCount()
		for name, v := range verbs(b.Control) {
			if !v.owned {
				continue
			}
			foreign, missing := v.call(t.Context(), intruder, theirs), v.call(t.Context(), intruder, nothing)
			wantError(t, foreign, models.CodeNotFound, "")
			wantError(t, missing, models.CodeNotFound, "")
			if foreign != nil && missing != nil && masked(foreign, theirs) != masked(missing, nothing) {
				t.Errorf("%s: %q for another's, %q for nothing", name, foreign, missing)
			}
		}
		if b.commitCount() != commits {
			t.Error("something was changed")
		}
	})
}

// withoutField drops the field that a query's error names.
func withoutField(err error) error {
	var e *models.Error
	if !errors.As(err, &e) {
		return err
	}
	bare := *e
	bare.Field = ""
	return &bare
}

func masked(err error, on things) string {
	text := err.Error()
	for _, id := range []models.ID{on.tenant, on.key, on.webhook, on.channel, on.template} {
		if !id.IsZero() {
			text = strings.ReplaceAll(text, id.String(), "ID")
		}
	}
	return text
}

// Own webhooks do not lead into another's channels.
func TestWallInRoutes(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		theirs := b.channel(t, b.acme, "c")
		p := b.principal(t, b.other, models.ScopeManage)
		create := func(channel models.ID) error {
			return errorOf(b.CreateWebhook(t.Context(), p, control.CreateWebhook{Name: "w", EventTypes: []string{"*"}, Routes: []models.Route{{ChannelID: channel}}}))
		}
		unknown := newID(models.PrefixChannel)
		foreign, missing := create(theirs.ID), create(unknown)
		wantError(t, foreign, models.CodeNotFound, "routes.0.channelId")
		wantError(t, missing, models.CodeNotFound, "routes.0.channelId")
		if masked(foreign, things{channel: theirs.ID}) != masked(missing, things{channel: unknown}) {
			t.Errorf("%q for another's, %q for nothing", foreign, missing)
		}
	})
}
