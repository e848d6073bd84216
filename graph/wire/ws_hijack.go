package wire

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// hijack takes a connection over, through whatever wraps it, and times its
// writes.
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
	h.conn = &timedConn{Conn: conn, timeout: h.timeout}
	rw.Writer.Reset(h.conn)
	return h.conn, rw, nil
}

// timedConn gives each write its own deadline, which is cheaper than a context
// with a timer for each message.
type timedConn struct {
	net.Conn
	timeout time.Duration
}

// Write writes p before the deadline.
func (c *timedConn) Write(p []byte) (int, error) {
	//nolint:forbidigo // the kernel times sockets by the machine's clock
	if err := c.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
