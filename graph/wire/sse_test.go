package wire

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"carillon/graph/wire/internal/testschema"
)

// events is an event stream, read as text.
type events struct {
	*bench
	resp   *http.Response
	from   *bufio.Reader
	cancel context.CancelFunc
}

// stream opens one, and reads its first comment.
func (b *bench) stream(body string, header ...string) *events {
	b.Helper()
	return b.follow(b.request(http.MethodPost, body, append([]string{"Accept", typeEvents}, header...)...))
}

func (b *bench) follow(req *http.Request) *events {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	b.Cleanup(cancel)
	resp, err := http.DefaultTransport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		b.Fatal(err)
	}
	e := &events{bench: b, resp: resp, from: bufio.NewReader(resp.Body), cancel: cancel}
	b.Cleanup(e.close)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		b.Fatalf("got %d %s %s", resp.StatusCode, resp.Header.Get("Content-Type"), e.rest())
	}
	if got := e.event(); got != ":\n\n" {
		b.Fatalf("got %q", got)
	}
	return e
}

func (e *events) close() {
	e.cancel()
	_ = e.resp.Body.Close()
}

// event is the next one, with its empty line.
func (e *events) event() string {
	e.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), "\n\n") {
		line, err := e.from.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			e.Fatalf("after %q: %v", b.String(), err)
		}
	}
	return b.String()
}

// rest is what still comes, without comments.
func (e *events) rest() string {
	e.Helper()
	text, err := io.ReadAll(e.from)
	if err != nil {
		e.Errorf("after %q: %v", text, err)
	}
	var kept strings.Builder
	for _, event := range strings.SplitAfter(string(text), "\n\n") {
		if event != ":\n\n" {
			kept.WriteString(event)
		}
	}
	return kept.String()
}

const completed = "event: complete\ndata:\n\n"

func nextEvent(result string) string { return "event: next\ndata: " + result + "\n\n" }

func TestEventStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct{ body, want string }{
		"a subscription":       {`{"query":"subscription{count(to:2)}"}`, nextEvent(`{"data":{"count":1}}`) + nextEvent(`{"data":{"count":2}}`)},
		"nothing":              {`{"query":"subscription{count(to:0)}"}`, ""},
		"a query":              {`{"query":"{__typename}"}`, nextEvent(`{"data":{"__typename":"Query"}}`)},
		"a mutation":           {`{"query":"mutation{publish(input:{type:\"t\",data:1.10}){data}}"}`, nextEvent(`{"data":{"publish":{"data":1.10}}}`)},
		"a parsing error":      {`{"query":"{"}`, nextEvent(`{"errors":[{"message":"Expected Name, found <EOF>","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT"}}]}`)},
		"a misfit":             {`{"query":"subscription($n:Int!){count(to:$n)}","variables":{"n":"x"}}`, nextEvent(`{"errors":[{"message":"to: must be a whole number from -2147483648 to 2147483647","extensions":{"code":"BAD_USER_INPUT","field":"to"}}]}`)},
		"a refused stream":     {`{"query":"subscription{refused}"}`, nextEvent(`{"errors":[{"message":"it broke","path":["refused"],"locations":[{"line":1,"column":14}]}]}`)},
		"an end with an error": {`{"query":"subscription{ends}"}`, nextEvent(`{"data":{"ends":1}}`) + nextEvent(`{"errors":[{"message":"it broke"}]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := b.on(t).stream(row.body).rest(); got != row.want+completed {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("a panic", func(t *testing.T) {
		t.Parallel()
		got := b.on(t).stream(`{"query":"subscription{panics}"}`).rest()
		if !strings.Contains(got, "INTERNAL") || !strings.HasSuffix(got, completed) {
			t.Errorf("got %q", got)
		}
	})
}

func TestEventStreamIsRefusedBeforeItBegins(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct {
		body, key string
		status    int
	}{
		"no JSON":   {`x`, "", 400},
		"no query":  {`{}`, "", 400},
		"a bad key": {`{"query":"subscription{quiet}"}`, "Bearer bad", 401},
	} {
		if got := b.post(row.body, "Accept", typeEvents, "Authorization", row.key); got.status != row.status || got.code() == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestEventHasOneLineOfData(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.resolver.Feed = func(context.Context) <-chan testschema.Published {
		ch := make(chan testschema.Published, 1)
		ch <- testschema.Published{ID: "1", Data: []byte("{\n \"a b\" :\r\n [1.10]\t}")}
		close(ch)
		return ch
	}
	got := b.stream(`{"query":"subscription{published{data}}"}`).rest()
	if got != nextEvent(`{"data":{"published":{"data":{"a b":[1.10]}}}}`)+completed {
		t.Errorf("got %q", got)
	}
}

func TestEventStreamByGet(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	address := b.url + "?query=" + url.QueryEscape(`subscription($n:Int!){count(to:$n)}`) + "&variables=" + url.QueryEscape(`{"n":1}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", typeEvents)
	if got := b.follow(req).rest(); got != nextEvent(`{"data":{"count":1}}`)+completed {
		t.Errorf("got %q", got)
	}
}

func TestEventStreamIsKeptAlive(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Ping = time.Millisecond })
	e := b.stream(`{"query":"subscription{quiet}"}`)
	for range 3 {
		if got := e.event(); got != ":\n\n" {
			t.Errorf("got %q", got)
		}
	}
	e.close()
	b.settle(0)
}

// wrapper is a middleware's writer, which only unwraps.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestStreamsPassThroughMiddleware(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.handler.ServeHTTP(wrapper{wrapper{w}}, r)
	}))
	defer server.Close()
	b.url = server.URL
	e := b.stream(`{"query":"subscription{count(to:1)}"}`)
	if got := e.rest(); got != nextEvent(`{"data":{"count":1}}`)+completed {
		t.Errorf("got %q", got)
	}
	p := b.open()
	p.send(subscribe("a", `subscription{count(to:1)}`))
	p.expect(next("a", `{"count":1}`), complete("a"))
	_ = p.ws.CloseNow()
}

func TestAcceptChooses(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]acceptance{
		"application/json":                  {json: typeJSON},
		"application/graphql-response+json": {json: typeResponse},
		"*/*":                               {json: typeJSON},
		"application/*":                     {json: typeJSON},
		"text/html,application/xhtml+xml,*/*;q=.8":                  {json: typeJSON},
		"application/json;q=0.5, application/graphql-response+json": {json: typeResponse},
		"application/graphql-response+json, application/json":       {json: typeResponse},
		"application/json, application/graphql-response+json":       {json: typeJSON},
		"application/json; charset=utf-8":                           {json: typeJSON},
		"application/json; charset=latin1":                          {},
		"text/html":                                                 {},
		"application/json;q=0":                                      {},
		"text/event-stream":                                         {stream: true, prefer: true},
		"":                                                          {json: typeJSON},
		"text/event-stream, application/json;q=0.9":                 {json: typeJSON, stream: true, prefer: true},
		"application/json, text/event-stream, multipart/mixed":      {json: typeJSON, stream: true},
		"text/event-stream; q=1, ,;":                                {stream: true, prefer: true},
	} {
		got := accepts(http.Header{"Accept": {header}})
		if got != want {
			t.Errorf("%q: %+v", header, got)
		}
	}
}
