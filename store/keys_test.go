package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

func TestApiKeys(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		expires := n.now.Add(time.Hour)
		want := n.key(&n.tenant, "backend")
		want.ExpiresAt = &expires
		n.must(n.CreateApiKey(ctx, want, ""))
		got, err := n.KeyByHash(ctx, want.Hash)
		n.must(err)
		same(t, got, want)

		double := n.key(nil, "same secret")
		double.Hash = want.Hash
		refused(t, n.CreateApiKey(ctx, double, ""), models.CodeConflict, "")
		stranger := models.NewID(models.PrefixTenant)
		refused(t, n.CreateApiKey(ctx, n.key(&stranger, "k"), ""), models.CodeNotFound, "tenantId")

		for _, at := range []time.Duration{time.Minute, 2 * time.Minute, time.Second} {
			n.must(n.TouchKey(ctx, want.ID, n.now.Add(at)))
		}
		used := n.now.Add(2 * time.Minute)
		want.LastUsedAt = &used
		byID, err := n.ApiKeysByID(ctx, []models.ID{want.ID, models.NewID(models.PrefixApiKey)})
		n.must(err)
		same(t, byID, map[models.ID]models.ApiKey{want.ID: want})

		revoked, err := n.RevokeApiKey(ctx, want.ID, n.now)
		n.must(err)
		again, err := n.RevokeApiKey(ctx, want.ID, n.now.Add(time.Hour))
		n.must(err)
		if revoked.RevokedAt == nil || !revoked.RevokedAt.Equal(n.now) || !again.RevokedAt.Equal(n.now) {
			t.Errorf("revoked at %v, then %v", revoked.RevokedAt, again.RevokedAt)
		}
		_, err = n.KeyByHash(ctx, want.Hash)
		refused(t, err, models.CodeNotFound, "")
		n.must(n.CreateApiKey(ctx, double, "")) // the secret may be named again
		_, err = n.RevokeApiKey(ctx, models.NewID(models.PrefixApiKey), n.now)
		refused(t, err, models.CodeNotFound, "")

		list := func(tenant *models.ID) string {
			c, err := n.ApiKeys(ctx, models.Page{First: 10}, models.ApiKeyFilter{TenantID: tenant})
			return names(t, c, err, func(k models.ApiKey) string { return k.Name })
		}
		other := n.newTenant("Other")
		n.newKey(&other, "theirs")
		if got := fmt.Sprint(list(nil), ", ", list(&n.tenant), ", ", list(&other)); got != "backend same secret theirs, backend, theirs" {
			t.Errorf("lists %s", got)
		}
	})
}

// Several nodes start at once: one of them makes the administrator's key.
func TestKeyOfOriginIsMadeOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		n.newKey(&n.tenant, "no administrator's")
		if exists, err := n.AdminKeyExists(ctx); err != nil || exists {
			t.Fatalf("an administrator's key exists: %v, %v", exists, err)
		}
		_, err := n.KeyByOrigin(ctx, "first-start")
		refused(t, err, models.CodeNotFound, "")

		var nodes sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			nodes.Go(func() { errs[i] = n.CreateApiKey(ctx, n.key(nil, "admin"), "first-start") })
		}
		nodes.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
			} else if models.CodeOf(err) != models.CodeConflict {
				t.Errorf("got %v", err)
			}
		}
		if made != 1 {
			t.Errorf("made %d keys", made)
		}
		k, err := n.KeyByOrigin(ctx, "first-start")
		n.must(err)
		if exists, err := n.AdminKeyExists(ctx); err != nil || !exists {
			t.Errorf("no administrator's key exists: %v", err)
		}
		_, err = n.RevokeApiKey(ctx, k.ID, n.now)
		n.must(err)
		if exists, err := n.AdminKeyExists(ctx); err != nil || exists {
			t.Errorf("a revoked key counts: %v", err)
		}
		k.ID, k.RevokedAt = models.NewID(models.PrefixApiKey), nil
		k.Hash = []byte("new")
		n.must(n.CreateApiKey(ctx, k, "first-start"))
	})
}

func TestServerSecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		var nodes sync.WaitGroup
		got := make([]string, 8)
		for i := range got {
			nodes.Go(func() {
				secret, err := n.ServerSecret(ctx, "pepper", func() []byte { return fmt.Appendf(nil, "secret-of-%d", i) })
				if err != nil {
					t.Error(err)
				}
				got[i] = string(secret)
			})
		}
		nodes.Wait()
		for _, secret := range got {
			if secret == "" || secret != got[0] {
				t.Fatalf("the nodes have %q", got)
			}
		}
		other, err := n.ServerSecret(ctx, "other", func() []byte { return []byte("x") })
		n.must(err)
		if string(other) != "x" {
			t.Errorf("another name has %q", other)
		}

		stranger := openWith(t, url, store.NewEncryptionKey())
		if secret, err := stranger.ServerSecret(ctx, "pepper", func() []byte { return []byte("mine") }); err == nil {
			t.Errorf("another key opens %q", secret)
		}
		if _, err := openWith(t, url, "").ServerSecret(ctx, "pepper", nil); err == nil {
			t.Error("no key opens it too")
		}
	})
}

// openWith opens the same database under other keys; none for the empty setting.
func openWith(t *testing.T, url, keys string) *store.Store {
	t.Helper()
	config := store.Config{URL: url}
	if keys != "" {
		config.Keys = mustRing(t, keys)
	}
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		n.told()
		want := models.EventType{ID: models.NewID(models.PrefixEventType), Name: "contact.created", Description: "made\nnew", Group: "contact", Version: "1",
			Schema: []byte(`{"type":"object"}`), Example: []byte(`{"n":1.10}`), CreatedAt: n.now, UpdatedAt: n.now}
		n.must(n.CreateEventType(ctx, want))
		if told := n.told(); len(told) != 1 || !told[0].Catalog {
			t.Errorf("told %+v", told)
		}
		got, err := n.EventTypeByName(ctx, want.Name)
		n.must(err)
		same(t, got, want)
		double := want
		double.ID = models.NewID(models.PrefixEventType)
		refused(t, n.CreateEventType(ctx, double), models.CodeConflict, "name")

		updated, err := n.UpdateEventType(ctx, want.Name, func(e *models.EventType) error {
			e.Schema, e.Example, e.ArchivedAt, e.Version, e.Name = nil, nil, &n.now, "2", "not.changed"
			return nil
		})
		n.must(err)
		want.Schema, want.Example, want.ArchivedAt, want.Version = nil, nil, &n.now, "2"
		same(t, updated, want)
		byID, err := n.EventTypesByID(ctx, []models.ID{want.ID})
		n.must(err)
		same(t, byID[want.ID], want)
		no := errors.New("no")
		if _, err := n.UpdateEventType(ctx, want.Name, func(*models.EventType) error { return no }); !errors.Is(err, no) {
			t.Errorf("fn's error came back as %v", err)
		}
		for _, name := range []string{"unknown", "", "a\x00b", "\xff"} {
			_, err := n.EventTypeByName(ctx, name)
			refused(t, err, models.CodeNotFound, "")
			_, err = n.UpdateEventType(ctx, name, func(*models.EventType) error { return nil })
			refused(t, err, models.CodeNotFound, "")
		}

		for _, name := range []string{"lead.created", "lead.deleted"} {
			n.must(n.CreateEventType(ctx, models.EventType{ID: models.NewID(models.PrefixEventType), Name: name, Group: "lead", Version: "1"}))
		}
		lead := "lead"
		for want, f := range map[string]models.EventTypeFilter{
			"lead.created lead.deleted":                 {},
			"contact.created lead.created lead.deleted": {IncludeArchived: true},
			"lead.deleted":                              {Search: "DELETED", Group: &lead},
			"contact.created":                           {Search: "made", IncludeArchived: true},
			"":                                          {Search: "contact"},
		} {
			c, err := n.EventTypes(ctx, models.Page{First: 10}, f)
			if got := names(t, c, err, func(e models.EventType) string { return e.Name }); got != want {
				t.Errorf("%+v lists %q, want %q", f, got, want)
			}
		}
		list := func(ctx context.Context, page models.Page) (models.Connection[models.EventType], error) {
			return n.EventTypes(ctx, page, models.EventTypeFilter{})
		}
		if keys := paged(t, 1, list, func(e models.EventType) string { return e.Name }); fmt.Sprint(keys) != "[lead.created lead.deleted]" {
			t.Errorf("pages give %v", keys)
		}
	})
}
