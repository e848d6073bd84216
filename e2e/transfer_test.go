package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon/testkit"
)

// otherKey is the encryption key of the server that a tenant moves to.
const otherKey = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

// TestTenantMoves exports a tenant beside a running server, imports it beside
// another one with another database and another key, and finds the same by the
// API. Nothing that moved is sent again; what is published then is, and signed as before.
func TestTenantMoves(t *testing.T) {
	t.Parallel()
	for name, urls := range map[string][2]func(testing.TB) string{
		"sqlite to postgres": {testkit.SQLite, testkit.Postgres}, "postgres to sqlite": {testkit.Postgres, testkit.SQLite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := start(t, urls[0](t))
			to := start(t, urls[1](t), "ENCRYPTION_KEY="+otherKey)
			moveTenant(newWorld(t, from), from, to)
		})
	}
}

func moveTenant(w *world, from, to *node) {
	t := w.t
	receiver := testkit.NewReceiver(t)
	channel := w.channelWith(map[string]any{"url": receiver.URL, "headers": []map[string]any{{"name": "X-Token", "value": "of the header", "secret": true}}}, retries("1s"))
	w.webhook("order.*", channel)
	first := w.publish("order.paid", `{"n":1.10}`)
	before := receiver.Wait(1, patience)[0]

	file := filepath.Join(t.TempDir(), "tenant.jsonl")
	stdout, stderr, code := command(t, from.database, "tenant", "export", w.tenant, "--events", "--secrets", "--out", file)
	if code != 0 || stdout != file+"\n" || !strings.Contains(stderr, "secrets in the clear") {
		t.Fatalf("export: %q, %q, code %d", stdout, stderr, code)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	for range 2 { // the second time there is nothing to do
		stdout, stderr, code = commandWith(t, to.database, []string{"ENCRYPTION_KEY=" + otherKey}, "tenant", "import", file)
		if code != 0 || stdout != w.tenant+"\n" {
			t.Fatalf("import: %q, %q, code %d", stdout, stderr, code)
		}
	}
	if !strings.Contains(stderr, "nothing is new") {
		t.Errorf("the second import says %q", stderr)
	}

	there := *w
	there.node, there.admin = to, to.admin(t)
	there.api = there.key(w.tenant, "MANAGE", "PUBLISH", "READ")
	if got, want := there.configuration(), w.configuration(); got != want {
		t.Errorf("there it is\n%s\nhere\n%s", got, want)
	}
	if d := there.deliveries(first); len(d) > 0 {
		t.Errorf("what moved is to be sent again: %+v", d)
	}
	if here, moved := w.audited(w.tenant, "tenant.export"), there.audited(w.tenant, "tenant.import"); here != 1 || moved != 1 {
		t.Errorf("the audit logs have %d exports and %d imports", here, moved)
	}
	second := there.publish("order.paid", `{"n":2}`)
	after := receiver.Wait(2, patience)[1]
	if after.ID() != second || after.Header.Get("X-Token") != before.Header.Get("X-Token") || after.Header.Get("X-Token") == "" {
		t.Errorf("after the move came %s with %v", after.ID(), after.Header)
	}
	if got, want := there.secret(channel), w.secret(channel); got != want || got == "" {
		t.Error("the signing secret is another one")
	}
}

// audited counts the entries of the audit log about a target.
func (w *world) audited(target, action string) int {
	w.t.Helper()
	var out struct {
		AuditLog struct {
			Nodes []struct{ ActorKind, ActorName string }
		}
	}
	w.do(`query($f: AuditFilter) { auditLog(filter: $f) { nodes { actorKind actorName } } }`,
		testkit.Vars{"f": map[string]any{"target": target, "action": action}}, &out)
	return len(out.AuditLog.Nodes)
}

// configuration is all that the API shows of a tenant, with its first event.
func (w *world) configuration() string {
	w.t.Helper()
	var out json.RawMessage
	w.do(`query($t: ID!) {
		tenant(id: $t) { id name metadata createdAt updatedAt }
		channels(filter: {tenantId: $t}) { nodes { id name kind status retryPolicy { schedule jitter } limits { rate concurrency } createdAt updatedAt
			config { ... on HttpConfig { url method timeout headers { name value secret } signing { scheme } } } } }
		webhooks(filter: {tenantId: $t}) { nodes { id name description eventTypes filter status routes { channel { id } } createdAt } }
		templates(filter: {tenantId: $t}) { nodes { id name } }
		events(filter: {tenantId: $t}, first: 1) { nodes { id type version data timestamp createdAt } }
	}`, testkit.Vars{"t": w.tenant}, &out)
	return string(out)
}
