package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"carillon/graph/wire/internal/testschema"
)

// rawSocket is a WebSocket client that costs next to nothing.
type rawSocket struct{ net.Conn }

func dialRaw(b *testing.B, url string) rawSocket {
	b.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", subprotocol)
	return rawSocket{conn}
}

// send masks with zeroes, which changes nothing.
func (s rawSocket) send(text string) {
	frame := []byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}
	if len(text) > 125 {
		frame = binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
		frame = append(frame, 0, 0, 0, 0)
	}
	_, _ = s.Write(append(frame, text...))
}

// BenchmarkIdleSocket tells what a connection with one quiet subscription
// costs in memory.
func BenchmarkIdleSocket(b *testing.B) {
	const many = 1000
	resolver := &testschema.Resolver{End: EndSubscription}
	h := NewHandler(Config{Schema: testschema.NewExecutableSchema(testschema.Config{Resolvers: resolver})})
	server := httptest.NewServer(h)
	defer server.Close()
	for b.Loop() {
		before := inUse()
		conns := make([]rawSocket, many)
		for i := range conns {
			conns[i] = dialRaw(b, server.URL)
			conns[i].send(`{"type":"connection_init"}`)
			conns[i].send(subscribe("1", "subscription{quiet}"))
		}
		settle(b, resolver, many)
		b.ReportMetric(float64(inUse()-before)/many, "B/conn")
		for _, conn := range conns {
			_ = conn.Close()
		}
		settle(b, resolver, 0)
	}
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// BenchmarkFanOut sends each message to 500 subscribers, over their own
// connections; an operation is one message to one of them.
func BenchmarkFanOut(b *testing.B) {
	const many = 500
	var mu sync.Mutex
	var feeds []chan testschema.Published
	resolver := &testschema.Resolver{Feed: func(ctx context.Context) <-chan testschema.Published {
		ch := make(chan testschema.Published, 64)
		mu.Lock()
		defer mu.Unlock()
		feeds = append(feeds, ch)
		return ch
	}}
	h := NewHandler(Config{Schema: testschema.NewExecutableSchema(testschema.Config{Resolvers: resolver})})
	server := httptest.NewServer(h)
	defer server.Close()
	var received sync.WaitGroup
	for range many {
		conn := dialRaw(b, server.URL)
		b.Cleanup(func() { _ = conn.Close() })
		conn.send(`{"type":"connection_init"}`)
		conn.send(subscribe("1", "subscription{published{id type data}}"))
		go func() {
			from := bufio.NewReader(conn)
			for {
				line, err := from.ReadSlice('}')
				if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
					return
				}
				if strings.Contains(string(line), `"end":1`) {
					received.Done()
				}
			}
		}()
	}
	for {
		mu.Lock()
		ready := len(feeds) == many
		mu.Unlock()
		if ready {
			break
		}
		runtime.Gosched()
	}
	data := kilobyte()
	message := testschema.Published{ID: "evt_1", Type: "contact.created", Data: []byte(data[:len(data)-1] + `,"end":1}`)}
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < b.N; sent += many {
		received.Add(many)
		for _, feed := range feeds {
			feed <- message
		}
		if sent/many%40 == 0 {
			received.Wait()
		}
	}
	received.Wait()
	b.StopTimer()
	for _, feed := range feeds {
		close(feed)
	}
}
