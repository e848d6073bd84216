package console

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func handler(t *testing.T, cfg Config) *Handler {
	t.Helper()
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, path string, header http.Header) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

func TestEachPageHasItsOwnNonce(t *testing.T) {
	t.Parallel()
	h := handler(t, Config{})
	nonces := map[string]bool{}
	for range 3 {
		answer, body := get(t, h, "/deliveries/dlv_1", nil)
		found := regexp.MustCompile(`<meta property="csp-nonce" nonce="([^"]+)">`).FindStringSubmatch(body)
		if found == nil || strings.Contains(body, "CARILLON_") {
			t.Fatalf("no nonce, or a place that was left: %s", body)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "'nonce-"+found[1]+"'") || strings.Contains(policy, "NONCE") {
			t.Errorf("the policy %q does not have the nonce %q", policy, found[1])
		}
		nonces[found[1]] = true
	}
	if len(nonces) != 3 {
		t.Errorf("nonces are used again: %v", nonces)
	}
}

func TestOnlyThePortalMayBeFramed(t *testing.T) {
	t.Parallel()
	h := handler(t, Config{PortalOrigins: []string{"https://app.example.com", "https://b.example.com"}})
	for path, want := range map[string]string{
		"/": "'none'", "/live": "'none'", "/playground": "'none'", "/settings/keys": "'none'",
		"/portal": "https://app.example.com https://b.example.com", "/portal/live": "https://app.example.com https://b.example.com",
		"/portal/../live": "'none'",
	} {
		answer, _ := get(t, h, path, nil)
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors "+want) {
			t.Errorf("%s: %q", path, policy)
		}
	}
	answer, _ := get(t, handler(t, Config{}), "/portal", nil)
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Errorf("a portal without origins may be framed: %q", policy)
	}
}

func TestPoliciesAllowNoInlineScript(t *testing.T) {
	t.Parallel()
	h := handler(t, Config{})
	for _, path := range []string{"/", "/playground"} {
		answer, body := get(t, h, path, nil)
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "unsafe-eval") {
			t.Errorf("%s: %q", path, policy)
		}
		if regexp.MustCompile(`<script(?:[^>]*)>[^<]`).MatchString(body) || strings.Contains(body, "://") {
			t.Errorf("%s holds an inline script or another host: %s", path, body)
		}
	}
}

// Not parallel, since it looks at what the whole process allocates.
func TestFilesStayInTheBinary(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h := handler(t, Config{})
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 || len(h.files) < 50 {
		t.Errorf("%d files take %d bytes before anybody asks for one", len(h.files), took)
	}
}

func TestFilesAreZippedAndLast(t *testing.T) {
	t.Parallel()
	h := handler(t, Config{})
	_, page := get(t, h, "/", nil)
	script := regexp.MustCompile(`src="(/assets/[^"]+\.js)"`).FindStringSubmatch(page)[1]
	plain, content := get(t, h, script, nil)
	zipped, small := get(t, h, script, http.Header{"Accept-Encoding": {"br, gzip"}})
	if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" || len(small) >= len(content) {
		t.Fatalf("%d bytes plain, %d zipped, %v", len(content), len(small), zipped.Header)
	}
	r, err := gzip.NewReader(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if unzipped, err := io.ReadAll(r); err != nil || string(unzipped) != content {
		t.Errorf("the zipped file differs: %v", err)
	}
	if !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") || plain.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("got %v", plain.Header)
	}
	again, _ := get(t, h, script, http.Header{"If-None-Match": {plain.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("a file that is there already is sent again: %d", again.StatusCode)
	}
}

func TestAcceptEncoding(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "gzip;q=0.001": true, "x-gzip": false,
	} {
		if got := accepts(header, "gzip"); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	h := handler(t, Config{})
	for _, path := range []string{"/metrics", "/graphql/x", "/assets/none.js", "/index.html", "/nothing"} {
		if answer, _ := get(t, h, path, nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// The browser's list of pages and the server's must agree, or a reload finds nothing.
func TestEveryPageOfTheConsoleIsServed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("src/app/pages.ts")
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile(`path: '([^']+)'`).FindAllStringSubmatch(string(source), -1)
	if len(paths) < 15 {
		t.Fatalf("found %d paths", len(paths))
	}
	h := handler(t, Config{})
	for _, path := range paths {
		for _, at := range []string{path[1], "/portal" + path[1]} {
			if answer, _ := get(t, h, at, nil); answer.StatusCode != http.StatusOK {
				t.Errorf("%s: %d", at, answer.StatusCode)
			}
		}
	}
}

// The first view must stay under 400 KB of scripts, zipped.
func TestFirstViewIsSmall(t *testing.T) {
	t.Parallel()
	h := handler(t, Config{})
	_, page := get(t, h, "/", nil)
	total := 0
	for _, script := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+\.js)"`).FindAllStringSubmatch(page, -1) {
		_, content := get(t, h, script[1], http.Header{"Accept-Encoding": {"gzip"}})
		total += len(content)
	}
	if total < 50_000 || total > 400_000 {
		t.Errorf("the page's scripts have %d bytes zipped", total)
	}
}
