package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"carillon/models"
)

// TestStreamsOverTLS: a server that speaks HTTP/2 as well is asked for a
// WebSocket over HTTP/1.1.
func TestStreamsOverTLS(t *testing.T) {
	t.Parallel()
	s := newScripted(t, says(next(idA)))
	server := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c := newClient(t, server.URL)
	c.transfer.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	c.transfer.TLSClientConfig.NextProtos = nil
	if _, err := c.NewestEvent(t.Context(), "", time.Time{}); err != nil {
		t.Fatal(err)
	}
	ids, err := following(t, c, Start{After: "evt_start"}, 1)
	if err != nil || len(ids) != 1 {
		t.Errorf("%v, %v", ids, err)
	}
}

// scripted is a server whose streams do as they are told, one after the other.
type scripted struct {
	t       *testing.T
	url     string
	streams chan func(ctx context.Context, ws *websocket.Conn)

	mu    sync.Mutex
	after []string // of each subscription
	log   []string // ids of events, oldest first
	later []string // the log from the third look at it on
	looks int
}

func newScripted(t *testing.T, streams ...func(context.Context, *websocket.Conn)) *scripted {
	t.Helper()
	s := &scripted{t: t, streams: make(chan func(context.Context, *websocket.Conn), len(streams))}
	for _, stream := range streams {
		s.streams <- stream
	}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *scripted) serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		s.answer(w, r)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	_, _, _ = ws.Read(r.Context())
	_ = ws.Write(r.Context(), websocket.MessageText, []byte(`{"type":"connection_ack"}`))
	_, text, err := ws.Read(r.Context())
	if err != nil {
		return
	}
	var f struct {
		Payload struct{ Variables struct{ After string } }
	}
	_ = json.Unmarshal(text, &f)
	s.mu.Lock()
	s.after = append(s.after, f.Payload.Variables.After)
	s.mu.Unlock()
	select {
	case stream := <-s.streams:
		stream(r.Context(), ws)
	default:
		<-ws.CloseRead(r.Context()).Done()
	}
}

// answer is that of queries: the ids of the log, newest first, or one event.
func (s *scripted) answer(w http.ResponseWriter, r *http.Request) {
	var asked request
	_ = json.NewDecoder(r.Body).Decode(&asked)
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := asked.Variables["id"]; ok {
		fmt.Fprintf(w, `{"data":{"item":{"id":%q}}}`, id)
		return
	}
	if s.looks++; s.looks == 3 && s.later != nil {
		s.log = s.later
	}
	var nodes []string
	for i := len(s.log) - 1; i >= 0; i-- {
		nodes = append(nodes, fmt.Sprintf(`{"id":%q}`, s.log[i]))
	}
	fmt.Fprintf(w, `{"data":{"items":{"nodes":[%s],"pageInfo":{"hasNextPage":false,"endCursor":null}}}}`, strings.Join(nodes, ","))
}

func (s *scripted) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.after...)
}

const (
	idA = "evt_01jd5x3v9kfm8tqz2y4r6w7aba"
	idB = "evt_01jd5x3v9kfm8tqz2y4r6w7abb"
	idC = "evt_01jd5x3v9kfm8tqz2y4r6w7abc"
)

func says(text ...string) func(context.Context, *websocket.Conn) {
	return func(ctx context.Context, ws *websocket.Conn) {
		for _, t := range text {
			_ = ws.Write(ctx, websocket.MessageText, []byte(t))
		}
		_ = ws.Close(websocket.StatusGoingAway, "the server is shutting down")
	}
}

func next(id string) string {
	return `{"id":"1","type":"next","payload":{"data":{"item":{"id":"` + id + `"}}}}`
}

// refusal ends a subscription with an error.
func refusal(code, field string) string {
	return `{"id":"1","type":"error","payload":[{"message":"no","extensions":{"code":"` + code + `","field":"` + field + `"}}]}`
}

// following follows until n items were taken, or the stream ends.
func following(t *testing.T, c *Client, start Start, n int) (ids []string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = c.FollowEvents(ctx, EventFilter{}, start, func(e *Event) error {
		if ids = append(ids, e.ID.String()); len(ids) == n {
			cancel()
		}
		return nil
	})
	return ids, err
}

func TestResumesBehindTheLastOne(t *testing.T) {
	t.Parallel()
	s := newScripted(t,
		says(`{"type":"ping"}`, next(idA)),
		says(refusal("RATE_LIMITED", "")),
		says(`{"id":"1","type":"complete"}`),
		says(refusal("INTERNAL", "")),
		says(next(idB), `{"type":"pong"}`, "no JSON"),
		says(next(idC)))
	lost, back := 0, 0
	start := Start{After: "evt_start", Lost: func(error, time.Duration) { lost++ }, Back: func() { back++ }}
	ids, err := following(t, newClient(t, s.url), start, 3)
	if err != nil || strings.Join(ids, " ") != strings.Join([]string{idA, idB, idC}, " ") {
		t.Errorf("%v, %v", ids, err)
	}
	want := strings.Join([]string{"evt_start", idA, idA, idA, idA, idB}, " ")
	if got := strings.Join(s.asked(), " "); got != want {
		t.Errorf("resumed behind\n%s, want\n%s", got, want)
	}
	if lost != 5 || back != 5 {
		t.Errorf("%d times lost, %d times back, want 5", lost, back)
	}
}

// TestAnEmptyLog: a stream that begins on nothing begins with what comes first.
func TestAnEmptyLog(t *testing.T) {
	t.Parallel()
	s := newScripted(t, says(next(idB)))
	s.later = []string{idA, idB}
	c := newClient(t, s.url)
	if id, err := c.NewestEvent(t.Context(), "", time.Time{}); id != "" || err != nil {
		t.Fatalf("%q, %v", id, err)
	}
	ids, err := following(t, c, Start{}, 2)
	if err != nil || strings.Join(ids, " ") != idA+" "+idB {
		t.Errorf("%v, %v", ids, err)
	}
	if got := s.asked(); len(got) != 1 || got[0] != idA {
		t.Errorf("subscribed behind %q", got)
	}
}

// TestTheLastOneIsNotKept: what retention took cannot be gone on behind.
func TestTheLastOneIsNotKept(t *testing.T) {
	t.Parallel()
	s := newScripted(t, says(refusal("BAD_USER_INPUT", "after")), says(next(idC)))
	s.log = []string{idA, idB}
	gone := ""
	ids, err := following(t, newClient(t, s.url), Start{After: "evt_old", Gone: func(id string) { gone = id }}, 1)
	if err != nil || len(ids) != 1 || ids[0] != idC || gone != "evt_old" {
		t.Errorf("%v, %v, gone %q", ids, err, gone)
	}
	if got := s.asked(); len(got) != 2 || got[1] != idB {
		t.Errorf("subscribed behind %q, want the newest", got)
	}
}

func TestWhatEndsAStream(t *testing.T) {
	t.Parallel()
	forbidden := func(_ context.Context, ws *websocket.Conn) { _ = ws.Close(4403, "Forbidden") }
	for want, stream := range map[string]func(context.Context, *websocket.Conn){
		"UNAUTHENTICATED: the server does not take this key": forbidden,
		"BAD_USER_INPUT: filter: no":                         says(refusal("BAD_USER_INPUT", "filter")),
		"NOT_FOUND: no":                                      says(refusal("NOT_FOUND", "")),
	} {
		s := newScripted(t, says(next(idA)), stream)
		ids, err := following(t, newClient(t, s.url), Start{After: "evt_start"}, 9)
		if err == nil || err.Error() != want || len(ids) != 1 {
			t.Errorf("%v, %v; want %s", ids, err, want)
		}
	}
	taken := errors.New("full")
	s := newScripted(t, says(next(idA)))
	if err := newClient(t, s.url).FollowEvents(t.Context(), EventFilter{}, Start{After: "x"}, func(*Event) error { return taken }); !errors.Is(err, taken) {
		t.Errorf("got %v", err)
	}
}

// TestTheFirstConnection: what is wrong from the beginning is not waited for.
func TestTheFirstConnection(t *testing.T) {
	t.Parallel()
	for _, s := range []*httptest.Server{answering(t, 404, ""), answering(t, 200, "{}")} {
		_, err := following(t, newClient(t, s.URL), Start{After: "evt_start"}, 1)
		var away *Unreachable
		if !errors.As(err, &away) || !strings.Contains(err.Error(), "is not a Carillon server") {
			t.Errorf("got %v", err)
		}
	}
}

// TestASilentStreamIsLost: a connection that says nothing any more is not
// trusted for ever.
func TestASilentStreamIsLost(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context, ws *websocket.Conn) { <-ws.CloseRead(ctx).Done() }
	s := newScripted(t, hang, says(next(idA)))
	c := newClient(t, s.url)
	c.cfg.Silence = 50 * time.Millisecond
	var why error
	ids, err := following(t, c, Start{After: "evt_start", Lost: func(err error, _ time.Duration) { why = err }}, 1)
	if err != nil || len(ids) != 1 || why == nil || !strings.Contains(why.Error(), "nothing was heard") {
		t.Errorf("%v, %v, lost for %v", ids, err, why)
	}
}

func TestNamesOfThings(t *testing.T) {
	t.Parallel()
	c := newClient(t, answering(t, 200, `{"data":{"items":{"nodes":[{"id":"`+models.NewID(models.PrefixChannel).String()+`","name":"a"},{"id":"`+
		models.NewID(models.PrefixChannel).String()+`","name":"a"},{"id":"chn_01jd5x3v9kfm8tqz2y4r6w7abc","name":"ab"}]}}}`).URL)
	if id, err := c.ChannelNamed(t.Context(), "", "ab"); id != "chn_01jd5x3v9kfm8tqz2y4r6w7abc" || err != nil {
		t.Errorf("%s, %v", id, err)
	}
	if _, err := c.ChannelNamed(t.Context(), "", "a"); err == nil || !strings.Contains(err.Error(), "2 channels have the name") {
		t.Error(err)
	}
	if _, err := c.WebhookNamed(t.Context(), "", "b"); err == nil || !strings.Contains(err.Error(), "there is no webhook with the name") {
		t.Error(err)
	}
}
