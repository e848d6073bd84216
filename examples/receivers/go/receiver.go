package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const maxBody = 16 << 20 // bytes; one batch may be large

// message is one webhook that was taken.
type message struct {
	id   string // webhook-id: the same on every try
	body []byte
}

// receiver answers webhooks. What it has taken waits in memory, and is lost with
// the process. A service keeps it on disk instead, before it answers: one INSERT of
// id and body into a table with a unique index on the id. That is the look for
// doubles and the queue in one.
type receiver struct {
	signed *standardwebhooks.Webhook // nil verifies nothing
	known  *recent
	queue  chan message

	mu   sync.Mutex
	fail int // how many more to refuse
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	status, note := r.take(w, q)
	fmt.Printf("%s %s → %d %s\n", q.Method, q.URL.Path, status, note)
	w.WriteHeader(status)
}

// take says how to answer, and why. Work is only put into the queue here: a slow
// answer would be a failure to the sender.
func (r *receiver) take(w http.ResponseWriter, q *http.Request) (status int, note string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge, "too large"
	} else if err != nil {
		return http.StatusBadRequest, "cut short"
	}
	// The bytes as they came, before they are parsed; messages older than five
	// minutes are refused, so that nobody sends an old one again.
	if r.signed != nil {
		if err := r.signed.Verify(body, q.Header); err != nil {
			return http.StatusBadRequest, "refused: " + err.Error()
		}
	}
	if r.failing() {
		return http.StatusServiceUnavailable, "fails on purpose"
	}
	m := message{q.Header.Get("webhook-id"), body}
	if m.id != "" && !r.known.add(m.id) {
		return http.StatusNoContent, "double of " + m.id
	}
	select {
	case r.queue <- m:
		return http.StatusNoContent, m.id
	default: // more than can be kept: it comes again later
		r.known.remove(m.id)
		return http.StatusServiceUnavailable, "the queue is full"
	}
}

// failing counts down the messages to refuse.
func (r *receiver) failing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail == 0 {
		return false
	}
	r.fail--
	return true
}

// work does what the messages ask for, one by one.
func (r *receiver) work() {
	for m := range r.queue {
		fmt.Printf("done %s: %s\n", m.id, m.body)
	}
}
