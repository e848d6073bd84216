package wire

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// countedConn keeps what is written, write by write.
type countedConn struct {
	net.Conn
	mu     sync.Mutex
	writes []string
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = append(c.writes, string(p))
	return len(p), nil
}

func (c *countedConn) SetWriteDeadline(time.Time) error { return nil }

func TestAMessageGoesOutInOnePiece(t *testing.T) {
	t.Parallel()
	var pool bufferPool
	under := &countedConn{}
	conn := &timedConn{Conn: under, timeout: time.Second}
	w := bufio.NewWriterSize(conn, writeBuffer)
	for _, size := range []int{10, 200, 5000} {
		text := strings.Repeat("x", size)
		conn.gather(pool.take())
		_, _ = w.WriteString("head")
		_, _ = w.WriteString(text)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := conn.release(); err != nil {
			t.Fatal(err)
		}
		if len(under.writes) != 1 || under.writes[0] != "head"+text {
			t.Errorf("%d bytes took %d writes", size, len(under.writes))
		}
		under.writes = nil
	}
	_, _ = w.WriteString("ping") // between messages nothing is held back
	if err := w.Flush(); err != nil || len(under.writes) != 1 {
		t.Errorf("%d writes, %v", len(under.writes), err)
	}
}

// A client need not wait for the upgrade before it sends: what comes with it
// is read, too.
func TestMessagesThatComeWithTheUpgrade(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var all strings.Builder
	fmt.Fprintf(&all, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", subprotocol)
	for _, text := range []string{`{"type":"connection_init"}`, subscribe("a", `{__typename}`)} {
		all.Write([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0})
		all.WriteString(text)
	}
	if _, err := conn.Write([]byte(all.String())); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	from, got := bufio.NewReader(conn), ""
	for !strings.Contains(got, `"complete"`) {
		c, err := from.ReadByte()
		if err != nil {
			t.Fatalf("%v after %q", err, got)
		}
		got += string(rune(c))
	}
	if !strings.Contains(got, "connection_ack") || !strings.Contains(got, `{"__typename":"Query"}`) {
		t.Errorf("got %q", got)
	}
}

// A client that goes away is nothing that an operator should read of, however
// it goes, and whatever is being written to it.
func TestAClientThatLeavesIsNoNews(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for n := range 100 {
		p := b.open()
		p.send(subscribe("a", `subscription{count(to:1000000000)}`))
		p.expect(next("a", `{"count":1}`))
		if n%2 == 0 {
			_ = p.ws.Close(websocket.StatusNormalClosure, "")
		} else {
			_ = p.ws.CloseNow()
		}
	}
	b.settle(0)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.handler.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if log := b.log.String(); log != "" {
		t.Errorf("the log has %s", log)
	}
}

func TestASocketOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	p := b.open("Authorization", goodKey)
	p.send(subscribe("a", `{me}`))
	p.expect(next("a", `{"me":"good"}`), complete("a"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- b.handler.Drain(ctx) }()
	p.ends(websocket.StatusGoingAway)
	if err := <-drained; err != nil {
		t.Error(err)
	}
}
