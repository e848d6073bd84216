package control_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

func TestWebhooks(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		one, two := b.channel(t, b.acme, "one"), b.channel(t, b.acme, "two")
		owner := b.principal(t, b.acme, models.ScopeManage)
		types := []string{"contact.created", "lead.*", "*"}
		made := must(b.CreateWebhook(ctx, owner, control.CreateWebhook{Name: " spaced ", Description: pointer("d"), EventTypes: types, Routes: routes(two, one)}))(t)
		if made.Name != " spaced " || made.TenantID != b.acme.ID || made.Status != models.WebhookActive ||
			!slices.Equal(made.EventTypes, types) || !slices.Equal(made.Routes, routes(two, one)) {
			t.Errorf("got %+v", made)
		}
		if stored := b.storedWebhook(t, made.ID); !reflect.DeepEqual(stored, made) {
			t.Errorf("stored %+v, answered %+v", stored, made)
		}

		b.clock.Advance(time.Second)
		kept := must(b.UpdateWebhook(ctx, owner, control.UpdateWebhook{ID: made.ID, Name: control.Set("new")}))(t)
		want := made
		want.Name, want.UpdatedAt = "new", kept.UpdatedAt
		if !reflect.DeepEqual(kept, want) || !kept.UpdatedAt.After(made.UpdatedAt) {
			t.Errorf("what was left out did not stay: %+v", kept)
		}
		changed := must(b.UpdateWebhook(ctx, owner, control.UpdateWebhook{ID: made.ID, Description: control.Clear[string](),
			EventTypes: control.Set([]string{"a"}), Routes: control.Set(routes(one))}))(t)
		if changed.Description != "" || !slices.Equal(changed.EventTypes, []string{"a"}) || !slices.Equal(changed.Routes, routes(one)) {
			t.Errorf("got %+v", changed)
		}
		if stored := b.storedWebhook(t, made.ID); !reflect.DeepEqual(stored, changed) {
			t.Errorf("stored %+v, answered %+v", stored, changed)
		}
		check(t, b.DeleteWebhook(ctx, owner, made.ID))
		wantError(t, b.DeleteWebhook(ctx, owner, made.ID), models.CodeNotFound, "")
	})
}

func TestWebhooksThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		channel, foreign, deleted := b.channel(t, b.acme, "c"), b.channel(t, b.other, "c"), b.channel(t, b.acme, "deleted")
		check(t, b.DeleteChannel(ctx, b.admin, deleted.ID))
		existing := b.webhook(t, b.acme, "taken", channel)
		unknown := models.Channel{ID: newID(models.PrefixChannel)}
		wrongKind := models.Channel{ID: existing.ID}
		good := control.CreateWebhook{TenantID: &b.acme.ID, Name: "w", EventTypes: []string{"*"}, Routes: routes(channel)}
		for name, test := range map[string]struct {
			change func(*control.CreateWebhook)
			code   models.Code
			field  string
		}{
			"no name":             {func(in *control.CreateWebhook) { in.Name = "" }, models.CodeBadUserInput, "name"},
			"a blank name":        {func(in *control.CreateWebhook) { in.Name = "  " }, models.CodeBadUserInput, "name"},
			"a name that is used": {func(in *control.CreateWebhook) { in.Name = "taken" }, models.CodeConflict, "name"},
			"no types":            {func(in *control.CreateWebhook) { in.EventTypes = nil }, models.CodeBadUserInput, "eventTypes"},
			"a type with spaces":  {func(in *control.CreateWebhook) { in.EventTypes = []string{"a", " b "} }, models.CodeBadUserInput, "eventTypes.1"},
			"a type twice":        {func(in *control.CreateWebhook) { in.EventTypes = []string{"a", "a"} }, models.CodeBadUserInput, "eventTypes.1"},
			"no routes":           {func(in *control.CreateWebhook) { in.Routes = nil }, models.CodeBadUserInput, "routes"},
			"a channel twice":     {func(in *control.CreateWebhook) { in.Routes = routes(channel, channel) }, models.CodeBadUserInput, "routes.1.channelId"},
			"no such channel":     {func(in *control.CreateWebhook) { in.Routes = routes(channel, unknown) }, models.CodeNotFound, "routes.1.channelId"},
			"another's channel":   {func(in *control.CreateWebhook) { in.Routes = routes(foreign) }, models.CodeNotFound, "routes.0.channelId"},
			"a deleted channel":   {func(in *control.CreateWebhook) { in.Routes = routes(channel, deleted) }, models.CodeNotFound, "routes.1.channelId"},
			"another kind of id":  {func(in *control.CreateWebhook) { in.Routes = routes(wrongKind) }, models.CodeBadUserInput, "routes.0.channelId"},
			"no channel":          {func(in *control.CreateWebhook) { in.Routes = make([]models.Route, 1) }, models.CodeBadUserInput, "routes.0.channelId"},
			"no tenant":           {func(in *control.CreateWebhook) { in.TenantID = nil }, models.CodeBadUserInput, "tenantId"},
			"no such tenant":      {func(in *control.CreateWebhook) { in.TenantID = pointer(newID(models.PrefixTenant)) }, models.CodeNotFound, "tenantId"},
			"a long description":  {func(in *control.CreateWebhook) { in.Description = pointer(strings.Repeat("d", 2001)) }, models.CodeBadUserInput, "description"},
		} {
			in := good
			test.change(&in)
			t.Run(name, func(t *testing.T) {
				wantError(t, errorOf(b.CreateWebhook(ctx, b.admin, in)), test.code, test.field)
			})
		}

		w := b.webhook(t, b.acme, "w", channel)
		for _, test := range []struct {
			in    control.UpdateWebhook
			code  models.Code
			field string
		}{
			{control.UpdateWebhook{Name: control.Set("taken")}, models.CodeConflict, "name"},
			{control.UpdateWebhook{Name: control.Clear[string]()}, models.CodeBadUserInput, "name"},
			{control.UpdateWebhook{EventTypes: control.Clear[[]string]()}, models.CodeBadUserInput, "eventTypes"},
			{control.UpdateWebhook{EventTypes: control.Set([]string{})}, models.CodeBadUserInput, "eventTypes"},
			{control.UpdateWebhook{Routes: control.Clear[[]models.Route]()}, models.CodeBadUserInput, "routes"},
			{control.UpdateWebhook{Routes: control.Set(routes(channel, foreign))}, models.CodeNotFound, "routes.1.channelId"},
			{control.UpdateWebhook{Routes: control.Set(routes(wrongKind))}, models.CodeBadUserInput, "routes.0.channelId"},
		} {
			test.in.ID = w.ID
			wantError(t, errorOf(b.UpdateWebhook(ctx, b.admin, test.in)), test.code, test.field)
		}
		if stored := b.storedWebhook(t, w.ID); !reflect.DeepEqual(stored, w) {
			t.Errorf("a refused update left %+v", stored)
		}
		wantError(t, errorOf(b.UpdateWebhook(ctx, b.admin, control.UpdateWebhook{ID: channel.ID})), models.CodeBadUserInput, "id")
	})
}

func TestNamesAreOfTheirTenant(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		for i, tenant := range []models.Tenant{b.acme, b.other} {
			b.webhook(t, tenant, "same", b.channel(t, tenant, "same"))
			b.webhook(t, tenant, fmt.Sprint(i), b.channel(t, tenant, fmt.Sprint(i)))
		}
	})
}

func TestPauseWebhook(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		w := b.webhook(t, b.acme, "w", b.channel(t, b.acme, "c"))
		b.clock.Advance(time.Second)
		paused := must(b.PauseWebhook(ctx, b.admin, w.ID))(t)
		if paused.Status != models.WebhookPaused || !paused.UpdatedAt.After(w.UpdatedAt) {
			t.Errorf("got %+v", paused)
		}
		b.clock.Advance(time.Second)
		commits := b.commitCount()
		if again := must(b.PauseWebhook(ctx, b.admin, w.ID))(t); !reflect.DeepEqual(again, paused) || b.commitCount() != commits {
			t.Errorf("pausing twice: %+v", again)
		}
		resumed := must(b.ResumeWebhook(ctx, b.admin, w.ID))(t)
		if resumed.Status != models.WebhookActive || !slices.Equal(resumed.Routes, w.Routes) {
			t.Errorf("got %+v", resumed)
		}
		if again := must(b.ResumeWebhook(ctx, b.admin, w.ID))(t); !reflect.DeepEqual(again, resumed) {
			t.Errorf("resuming twice: %+v", again)
		}
	})
}
