package e2e

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carillon/testkit"
)

const frontend = "../examples/frontend"

// TestFrontend: the example page shows webhooks and attempts, goes on behind a
// restart of the server with no gap and no repeat, and says what is wrong.
func TestFrontend(t *testing.T) {
	t.Parallel()
	site := buildFrontend(t)
	database := testkit.SQLite(t)
	n := start(t, database, "CORS_ORIGINS="+site)
	w := newWorld(t, n)
	reader := w.key(w.tenant, "READ").Key
	webhook := w.webhook("order.*", w.channel(testkit.NewReceiver(t, testkit.Statuses(500, 200)).URL, retries("10ms")))
	const name = `<img src=x onerror=alert(1)>` // it would be an element, were it not set as text
	w.do(`mutation($id: ID!, $name: String) { updateWebhook(input: {id: $id, name: $name}) { id } }`, testkit.Vars{"id": webhook, "name": name}, nil)

	p := newPage(t)
	p.do("open", step{"url": site}, nil)
	connect := func(server, key string) {
		t.Helper()
		p.do("fill", step{"selector": "[name=url]", "text": server}, nil)
		p.do("fill", step{"selector": "[name=key]", "text": key}, nil)
		p.do("click", step{"selector": "button"}, nil)
	}
	connect(n.url, "ck_"+rand.Text())
	p.do("see", step{"text": "The server refused"}, nil)
	connect(start(t, testkit.SQLite(t)).url, reader)
	p.do("see", step{"text": "CARILLON_CORS_ORIGINS"}, nil)
	p.complaints() // the browser says so too
	connect(n.url+"/", reader)
	p.do("see", step{"text": "No attempts yet"}, nil)
	w.seesAttempts(p, 2, func() { w.publish("order.paid", `{}`) })
	w.seesAttempts(p, 22, func() {
		for range 20 {
			w.publish("order.paid", `{}`)
		}
	})
	if got := p.texts("#webhooks tr", 1); !strings.Contains(got[0], name) || !strings.Contains(got[0], "succeeded") {
		t.Errorf("the webhooks are %q", got)
	}
	if got := p.texts("#attempts tr", 22); !strings.Contains(got[len(got)-1], "500") || !strings.Contains(got[len(got)-1], "will retry") {
		t.Errorf("the first attempt is %q", got[len(got)-1])
	}
	if complaints := p.complaints(); len(complaints) > 0 {
		t.Errorf("the page complains: %q", complaints)
	}
	w.restarted(p, site)
	p.safe(reader)
}

// buildFrontend builds the page and serves it, as a server of its own.
func buildFrontend(t *testing.T) (origin string) {
	t.Helper()
	if err := testkit.InstallPackages(frontend); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "dist")
	for _, command := range [][]string{{"node_modules/.bin/tsc"}, {"node_modules/.bin/vite", "build", "--logLevel", "warn", "--emptyOutDir", "--outDir", folder}} {
		build := exec.CommandContext(t.Context(), command[0], command[1:]...)
		build.Dir = frontend
		if out, err := build.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v\n%s", command[0], err, out)
		}
	}
	site := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(site.Close)
	return site.URL
}

// seesAttempts waits until the page shows so many attempts after something was
// done, and holds them against those that the server has.
func (w *world) seesAttempts(p *browserPage, count int, done func()) {
	w.t.Helper()
	done()
	var shown []string
	p.do("texts", step{"selector": "#attempts tr", "count": count, "attribute": "id"}, &shown)
	slices.Reverse(shown)
	if recorded := idsOf(w.attempts(nil)); !slices.Equal(shown, recorded) {
		w.t.Errorf("the page shows\n%q, recorded are\n%q", shown, recorded)
	}
}

// restarted: the server goes away and comes back at the same address, where events
// are published before the page is there again.
func (w *world) restarted(p *browserPage, site string) {
	w.t.Helper()
	for round := range 2 {
		w.node.terminate()
		w.node.await()
		p.do("see", step{"text": "connection lost, trying again"}, nil)
		address := strings.TrimPrefix(w.node.url, "http://")
		*w = *w.at(start(w.t, w.node.database, "CORS_ORIGINS="+site, "LISTEN="+address))
		w.seesAttempts(p, 22+10*(round+1), func() {
			for range 10 {
				w.publish("order.paid", `{}`)
			}
		})
		p.texts("#state[data-state=live]", 1)
	}
	for _, complaint := range p.complaints() {
		// The browser itself notes each connection that it did not get.
		if !strings.Contains(complaint, "ERR_CONNECTION_REFUSED") && !strings.Contains(complaint, "WebSocket connection to") {
			w.t.Errorf("the page complains: %q", complaint)
		}
	}
}

// safe: the key is nowhere but in the page's memory, and the page fits a telephone.
func (p *browserPage) safe(key string) {
	p.t.Helper()
	var stored string
	p.do("stored", nil, &stored)
	if strings.Contains(stored, key) {
		p.t.Errorf("the key is kept: %s", stored)
	}
	for _, width := range []int{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			p.do("look", step{"width": width, "scheme": scheme}, nil)
			var over int
			if p.do("width", nil, &over); over > 0 {
				p.t.Errorf("at %d the page is %d too wide", width, over)
			}
			p.do("shot", step{"file": filepath.Join(p.t.ArtifactDir(), scheme+strconv.Itoa(width)+".png")}, nil)
		}
	}
}
