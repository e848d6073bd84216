package wire

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"sync"
	"time"
)

// What the WebSocket library reads and writes through. A connection has these
// for as long as it is open, so they are small: messages go around them.
const (
	readBuffer  = 512
	writeBuffer = 256 // more than the largest control frame
)

// hijack takes a connection over, through whatever wraps it, and leaves
// net/http's own buffers behind.
type hijack struct {
	http.ResponseWriter
	timeout time.Duration
	conn    *timedConn
}

// Hijack is called by the WebSocket library.
func (h *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	unread, _ := rw.Peek(rw.Reader.Buffered()) // it is there
	h.conn = &timedConn{Conn: conn, timeout: h.timeout, unread: bytes.Clone(unread)}
	return h.conn, bufio.NewReadWriter(bufio.NewReaderSize(h.conn, readBuffer), bufio.NewWriterSize(h.conn, writeBuffer)), nil
}

// timedConn gives each write its own deadline, which is cheaper than a context
// with a timer for each message. What is written between gather and release
// goes out in one piece.
type timedConn struct {
	net.Conn
	timeout time.Duration
	unread  []byte // what net/http had read already

	mu       sync.Mutex
	gathered *buffer // nil: what is written goes out at once
}

// Read reads what net/http had read, then from the connection.
func (c *timedConn) Read(p []byte) (int, error) {
	if len(c.unread) > 0 {
		n := copy(p, c.unread)
		c.unread = c.unread[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// Write writes p before the deadline.
func (c *timedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gathered != nil {
		c.gathered.b = append(c.gathered.b, p...)
		return len(p), nil
	}
	return c.send(p)
}

// gather holds what is written in buf, until release.
func (c *timedConn) gather(buf *buffer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathered = buf
}

// release sends what was gathered.
func (c *timedConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	buf := c.gathered
	c.gathered = nil
	_, err := c.send(buf.b)
	return err
}

func (c *timedConn) send(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	//nolint:forbidigo // the kernel times sockets by the machine's clock
	if err := c.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
