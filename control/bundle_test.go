package control_test

import (
	"errors"
	"os"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

func TestMain(m *testing.M) {
	os.Exit(testkit.Main(m, func() error { return goleak.Find() }))
}

// each runs the test on a fresh bundle for each kind of database.
func each(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) { test(t, setup(t, url)) })
}

// bundle is a Control over a real store, with a clock that the test moves, two
// tenants and an administrator.
type bundle struct {
	*control.Control
	store    *store.Store
	hasher   *auth.Hasher
	sessions *auth.Sessions
	clock    *testkit.Clock
	admin    *auth.Principal

	mu      sync.Mutex
	revoked []models.ID // as KeysRevoked heard; zero for any key
	commits []models.Commit

	acme, other models.Tenant
}

func setup(t *testing.T, url string) *bundle {
	t.Helper()
	b := &bundle{hasher: auth.NewHasher([]byte("pepper")), sessions: auth.NewSessions([]byte("session key")), clock: testkit.NewClock(), admin: auth.System()}
	keys, err := store.ParseKeyring(store.NewEncryptionKey())
	check(t, err)
	b.store, err = store.Open(t.Context(), store.Config{URL: url, Keys: keys, OnCommit: func(c models.Commit) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.commits = append(b.commits, c)
	}})
	check(t, err)
	t.Cleanup(func() { check(t, b.store.Close()) })
	check(t, b.store.MigrateUp(t.Context()))
	b.Control = b.node(models.ConfigRules{})
	b.acme = must(b.CreateTenant(t.Context(), b.admin, control.CreateTenant{Name: "Acme"}))(t)
	b.other = must(b.CreateTenant(t.Context(), b.admin, control.CreateTenant{Name: "Other"}))(t)
	return b
}

// node is a Control over the same store, as another node would have.
func (b *bundle) node(rules models.ConfigRules) *control.Control {
	return control.New(control.Config{Store: b.store, Hasher: b.hasher, Sessions: b.sessions, Rules: rules, Now: b.clock.Now,
		URL: func() string { return "https://carillon.example.com" },
		KeysRevoked: func(ids ...models.ID) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if len(ids) == 0 {
				ids = []models.ID{{}}
			}
			b.revoked = append(b.revoked, ids...)
		}})
}

func (b *bundle) heardOf(id models.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.revoked, id)
}

func (b *bundle) commitCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.commits)
}

// principal is a key of the tenant, really stored.
func (b *bundle) principal(t *testing.T, tenant models.Tenant, scopes ...models.Scope) *auth.Principal {
	t.Helper()
	key, _, err := b.CreateApiKey(t.Context(), b.admin, control.CreateApiKey{Name: "test", TenantID: &tenant.ID, Scopes: scopes})
	check(t, err)
	return &auth.Principal{KeyID: key.ID, KeyName: key.Name, TenantID: &tenant.ID, Scopes: scopes}
}

func (b *bundle) channel(t *testing.T, tenant models.Tenant, name string) models.Channel {
	t.Helper()
	return must(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &tenant.ID, Name: name,
		Config: control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/hook"}}}))(t)
}

func (b *bundle) webhook(t *testing.T, tenant models.Tenant, name string, channels ...models.Channel) models.Webhook {
	t.Helper()
	return must(b.CreateWebhook(t.Context(), b.admin, control.CreateWebhook{TenantID: &tenant.ID, Name: name,
		EventTypes: []string{"*"}, Routes: routes(channels...)}))(t)
}

func (b *bundle) template(t *testing.T, tenant models.Tenant, name string, kind models.ChannelKind, parts ...models.TemplatePart) models.Template {
	t.Helper()
	return must(b.CreateTemplate(t.Context(), b.admin, control.CreateTemplate{TenantID: &tenant.ID, Name: name, Kind: kind, Parts: parts}))(t)
}

func smsParts(text string) []models.TemplatePart {
	return []models.TemplatePart{{Name: models.PartText, Source: text}}
}

func bodyParts(body string) []models.TemplatePart {
	return []models.TemplatePart{{Name: models.PartBody, Source: body}}
}

func routes(channels ...models.Channel) []models.Route {
	list := make([]models.Route, len(channels))
	for i := range channels {
		list[i].ChannelID = channels[i].ID
	}
	return list
}

func (b *bundle) storedWebhook(t *testing.T, id models.ID) models.Webhook {
	t.Helper()
	return must(b.store.WebhooksByID(t.Context(), []models.ID{id}))(t)[id]
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must takes the error off an answer.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

// wantError compares the code and the field.
func wantError(t *testing.T, err error, code models.Code, field string) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		t.Errorf("got %v (%s), want %s on %q", err, models.CodeOf(err), code, field)
	}
}

// errorOf drops the answer.
func errorOf[T any](_ T, err error) error { return err }

func pointer[T any](v T) *T { return &v }

// newID is an id of nothing that is stored.
func newID(p models.Prefix) models.ID { return models.NewID(p) }
