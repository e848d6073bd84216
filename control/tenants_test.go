package control_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

func TestTenants(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := must(b.CreateTenant(ctx, b.admin, control.CreateTenant{Name: " Ünï ", ExternalID: pointer("crm-1"),
			Metadata: json.RawMessage(`{ "n": 12345678901234567890, "x": 1.10 }`)}))(t)
		stored := must(b.store.TenantsByID(ctx, []models.ID{made.ID}))(t)[made.ID]
		if made.Name != " Ünï " || *made.ExternalID != "crm-1" || string(made.Metadata) != `{"n":12345678901234567890,"x":1.10}` {
			t.Errorf("got %+v", made)
		}
		if string(stored.Metadata) != string(made.Metadata) || !stored.CreatedAt.Equal(made.CreatedAt) || stored.Name != made.Name {
			t.Errorf("stored %+v, answered %+v", stored, made)
		}

		b.clock.Advance(time.Second)
		kept := must(b.UpdateTenant(ctx, b.admin, control.UpdateTenant{ID: made.ID}))(t)
		if kept.Name != made.Name || *kept.ExternalID != "crm-1" || string(kept.Metadata) != string(made.Metadata) ||
			!kept.UpdatedAt.After(made.UpdatedAt) || !kept.CreatedAt.Equal(made.CreatedAt) {
			t.Errorf("what was left out did not stay: %+v", kept)
		}
		cleared := must(b.UpdateTenant(ctx, b.admin, control.UpdateTenant{ID: made.ID, Name: control.Set("New"),
			ExternalID: control.Clear[string](), Metadata: control.Clear[json.RawMessage]()}))(t)
		if cleared.Name != "New" || cleared.ExternalID != nil || string(cleared.Metadata) != "{}" {
			t.Errorf("got %+v", cleared)
		}
	})
}

func TestTenantDefaults(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		for _, metadata := range []string{"", "null", " null "} {
			made := must(b.CreateTenant(t.Context(), b.admin, control.CreateTenant{Name: "T", Metadata: json.RawMessage(metadata)}))(t)
			if string(made.Metadata) != "{}" || made.ExternalID != nil {
				t.Errorf("got %+v", made)
			}
		}
	})
}

func TestTenantsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		create := func(in control.CreateTenant) error { return errorOf(b.CreateTenant(ctx, b.admin, in)) }
		check(t, create(control.CreateTenant{Name: "A", ExternalID: pointer("taken")}))
		wantError(t, create(control.CreateTenant{Name: "B", ExternalID: pointer("taken")}), models.CodeConflict, "externalId")
		wantError(t, create(control.CreateTenant{Name: ""}), models.CodeBadUserInput, "name")
		wantError(t, create(control.CreateTenant{Name: " \t "}), models.CodeBadUserInput, "name")
		wantError(t, create(control.CreateTenant{Name: strings.Repeat("ä", 201)}), models.CodeBadUserInput, "name")
		wantError(t, create(control.CreateTenant{Name: "\xff"}), models.CodeBadUserInput, "name")
		wantError(t, create(control.CreateTenant{Name: "C", ExternalID: pointer("")}), models.CodeBadUserInput, "externalId")
		wantError(t, create(control.CreateTenant{Name: "C", Metadata: json.RawMessage(`{`)}), models.CodeBadUserInput, "metadata")
		wantError(t, create(control.CreateTenant{Name: "C", Metadata: json.RawMessage(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))}),
			models.CodeBadUserInput, "metadata")
		wantError(t, create(control.CreateTenant{Name: "C", Metadata: json.RawMessage(`"` + strings.Repeat("a", models.MaxMetadata) + `"`)}),
			models.CodePayloadTooLarge, "metadata")

		update := func(in control.UpdateTenant) error { return errorOf(b.UpdateTenant(ctx, b.admin, in)) }
		wantError(t, update(control.UpdateTenant{ID: b.acme.ID, ExternalID: control.Set("taken")}), models.CodeConflict, "externalId")
		wantError(t, update(control.UpdateTenant{ID: b.acme.ID, Name: control.Clear[string]()}), models.CodeBadUserInput, "name")
		wantError(t, update(control.UpdateTenant{ID: newID(models.PrefixTenant)}), models.CodeNotFound, "")
		wantError(t, update(control.UpdateTenant{ID: newID(models.PrefixChannel)}), models.CodeBadUserInput, "id")
		wantError(t, update(control.UpdateTenant{}), models.CodeBadUserInput, "id")
	})
}

func TestDeleteTenant(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		owner := b.principal(t, b.acme, models.ScopeManage)
		channel := b.channel(t, b.acme, "c")
		webhook := b.webhook(t, b.acme, "w", channel)
		check(t, b.DeleteTenant(ctx, b.admin, b.acme.ID))
		if !b.heardOf(models.ID{}) {
			t.Error("nobody was told that keys are over")
		}
		for name, err := range map[string]error{
			"tenant":  b.DeleteTenant(ctx, b.admin, b.acme.ID),
			"update":  errorOf(b.UpdateTenant(ctx, b.admin, control.UpdateTenant{ID: b.acme.ID})),
			"webhook": errorOf(b.PauseWebhook(ctx, owner, webhook.ID)),
			"channel": errorOf(b.PauseChannel(ctx, owner, channel.ID)),
			"key":     errorOf(b.RevokeApiKey(ctx, b.admin, owner.KeyID)),
		} {
			if models.CodeOf(err) != models.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantError(t, errorOf(b.CreateWebhook(ctx, b.admin, control.CreateWebhook{TenantID: &b.acme.ID, Name: "x",
			EventTypes: []string{"*"}, Routes: routes(channel)})), models.CodeNotFound, "tenantId")
		wantError(t, b.DeleteTenant(ctx, b.admin, newID(models.PrefixTenant)), models.CodeNotFound, "")
	})
}
