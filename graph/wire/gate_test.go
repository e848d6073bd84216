package wire

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"carillon/models"
)

// turnstile lets some requests and subscriptions through, and tells what it saw.
type turnstile struct {
	mu        sync.Mutex
	requests  int            // that still pass; -1 is any number
	streams   int            // at once
	sockets   map[string]int // by the caller's name; 2 each
	callers   []string
	wrong     int
	wrongOver int // wrong keys from here on are too many; 0 is never
	fault     error
	left      chan struct{} // gets one for each subscription that has left; may be nil
}

func (g *turnstile) limited(wait time.Duration) *models.Error {
	return &models.Error{Code: models.CodeRateLimited, Message: "too often", RetryAfter: wait}
}

func (g *turnstile) Refused(_ context.Context, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.wrong++; g.wrongOver > 0 && g.wrong >= g.wrongOver {
		return g.limited(90 * time.Second)
	}
	return err
}

func (g *turnstile) Socket(ctx context.Context) (func(), error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name, _ := ctx.Value(callerKey{}).(string)
	if g.sockets[name]++; g.sockets[name] > 2 {
		g.sockets[name]--
		return nil, g.limited(time.Second)
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.sockets[name]--; g.left != nil {
			g.left <- struct{}{}
		}
	}, nil
}

func (g *turnstile) Request(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	name, _ := ctx.Value(callerKey{}).(string)
	g.callers = append(g.callers, name)
	switch {
	case g.fault != nil:
		return g.fault
	case g.requests == 0:
		return g.limited(1500 * time.Millisecond)
	case g.requests > 0:
		g.requests--
	}
	return nil
}

func (g *turnstile) Subscription(context.Context) (func(), error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.streams == 0 {
		return nil, g.limited(0)
	}
	g.streams--
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.streams++; g.left != nil {
			g.left <- struct{}{}
		}
	}, nil
}

func (g *turnstile) set(requests, streams int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests, g.streams = requests, streams
}

func newGated(t *testing.T, g *turnstile) *bench {
	g.sockets = map[string]int{}
	return newBench(t, func(c *Config) { c.Gate = g })
}

const tooOften = `"extensions":{"code":"RATE_LIMITED","retryAfter":2}`

func (b *bench) wantLimited(a answer, retryAfter string) {
	b.Helper()
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != retryAfter || a.hasData ||
		!strings.Contains(a.body, `"code":"RATE_LIMITED","retryAfter":`+retryAfter) {
		b.Errorf("got %d, Retry-After %q, %s", a.status, a.header.Get("Retry-After"), a.body)
	}
}

func TestTooManyRequestsOverHTTP(t *testing.T) {
	t.Parallel()
	g := &turnstile{requests: 2}
	b := newGated(t, g)
	for range 2 {
		if a := b.post(`{"query":"{me}"}`, "Authorization", goodKey); a.status != 200 || a.header.Get("Retry-After") != "" {
			t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	for _, accept := range []string{typeJSON, typeResponse, typeEvents} {
		b.wantLimited(b.post(`{"query":"{me}"}`, "Authorization", goodKey, "Accept", accept), "2")
		get := b.request(http.MethodGet, "", "Authorization", goodKey, "Accept", accept)
		get.URL.RawQuery = "query=%7Bme%7D"
		b.wantLimited(b.do(get), "2")
	}
	// What is refused is not even read.
	b.wantLimited(b.post(`{"query`, "Authorization", goodKey), "2")
	b.wantLimited(b.post(`{"query":"{me}"}`), "2")
	g.mu.Lock()
	defer g.mu.Unlock()
	if got := strings.Join(g.callers, ","); got != strings.Repeat("good,", 9) {
		t.Errorf("counted %q", got)
	}
}

func TestTooManyRequestsOverWebSocket(t *testing.T) {
	t.Parallel()
	g := &turnstile{requests: 1}
	b := newGated(t, g)
	p := b.open("Authorization", goodKey)
	refused := func(id string) string {
		return `{"id":"` + id + `","type":"error","payload":[{"message":"too often",` + tooOften + `}]}`
	}
	p.send(subscribe("a", `{me}`))
	p.expect(next("a", `{"me":"good"}`), complete("a"))
	for range 3 { // the id is free again
		p.send(subscribe("b", `{me}`))
		p.expect(refused("b"))
	}
	p.send(`{"id":"c","type":"subscribe","payload":{"query":"this is not read"}}`)
	p.expect(refused("c"))
	g.set(-1, 0)
	p.send(subscribe("b", `{me}`))
	p.expect(next("b", `{"me":"good"}`), complete("b"))
}

func TestTooManySubscriptions(t *testing.T) {
	t.Parallel()
	g := &turnstile{requests: -1, streams: 1, left: make(chan struct{}, 10)}
	b := newGated(t, g)
	p := b.open("Authorization", goodKey)
	p.send(subscribe("a", `subscription{quiet}`))
	b.settle(1)
	<-g.left // as nobody, when it said who it is
	p.send(subscribe("b", `subscription{quiet}`))
	p.expect(`{"id":"b","type":"error","payload":[{"message":"too often","extensions":{"code":"RATE_LIMITED","retryAfter":1}}]}`)
	for _, accept := range []string{typeEvents, typeEvents + ";q=1, " + typeJSON + ";q=0.5"} {
		b.wantLimited(b.post(`{"query":"subscription{quiet}"}`, "Authorization", goodKey, "Accept", accept), "1")
	}
	p.send(subscribe("c", `{me}`)) // queries are none
	p.expect(next("c", `{"me":"good"}`), complete("c"))
	p.send(`{"id":"a","type":"complete"}`)
	<-g.left
	p.send(subscribe("d", `subscription{count(to:1)}`))
	p.expect(next("d", `{"count":1}`), complete("d"))
	<-g.left
	if a := b.post(`{"query":"subscription{count(to:1)}"}`, "Authorization", goodKey, "Accept", typeEvents); !strings.Contains(a.body, `{"count":1}`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	_ = p.ws.CloseNow()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.handler.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if g.streams != 1 {
		t.Errorf("%d may begin, want the one", g.streams)
	}
}

func TestWrongKeysAreCounted(t *testing.T) {
	t.Parallel()
	g := &turnstile{requests: -1, wrongOver: 4}
	b := newGated(t, g)
	if a := b.post(`{"query":"{me}"}`, "Authorization", "Bearer bad"); a.status != 401 || a.code() != "UNAUTHENTICATED" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	p := b.dial()
	p.send(`{"type":"connection_init","payload":{"Authorization":"Bearer bad"}}`)
	p.ends(codeForbidden)
	b.post(`{"query":"{me}"}`, "Authorization", "Bearer bad")
	b.wantLimited(b.post(`{"query":"{me}"}`, "Authorization", "Bearer bad"), "90")
	p = b.dial()
	p.send(`{"type":"connection_init","payload":{"Authorization":"Bearer bad"}}`)
	if reason := p.ends(codeForbidden); !strings.Contains(reason, "come again in 90s") {
		t.Errorf("closed for %s", reason)
	}
	if a := b.post(`{"query":"{me}"}`, "Authorization", goodKey); a.status != 200 {
		t.Errorf("a good key: %d %s", a.status, a.body)
	}
	if a := b.post(`{"query":"{me}"}`, "Authorization", "Bearer broken"); a.status != 500 {
		t.Errorf("a fault of the server's: %d %s", a.status, a.body)
	}
	if g.wrong != 5 {
		t.Errorf("%d wrong keys were counted", g.wrong)
	}
}

func TestTooManySockets(t *testing.T) {
	t.Parallel()
	g := &turnstile{requests: -1, left: make(chan struct{}, 10)}
	b := newGated(t, g)
	first, second := b.dial(), b.dial()
	if _, resp, err := b.tryDial(); err == nil || resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("a third one that says nothing: %v", err)
	}
	const hello = `{"type":"connection_init","payload":{"Authorization":"Bearer good"}}`
	for _, p := range []*peer{first, second} { // they make room for others
		p.send(hello)
		p.expect(`{"type":"connection_ack"}`)
		<-g.left
	}
	third := b.dial()
	third.send(hello)
	if reason := third.ends(websocket.StatusTryAgainLater); !strings.Contains(reason, "too often") {
		t.Errorf("closed for %s", reason)
	}
	<-g.left
	_ = first.ws.CloseNow()
	<-g.left
	third = b.dial()
	third.send(hello)
	third.expect(`{"type":"connection_ack"}`)
}

// A stream whose key is revoked is told so, whoever else sends wrong keys; and
// the question that finds it out is no login.
func TestARevokedStreamIsNoFailedLogin(t *testing.T) {
	t.Parallel()
	g := &turnstile{requests: -1, streams: 1, wrongOver: 1, sockets: map[string]int{}}
	var mu sync.Mutex
	revoked := false
	b := newBench(t, func(c *Config) {
		c.Gate, c.Ping = g, 10*time.Millisecond
		c.Authenticate = func(ctx context.Context, _ string) (context.Context, error) {
			mu.Lock()
			defer mu.Unlock()
			if revoked {
				return ctx, errBadKey
			}
			return ctx, nil
		}
	})
	p := b.open("Authorization", goodKey)
	p.send(subscribe("a", `subscription{quiet}`))
	b.settle(1)
	mu.Lock()
	revoked = true
	mu.Unlock()
	p.ends(codeForbidden)
	if g.wrong != 0 {
		t.Errorf("%d wrong keys were counted", g.wrong)
	}
}

func TestAGateThatFailsTellsNothing(t *testing.T) {
	t.Parallel()
	b := newGated(t, &turnstile{fault: errors.New("hidden reason")})
	if a := b.post(`{"query":"{me}"}`); a.status != 500 || a.code() != "INTERNAL" || strings.Contains(a.body, "hidden") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if !strings.Contains(b.log.String(), "hidden reason") {
		t.Errorf("the log has %s", b.log)
	}
}
