package control_test

import (
	"strings"
	"sync"
	"testing"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
)

var setting = models.NewSecret("an-administrator-key-from-the-settings")

func (b *bundle) opens(t *testing.T, secret models.Secret) *auth.Principal {
	t.Helper()
	a := auth.NewAuthenticator(auth.Config{Store: b.store, Hasher: b.hasher, Now: b.clock.Now})
	defer a.Close()
	p, err := a.Authenticate(t.Context(), "Bearer "+secret.Reveal())
	if err != nil && models.CodeOf(err) != models.CodeUnauthenticated {
		t.Fatal(err)
	}
	return p
}

func TestFirstStart(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		secret := must(b.EnsureAdminKey(t.Context(), models.Secret{}))(t)
		if p := b.opens(t, secret); p == nil || !p.Allows(models.ScopeAdmin) || p.TenantID != nil {
			t.Errorf("the key opens %+v", p)
		}
		if again := must(b.EnsureAdminKey(t.Context(), models.Secret{}))(t); !again.Empty() {
			t.Error("a second key was made")
		}
	})
}

func TestNodesThatStartAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		var made [3]models.Secret
		var errs [3]error
		var wg sync.WaitGroup
		for i := range made {
			wg.Go(func() { made[i], errs[i] = b.node(models.ConfigRules{}).EnsureAdminKey(t.Context(), models.Secret{}) })
		}
		wg.Wait()
		shown := 0
		for i := range made {
			check(t, errs[i])
			if !made[i].Empty() {
				shown++
				if b.opens(t, made[i]) == nil {
					t.Error("the key that is shown opens nothing")
				}
			}
		}
		if shown != 1 {
			t.Errorf("%d nodes show a key", shown)
		}
	})
}

func TestAdminKeyFromTheSettings(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		ensure := func(s models.Secret) {
			t.Helper()
			if made := must(b.EnsureAdminKey(ctx, s))(t); !made.Empty() {
				t.Error("a key was made beside the setting")
			}
		}
		ensure(setting)
		first := b.opens(t, setting)
		ensure(setting)
		if again := b.opens(t, setting); first == nil || again == nil || again.KeyID != first.KeyID || !again.Allows(models.ScopeAdmin) {
			t.Fatalf("got %+v, then %+v", first, again)
		}
		changed := models.NewSecret(setting.Reveal() + "-changed")
		ensure(changed)
		if b.opens(t, setting) != nil || b.opens(t, changed) == nil || !b.heardOf(first.KeyID) {
			t.Error("the changed setting did not take the former one's place")
		}
		ensure(models.Secret{}) // there is an administrator, so that none is made
		if b.opens(t, changed) == nil {
			t.Error("the key went with the setting")
		}
		ensure(setting)
		if b.opens(t, setting) == nil || b.opens(t, changed) != nil {
			t.Error("the setting cannot be changed back")
		}
	})
}

func TestSettingOnSeveralNodes(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		var errs [3]error
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = b.node(models.ConfigRules{}).EnsureAdminKey(t.Context(), setting) })
		}
		wg.Wait()
		for _, err := range errs {
			check(t, err)
		}
		if b.opens(t, setting) == nil {
			t.Error("the setting opens nothing")
		}
	})
}

// The key that the first start showed may be put into the settings.
func TestSettingIsAKeyThatExists(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		secret := must(b.EnsureAdminKey(ctx, models.Secret{}))(t)
		before := b.opens(t, secret)
		must(b.EnsureAdminKey(ctx, secret))(t)
		if after := b.opens(t, secret); after == nil || after.KeyID != before.KeyID {
			t.Errorf("got %+v", after)
		}
		_, tenants, err := b.CreateApiKey(ctx, b.admin, control.CreateApiKey{Name: "k", TenantID: &b.acme.ID, Scopes: []models.Scope{models.ScopeRead}})
		check(t, err)
		for _, bad := range []models.Secret{tenants, models.NewSecret("a key with spaces that is long enough"), models.NewSecret("schlüssel-der-lang-genug-ist-für-alle")} {
			_, err := b.EnsureAdminKey(ctx, bad)
			if err == nil || !strings.Contains(err.Error(), "CARILLON_ADMIN_KEY") || strings.Contains(err.Error(), bad.Reveal()) {
				t.Errorf("got %v", err)
			}
		}
	})
}
