package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// arrival is one request at an endpoint.
type arrival struct {
	Kind    kind
	Message string   // webhook-id
	Events  []string // their ids, in the order of the message
	At      time.Time
	End     time.Time // just before the answer left, or when the sender was seen to be gone
	Status  int       // that was answered; 0 for none
	Paused  bool      // the answer had Retry-After
}

func (a *arrival) taken() bool { return a.Status >= 200 && a.Status < 300 }

// endpoint is a receiver that has moods.
type endpoint struct {
	plan    channelPlan
	address string
	began   time.Time

	mu       sync.Mutex
	arrivals []arrival
	server   *http.Server
	turn     int // of the mood's answers
}

// open starts to listen; at the end of the test the endpoint is closed.
func openEndpoint(t *testing.T, c channelPlan) *endpoint {
	t.Helper()
	e := &endpoint{plan: c, address: "127.0.0.1:0"}
	if err := e.listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	return e
}

func (e *endpoint) url() string { return "http://" + e.address + "/" + string(e.plan.Kind) }

func (e *endpoint) listen() error {
	l, err := net.Listen("tcp", e.address)
	if err != nil {
		return fmt.Errorf("open the endpoint %s: %w", e.plan.Kind, err)
	}
	server := &http.Server{Handler: http.HandlerFunc(e.serve)}
	e.mu.Lock()
	e.address, e.server = l.Addr().String(), server
	e.mu.Unlock()
	go func() { _ = server.Serve(l) }() // ends when it is closed
	return nil
}

func (e *endpoint) close() {
	e.mu.Lock()
	server := e.server
	e.mu.Unlock()
	_ = server.Close()
}

// live lets the moods begin now, and refuses connections while the mood says so.
func (e *endpoint) live(ctx context.Context, began time.Time) error {
	e.mu.Lock()
	e.began = began
	e.mu.Unlock()
	for i, m := range e.plan.Moods {
		if !m.is(refuses) {
			continue
		}
		if !until(ctx, began.Add(m.At)) {
			return nil
		}
		e.close()
		back := until(ctx, began.Add(e.plan.Moods[i+1].At)) // being well follows every ill
		if err := e.listen(); err != nil || !back {
			return err
		}
	}
	return nil
}

// answer is the next answer of the present mood.
func (e *endpoint) answer(now time.Time) ill {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.began.IsZero() {
		return well
	}
	answers := []ill{well}
	for _, m := range e.plan.Moods {
		if m.At <= now.Sub(e.began) {
			answers = m.Answers
		}
	}
	e.turn++
	return answers[e.turn%len(answers)]
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender went away in the middle: nothing arrived
	}
	m := readMessage(body)
	n := e.arrived(arrival{Kind: e.plan.Kind, Message: r.Header.Get("webhook-id"), Events: m.ids(), At: time.Now()})
	a := e.answer(time.Now())
	if _, header := a.response(); m.poisoned() && header == nil {
		a = fails // but pauses are asked for: they use up no retry
	}
	switch a {
	case hangs:
		e.hold(r.Context(), 10*sendTimeout)
		e.ended(n, 0, false)
		panic(http.ErrAbortHandler)
	case resets, refuses:
		e.ended(n, 0, false)
		reset(w)
		return
	case slow:
		if !e.hold(r.Context(), sendTimeout/4+time.Duration(n%4)*sendTimeout/10) {
			e.ended(n, 0, false)
			return
		}
	}
	status, header := a.response()
	for name, value := range header {
		w.Header().Set(name, value)
	}
	e.ended(n, status, header != nil)
	w.WriteHeader(status)
}

// hold waits; false says that the sender went away first.
func (e *endpoint) hold(ctx context.Context, d time.Duration) bool {
	return until(ctx, time.Now().Add(d))
}

func (i ill) response() (status int, header map[string]string) {
	retryAfter := map[string]string{"Retry-After": "1"}
	switch i {
	case fails:
		return 500, nil
	case unavailable:
		return 503, nil
	case unavailableFor:
		return 503, retryAfter
	case throttles:
		return 429, retryAfter
	case gone:
		return 410, nil
	default:
		return 200, nil
	}
}

// reset breaks the connection off within the status line.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 2")
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (e *endpoint) arrived(a arrival) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.arrivals = append(e.arrivals, a)
	return len(e.arrivals) - 1
}

func (e *endpoint) ended(n, status int, pauses bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := &e.arrivals[n]
	a.End, a.Status, a.Paused = time.Now(), status, pauses
}

// log is what has arrived; what is still under way ends now.
func (e *endpoint) log() []arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := append([]arrival(nil), e.arrivals...)
	for i := range all {
		if all[i].End.IsZero() {
			all[i].End = time.Now()
		}
	}
	return all
}

// message is the body of a request: one event, or a batch.
type message struct {
	envelope
	Events []envelope
}

type envelope struct {
	ID   string
	Data struct{ Poison bool }
}

func readMessage(body []byte) (m message) {
	if json.Unmarshal(body, &m) != nil {
		return message{} // without events, which the checks find
	}
	if m.Events == nil {
		m.Events = []envelope{m.envelope}
	}
	return m
}

func (m *message) ids() []string {
	ids := make([]string, len(m.Events))
	for i := range m.Events {
		ids[i] = m.Events[i].ID
	}
	return ids
}

func (m *message) poisoned() bool {
	for i := range m.Events {
		if m.Events[i].Data.Poison {
			return true
		}
	}
	return false
}

// until waits for a time; false says that ctx ended first.
func until(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
