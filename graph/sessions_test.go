package graph_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/graph"
	"carillon/models"
)

// portalOf is a session of the tenant, made by some key.
func portalOf(tenant models.ID, until time.Time, scopes ...models.Scope) *auth.Principal {
	return &auth.Principal{SessionID: models.NewID(models.PrefixSession), KeyID: models.NewID(models.PrefixApiKey), KeyName: "portal session",
		TenantID: &tenant, Scopes: scopes, ExpiresAt: &until}
}

func (c *fakeControl) CreatePortalSession(_ context.Context, _ *auth.Principal, in control.CreatePortalSession) (control.PortalSession, error) {
	c.got = in
	return control.PortalSession{URL: models.NewSecret("https://example.com/portal#token=cs_x"), Token: models.NewSecret("cs_x"), ExpiresAt: publishedAt}, c.err
}

func TestCreatePortalSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	const create = `mutation($in: CreatePortalSessionInput!) { createPortalSession(input: $in) { url token expiresAt } }`
	got := b.do(t, admin(), create, `{"in": {"tenantId": "`+tenant.String()+`"}}`).data(t)
	if got != `{"createPortalSession":{"url":"https://example.com/portal#token=cs_x","token":"cs_x","expiresAt":"2026-11-20T12:00:00.123Z"}}` {
		t.Error(got)
	}
	in := b.control.got.(control.CreatePortalSession)
	if in.TenantID != tenant || in.TTL != time.Hour || len(in.Scopes) != 2 || in.Scopes[0] != models.ScopeManage || in.Scopes[1] != models.ScopeRead {
		t.Errorf("the defaults are %+v", in)
	}
	b.do(t, admin(), create, `{"in": {"tenantId": "`+tenant.String()+`", "scopes": [], "ttl": "90s"}}`).data(t)
	if in := b.control.got.(control.CreatePortalSession); in.Scopes == nil || len(in.Scopes) != 0 || in.TTL != 90*time.Second {
		t.Errorf("got %+v; an empty list is not the default", in)
	}
	b.do(t, admin(), create, `{"in": {"tenantId": "`+tenant.String()+`", "ttl": "soon"}}`).refused(t, models.CodeBadUserInput, "ttl")
	b.do(t, admin(), create, `{"in": {"tenantId": "`+models.NewID(models.PrefixApiKey).String()+`"}}`).refused(t, models.CodeBadUserInput, "tenantId")
	b.control.err = models.Invalid("ttl", "is out of range")
	b.do(t, admin(), create, `{"in": {"tenantId": "`+tenant.String()+`", "ttl": "1s"}}`).refused(t, models.CodeBadUserInput, "ttl")
	for _, p := range []*auth.Principal{keyOf(tenant, models.ScopeRead), keyOf(tenant, models.ScopePublish)} {
		b.do(t, p, create, `{"in": {"tenantId": "`+tenant.String()+`"}}`).refused(t, models.CodeForbidden, "")
	}
}

func TestViewer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	b.reader.tenants[tenant] = models.Tenant{ID: tenant, Name: "Acme"}
	named := keyOf(tenant, models.ScopeRead)
	named.KeyName = "crm"
	for want, p := range map[string]*auth.Principal{
		`{"viewer":{"name":"crm","tenant":{"name":"Acme"},"scopes":["READ"],"expiresAt":null}}`: named,
		`{"viewer":{"name":"portal session","tenant":{"name":"Acme"},"scopes":["PUBLISH"],"expiresAt":"2026-11-20T12:00:00.123Z"}}`: portalOf(
			tenant, publishedAt, models.ScopePublish),
	} {
		if got := b.do(t, p, `{ viewer { name tenant { name } scopes expiresAt } }`, ``).data(t); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A portal sees no keys, by whatever way.
func TestPortalsSeeNoKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	key := models.ApiKey{ID: models.NewID(models.PrefixApiKey), Name: "crm", TenantID: &tenant}
	b.reader.keys[key.ID] = key
	p := portalOf(tenant, time.Now().Add(time.Hour), models.ScopeManage)
	err := b.do(t, p, `{ apiKeys { nodes { id } } }`, ``).refused(t, models.CodeForbidden, "")
	if !strings.Contains(err.Message, "a portal session cannot list API keys") {
		t.Error(err.Message)
	}
	node := `{ node(id: "` + key.ID.String() + `") { id } }`
	if got := b.do(t, p, node, ``).data(t); got != `{"node":null}` {
		t.Error(got)
	}
	if got := b.do(t, keyOf(tenant, models.ScopeRead), node, ``).data(t); got == `{"node":null}` {
		t.Error("a key of the tenant does not see it either")
	}
}

const updated = `subscription { deliveryUpdated { status } }`

// follows subscribes and proves that the subscription runs.
func (l *liveBundle) follows(t *testing.T, p *auth.Principal) feed {
	t.Helper()
	f := subscribe(t, l.exec, p, updated, ``)
	l.board.Post([]models.Delivery{{TenantID: *p.TenantID, Status: models.DeliveryFailed}})
	f.takes(t, `{"deliveryUpdated":{"status":"FAILED"}}`)
	return f
}

func (l *liveBundle) endsWith(t *testing.T, f feed, word string) {
	t.Helper()
	if resp := f.next(); resp != nil {
		t.Fatalf("a message after the end: %+v", resp)
	}
	l.api.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if models.CodeOf(l.ended) != models.CodeUnauthenticated || !strings.Contains(l.ended.Error(), word) {
		t.Fatalf("it ended with %v", l.ended)
	}
}

// The end is known beforehand: no round is needed for it.
func TestSubscriptionsEndOnTime(t *testing.T) {
	t.Parallel()
	tenant := models.NewID(models.PrefixTenant)
	withEnd := func(soon time.Time) *auth.Principal {
		p := keyOf(tenant, models.ScopeRead)
		p.ExpiresAt = &soon
		return p
	}
	session := func(soon time.Time) *auth.Principal { return portalOf(tenant, soon, models.ScopeRead) }
	for word, principal := range map[string]func(time.Time) *auth.Principal{
		"this session has expired": session, "this API key has expired": withEnd,
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			l := setupLive(t, func(cfg *graph.Config) { cfg.Recheck = time.Hour })
			soon := time.Now().Add(2 * time.Second) // time enough to subscribe, also on a busy machine
			l.endsWith(t, l.follows(t, principal(soon)), word)
			if time.Now().Before(soon) {
				t.Error("it ended early")
			}
		})
	}
}

func TestSubscriptionsEndWithWhatTheirSessionStandsOn(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*fakeReader, *auth.Principal){
		"the tenant": func(r *fakeReader, p *auth.Principal) { delete(r.tenants, *p.TenantID) },
		"the key":    func(r *fakeReader, p *auth.Principal) { delete(r.keys, p.KeyID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := setupLive(t, func(cfg *graph.Config) { cfg.Recheck = time.Millisecond })
			tenant := models.NewID(models.PrefixTenant)
			p := portalOf(tenant, time.Now().Add(time.Hour), models.ScopeRead)
			l.reader.tenants[tenant] = models.Tenant{ID: tenant}
			l.reader.keys[p.KeyID] = models.ApiKey{ID: p.KeyID, TenantID: &tenant}
			f := l.follows(t, p)
			l.reader.mu.Lock()
			take(l.reader, p)
			l.reader.mu.Unlock()
			l.endsWith(t, f, "ended")
		})
	}
}

// A session of the server itself has nothing to lose but its time, and a
// database that is away cuts nobody off.
func TestSubscriptionsOfSessionsThatGoOn(t *testing.T) {
	t.Parallel()
	l := setupLive(t, func(cfg *graph.Config) { cfg.Recheck = time.Millisecond })
	tenant := models.NewID(models.PrefixTenant)
	l.reader.tenants[tenant] = models.Tenant{ID: tenant}
	own := portalOf(tenant, time.Now().Add(time.Hour), models.ScopeRead)
	own.KeyID = models.ID{}
	f := l.follows(t, own)
	for l.reader.count("TenantsByID") < 3 {
		runtime.Gosched()
	}
	l.board.Post([]models.Delivery{{TenantID: tenant, Status: models.DeliverySucceeded}})
	f.takes(t, `{"deliveryUpdated":{"status":"SUCCEEDED"}}`)
	f.stop()
	if resp := f.next(); resp != nil {
		t.Errorf("a message after the end: %s", resp.Data)
	}
	l.api.Close() // leaves no timer behind
}
