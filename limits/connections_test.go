package limits

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

const patience = 20 * time.Second

// hall is a server behind Connections, as the program sets one up.
type hall struct {
	*testing.T
	connections *Connections
	at          string
	entered     chan struct{} // one for each request that is being served
	finish      chan struct{}
}

func newHall(t *testing.T, most, spare int) *hall {
	t.Helper()
	var lc net.ListenConfig
	on, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{T: t, connections: NewConnections(most, spare), at: on.Addr().String(),
		entered: make(chan struct{}, 100), finish: make(chan struct{})}
	server := &http.Server{ReadHeaderTimeout: patience, ConnState: h.connections.State,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, hall{}, Surplus(conn))
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Context().Value(hall{}) == true {
				w.Header().Set("Connection", "close")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if r.URL.Path == "/long" {
				h.entered <- struct{}{}
				<-h.finish
			}
			if r.URL.Path == "/hijack" {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					h.Error(err)
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 101 \r\n\r\n")
				go func() {
					_, _ = conn.Read(make([]byte, 1))
					_ = conn.Close()
				}()
			}
		})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(h.connections.Listen(on)) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return h
}

// visitor is one connection.
type visitor struct {
	*testing.T
	net.Conn
	from *bufio.Reader
}

func (h *hall) visit() *visitor {
	h.Helper()
	conn, err := (&net.Dialer{}).DialContext(h.Context(), "tcp", h.at)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &visitor{T: h.T, Conn: conn, from: bufio.NewReader(conn)}
}

func (v *visitor) ask(path string) {
	v.Helper()
	if _, err := io.WriteString(v, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		v.Fatal(err)
	}
}

// status reads an answer; 0 is the end of the connection.
func (v *visitor) status() int {
	v.Helper()
	answer, err := http.ReadResponse(v.from, nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}

func (v *visitor) want(path string, status int) {
	v.Helper()
	v.ask(path)
	if got := v.status(); got != status {
		v.Errorf("%s answers %d, want %d", path, got, status)
	}
}

// await waits until so many are open.
func (h *hall) await(open int) {
	h.Helper()
	for until := time.Now().Add(patience); h.connections.Open() != open; {
		if time.Now().After(until) {
			h.Fatalf("%d are open, want %d", h.connections.Open(), open)
		}
		<-time.After(time.Millisecond)
	}
}

func TestIdleConnectionsGiveWay(t *testing.T) {
	t.Parallel()
	h := newHall(t, 3, 1)
	first, second, silent := h.visit(), h.visit(), h.visit()
	h.await(3)
	first.want("/", 200)
	second.want("/", 200)
	first.want("/", 200) // now the second one waits longer
	third := h.visit()   // the silent one, or the second
	third.want("/", 200)
	fourth := h.visit()
	fourth.want("/", 200)
	if silent.status() != 0 || second.status() != 0 {
		t.Error("those that waited longest are still there")
	}
	first.want("/", 200)
	third.want("/", 200)
	if gaveWay, turnedAway := h.connections.Closed(); gaveWay != 2 || turnedAway != 0 {
		t.Errorf("%d gave way, %d were turned away", gaveWay, turnedAway)
	}
	h.await(3)
}

func TestBusyConnectionsDoNotGiveWay(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2, 1)
	busy, taken := h.visit(), h.visit()
	busy.ask("/long")
	<-h.entered
	taken.want("/hijack", 101)
	surplus := h.visit()
	surplus.want("/", 503)
	if surplus.status() != 0 {
		t.Error("a surplus connection goes on")
	}
	h.await(2)
	one := h.visit()
	h.await(3)
	if none := h.visit(); none.status() != 0 {
		t.Error("there is no end to the surplus")
	}
	one.want("/", 503)
	close(h.finish)
	if got := busy.status(); got != 200 {
		t.Errorf("the one that was served got %d", got)
	}
	_ = taken.Close()
	h.await(1)
	h.visit().want("/", 200)
	if gaveWay, turnedAway := h.connections.Closed(); gaveWay != 0 || turnedAway != 1 {
		t.Errorf("%d gave way, %d were turned away", gaveWay, turnedAway)
	}
}

// peer is a connection from an address that loopback does not have.
type peer struct {
	net.Conn
	at string
}

func (p peer) RemoteAddr() net.Addr {
	address, err := net.ResolveTCPAddr("tcp", p.at)
	if err != nil {
		panic(err)
	}
	return address
}

func (p peer) Close() error { return nil }

// Who opens many connections loses their own, and not those of others who came before.
func TestWhoHasManyGivesWay(t *testing.T) {
	t.Parallel()
	c := NewConnections(10, 0)
	open := func(at string) (*connection, *connection) {
		taken, victim := c.take(peer{at: at})
		if victim != nil {
			_ = victim.Close()
		}
		if taken != nil {
			c.State(taken, http.StateNew)
		}
		return taken, victim
	}
	open("192.0.2.1:1")
	open("192.0.2.2:1")
	for range 8 {
		open("[2001:db8::7]:1")
	}
	for i := range 100 {
		if _, victim := open("[2001:db8::8]:1"); victim == nil || !victim.client.Is6() {
			t.Fatalf("at number %d %v gave way", i, victim)
		}
	}
	if len(c.ofClient) != 3 || c.Open() != 10 || c.waiting.Len() != 10 {
		t.Errorf("%v, %d open, %d wait", c.ofClient, c.Open(), c.waiting.Len())
	}
	last, _ := open("192.0.2.3:1")
	c.State(last, http.StateActive)
	_ = last.Close()
	_ = last.Close()
	c.State(last, http.StateIdle) // the server hears of it late
	if c.Open() != 9 || c.waiting.Len() != 9 {
		t.Errorf("%d open, %d wait", c.Open(), c.waiting.Len())
	}
}
