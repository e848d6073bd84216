package testkit

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Received is one request as the receiver had it.
type Received struct {
	Number int // 1 for the first that arrived
	Method string
	Path   string // with the query
	Host   string
	Header http.Header
	Body   []byte
	At     time.Time // when its body had been read
}

// ID is the message's webhook-id, the same on every try.
func (r Received) ID() string { return r.Header.Get("webhook-id") }

// Verify checks the Standard Webhooks signature with the project's own library.
// The age of the timestamp is not checked: tests have clocks of their own.
func (r Received) Verify(secret string) error {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return err
	}
	return verifier.VerifyIgnoringTimestamp(r.Body, r.Header)
}

// Answer is what the receiver does with a request. The zero Answer is 200 with no body.
type Answer struct {
	Status int // 200 when 0
	Header http.Header
	Body   string
	// Gate holds the answer back until it is closed or gives a value; nil for at once.
	Gate <-chan struct{}
	// Hang holds the answer back until Release or Close.
	Hang bool
	// Drop closes the connection instead of answering, after Gate and Hang.
	Drop bool
}

// Receiver is a real HTTP endpoint on loopback that records what arrives and
// answers as it is told. It is safe for concurrent use.
type Receiver struct {
	URL string

	t       testing.TB
	server  *httptest.Server
	answer  func(Received) Answer
	address string
	forget  bool
	closed  chan struct{}
	once    sync.Once

	mu       sync.Mutex
	count    int
	requests []Received
	waiters  []*waiter
	released chan struct{}
}

type waiter struct {
	ready func() bool // called with the receiver's lock held
	done  chan struct{}
}

// ReceiverOption changes how a receiver answers.
type ReceiverOption func(*Receiver)

// Statuses answers with these statuses in the order of arrival; the last one repeats.
func Statuses(statuses ...int) ReceiverOption {
	return Answers(func(r Received) Answer {
		return Answer{Status: statuses[min(r.Number, len(statuses))-1]}
	})
}

// Answers asks fn for each answer; several requests may ask at once.
func Answers(fn func(Received) Answer) ReceiverOption {
	return func(r *Receiver) { r.answer = fn }
}

// Hanging holds every answer back until Release.
func Hanging() ReceiverOption {
	return Answers(func(Received) Answer { return Answer{Hang: true} })
}

// OnAddress listens at a given address, to come back where a closed receiver was.
func OnAddress(address string) ReceiverOption {
	return func(r *Receiver) { r.address = address }
}

// CountOnly keeps no requests, for loads whose records would weigh on the measure.
func CountOnly() ReceiverOption {
	return func(r *Receiver) { r.forget = true }
}

// NewReceiver starts a receiver, which answers 200 unless an option says
// otherwise. It is closed at the end of the test.
func NewReceiver(t testing.TB, options ...ReceiverOption) *Receiver {
	t.Helper()
	r := &Receiver{
		t: t, address: "127.0.0.1:0", closed: make(chan struct{}), released: make(chan struct{}),
		answer: func(Received) Answer { return Answer{} },
	}
	for _, option := range options {
		option(r)
	}
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatalf("start a receiver: %v", err)
	}
	r.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(r.serve)}}
	r.server.Start()
	r.URL = r.server.URL
	t.Cleanup(r.Close)
	return r
}

// Address is the host and port that the receiver listens at.
func (r *Receiver) Address() string { return r.server.Listener.Addr().String() }

// Answer replaces how requests are answered from now on; those held back stay so.
func (r *Receiver) Answer(fn func(Received) Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = fn
}

// Release lets every answer go that hangs now; later ones hang anew.
func (r *Receiver) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.released)
	r.released = make(chan struct{})
}

// Close drops what hangs and stops listening. It may be called again.
func (r *Receiver) Close() {
	r.once.Do(func() {
		close(r.closed)
		r.server.CloseClientConnections()
		r.server.Close()
	})
}

// Count is how many requests have arrived.
func (r *Receiver) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// Requests are those that have arrived, in order.
func (r *Receiver) Requests() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

// IDs counts how often each webhook-id arrived.
func (r *Receiver) IDs() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make(map[string]int, len(r.requests))
	for i := range r.requests {
		ids[r.requests[i].ID()]++
	}
	return ids
}

// Wait returns as soon as n requests have arrived, and fails the test where
// that takes longer than timeout. Call it from the test's own goroutine.
func (r *Receiver) Wait(n int, timeout time.Duration) []Received {
	r.t.Helper()
	if !r.wait(func() bool { return r.count >= n }, timeout) {
		r.t.Fatalf("the receiver had %d requests within %s, want %d", r.Count(), timeout, n)
	}
	return r.Requests()
}

// WaitUntil returns as soon as ready says so of the requests that have arrived.
// It is asked at each arrival, and must not call the receiver.
func (r *Receiver) WaitUntil(ready func([]Received) bool, timeout time.Duration) []Received {
	r.t.Helper()
	if !r.wait(func() bool { return ready(r.requests) }, timeout) {
		r.t.Fatalf("what was waited for did not come within %s, after %d requests", timeout, r.Count())
	}
	return r.Requests()
}

func (r *Receiver) wait(ready func() bool, timeout time.Duration) bool {
	r.mu.Lock()
	if ready() {
		r.mu.Unlock()
		return true
	}
	w := &waiter{ready: ready, done: make(chan struct{})}
	r.waiters = append(r.waiters, w)
	r.mu.Unlock()

	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-w.done:
		return true
	case <-timer.C:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiters = slices.DeleteFunc(r.waiters, func(other *waiter) bool { return other == w })
	return ready()
}

func (r *Receiver) serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the sender went away in the middle: nothing arrived
	}
	received := Received{
		Method: request.Method, Path: request.URL.RequestURI(), Host: request.Host,
		Header: request.Header.Clone(), Body: body, At: time.Now(),
	}
	answer, released := r.record(&received)
	a := answer(received)
	if a.Hang && !r.held(request, released) || a.Gate != nil && !r.held(request, a.Gate) || a.Drop {
		panic(http.ErrAbortHandler) // closes the connection without a word in the log
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	_, _ = io.WriteString(w, a.Body)
}

// record numbers the request, wakes who waits for it, and says how to answer.
func (r *Receiver) record(received *Received) (answer func(Received) Answer, released <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	received.Number = r.count
	if !r.forget {
		r.requests = append(r.requests, *received)
	}
	r.waiters = slices.DeleteFunc(r.waiters, func(w *waiter) bool {
		if !w.ready() {
			return false
		}
		close(w.done)
		return true
	})
	return r.answer, r.released
}

// held waits for the gate; false says that sender or receiver went away first.
func (r *Receiver) held(request *http.Request, gate <-chan struct{}) bool {
	select {
	case <-gate:
		return true
	case <-request.Context().Done():
	case <-r.closed:
	}
	return false
}

// String names the receiver in the messages of tests.
func (r *Receiver) String() string { return fmt.Sprintf("receiver at %s", r.URL) }
