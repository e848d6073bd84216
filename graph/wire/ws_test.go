package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"carillon/graph/wire/internal/testschema"
	"carillon/models"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// peer is a client that knows nothing of the protocol.
type peer struct {
	*testing.T
	ws *websocket.Conn
}

func (b *bench) dial(header ...string) *peer {
	b.Helper()
	p, resp, err := b.tryDial(header...)
	if err != nil {
		b.Fatal(err, resp)
	}
	return p
}

func (b *bench) tryDial(header ...string) (*peer, *http.Response, error) {
	b.Helper()
	opts := &websocket.DialOptions{HTTPHeader: http.Header{}, Subprotocols: []string{subprotocol}}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Sec-WebSocket-Protocol" {
			opts.Subprotocols = strings.Fields(header[i+1])
			continue
		}
		opts.HTTPHeader.Set(header[i], header[i+1])
	}
	ws, resp, err := websocket.Dial(b.Context(), b.url, opts)
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(-1)
	b.Cleanup(func() { _ = ws.CloseNow() })
	return &peer{T: b.T, ws: ws}, resp, nil
}

func (p *peer) send(texts ...string) {
	p.Helper()
	for _, text := range texts {
		if err := p.ws.Write(p.Context(), websocket.MessageText, []byte(text)); err != nil {
			p.Fatalf("sending %.80s: %v", text, err)
		}
	}
}

// expect reads the next messages, and holds them to these.
func (p *peer) expect(texts ...string) {
	p.Helper()
	for _, want := range texts {
		if got := p.read(); got != want {
			p.Fatalf("got  %.300s\nwant %.300s", got, want)
		}
	}
}

// read is the next message that is no ping.
func (p *peer) read() string {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	for {
		_, text, err := p.ws.Read(ctx)
		if err != nil {
			p.Fatalf("reading: %v", err)
		}
		if string(text) != `{"type":"ping"}` {
			return string(text)
		}
	}
}

// ends reads until the connection is closed, and holds it to the code.
func (p *peer) ends(code websocket.StatusCode) string {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	for {
		_, text, err := p.ws.Read(ctx)
		if err == nil {
			if strings.Contains(string(text), `"ping"`) {
				continue
			}
			p.Errorf("got %.300s", text)
			continue
		}
		if got := websocket.CloseStatus(err); got != code {
			p.Errorf("closed with %d, not %d: %v", got, code, err)
		}
		return err.Error()
	}
}

// open is a connection that is acknowledged.
func (b *bench) open(header ...string) *peer {
	b.Helper()
	p := b.dial(header...)
	p.send(`{"type":"connection_init"}`)
	p.expect(`{"type":"connection_ack"}`)
	return p
}

func subscribe(id, query string) string {
	return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%s}}`, id, appendQuoted(nil, query))
}

func next(id, data string) string {
	return fmt.Sprintf(`{"id":%q,"type":"next","payload":{"data":%s}}`, id, data)
}

func complete(id string) string { return fmt.Sprintf(`{"id":%q,"type":"complete"}`, id) }

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.MaxMessage = 2000 })
	const start = `{"type":"connection_init"}`
	for name, row := range map[string]struct {
		header []string
		sends  []string
		acks   int
		code   websocket.StatusCode
	}{
		"no JSON":               {nil, []string{`x`}, 0, codeInvalid},
		"no object":             {nil, []string{`[]`}, 0, codeInvalid},
		"no type":               {nil, []string{`{}`}, 0, codeInvalid},
		"no text type":          {nil, []string{`{"type":1}`}, 0, codeInvalid},
		"unknown type":          {nil, []string{`{"type":"start"}`}, 0, codeInvalid},
		"the server's type":     {nil, []string{`{"type":"connection_ack"}`}, 0, codeInvalid},
		"invalid UTF-8":         {nil, []string{"{\"type\":\"\xff\"}"}, 0, codeInvalid},
		"deep":                  {nil, []string{`{"type":` + strings.Repeat("[", 20_000)}, 0, codeInvalid},
		"payload no object":     {nil, []string{`{"type":"connection_init","payload":5}`}, 0, codeInvalid},
		"key no string":         {nil, []string{`{"type":"connection_init","payload":{"Authorization":5}}`}, 0, codeInvalid},
		"no id":                 {nil, []string{start, `{"type":"subscribe","payload":{"query":"{me}"}}`}, 1, codeInvalid},
		"empty id":              {nil, []string{start, subscribe("", "{me}")}, 1, codeInvalid},
		"no payload":            {nil, []string{start, `{"type":"subscribe","id":"1"}`}, 1, codeInvalid},
		"no query":              {nil, []string{start, `{"type":"subscribe","id":"1","payload":{}}`}, 1, codeInvalid},
		"variables no object":   {nil, []string{start, `{"type":"subscribe","id":"1","payload":{"query":"{me}","variables":[]}}`}, 1, codeInvalid},
		"before init":           {nil, []string{subscribe("1", "{me}")}, 0, codeNotInit},
		"a bad key":             {nil, []string{`{"type":"connection_init","payload":{"Authorization":"Bearer bad"}}`}, 0, codeForbidden},
		"a bad key in a header": {[]string{"Authorization", "Bearer bad"}, []string{start}, 0, codeForbidden},
		"a broken server":       {nil, []string{`{"type":"connection_init","payload":{"Authorization":"Bearer broken"}}`}, 0, codeInternal},
		"another protocol":      {[]string{"Sec-WebSocket-Protocol", "graphql-ws other"}, nil, 0, codeSubprotocol},
		"no protocol":           {[]string{"Sec-WebSocket-Protocol", ""}, nil, 0, codeSubprotocol},
		"a duplicate":           {nil, []string{start, subscribe("1", "subscription{quiet}"), subscribe("1", "{me}")}, 1, codeDuplicate},
		"a second init":         {nil, []string{start, start}, 1, codeSecondInit},
		"too large":             {[]string{"Authorization", goodKey}, []string{start, subscribe("1", strings.Repeat("x", 2000))}, 1, websocket.StatusMessageTooBig},
		"too large for nobody":  {nil, []string{`{"type":"connection_init","pad":"` + strings.Repeat("x", anonymousMessage) + `"}`}, 0, websocket.StatusMessageTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := b.on(t).dial(row.header...)
			p.send(row.sends...)
			for range row.acks {
				p.expect(`{"type":"connection_ack"}`)
			}
			p.ends(row.code)
		})
	}
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		p := b.on(t).dial()
		if err := p.ws.Write(t.Context(), websocket.MessageBinary, []byte(start)); err != nil {
			t.Fatal(err)
		}
		p.ends(codeInvalid)
	})
	t.Run("init timeout", func(t *testing.T) {
		t.Parallel()
		newBench(t, func(c *Config) { c.InitTimeout = time.Millisecond }).dial().ends(codeInitTimeout)
	})
}

// on is the same bench for a subtest.
func (b *bench) on(t *testing.T) *bench {
	same := *b
	same.T = t
	return &same
}

func TestUpgradeIsRefusedOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for origin, allowed := range map[string]bool{"": true, b.url: true, "https://elsewhere.example": false, "null": false, ":": false} {
		_, resp, err := b.tryDial("Origin", origin)
		if (err == nil) != allowed || (!allowed && resp.StatusCode != http.StatusForbidden) {
			t.Errorf("%q: %v", origin, err)
		}
	}
	own := newBench(t, func(c *Config) {
		c.AllowOrigin = func(r *http.Request) bool { return r.Header.Get("Origin") == "https://a.example" }
	})
	if _, _, err := own.tryDial("Origin", "https://a.example"); err != nil {
		t.Error(err)
	}
}

func TestOperationsOverWebSocket(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	p := b.dial()
	p.send(`{"type":"connection_init","payload":{"authorization":"Bearer good","other":[1]}}`)
	p.expect(`{"type":"connection_ack"}`)
	for name, row := range map[string]struct {
		query string
		wants []string
	}{
		"a query":              {`{me}`, []string{next("a", `{"me":"good"}`), complete("a")}},
		"a mutation":           {`mutation{publish(input:{type:"t",data:{z:1.10,a:2}}){data}}`, []string{next("a", `{"publish":{"data":{"z":1.10,"a":2}}}`), complete("a")}},
		"a subscription":       {`subscription{count(to:2)}`, []string{next("a", `{"count":1}`), next("a", `{"count":2}`), complete("a")}},
		"nothing":              {`subscription{count(to:0)}`, []string{complete("a")}},
		"errors beside data":   {`{failsSoftly}`, []string{`{"id":"a","type":"next","payload":{"errors":[{"message":"it broke","path":["failsSoftly"],"locations":[{"line":1,"column":2}]}],"data":{"failsSoftly":null}}}`, complete("a")}},
		"a parsing error":      {`{`, []string{`{"id":"a","type":"error","payload":[{"message":"Expected Name, found <EOF>","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT"}}]}`}},
		"a refused stream":     {`subscription{refused}`, []string{`{"id":"a","type":"error","payload":[{"message":"it broke","path":["refused"],"locations":[{"line":1,"column":14}]}]}`}},
		"an end with an error": {`subscription{ends}`, []string{next("a", `{"ends":1}`), `{"id":"a","type":"error","payload":[{"message":"it broke"}]}`}},
		"@defer":               {`{...@defer{me}}`, []string{`{"id":"a","type":"error","payload":[{"message":"@defer is not taken here; ask for the fields without it","extensions":{"code":"BAD_USER_INPUT"}}]}`}},
	} {
		p.T = t
		t.Run(name, func(t *testing.T) {
			p.T = t
			for range 2 { // the id is free as soon as the last message is there
				p.send(subscribe("a", row.query))
				p.expect(row.wants...)
			}
		})
	}
	p.T = t
	p.send(`{"type":"ping"}`, `{"type":"ping","payload":{"a": 1.10}}`, `{"type":"pong"}`, `{"type":"complete","id":"none"}`)
	p.expect(`{"type":"pong"}`, `{"type":"pong","payload":{"a": 1.10}}`)
	p.send(subscribe("q\"", `subscription{panics}`))
	if got := p.read(); !strings.Contains(got, `"id":"q\"","type":"error"`) || !strings.Contains(got, "INTERNAL") {
		t.Error(got)
	}
}

func TestCompleteEndsASubscription(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	p := b.open()
	for range 20 {
		p.send(subscribe("a", `subscription{quiet}`), `{"type":"complete","id":"a"}`, subscribe("a", `{__typename}`))
		p.expect(next("a", `{"__typename":"Query"}`), complete("a"))
	}
	b.settle(0)
}

// settle waits until so many subscriptions run.
func (b *bench) settle(want int) {
	b.Helper()
	settle(b, b.resolver, want)
}

func settle(t testing.TB, r *testschema.Resolver, want int) {
	t.Helper()
	late := time.After(patience)
	for {
		n, changed := r.Live()
		if n == want {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("%d subscriptions run, not %d", n, want)
		}
	}
}

func TestAnonymousSocket(t *testing.T) {
	t.Parallel()
	p := newBench(t, nil).open()
	p.send(subscribe("a", `{__typename me}`))
	p.expect(next("a", `{"__typename":"Query","me":null}`), complete("a"))
}

func TestCredentialOfTheUpgrade(t *testing.T) {
	t.Parallel()
	p := newBench(t, nil).open("Authorization", goodKey)
	p.send(subscribe("a", `{me}`))
	p.expect(next("a", `{"me":"good"}`), complete("a"))
}

func TestOperationsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.MaxOperations = 2 })
	p := b.open()
	p.send(subscribe("a", `subscription{quiet}`), subscribe("b", `subscription{quiet}`), subscribe("c", `{me}`))
	if got := p.read(); !strings.Contains(got, `"id":"c","type":"error"`) || !strings.Contains(got, "RATE_LIMITED") {
		t.Error(got)
	}
	p.send(`{"type":"complete","id":"a"}`)
	b.settle(1)
	for taken := false; !taken; { // a moment later it is counted out
		p.send(subscribe("c", `{me}`))
		taken = p.read() == next("c", `{"me":null}`)
	}
}

func TestPeerThatAnswersNoPingIsClosed(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Ping = 200 * time.Millisecond })
	p := b.open()
	p.send(subscribe("a", `subscription{quiet}`))
	// The peer's library answers pings while it reads, and it does not read.
	b.settle(1)
	b.settle(0)
}

func TestPeerThatAnswersPingsStays(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Ping = 500 * time.Millisecond })
	p := b.open()
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if _, text, err := p.ws.Read(ctx); err != nil || string(text) != `{"type":"ping"}` {
			t.Fatal(string(text), err)
		}
		cancel()
	}
	p.send(subscribe("a", `{__typename}`))
	p.expect(next("a", `{"__typename":"Query"}`), complete("a"))
}

func TestRevokedKeyEndsStreams(t *testing.T) {
	t.Parallel()
	revoked := make(chan struct{})
	b := newBench(t, func(c *Config) {
		c.Ping = 500 * time.Millisecond
		c.Authenticate = func(ctx context.Context, _ string) (context.Context, error) {
			select {
			case <-revoked:
				return ctx, &models.Error{Code: models.CodeUnauthenticated, Message: "the key is not known"}
			default:
				return ctx, nil
			}
		}
	})
	p := b.open("Authorization", goodKey)
	p.send(subscribe("a", `subscription{quiet}`))
	ended := make(chan struct{})
	go func() { // reads all the while, and so answers pings
		defer close(ended)
		p.ends(codeForbidden)
	}()
	events := b.stream(`{"query":"subscription{quiet}"}`, "Authorization", goodKey)
	b.settle(2)
	close(revoked)
	<-ended
	if got := events.rest(); !strings.Contains(got, "UNAUTHENTICATED") || !strings.HasSuffix(got, "event: complete\ndata:\n\n") {
		t.Errorf("got %q", got)
	}
}

// What is revoked opens nothing more, though the connection that it opened
// stays until the next ping.
func TestRevokedKeyOpensNoOperation(t *testing.T) {
	t.Parallel()
	var revoked, broken atomic.Bool
	b := newBench(t, func(c *Config) {
		c.Authenticate = func(ctx context.Context, _ string) (context.Context, error) {
			switch {
			case broken.Load():
				return ctx, errors.New("the database is away")
			case revoked.Load():
				return ctx, &models.Error{Code: models.CodeUnauthenticated, Message: "this session has expired"}
			}
			return ctx, nil
		}
	})
	p := b.open("Authorization", goodKey)
	p.send(subscribe("a", `{__typename}`))
	p.expect(next("a", `{"__typename":"Query"}`), complete("a"))
	broken.Store(true) // which is no answer
	p.send(subscribe("b", `{__typename}`))
	p.expect(next("b", `{"__typename":"Query"}`), complete("b"))
	broken.Store(false)
	revoked.Store(true)
	for _, operation := range []string{`{__typename}`, `subscription{quiet}`, `{none}`} {
		p.send(subscribe("c", operation))
		p.expect(`{"id":"c","type":"error","payload":[{"message":"this session has expired","extensions":{"code":"UNAUTHENTICATED"}}]}`)
	}
}

func TestSlowClientIsCutOffAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.WriteTimeout = 100 * time.Millisecond })
	slow := b.open()
	slow.send(subscribe("a", `subscription{flood(size:100000)}`))
	stuck := b.stream(`{"query":"subscription{flood(size:100000)}"}`)
	b.settle(2)

	quick := b.open()
	quick.send(subscribe("a", `subscription{count(to:1000)}`))
	for i := range 1000 {
		quick.expect(next("a", fmt.Sprintf(`{"count":%d}`, i+1)))
	}
	quick.expect(complete("a"))
	b.settle(0)
	stuck.close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.handler.Drain(ctx); err != nil { // which waits for the last word
		t.Fatal(err)
	}
	if !strings.Contains(b.log.String(), "takes no messages") {
		t.Errorf("the log has %s", b.log)
	}
}

func TestPeerThatVanishes(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	p := b.open()
	p.send(subscribe("a", `subscription{quiet}`), subscribe("b", `{blocks}`))
	b.settle(1)
	_ = p.ws.CloseNow()
	b.settle(0)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	entered := make(chan struct{})
	b := newBench(t, nil)
	b.resolver.Block = func(context.Context) { close(entered); <-release }

	idle := b.open()
	watching := b.open()
	watching.send(subscribe("a", `subscription{quiet}`))
	asking := b.open()
	asking.send(subscribe("a", `subscription{quiet}`), subscribe("b", `{blocks}`))
	events := b.stream(`{"query":"subscription{quiet}"}`)
	<-entered
	b.settle(3)

	drained := make(chan error)
	go func() { drained <- b.handler.Drain(context.Background()) }()
	idle.ends(websocket.StatusGoingAway)
	watching.ends(websocket.StatusGoingAway)
	if got := events.rest(); got != "" {
		t.Errorf("a stream that is broken off says %q, which clients take for its end", got)
	}
	if _, resp, err := b.tryDial(); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new connection: %v", err)
	}
	if got := b.post(`{"query":"{__typename}"}`); got.status != http.StatusOK {
		t.Errorf("a query: %d", got.status)
	}
	close(release)
	asking.expect(next("b", `{"blocks":null}`), complete("b"))
	asking.ends(websocket.StatusGoingAway)
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if err := b.handler.Drain(context.Background()); err != nil {
		t.Error("a second time:", err)
	}
}

func TestDrainThatRunsOutOfTime(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	p := b.open()
	p.send(subscribe("a", `{blocks}`), subscribe("b", `{__typename}`))
	p.expect(next("b", `{"__typename":"Query"}`), complete("b"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.handler.Drain(ctx); err == nil {
		t.Error("it did not run out")
	}
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, _, err := p.ws.Read(ctx); err == nil || ctx.Err() != nil {
		t.Error("the connection is still there")
	}
}

func TestHalfARequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	var got [4096]byte
	n, _ := conn.Read(got[:])
	if !strings.Contains(string(got[:n]), "400 Bad Request") || !json.Valid(got[strings.Index(string(got[:n]), "\r\n\r\n")+4:n]) {
		t.Errorf("got %s", got[:n])
	}
}
