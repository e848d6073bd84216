package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"carillon/console"
)

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = w.Write(append([]byte(r.Method+" "), body...))
}

func serveOnce(h http.Handler, method, path string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	var notReady error
	pages, err := console.New(console.Config{})
	if err != nil {
		t.Fatal(err)
	}
	mux := newMux(addresses{api: http.HandlerFunc(echo), pages: pages, ready: func(context.Context) error { return notReady }})
	check := func(method, path string, status int, contains string) {
		t.Helper()
		answer := serveOnce(mux, method, path, nil)
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != status || !strings.Contains(string(body), contains) {
			t.Errorf("%s %s: %d %q; want %d %q", method, path, answer.StatusCode, body, status, contains)
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: browsers may guess its type", method, path)
		}
	}
	check("POST", "/graphql", 200, "POST ")
	check("GET", "/graphql", 200, "GET ")
	check("GET", "/healthz", 200, `"ok"`)
	check("HEAD", "/healthz", 200, "")
	check("POST", "/healthz", 405, "")
	check("GET", "/readyz", 200, `"ready"`)
	check("GET", "/", 200, "<title>Carillon</title>")
	check("GET", "/live", 200, "<title>Carillon</title>")
	check("GET", "/playground", 200, "<title>Playground")
	check("POST", "/", 405, "")
	check("GET", "/nothing", 404, "404 page not found")
	check("GET", "/graphql/x", 404, "404 page not found")
	notReady = errors.New("the server is stopping")
	check("GET", "/readyz", 503, "the server is stopping")
	check("GET", "/healthz", 200, `"ok"`)
}

func TestCORS(t *testing.T) {
	t.Parallel()
	mux := newMux(addresses{api: http.HandlerFunc(echo), origins: Origins{"https://app.example.com"}, ready: func(context.Context) error { return nil }})
	preflight := http.Header{"Origin": {"https://app.example.com"}, "Access-Control-Request-Method": {"POST"},
		"Access-Control-Request-Headers": {"authorization,content-type"}}
	answer := serveOnce(mux, "OPTIONS", "/graphql", preflight)
	allowed := strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers"))
	if answer.StatusCode != 204 || answer.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(allowed, "authorization") || !strings.Contains(allowed, "content-type") ||
		!strings.Contains(answer.Header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("preflight: %d %v", answer.StatusCode, answer.Header)
	}
	answer = serveOnce(mux, "POST", "/graphql", http.Header{"Origin": {"https://app.example.com"}})
	if answer.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" || answer.Header.Get("Vary") != "Origin" ||
		answer.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("request: %v", answer.Header)
	}
	preflight.Set("Origin", "https://evil.example.com")
	for _, method := range []string{"OPTIONS", "POST"} {
		answer = serveOnce(mux, method, "/graphql", preflight)
		if answer.Header.Get("Access-Control-Allow-Origin") != "" || answer.Header.Get("Vary") == "" {
			t.Errorf("%s of another origin: %v", method, answer.Header)
		}
	}
	answer = serveOnce(mux, "OPTIONS", "/graphql", nil)
	if body, _ := io.ReadAll(answer.Body); string(body) != "OPTIONS " {
		t.Errorf("an OPTIONS that is no preflight did not reach the API: %q", body)
	}
}

// TestCORSOfHeaders lets pages send traces, and CloudEvents in the binary form.
func TestCORSOfHeaders(t *testing.T) {
	t.Parallel()
	mux := newMux(addresses{api: http.HandlerFunc(echo), events: http.HandlerFunc(echo), origins: Origins{"https://app.example.com"},
		ready: func(context.Context) error { return nil }})
	for path, asked := range map[string]string{
		"/graphql":     "authorization,content-type,traceparent,tracestate,x-request-id",
		"/cloudevents": "authorization, ce-id,ce-source,CE-Specversion,ce-type,ce-myextension2,content-type",
	} {
		answer := serveOnce(mux, "OPTIONS", path, http.Header{"Origin": {"https://app.example.com"}, "Access-Control-Request-Method": {"POST"},
			"Access-Control-Request-Headers": {asked + ",x-other,ce-,ce-a b,ce-\"x\""}})
		allowed := strings.Split(strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers")), ", ")
		for name := range strings.SplitSeq(strings.ToLower(asked), ",") {
			if !slices.Contains(allowed, strings.TrimSpace(name)) {
				t.Errorf("%s: %s is not among %q", path, name, allowed)
			}
		}
		for _, name := range allowed {
			if name == "x-other" || name == "ce-" || strings.ContainsAny(name, ` "`) {
				t.Errorf("%s: %q is allowed", path, name)
			}
		}
	}
}

func TestCORSIsOffByDefault(t *testing.T) {
	t.Parallel()
	mux := newMux(addresses{api: http.HandlerFunc(echo), ready: func(context.Context) error { return nil }})
	answer := serveOnce(mux, "POST", "/graphql", http.Header{"Origin": {"https://app.example.com"}})
	if answer.Header.Get("Access-Control-Allow-Origin") != "" || answer.Header.Get("Vary") != "" {
		t.Errorf("got %v", answer.Header)
	}
}

func TestOriginsOfWebSockets(t *testing.T) {
	t.Parallel()
	a := &App{cfg: Config{CORSOrigins: Origins{"https://app.example.com"}, PublicURL: "https://carillon.example.com/base"}}
	for origin, want := range map[string]bool{
		"": true, "https://app.example.com": true, "https://APP.example.com": true, "http://app.example.com": false,
		"https://carillon.example.com": true, "http://carillon.example.com": false,
		"http://127.0.0.1:8080": true, "http://127.0.0.1:8081": false, "null": false, "::": false,
	} {
		r := httptest.NewRequest("GET", "http://127.0.0.1:8080/graphql", nil)
		r.Header.Set("Origin", origin)
		if got := a.allowOrigin(r); got != want {
			t.Errorf("%q: %v, want %v", origin, got, want)
		}
	}
}
