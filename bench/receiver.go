package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// receiver is the endpoints that everything is delivered to. What it calls is
// set before anything is delivered.
type receiver struct {
	received atomic.Int64
	delay    atomic.Int64          // nanoseconds before each answer
	seen     func(body []byte)     // before the answer; nil where only the count matters
	count    func(body []byte) int // how many events a message holds; nil is one
	answer   string                // to each message, as it goes over the wire; empty is 204
	closed   chan struct{}
	mu       sync.Mutex
	open     []net.Listener
}

func newReceiver() *receiver { return &receiver{closed: make(chan struct{})} }

// listen opens one more endpoint and returns its URL. To the server each is a
// host of its own.
func (r *receiver) listen() (string, error) { return r.listenAs(nil) }

// listenAs opens one whose answers are the mood's; nil is always well.
func (r *receiver) listenAs(m *mood) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, l)
	go r.accept(l, m)
	return "http://" + l.Addr().String() + "/hook", nil
}

// listenAll opens n endpoints.
func (r *receiver) listenAll(n int) ([]string, error) {
	urls := make([]string, n)
	var err error
	for i := range urls {
		if urls[i], err = r.listen(); err != nil {
			return nil, err
		}
	}
	return urls, nil
}

func (r *receiver) close() {
	close(r.closed)
	for _, l := range r.open {
		_ = l.Close()
	}
}

func (r *receiver) accept(l net.Listener, m *mood) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go r.serve(conn, m)
	}
}

func (r *receiver) serve(conn net.Conn, m *mood) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	answer := []byte("HTTP/1.1 204 No Content\r\n\r\n")
	if r.answer != "" {
		answer = []byte(r.answer)
	}
	for {
		_, body, err := readMessage(in)
		if err != nil || !r.rest(time.Duration(r.delay.Load())) {
			return
		}
		if ill := m.now(); ill != nil && !ill.takes {
			if !r.rest(ill.delay) || ill.answer == "" {
				return
			}
			if _, err := io.WriteString(conn, ill.answer); err != nil {
				return
			}
			continue
		} else if ill != nil && !r.rest(ill.delay) {
			return
		}
		if r.seen != nil {
			r.seen(body)
		}
		n := 1
		if r.count != nil {
			n = r.count(body)
		}
		r.received.Add(int64(n))
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// rest hangs for a time; it is false when the receiver's end ends that too.
func (r *receiver) rest(delay time.Duration) bool {
	if delay == 0 {
		return true
	}
	select {
	case <-time.After(delay):
		return true
	case <-r.closed:
		return false
	}
}

// patience is how long nothing may come before a wait is given up.
const patience = 30 * time.Second

// await returns once n have been received in all.
func (r *receiver) await(n int64) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	last, moved := r.received.Load(), time.Now()
	for last < n {
		<-tick.C
		switch now := r.received.Load(); {
		case now > last:
			last, moved = now, time.Now()
		case time.Since(moved) > patience:
			return fmt.Errorf("only %d of %d were received, and none for %s", last, n, patience)
		}
	}
	return nil
}
