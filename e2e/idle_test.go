package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carillon/testkit"
)

// mostPerSocket is far above what an idle socket costs the server, in bytes of its
// memory, with what the garbage collector leaves room for; a WebSocket has a
// subscription of its own.
const mostPerSocket = 96 << 10

// idle are connections on which nothing goes on: half are kept for another
// request, and half are WebSockets that follow what is published.
type idle struct {
	t  *testing.T
	n  *node
	mu sync.Mutex
	// conns are closed with the test.
	conns []net.Conn
}

// TestIdleSockets: 10,000 of them cost little, and others are served meanwhile.
func TestIdleSockets(t *testing.T) {
	t.Parallel()
	many := 10_000
	if testkit.Racing {
		many = 1_000 // looking for races, everything costs many times as much
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if room := int(files.Cur) - 4_000; room < many { //nolint:gosec // it fits
		many = max(room, 100)
		t.Logf("this process may have %d files open, so there are %d sockets", files.Cur, many)
	}
	n := start(t, testkit.SQLite(t))
	i := &idle{t: t, n: n}
	t.Cleanup(i.close)
	w := newWorld(t, n)
	w.publish("warm", "1")
	before := memory(t, n)
	i.open(many)
	perSocket := (memory(t, n) - before) / int64(many)
	t.Logf("%d idle sockets cost %d bytes each", many, perSocket)
	if perSocket > mostPerSocket && !testkit.Racing {
		t.Errorf("an idle socket costs %d bytes, want less than %d", perSocket, mostPerSocket)
	}
	began := time.Now()
	for round := range 20 {
		w.publish("quiet", strconv.Itoa(round))
		if status := n.get(t.Context(), "/readyz"); status != http.StatusOK {
			t.Errorf("/readyz: %d", status)
		}
	}
	t.Logf("20 events were published in %s meanwhile", time.Since(began).Round(time.Millisecond))
	i.alive()
}

// open opens so many sockets, some at a time.
func (i *idle) open(many int) {
	i.t.Helper()
	var all sync.WaitGroup
	const hands = 16
	for hand := range hands {
		all.Go(func() {
			for at := hand; at < many; at += hands {
				var err error
				if at%2 == 0 {
					err = i.request()
				} else {
					err = i.subscribe()
				}
				if err != nil {
					i.t.Errorf("socket %d: %v", at, err)
					return
				}
			}
		})
	}
	all.Wait()
	if i.t.Failed() {
		i.t.FailNow()
	}
}

func (i *idle) dial() (net.Conn, *bufio.Reader, error) {
	conn, err := (&net.Dialer{}).DialContext(i.t.Context(), "tcp", strings.TrimPrefix(i.n.url, "http://"))
	if err != nil {
		return nil, nil, err
	}
	i.mu.Lock()
	i.conns = append(i.conns, conn)
	i.mu.Unlock()
	return conn, bufio.NewReaderSize(conn, 512), conn.SetDeadline(time.Now().Add(patience))
}

// request asks once, and keeps the connection.
func (i *idle) request() error {
	conn, from, err := i.dial()
	if err != nil {
		return err
	}
	return exchange(conn, from, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusOK)
}

func exchange(conn net.Conn, from *bufio.Reader, ask string, status int) error {
	if _, err := io.WriteString(conn, ask); err != nil {
		return err
	}
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != status {
		return fmt.Errorf("HTTP %d", answer.StatusCode)
	}
	return nil
}

// subscribe opens a WebSocket with one subscription on which nothing comes.
func (i *idle) subscribe() error {
	conn, from, err := i.dial()
	if err != nil {
		return err
	}
	upgrade := "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
	if err := exchange(conn, from, upgrade, http.StatusSwitchingProtocols); err != nil {
		return err
	}
	for _, text := range []string{
		`{"type":"connection_init","payload":{"Authorization":"Bearer ` + adminKey + `"}}`,
		`{"type":"subscribe","id":"1","payload":{"query":"subscription{deliveryUpdated{id}}"}}`,
	} {
		if len(text) > 125 {
			return fmt.Errorf("%q is too long for a short frame", text)
		}
		// Masked with zeroes, which change nothing.
		if _, err := conn.Write(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)); err != nil {
			return err
		}
	}
	ack := make([]byte, 2+len(`{"type":"connection_ack"}`))
	if _, err := io.ReadFull(from, ack); err != nil || !strings.HasSuffix(string(ack), `"connection_ack"}`) {
		return fmt.Errorf("got %q, %w", ack, err)
	}
	return nil
}

// alive makes sure that those kept for another request are served.
func (i *idle) alive() {
	i.t.Helper()
	for _, conn := range i.conns[:100] {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 1)); n == 0 && !os.IsTimeout(err) {
			i.t.Fatalf("an idle connection has ended: %v", err)
		}
	}
}

func (i *idle) close() {
	for _, conn := range i.conns {
		_ = conn.Close()
	}
}

// memory is what the server's process has in memory.
func memory(t *testing.T, n *node) int64 {
	t.Helper()
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/status", n.program.PID()))) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("the process has no memory")
	return 0
}

// A client may open WebSockets without saying who it is, but not without end: its
// address is told to wait, and who has a key is served all the same.
func TestSocketsThatSayNothing(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.SQLite(t))
	i := &idle{t: t, n: n}
	t.Cleanup(i.close)
	upgrade := "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
	refused := 0
	for range 3000 {
		conn, from, err := i.dial()
		if err == nil {
			err = exchange(conn, from, upgrade, http.StatusSwitchingProtocols)
		}
		if err != nil {
			if err.Error() != "HTTP 429" {
				t.Fatal(err)
			}
			refused++
			break
		}
	}
	if refused == 0 {
		t.Error("3,000 sockets that say nothing are taken")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := n.admin(t).Do(ctx, "{ viewer { scopes } }", nil, nil); err != nil {
		t.Errorf("others are not served: %v", err)
	}
}
