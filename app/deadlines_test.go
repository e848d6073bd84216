package app

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestReadingToTheEndLiftsTheDeadline would see the request's context end by
// the deadline of the body otherwise, as soon as net/http reads on.
func TestReadingToTheEndLiftsTheDeadline(t *testing.T) {
	t.Parallel()
	lifted := make(chan bool, 1)
	server := httptest.NewServer(withDeadlines(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := r.Body.(*timedBody)
		if _, err := io.ReadAll(r.Body); err != nil || !ok {
			t.Errorf("read: %v, timed: %v", err, ok)
		}
		lifted <- ok && body.done
		w.WriteHeader(http.StatusNoContent)
	})))
	defer server.Close()
	answer, err := server.Client().Post(server.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if !<-lifted {
		t.Error("the deadline still stands")
	}
}

func TestRequestsThatStreamAreNotBounded(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{"": false, "application/json": false, "text/event-stream": true, "application/json, text/event-stream": true} {
		r := httptest.NewRequest("POST", "/graphql", nil)
		r.Header.Set("Accept", header)
		if got := streams(r); got != want {
			t.Errorf("Accept %q: %v", header, got)
		}
	}
	r := httptest.NewRequest("GET", "/graphql", nil)
	r.Header.Set("Upgrade", "websocket")
	if !streams(r) {
		t.Error("a WebSocket is bounded")
	}
}

// TestHijackedConnectionsWork guards the wrapper: a WebSocket takes the
// connection out of the server, and an event stream flushes it.
func TestHijackedConnectionsWork(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(withHeaders("", withCORS(Origins{"*"}, withDeadlines(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(http.Flusher); !ok {
			t.Error("the writer cannot flush")
		}
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\n\r\n")
		_ = rw.Flush()
	})))))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "101") {
		t.Errorf("%q, %v", line, err)
	}
}

// slow is a server with short deadlines, and what its handler said.
func slow(t *testing.T, d deadlines, handle func(w http.ResponseWriter, r *http.Request) error) (*httptest.Server, <-chan error) {
	t.Helper()
	said := make(chan error, 1)
	server := httptest.NewServer(d.on(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { said <- handle(w, r) })))
	t.Cleanup(server.Close)
	return server, said
}

func halfARequest(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
	return conn
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	t.Parallel()
	server, said := slow(t, deadlines{body: 50 * time.Millisecond, answer: patience, rest: 50 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.ReadAll(r.Body)
		return err
	})
	conn := halfARequest(t, server)
	if err := <-said; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading it ended with %v", err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection is not closed: %v", err)
	}
}

// Who has an answer before the body is there gets it without sending the rest.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	t.Parallel()
	server, said := slow(t, deadlines{body: time.Hour, answer: time.Hour, rest: 50 * time.Millisecond}, func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusTooManyRequests)
		return nil
	})
	conn := halfARequest(t, server)
	<-said
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 429 ") {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestAnAnswerThatNobodyReadsIsGivenUp(t *testing.T) {
	t.Parallel()
	server, said := slow(t, deadlines{body: patience, answer: 200 * time.Millisecond, rest: patience}, func(w http.ResponseWriter, r *http.Request) error {
		_, _ = io.Copy(io.Discard, r.Body)
		part := make([]byte, 1<<20)
		for range 1000 {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{")
	if err := <-said; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("writing it ended with %v", err)
	}
}
