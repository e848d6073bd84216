package app

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// A client has bodyTime to send what it asks and answerTime to have its answer:
// more than the longest test event takes, which is answered with what came back.
const (
	bodyTime   = 30 * time.Second
	answerTime = 3 * time.Minute
	// restTime is for what a client still sends when it has its answer already:
	// net/http takes some of it, so that the answer is not lost.
	restTime = time.Second
)

// withDeadlines keeps a slow client from holding a connection for ever. What
// streams has no end of its own, so its answers are not bounded here.
func withDeadlines(next http.Handler) http.Handler {
	return deadlines{body: bodyTime, answer: answerTime, rest: restTime}.on(next)
}

// deadlines are how long a client may take.
type deadlines struct{ body, answer, rest time.Duration }

func (d deadlines) on(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control, now := http.NewResponseController(w), time.Now()
		if !streams(r) {
			// Not every writer can: then the server's own limits must do.
			_ = control.SetWriteDeadline(now.Add(d.answer))
		}
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		_ = control.SetReadDeadline(now.Add(d.body))
		body := &timedBody{ReadCloser: r.Body, control: control}
		r.Body = body
		next.ServeHTTP(w, r)
		if !body.done && r.Header.Get("Upgrade") == "" {
			_ = control.SetReadDeadline(time.Now().Add(d.rest))
		}
	})
}

// streams says whether the client asks for an answer that goes on.
func streams(r *http.Request) bool {
	return r.Header.Get("Upgrade") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// timedBody lifts the deadline once the body is read: net/http goes on reading
// to see whether the client is still there, and would end the request by it.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
	done    bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !b.done {
		b.done = true
		_ = b.control.SetReadDeadline(time.Time{}) // it was possible before
	}
	return n, err
}
