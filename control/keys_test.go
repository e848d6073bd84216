package control_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
)

func TestCreateApiKey(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		expires := b.clock.Now().Add(time.Hour)
		key, secret, err := b.CreateApiKey(ctx, b.admin, control.CreateApiKey{Name: "crm", TenantID: &b.acme.ID, ExpiresAt: &expires,
			Scopes: []models.Scope{models.ScopePublish, models.ScopeRead, models.ScopePublish}})
		check(t, err)
		if !slices.Equal(key.Scopes, []models.Scope{models.ScopePublish, models.ScopeRead}) || *key.TenantID != b.acme.ID ||
			!key.ExpiresAt.Equal(expires) || key.Hint != auth.Hint(secret) {
			t.Errorf("got %+v", key)
		}
		a := auth.NewAuthenticator(auth.Config{Store: b.store, Hasher: b.hasher, Now: b.clock.Now})
		defer a.Close()
		p, err := a.Authenticate(ctx, "Bearer "+secret.Reveal())
		if err != nil || p.KeyID != key.ID || *p.TenantID != b.acme.ID || p.KeyName != "crm" {
			t.Errorf("the key opens %+v, %v", p, err)
		}
		b.clock.Advance(time.Hour)
		if _, err := a.Authenticate(ctx, "Bearer "+secret.Reveal()); models.CodeOf(err) != models.CodeUnauthenticated {
			t.Errorf("the expired key: %v", err)
		}
	})
}

func TestApiKeysThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		manager := b.principal(t, b.acme, models.ScopeManage)
		both := b.principal(t, b.acme, models.ScopeManage, models.ScopePublish)
		now := b.clock.Now()
		scopes := func(s ...models.Scope) []models.Scope { return s }
		for name, test := range map[string]struct {
			by    *auth.Principal
			in    control.CreateApiKey
			code  models.Code
			field string
		}{
			"no name":              {b.admin, control.CreateApiKey{Name: " ", Scopes: scopes(models.ScopeAdmin)}, models.CodeBadUserInput, "name"},
			"no scopes":            {b.admin, control.CreateApiKey{Name: "k", TenantID: &b.acme.ID}, models.CodeBadUserInput, "scopes"},
			"an unknown scope":     {b.admin, control.CreateApiKey{Name: "k", TenantID: &b.acme.ID, Scopes: scopes("ROOT")}, models.CodeBadUserInput, "scopes.0"},
			"ADMIN with a tenant":  {b.admin, control.CreateApiKey{Name: "k", TenantID: &b.acme.ID, Scopes: scopes(models.ScopeAdmin)}, models.CodeBadUserInput, "scopes"},
			"no tenant":            {b.admin, control.CreateApiKey{Name: "k", Scopes: scopes(models.ScopeRead)}, models.CodeBadUserInput, "tenantId"},
			"an unknown tenant":    {b.admin, control.CreateApiKey{Name: "k", TenantID: pointer(newID(models.PrefixTenant)), Scopes: scopes(models.ScopeRead)}, models.CodeNotFound, "tenantId"},
			"an id of another":     {b.admin, control.CreateApiKey{Name: "k", TenantID: pointer(newID(models.PrefixApiKey)), Scopes: scopes(models.ScopeRead)}, models.CodeBadUserInput, "tenantId"},
			"over already":         {b.admin, control.CreateApiKey{Name: "k", Scopes: scopes(models.ScopeAdmin), ExpiresAt: &now}, models.CodeBadUserInput, "expiresAt"},
			"more than its own":    {manager, control.CreateApiKey{Name: "k", Scopes: scopes(models.ScopeRead, models.ScopePublish)}, models.CodeForbidden, "scopes.1"},
			"an administrator":     {both, control.CreateApiKey{Name: "k", Scopes: scopes(models.ScopeAdmin)}, models.CodeForbidden, "scopes.0"},
			"for another tenant":   {both, control.CreateApiKey{Name: "k", TenantID: &b.other.ID, Scopes: scopes(models.ScopeRead)}, models.CodeNotFound, ""},
			"for no such tenant":   {both, control.CreateApiKey{Name: "k", TenantID: pointer(newID(models.PrefixTenant)), Scopes: scopes(models.ScopeRead)}, models.CodeNotFound, ""},
			"allowed: own tenant":  {manager, control.CreateApiKey{Name: "k", TenantID: &b.acme.ID, Scopes: scopes(models.ScopeRead)}, "", ""},
			"allowed: implied":     {both, control.CreateApiKey{Name: "k", Scopes: scopes(models.ScopeManage, models.ScopePublish)}, "", ""},
			"allowed: without end": {b.admin, control.CreateApiKey{Name: "k", Scopes: scopes(models.ScopeAdmin, models.ScopeRead)}, "", ""},
		} {
			t.Run(name, func(t *testing.T) {
				key, secret, err := b.CreateApiKey(t.Context(), test.by, test.in)
				if test.code == "" {
					check(t, err)
					if test.by == manager && *key.TenantID != b.acme.ID {
						t.Errorf("got %+v", key)
					}
					return
				}
				wantError(t, err, test.code, test.field)
				if !secret.Empty() {
					t.Error("a secret was returned")
				}
			})
		}
	})
}

func TestRevokeApiKey(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		manager := b.principal(t, b.acme, models.ScopeManage)
		publisher := b.principal(t, b.acme, models.ScopePublish)
		reader := b.principal(t, b.acme, models.ScopeRead)
		foreign := b.principal(t, b.other, models.ScopeManage)

		wantError(t, errorOf(b.RevokeApiKey(ctx, reader, publisher.KeyID)), models.CodeForbidden, "")
		wantError(t, errorOf(b.RevokeApiKey(ctx, foreign, publisher.KeyID)), models.CodeNotFound, "")
		wantError(t, errorOf(b.RevokeApiKey(ctx, manager, newID(models.PrefixApiKey))), models.CodeNotFound, "")
		wantError(t, errorOf(b.RevokeApiKey(ctx, manager, models.ID{})), models.CodeBadUserInput, "id")

		first := must(b.RevokeApiKey(ctx, manager, publisher.KeyID))(t)
		if first.RevokedAt == nil || !b.heardOf(publisher.KeyID) {
			t.Errorf("got %+v", first)
		}
		b.clock.Advance(time.Minute)
		again := must(b.RevokeApiKey(ctx, b.admin, publisher.KeyID))(t)
		if !again.RevokedAt.Equal(*first.RevokedAt) {
			t.Errorf("revoked at %v, then at %v", first.RevokedAt, again.RevokedAt)
		}
		if own := must(b.RevokeApiKey(ctx, reader, reader.KeyID))(t); own.RevokedAt == nil {
			t.Error("a key cannot revoke itself")
		}
	})
}

func TestLastAdministrator(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		b.principal(t, b.acme, models.ScopeManage) // does not count
		soon := b.clock.Now().Add(time.Hour)
		admin := func(expires *time.Time) *auth.Principal {
			key, _, err := b.CreateApiKey(ctx, b.admin, control.CreateApiKey{Name: "a", Scopes: []models.Scope{models.ScopeAdmin}, ExpiresAt: expires})
			check(t, err)
			return &auth.Principal{KeyID: key.ID, Scopes: key.Scopes}
		}
		one, two, brief := admin(nil), admin(nil), admin(&soon)
		manager := b.principal(t, b.acme, models.ScopeManage)
		wantError(t, errorOf(b.RevokeApiKey(ctx, manager, one.KeyID)), models.CodeNotFound, "")
		must(b.RevokeApiKey(ctx, one, one.KeyID))(t)
		b.clock.Advance(time.Hour) // brief is over and does not count any more
		err := errorOf(b.RevokeApiKey(ctx, two, two.KeyID))
		wantError(t, err, models.CodeConflict, "id")
		if err == nil || !strings.Contains(err.Error(), "carillon key create") {
			t.Errorf("no way back is shown: %v", err)
		}
		must(b.RevokeApiKey(ctx, two, brief.KeyID))(t)
		admin(nil)
		must(b.RevokeApiKey(ctx, two, two.KeyID))(t)
	})
}

// Two administrators that revoke each other do not both succeed.
func TestAdministratorsRevokeEachOther(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		var keys [2]*auth.Principal
		for i := range keys {
			key, _, err := b.CreateApiKey(t.Context(), b.admin, control.CreateApiKey{Name: "a", Scopes: []models.Scope{models.ScopeAdmin}})
			check(t, err)
			keys[i] = &auth.Principal{KeyID: key.ID, Scopes: key.Scopes}
		}
		var errs [2]error
		var wg sync.WaitGroup
		for i := range keys {
			wg.Go(func() { errs[i] = errorOf(b.RevokeApiKey(t.Context(), keys[i], keys[1-i].KeyID)) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("got %v and %v", errs[0], errs[1])
		}
	})
}
