package app

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
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
	server := httptest.NewServer(withoutSniffing(withCORS(Origins{"*"}, withDeadlines(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
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
