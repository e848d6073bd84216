package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/auth"
	"carillon/models"
	"carillon/testkit"
)

// auditNode is an entry as the API shows it.
type auditNode struct {
	ActorKind, ActorName string
	Address              *string
	Detail               struct{ Name string }
}

func auditNodes(t *testing.T, url string, key models.Secret, action models.AuditAction) []auditNode {
	t.Helper()
	var got struct{ AuditLog struct{ Nodes []auditNode } }
	query := `{ auditLog(filter: {action: "` + string(action) + `"}) { nodes { actorKind actorName address detail } } }`
	if err := ask(t, url, key, query, &got); err != nil {
		t.Fatal(err)
	}
	return got.AuditLog.Nodes
}

// expectFromTheCommandLine finds the keys in the audit log, newest first.
func expectFromTheCommandLine(t *testing.T, url string, key models.Secret, names ...string) {
	t.Helper()
	nodes := auditNodes(t, url, key, models.AuditKeyCreate)
	if len(nodes) != len(names) {
		t.Fatalf("the audit log has %+v, want %q", nodes, names)
	}
	for i, e := range nodes {
		if e.Detail.Name != names[i] || e.ActorKind != "SERVER" || e.ActorName != "command line" || e.Address != nil {
			t.Errorf("%+v, want %s", e, names[i])
		}
	}
}

// TestAuditLogKnowsAddresses of whoever asks by HTTP, by WebSocket and behind a proxy.
func TestAuditLogKnowsAddresses(t *testing.T) {
	t.Parallel()
	var proxies Networks
	if err := proxies.UnmarshalText([]byte("127.0.0.0/8")); err != nil {
		t.Fatal(err)
	}
	a := boot(t, Config{DatabaseURL: testkit.SQLite(t), TrustedProxies: proxies})
	create := func(name string) string { return `mutation { createTenant(input: {name: "` + name + `"}) { id } }` }
	if err := ask(t, a.URL(), testAdmin, create("http"), nil); err != nil {
		t.Fatal(err)
	}
	stream, err := testkit.NewClient(t, a.URL(), testAdmin.Reveal()).Subscribe(t, create("websocket"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Next(t.Context(), &struct{}{}); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"query": create("proxy")})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL()+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + testAdmin.Reveal()}, "X-Forwarded-For": {"203.0.113.9"}}
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	var got []string
	for _, e := range auditNodes(t, a.URL(), testAdmin, models.AuditTenantCreate) {
		if e.Address == nil {
			t.Fatalf("no address: %+v", e)
		}
		got = append(got, e.Detail.Name+" "+*e.Address)
	}
	if want := []string{"proxy 203.0.113.9", "websocket 127.0.0.1", "http 127.0.0.1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestServerForgetsOldAuditEntries(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		cfg := Config{DatabaseURL: url, AuditRetention: time.Hour}
		first := boot(t, cfg)
		now, err := first.store.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ids []models.ID
		for _, age := range []time.Duration{2 * time.Hour, 30 * time.Minute} {
			e := auth.System().Entry(t.Context(), models.AuditKeyCreate, now.Add(-age))
			ids = append(ids, e.ID)
			if err := first.store.Record(models.WithAudit(t.Context(), e)); err != nil {
				t.Fatal(err)
			}
		}
		shut(t, first)

		again := boot(t, cfg)
		limit := time.NewTimer(patience)
		defer limit.Stop()
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for {
			kept, err := again.store.AuditEntriesByID(t.Context(), ids)
			if err != nil {
				t.Fatal(err)
			}
			if _, young := kept[ids[1]]; !young {
				t.Fatal("an entry was erased before its time")
			}
			if len(kept) == 1 {
				return
			}
			select {
			case <-look.C:
			case <-limit.C:
				t.Fatal("an entry that is older than the retention is kept")
			}
		}
	})
}
