package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carillon/console"
	"carillon/testkit"
)

// everything is every address, one that is not there, and one for each file type.
func everything(t *testing.T, origins Origins, publicURL string) (mux http.Handler, paths []string) {
	t.Helper()
	pages, err := console.New(console.Config{PortalOrigins: []string{"https://shop.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	plain := http.HandlerFunc(echo)
	mux = newMux(addresses{api: plain, events: plain, metrics: plain, callbacks: plain, canary: plain, receive: plain, demo: plain, pages: pages,
		origins: origins, publicURL: publicURL, ready: func(context.Context) error { return nil }})
	page, _ := io.ReadAll(serveOnce(mux, "GET", "/", nil).Body)
	_, script, _ := strings.Cut(string(page), `src="`)
	script, _, _ = strings.Cut(script, `"`)
	return mux, []string{"/graphql", "/healthz", "/readyz", "/cloudevents", "/metrics", "/canary", canaryPath + "x",
		"/callbacks/twilio/chn_x", "/demo/x", "/", "/live", "/portal", "/playground",
		"/nothing", "/graphql/", "//graphql", script, "/favicon.svg"}
}

// No answer of any address sets a cookie, can be framed but the portal where it
// was allowed, or be taken for what it is not: nothing that a browser sends by
// itself gives another site any rights here.
func TestHeadersOfEveryAddress(t *testing.T) {
	t.Parallel()
	mux, paths := everything(t, nil, "http://carillon.example.com")
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE"} {
			answer := serveOnce(mux, method, path, http.Header{"Cookie": {"session=1"}})
			header := answer.Header
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin", "Set-Cookie": "", "Strict-Transport-Security": "",
				"Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "",
			} {
				if got := header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q, want %q", method, path, name, got, want)
				}
			}
			policy, frames := header.Get("Content-Security-Policy"), header.Get("X-Frame-Options")
			if path == "/portal" && (method == "GET" || method == "HEAD") {
				if !strings.HasSuffix(policy, "frame-ancestors https://shop.example.com") || frames != "" {
					t.Errorf("%s %s: %q, %q", method, path, policy, frames)
				}
			} else if !strings.Contains(policy, "frame-ancestors 'none'") || frames != "DENY" {
				t.Errorf("%s %s: %q, %q", method, path, policy, frames)
			}
		}
	}
}

func TestBrowsersStayWithHTTPS(t *testing.T) {
	t.Parallel()
	mux, paths := everything(t, nil, "https://carillon.example.com/base")
	for _, path := range paths {
		if got := serveOnce(mux, "GET", path, nil).Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// forged is how other sites' pages can make a browser send a POST without asking
// first: forms and fetch with types that need no preflight.
func forged(url string) []*http.Request {
	const body = `{"query":"mutation { createTenant(input: {name: \"forged\"}) { id } }"}`
	var all []*http.Request
	for _, media := range []string{"text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"", "text/plain; application/json", "application/x-www-form-urlencoded, application/json"} {
		r := httptest.NewRequest("POST", url+"/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		all = append(all, r)
	}
	return all
}

// Even with a key, which no other site's page has: these are not executed.
func TestForgedRequestsAreNotExecuted(t *testing.T) {
	t.Parallel()
	a := boot(t, Config{DatabaseURL: testkit.SQLite(t)})
	send := func(r *http.Request) (int, string) {
		t.Helper()
		r.RequestURI = ""
		r.Header.Set("Authorization", "Bearer "+testAdmin.Reveal())
		r.Header.Set("Origin", "https://evil.example.com")
		answer, err := http.DefaultTransport.RoundTrip(r.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		if answer.Header.Get("Access-Control-Allow-Origin") != "" || answer.Header.Get("Set-Cookie") != "" {
			t.Errorf("got %v", answer.Header)
		}
		return answer.StatusCode, string(text)
	}
	for _, r := range forged(a.URL()) {
		if status, text := send(r); status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %d %s", r.Header.Get("Content-Type"), status, text)
		}
	}
	link := httptest.NewRequest("GET", a.URL()+`/graphql?query=mutation{createTenant(input:{name:"forged"}){id}}`, nil)
	if status, text := send(link); status != http.StatusMethodNotAllowed {
		t.Errorf("a link: %d %s", status, text)
	}
	stream := httptest.NewRequest("GET", a.URL()+`/graphql?query=mutation{createTenant(input:{name:"forged"}){id}}`, nil)
	stream.Header.Set("Accept", "text/event-stream")
	if status, text := send(stream); status != http.StatusMethodNotAllowed {
		t.Errorf("a stream: %d %s", status, text)
	}
	var found struct {
		Tenants struct{ Nodes []struct{ Name string } }
	}
	if err := ask(t, a.URL(), testAdmin, `{ tenants { nodes { name } } }`, &found); err != nil || len(found.Tenants.Nodes) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// Browsers let any page open a WebSocket, and tell where the page is from.
func TestOriginsOfWebSocketsAreJudgedBeforeTheyOpen(t *testing.T) {
	t.Parallel()
	a := boot(t, Config{DatabaseURL: testkit.SQLite(t), PublicURL: "https://carillon.example.com",
		CORSOrigins: Origins{"https://app.example.com", "http://dev.example.com:3000"}})
	address := "http://" + a.Addr().String()
	for origin, want := range map[string]int{
		"":                                 101,
		"https://app.example.com":          101,
		"HTTPS://APP.EXAMPLE.COM":          101,
		"http://dev.example.com:3000":      101,
		"https://carillon.example.com":     101, // the public address
		address:                            101, // the one that was asked
		"null":                             403, // sandboxed frames and files
		"http://app.example.com":           403,
		"https://app.example.com:8443":     403,
		"https://app.example.com.evil.com": 403,
		"https://evil.com/https://app.example.com": 403,
		"https://app.example.com@evil.com":         403,
		"https://notapp.example.com":               403,
		"https://sub.app.example.com":              403,
		"https://example.com":                      403,
		"https://app.example.com.":                 403,
		"https://app.example.com https://b.com":    403,
		"http://carillon.example.com":              403,
		"https://carillon.example.com:444":         403,
		"http://dev.example.com":                   403,
		"http://localhost":                         403,
		"*":                                        403,
		"https://*":                                403,
		"file://":                                  403,
	} {
		if got := upgradeFrom(t, address, origin); got != want {
			t.Errorf("%q: %d, want %d", origin, got, want)
		}
	}
	everybody := boot(t, Config{DatabaseURL: testkit.SQLite(t), CORSOrigins: Origins{"*"}})
	for _, origin := range []string{"https://evil.com", "null"} {
		if got := upgradeFrom(t, everybody.URL(), origin); got != 101 {
			t.Errorf("%q where any may: %d", origin, got)
		}
	}
}

// upgradeFrom is the status that a page of the origin gets for a WebSocket. It
// asks for compression too, which no answer may promise: a small message could
// become a large one.
func upgradeFrom(t *testing.T, address, origin string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}, "Sec-Websocket-Protocol": {"graphql-transport-ws"},
		"Sec-Websocket-Extensions": {"permessage-deflate; client_max_window_bits"}}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Errorf("compression is taken: %v", answer.Header)
	}
	return answer.StatusCode
}

// A page of another origin reads streams and refusals too, where it may call.
func TestCORSOfStreamsAndRefusals(t *testing.T) {
	t.Parallel()
	a := boot(t, Config{DatabaseURL: testkit.SQLite(t), CORSOrigins: Origins{"https://app.example.com"}, RateLimitAddress: 1})
	post := func(origin, key, query, accept string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL()+"/graphql", strings.NewReader(`{"query":"`+query+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}, "Origin": {origin}}
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com", "https://app.example.com.evil.com": ""} {
		answer := post(origin, testAdmin.Reveal(), "subscription { deliveryAttempts { id } }", "text/event-stream")
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || answer.Header.Get("Access-Control-Allow-Origin") != want {
			t.Errorf("%s: a stream: %d %v", origin, answer.StatusCode, answer.Header)
		}
	}
	for range 3 { // two seconds' worth may come at once
		post("https://app.example.com", "", "{ __typename }", "application/json")
	}
	answer := post("https://app.example.com", "", "{ __typename }", "application/json")
	if answer.StatusCode != 429 || answer.Header.Get("Retry-After") == "" || answer.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(answer.Header.Get("Access-Control-Expose-Headers"), "Retry-After") {
		t.Errorf("a refusal: %d %v", answer.StatusCode, answer.Header)
	}
}
