package control_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
)

// opens is who a session's token lets in, on a node of its own.
func (b *bundle) sessionOpens(t *testing.T, token models.Secret) (*auth.Principal, error) {
	t.Helper()
	a := auth.NewAuthenticator(auth.Config{Store: b.store, Hasher: b.hasher, Sessions: b.sessions, Now: b.clock.Now})
	defer a.Close()
	return a.Authenticate(t.Context(), "Bearer "+token.Reveal())
}

func (b *bundle) wantOver(t *testing.T, token models.Secret, word string) {
	t.Helper()
	if p, err := b.sessionOpens(t, token); models.CodeOf(err) != models.CodeUnauthenticated || !strings.Contains(err.Error(), word) {
		t.Errorf("got %+v, %v; want UNAUTHENTICATED with %q", p, err, word)
	}
}

func TestCreatePortalSession(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		manager := b.principal(t, b.acme, models.ScopeManage)
		now := b.clock.Now()
		made := must(b.CreatePortalSession(t.Context(), manager, control.CreatePortalSession{TenantID: b.acme.ID, TTL: time.Hour}))(t)
		if made.URL.Reveal() != "https://carillon.example.com/portal#token="+made.Token.Reveal() || !made.ExpiresAt.Equal(now.Add(time.Hour).Truncate(time.Millisecond)) {
			t.Errorf("got %s until %s", made.URL.Reveal(), made.ExpiresAt)
		}
		p := must(b.sessionOpens(t, made.Token))(t)
		if !p.Portal() || *p.TenantID != b.acme.ID || p.KeyID != manager.KeyID || !p.ExpiresAt.Equal(made.ExpiresAt) ||
			!slices.Equal(p.Scopes, []models.Scope{models.ScopeManage, models.ScopeRead}) {
			t.Errorf("it opens %+v", p)
		}
		again := must(b.CreatePortalSession(t.Context(), manager, control.CreatePortalSession{TenantID: b.acme.ID, TTL: time.Hour}))(t)
		if again.Token == made.Token {
			t.Error("two sessions are one")
		}
		b.clock.Advance(time.Hour)
		b.wantOver(t, made.Token, "expired")
	})
}

func TestPortalSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		one, two := b.principal(t, b.acme, models.ScopeManage), b.principal(t, b.acme, models.ScopeManage)
		in := control.CreatePortalSession{TenantID: b.acme.ID, TTL: time.Hour}
		ofOne, ofTwo := must(b.CreatePortalSession(ctx, one, in))(t), must(b.CreatePortalSession(ctx, two, in))(t)
		ofServer := must(b.CreatePortalSession(ctx, b.admin, in))(t)
		must(b.RevokeApiKey(ctx, b.admin, one.KeyID))(t)
		b.wantOver(t, ofOne.Token, "ended")
		for _, made := range []control.PortalSession{ofTwo, ofServer} {
			must(b.sessionOpens(t, made.Token))(t)
		}
		check(t, b.DeleteTenant(ctx, b.admin, b.acme.ID))
		for _, made := range []control.PortalSession{ofOne, ofTwo, ofServer} {
			b.wantOver(t, made.Token, "ended")
		}
	})
}

// The end that is told is the end: a key takes its sessions along.
func TestPortalSessionsEndBeforeTheirKeyDoes(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		soon := b.clock.Now().Add(10 * time.Minute).Truncate(time.Millisecond)
		p := b.principal(t, b.acme, models.ScopeManage)
		p.ExpiresAt = &soon
		made := must(b.CreatePortalSession(t.Context(), p, control.CreatePortalSession{TenantID: b.acme.ID, TTL: time.Hour}))(t)
		if !made.ExpiresAt.Equal(soon) {
			t.Errorf("it says %s, the key ends at %s", made.ExpiresAt, soon)
		}
	})
}

func TestPortalSessionsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		manager := b.principal(t, b.acme, models.ScopeManage)
		both := b.principal(t, b.acme, models.ScopeManage, models.ScopePublish)
		until := b.clock.Now().Add(time.Hour)
		portal := &auth.Principal{SessionID: newID(models.PrefixSession), TenantID: &b.acme.ID, Scopes: both.Scopes, ExpiresAt: &until}
		admin := &auth.Principal{SessionID: newID(models.PrefixSession), Scopes: []models.Scope{models.ScopeAdmin}, ExpiresAt: &until}
		scopes := func(s ...models.Scope) []models.Scope { return append([]models.Scope{}, s...) }
		acme := b.acme.ID
		for name, test := range map[string]struct {
			by    *auth.Principal
			in    control.CreatePortalSession
			code  models.Code
			field string
		}{
			"too short":               {manager, control.CreatePortalSession{TenantID: acme, TTL: time.Minute - 1}, models.CodeBadUserInput, "ttl"},
			"too long":                {b.admin, control.CreatePortalSession{TenantID: acme, TTL: 24*time.Hour + 1}, models.CodeBadUserInput, "ttl"},
			"before now":              {b.admin, control.CreatePortalSession{TenantID: acme, TTL: -time.Hour}, models.CodeBadUserInput, "ttl"},
			"no scopes":               {manager, control.CreatePortalSession{TenantID: acme, TTL: time.Hour, Scopes: scopes()}, models.CodeBadUserInput, "scopes"},
			"ADMIN, by a manager":     {manager, control.CreatePortalSession{TenantID: acme, TTL: time.Hour, Scopes: scopes(models.ScopeAdmin)}, models.CodeBadUserInput, "scopes"},
			"ADMIN, by its like":      {b.admin, control.CreatePortalSession{TenantID: acme, TTL: time.Hour, Scopes: scopes(models.ScopeRead, models.ScopeAdmin)}, models.CodeBadUserInput, "scopes"},
			"an unknown scope":        {b.admin, control.CreatePortalSession{TenantID: acme, TTL: time.Hour, Scopes: scopes("ROOT")}, models.CodeBadUserInput, "scopes.0"},
			"more than its own":       {manager, control.CreatePortalSession{TenantID: acme, TTL: time.Hour, Scopes: scopes(models.ScopeRead, models.ScopePublish)}, models.CodeForbidden, "scopes.1"},
			"another tenant":          {both, control.CreatePortalSession{TenantID: b.other.ID, TTL: time.Hour}, models.CodeNotFound, ""},
			"no such tenant":          {b.admin, control.CreatePortalSession{TenantID: newID(models.PrefixTenant), TTL: time.Hour}, models.CodeNotFound, ""},
			"an id of another kind":   {b.admin, control.CreatePortalSession{TenantID: newID(models.PrefixApiKey), TTL: time.Hour}, models.CodeBadUserInput, "tenantId"},
			"a portal":                {portal, control.CreatePortalSession{TenantID: acme, TTL: time.Hour}, models.CodeForbidden, ""},
			"allowed: least":          {manager, control.CreatePortalSession{TenantID: acme, TTL: time.Minute, Scopes: scopes(models.ScopeRead)}, "", ""},
			"allowed: most":           {both, control.CreatePortalSession{TenantID: acme, TTL: 24 * time.Hour, Scopes: scopes(models.ScopePublish, models.ScopeManage)}, "", ""},
			"allowed: twice":          {both, control.CreatePortalSession{TenantID: acme, TTL: time.Hour, Scopes: scopes(models.ScopeRead, models.ScopeRead)}, "", ""},
			"allowed: any tenant":     {b.admin, control.CreatePortalSession{TenantID: b.other.ID, TTL: time.Hour, Scopes: scopes(models.ScopePublish)}, "", ""},
			"allowed: a login's link": {admin, control.CreatePortalSession{TenantID: acme, TTL: 24 * time.Hour}, "", ""},
		} {
			t.Run(name, func(t *testing.T) {
				made, err := b.CreatePortalSession(t.Context(), test.by, test.in)
				if test.code != "" {
					wantError(t, err, test.code, test.field)
					if made != (control.PortalSession{}) {
						t.Error("a session was returned")
					}
					return
				}
				check(t, err)
				must(b.sessionOpens(t, made.Token))(t)
			})
		}
	})
}

// A portal with every scope that it can have may do what a key of the tenant
// may, but for keys and sessions.
func TestPortalsMakeNoKeys(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		on := b.things(t, b.acme, "a.type")
		all := verbs(b.Control)
		until := b.clock.Now().Add(time.Hour)
		portal := &auth.Principal{SessionID: newID(models.PrefixSession), KeyID: on.key, TenantID: &b.acme.ID, ExpiresAt: &until,
			Scopes: []models.Scope{models.ScopeManage, models.ScopePublish, models.ScopeRead}}
		for name, doing := range map[string]string{
			"CreateApiKey": "make API keys", "RevokeApiKey": "revoke API keys", "CreatePortalSession": "make portal sessions",
		} {
			err := all[name].call(t.Context(), portal, on)
			wantError(t, err, models.CodeForbidden, "")
			if err == nil || !strings.Contains(err.Error(), "a portal session cannot "+doing) {
				t.Errorf("%s: %v", name, err)
			}
			delete(all, name)
		}
		for name, v := range all {
			if v.needs == models.ScopeAdmin {
				wantError(t, v.call(t.Context(), portal, on), models.CodeForbidden, "")
			} else if !strings.HasPrefix(name, "Delete") && name != "CreateWebhook" {
				check(t, v.call(t.Context(), portal, on))
			}
		}
	})
}
