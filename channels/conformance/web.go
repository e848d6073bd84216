package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Echo in the body of an answer stands for all that the provider got, as a JSON string.
const Echo = "{echo}"

// Answer is what a provider that speaks HTTP says.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
}

// Web is a provider on loopback that speaks HTTP, for subjects to build on. It
// knows by itself how to hang, trickle, drop, flood and echo.
type Web struct {
	URL string

	identify func(r *http.Request, body []byte) string
	answers  map[Behaviour]Answer
	released chan struct{} // closed in the end: whoever hangs is let go

	mu        sync.Mutex
	behaviour Behaviour
	received  []string
}

// NewWeb starts one. answers are the provider's own for its behaviours; identify
// is what a receiver tells doubles by, nil where there is nothing.
func NewWeb(t *testing.T, answers map[Behaviour]Answer, identify func(r *http.Request, body []byte) string) *Web {
	t.Helper()
	w := &Web{answers: answers, identify: identify, released: make(chan struct{})}
	server := httptest.NewServer(w)
	w.URL = server.URL
	t.Cleanup(func() {
		close(w.released)
		server.CloseClientConnections()
		server.Close()
	})
	return w
}

// Behave says how it answers from now on.
func (w *Web) Behave(b Behaviour) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.behaviour = b
}

// Received is what identify said of each message that was taken.
func (w *Web) Received() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.received)
}

// ServeHTTP answers as the behaviour says.
func (w *Web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	switch b := w.take(r, body); b {
	case Hang:
		w.hang(r)
	case Drop:
		if conn, _, err := http.NewResponseController(out).Hijack(); err == nil {
			_ = conn.Close()
		}
	case Trickle:
		w.begin(out, Accept)
		w.trickle(out, r)
	case Oversize:
		w.begin(out, Accept)
		block := bytes.Repeat([]byte("flood \u00e9 "), 4<<10)
		for sent := 0; sent < Endless && err == nil; sent += len(block) {
			_, err = out.Write(block)
		}
	case EchoSecrets:
		w.echo(out, r, body)
	default:
		_, _ = io.WriteString(out, w.begin(out, b).Body)
	}
}

// take is the behaviour for a request, which is noted where it is taken.
func (w *Web) take(r *http.Request, body []byte) Behaviour {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.behaviour == Accept {
		id := ""
		if w.identify != nil {
			id = w.identify(r, body)
		}
		w.received = append(w.received, id)
	}
	return w.behaviour
}

// begin writes the head of an answer.
func (w *Web) begin(out http.ResponseWriter, b Behaviour) Answer {
	answer, given := w.answers[b]
	if !given {
		answer = Answer{Status: http.StatusOK, Body: "taken"}
	}
	for name, value := range answer.Header {
		out.Header().Set(name, value)
	}
	out.WriteHeader(answer.Status)
	return answer
}

func (w *Web) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-w.released:
	}
}

func (w *Web) trickle(out http.ResponseWriter, r *http.Request) {
	drop := time.NewTicker(20 * time.Millisecond)
	defer drop.Stop()
	for {
		_, _ = io.WriteString(out, " ")
		_ = http.NewResponseController(out).Flush()
		select {
		case <-drop.C:
		case <-r.Context().Done():
			return
		case <-w.released:
			return
		}
	}
}

// echo repeats the request in the answer's headers, as text and as JSON.
func (w *Web) echo(out http.ResponseWriter, r *http.Request, body []byte) {
	var got strings.Builder
	fmt.Fprintf(&got, "%s %s\n", r.Method, r.URL.RequestURI())
	if user, password, ok := r.BasicAuth(); ok {
		fmt.Fprintf(&got, "%s:%s\n", user, password)
	}
	for name, values := range r.Header {
		fmt.Fprintf(&got, "%s: %s\n", name, strings.Join(values, ", "))
		out.Header().Set("X-Echo-"+name, strings.Join(values, ", "))
	}
	got.Write(body)
	quoted, _ := json.Marshal(got.String()) // a string always marshals
	answer, given := w.answers[EchoSecrets]
	if !given {
		answer = Answer{Status: http.StatusInternalServerError, Body: got.String() + "\n" + Echo}
	}
	for name, value := range answer.Header {
		out.Header().Set(name, value)
	}
	out.WriteHeader(answer.Status)
	_, _ = io.WriteString(out, strings.ReplaceAll(answer.Body, Echo, string(quoted)))
}
