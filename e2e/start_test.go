package e2e

import (
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

// TestPrivateAddresses: without the setting nothing private is reached. Where it
// is known, a channel cannot be saved; what was saved before is judged when it is
// dialled, and the attempt says which setting lets it through.
func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	database := testkit.SQLite(t)
	n := start(t, database)
	w := newWorld(t, n)
	receiver := testkit.NewReceiver(t)
	port := receiver.Address()[strings.LastIndex(receiver.Address(), ":"):]
	saved := map[string]string{}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"} {
		saved[host] = w.channelWith(map[string]any{"url": "http://" + host + port, "timeout": "2s"}, retries())
	}
	n.terminate()
	n.await()
	n = start(t, database, "ALLOW_NETWORKS=")
	w = w.at(n)
	for host, channel := range saved {
		attempts, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "a.test", "data": 1})
		if err != nil || len(attempts) != 1 {
			t.Errorf("%s: %d attempts, %v", host, len(attempts), err)
			continue
		}
		if a := attempts[0]; a.Error == nil || a.Error.Code != "BLOCKED_ADDRESS" || !strings.Contains(a.Error.Message, "CARILLON_ALLOW_NETWORKS") {
			t.Errorf("%s: attempt is %+v, error %+v", host, a, a.Error)
		}
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433", "10.0.0.1", "169.254.169.254", "[64:ff9b::7f00:1]"} {
		config := map[string]any{"http": map[string]any{"url": "http://" + host + port}}
		w.refused(w.api.Do(w.ctx, createChannel, testkit.Vars{"input": map[string]any{"name": "private " + host, "config": config}}, nil), "BAD_USER_INPUT", "config.http.url")
		w.refused(w.api.Do(w.ctx, updateChannel, testkit.Vars{"input": map[string]any{"id": saved["localhost"], "config": config}}, nil), "BAD_USER_INPUT", "config.http.url")
	}
	if receiver.Count() != 0 {
		t.Errorf("the receiver had %d requests", receiver.Count())
	}
}

// TestFirstStart: without settings the server makes its keys; the
// administrator's is printed once, and both are there again at the next start.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	database := testkit.SQLite(t)
	n := start(t, database, "ADMIN_KEY=", "ENCRYPTION_KEY=")
	key := regexp.MustCompile(`\bck_[A-Za-z0-9_-]{30,}`).FindString(n.program.Tail())
	if key == "" {
		t.Fatalf("no administrator's key is printed:\n%s", n.program.Tail())
	}
	client := testkit.NewClient(t, n.url, key)
	if err := client.Do(t.Context(), `{ tenants { nodes { id } } }`, nil, nil); err != nil {
		t.Errorf("the printed key: %v", err)
	}
	w := &world{t: t, ctx: t.Context(), node: n, admin: client}
	w.tenant = w.newTenant()
	w.api = w.key(w.tenant, "MANAGE", "PUBLISH", "READ")
	channel := w.channel("https://example.com", nil)
	secret := w.secret(channel)
	n.terminate()
	n.await()
	n = start(t, database, "ADMIN_KEY=", "ENCRYPTION_KEY=")
	if strings.Contains(n.program.Tail(), "ck_") {
		t.Errorf("a key is printed again:\n%s", n.program.Tail())
	}
	w.node, w.api = n, testkit.NewClient(t, n.url, w.api.Key)
	if w.secret(channel) != secret {
		t.Error("the signing secret is another one after the restart")
	}
}

// TestStrictTypesAndHTTPS: settings that refuse more.
func TestStrictTypesAndHTTPS(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.SQLite(t), "STRICT_EVENT_TYPES=true", "REQUIRE_HTTPS=true", "LOG_FORMAT=json", "LOG_LEVEL=debug", "LISTEN=127.0.0.1:0")
	w := newWorld(t, n)
	w.refused(errOnly(publishWith(w.ctx, w.api, "not.listed", `{}`)), "BAD_USER_INPUT", "type")
	w.asAdmin(`mutation { createEventType(input: {name: "listed", version: "3", schema: {type: "object", required: ["n"], properties: {n: {type: "integer"}}}}) { id } }`, nil, nil)
	w.refused(errOnly(publishWith(w.ctx, w.api, "listed", `{"n":"text"}`)), "BAD_USER_INPUT", "data.n")
	id := w.publish("listed", `{"n":12345678901234567890}`)
	var out struct{ Event struct{ Version string } }
	w.do(`query($id: ID!) { event(id: $id) { version } }`, testkit.Vars{"id": id}, &out)
	if out.Event.Version != "3" {
		t.Errorf("the version is %q, want the catalog's", out.Event.Version)
	}
	w.asAdmin(`mutation { archiveEventType(name: "listed") { archivedAt } }`, nil, nil)
	w.refused(errOnly(publishWith(w.ctx, w.api, "listed", `{"n":1}`)), "BAD_USER_INPUT", "type")
	err := w.api.Do(w.ctx, createChannel, testkit.Vars{"input": map[string]any{"name": "plain", "config": map[string]any{"http": map[string]any{"url": "http://example.com"}}}}, nil)
	w.refused(err, "BAD_USER_INPUT", "config.http.url")
}

// TestCommands: the other commands, on both databases.
func TestCommands(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		if out, errs, code := command(t, database, "migrate", "up"); code != 0 {
			t.Fatalf("migrate up: code %d\n%s%s", code, out, errs)
		}
		if out, errs, code := command(t, database, "migrate", "status"); code != 0 || !strings.Contains(out, "1") {
			t.Errorf("migrate status: code %d\n%s%s", code, out, errs)
		}
		out, errs, code := command(t, database, "key", "create", "--name", "the way in", "--scope", "ADMIN")
		key := regexp.MustCompile(`\bck_[A-Za-z0-9_-]{30,}`).FindString(out)
		if code != 0 || key == "" {
			t.Fatalf("key create: code %d\n%s%s", code, out, errs)
		}
		n := start(t, database)
		if err := testkit.NewClient(t, n.url, key).Do(t.Context(), `{ tenants { nodes { id } } }`, nil, nil); err != nil {
			t.Errorf("a key made by the command: %v", err)
		}
		if out, _, code := command(t, database, "version"); code != 0 || !strings.Contains(out, "go1") {
			t.Errorf("version: code %d, %q", code, out)
		}
		if _, errs, code := command(t, database, "serve", "--workers", "none"); code != 2 || strings.Count(strings.TrimSpace(errs), "\n") > 0 || !strings.Contains(errs, "workers") {
			t.Errorf("a bad flag: code %d, %q", code, errs)
		}
	})
}
