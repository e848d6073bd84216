package control_test

import (
	"context"
	"database/sql"
	"net/netip"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3/driver"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
	"carillon/testkit"
)

// entries reads the log, newest first.
func (b *bundle) entries(t *testing.T) []models.AuditEntry {
	t.Helper()
	return must(b.store.AuditLog(t.Context(), models.Page{First: models.MaxPage}, models.AuditFilter{}))(t).Nodes
}

func TestEntriesNameWhoAndWhere(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		p := b.principal(t, b.acme, models.ScopeManage)
		channel := b.channel(t, b.acme, "hook")
		ctx := auth.WithAddress(t.Context(), netip.MustParseAddr("2001:db8::7"))
		b.clock.Advance(time.Minute)
		must(b.PauseChannel(ctx, p, channel.ID))(t)
		e := b.entries(t)[0]
		switch {
		case e.Action != models.AuditChannelPause, *e.Target != channel.ID, *e.TenantID != b.acme.ID, !e.CreatedAt.Equal(b.clock.Now()):
			t.Errorf("what and when: %+v", e)
		case e.ActorKind != models.AuditKey, *e.ActorID != p.KeyID, e.ActorName != "test", e.SessionID != nil, *e.Address != "2001:db8::7":
			t.Errorf("who and where: %+v", e)
		}
	})
}

func TestWhatChangesNothingLeavesNoEntry(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		channel, key := b.channel(t, b.acme, "hook"), b.principal(t, b.acme, models.ScopeManage)
		hook := b.webhook(t, b.acme, "w", channel)
		must(b.CreateEventType(t.Context(), b.admin, control.CreateEventType{Name: "a.b"}))(t)
		must(b.ArchiveEventType(t.Context(), b.admin, "a.b"))(t)
		must(b.RevokeApiKey(t.Context(), b.admin, key.KeyID))(t)
		newest := b.entries(t)[0].ID

		must(b.ResumeChannel(t.Context(), b.admin, channel.ID))(t)
		must(b.ResumeWebhook(t.Context(), b.admin, hook.ID))(t)
		must(b.ArchiveEventType(t.Context(), b.admin, "a.b"))(t)
		must(b.RevokeApiKey(t.Context(), b.admin, key.KeyID))(t)
		must(b.store.RevokeApiKey(models.WithAudit(t.Context(), b.admin.Entry(t.Context(), models.AuditKeyRevoke, b.clock.Now())), key.KeyID, b.clock.Now()))(t)
		for name, err := range map[string]error{
			"a name that is taken": errorOf(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "hook",
				Config: control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/"}}})),
			"a channel in use":         b.DeleteChannel(t.Context(), b.admin, channel.ID),
			"a key without the scope":  errorOf(b.PauseChannel(t.Context(), &auth.Principal{TenantID: &b.acme.ID, Scopes: []models.Scope{models.ScopeRead}}, channel.ID)),
			"another tenant's channel": errorOf(b.ChannelSecret(t.Context(), b.principalOf(b.other), channel.ID)),
			"a secret that is not one": errorOf(b.RotateChannelSecret(t.Context(), b.admin, control.RotateChannelSecret{ID: channel.ID, Secret: pointer(models.NewSecret("x"))})),
		} {
			if err == nil {
				t.Errorf("%s was accepted", name)
			}
		}
		if e := b.entries(t)[0]; e.ID != newest {
			t.Errorf("an entry was left: %+v", e)
		}
	})
}

// principalOf is a manager that no store knows.
func (b *bundle) principalOf(tenant models.Tenant) *auth.Principal {
	return &auth.Principal{KeyID: newID(models.PrefixApiKey), TenantID: &tenant.ID, Scopes: []models.Scope{models.ScopeManage}}
}

// TestNothingIsRevealedWithoutAnEntry takes the log away.
func TestNothingIsRevealedWithoutAnEntry(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url)
		channel := b.channel(t, b.acme, "hook")
		before := must(b.ChannelSecret(t.Context(), b.admin, channel.ID))(t)
		keys := len(must(b.store.ApiKeys(t.Context(), models.Page{First: models.MaxPage}, models.ApiKeyFilter{}))(t).Nodes)
		rename(t, url, "ALTER TABLE audit_log RENAME TO away")
		for name, reveal := range map[string]func(context.Context) (models.Secret, error){
			"a signing secret": func(ctx context.Context) (models.Secret, error) { return b.ChannelSecret(ctx, b.admin, channel.ID) },
			"a new signing secret": func(ctx context.Context) (models.Secret, error) {
				return b.RotateChannelSecret(ctx, b.admin, control.RotateChannelSecret{ID: channel.ID})
			},
			"a key": func(ctx context.Context) (models.Secret, error) {
				_, secret, err := b.CreateApiKey(ctx, b.admin, control.CreateApiKey{Name: "k", TenantID: &b.acme.ID, Scopes: []models.Scope{models.ScopeRead}})
				return secret, err
			},
			"a portal session": func(ctx context.Context) (models.Secret, error) {
				session, err := b.CreatePortalSession(ctx, b.admin, control.CreatePortalSession{TenantID: b.acme.ID, TTL: time.Hour})
				return models.NewSecret(session.Token.Reveal() + session.URL.Reveal()), err
			},
		} {
			if secret, err := reveal(t.Context()); err == nil || !secret.Empty() {
				t.Errorf("%s was revealed: %v", name, err)
			}
		}
		rename(t, url, "ALTER TABLE away RENAME TO audit_log")
		if after := must(b.ChannelSecret(t.Context(), b.admin, channel.ID))(t); after != before {
			t.Error("the signing secret was changed")
		}
		if n := len(must(b.store.ApiKeys(t.Context(), models.Page{First: models.MaxPage}, models.ApiKeyFilter{}))(t).Nodes); n != keys {
			t.Errorf("%d keys, want %d", n, keys)
		}
	})
}

// rename runs a statement past the store.
func rename(t *testing.T, url, statement string) {
	t.Helper()
	open := func() (*sql.DB, error) { return sql.Open("pgx", url) }
	if path, sqlite := strings.CutPrefix(url, "sqlite:"); sqlite {
		open = func() (*sql.DB, error) { return driver.Open("file:" + path + "?_pragma=busy_timeout(10000)") }
	}
	db, err := open()
	check(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	check(t, err)
}

func TestStartIsInTheLog(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		must(b.EnsureAdminKey(t.Context(), models.Secret{}))(t)
		must(b.EnsureAdminKey(t.Context(), models.NewSecret("a-setting-that-is-long-enough-for-it-1")))(t)
		must(b.EnsureAdminKey(t.Context(), models.NewSecret("a-setting-that-is-long-enough-for-it-1")))(t)
		must(b.EnsureAdminKey(t.Context(), models.NewSecret("a-setting-that-is-long-enough-for-it-2")))(t)
		var got []string
		for _, e := range b.entries(t) {
			if e.ActorName == "server start" && e.ActorKind == models.AuditServer && e.ActorID == nil && e.TenantID == nil {
				got = append(got, string(e.Action)+" "+string(e.Detail))
			}
		}
		want := []string{
			`key.create {"name":"CARILLON_ADMIN_KEY","scopes":["ADMIN"]}`, `key.revoke {"name":"CARILLON_ADMIN_KEY"}`,
			`key.create {"name":"CARILLON_ADMIN_KEY","scopes":["ADMIN"]}`, `key.create {"name":"first start","scopes":["ADMIN"]}`,
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the start left\n%s", strings.Join(got, "\n"))
		}
	})
}
