package channels_test

import (
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"carillon/channels/conformance"
)

// tcpServer is a provider that speaks a protocol of its own.
type tcpServer struct {
	listener net.Listener
	over     chan struct{} // closed with the test
	calls    sync.WaitGroup

	mu        sync.Mutex
	behaviour conformance.Behaviour
	received  []string
}

// startTCP serves each connection by serve, until the test is over at the latest.
func startTCP(t *testing.T, serve func(s *tcpServer, conn net.Conn)) *tcpServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &tcpServer{listener: listener, over: make(chan struct{})}
	s.calls.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			ended := make(chan struct{})
			s.calls.Go(func() {
				defer close(ended)
				serve(s, conn)
			})
			s.calls.Go(func() {
				select {
				case <-s.over:
				case <-ended:
				}
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		close(s.over)
		s.calls.Wait()
	})
	return s
}

func (s *tcpServer) address() string { return s.listener.Addr().String() }

func (s *tcpServer) Behave(b conformance.Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour = b
}

func (s *tcpServer) Received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

func (s *tcpServer) does() conformance.Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behaviour
}

// take notes a message.
func (s *tcpServer) take(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, id)
}

// trickle writes drops until the client leaves.
func trickle(conn net.Conn, drop []byte) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := conn.Write(drop); err != nil {
			return
		}
		<-tick.C
	}
}

// flood writes without an end.
func flood(conn net.Conn, block []byte) {
	for sent := 0; sent < conformance.Endless; sent += len(block) {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}
