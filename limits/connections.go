package limits

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Connections bounds how many connections a server has open. Beyond the most, the
// one gives way that nothing goes on on: it waits for its first request or for
// another one. Where there is none, a few more are taken as a surplus, for
// answers that are short, and all others are closed at once. It is safe for
// concurrent use.
type Connections struct {
	most, spare int

	mu       sync.Mutex
	open     int
	waiting  *list.List         // of *connection, those that wait longest first
	ofClient map[netip.Addr]int // how many are open
	closed   [2]uint64          // gave way, turned away
}

// choice is how many of those that wait longest are looked at for one to give
// way. It is that of the client with the most connections, so that who opens
// many loses their own.
const choice = 64

// NewConnections takes most connections, and spare of them as a surplus.
func NewConnections(most, spare int) *Connections {
	return &Connections{most: most, spare: spare, waiting: list.New(), ofClient: map[netip.Addr]int{}}
}

// connection is one that was taken. Its place, and whether it is gone, are
// guarded by the lock.
type connection struct {
	net.Conn
	of      *Connections
	client  netip.Addr
	surplus bool
	place   *list.Element // while it waits
	gone    bool
}

// Listen counts what a listener accepts.
func (c *Connections) Listen(on net.Listener) net.Listener { return &listener{on, c} }

type listener struct {
	net.Listener
	of *Connections
}

// Accept waits for a connection that there is room for.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		taken, victim := l.of.take(conn)
		if victim != nil {
			_ = victim.Close() // nobody is told
		}
		if taken != nil {
			return taken, nil
		}
		_ = conn.Close()
	}
}

func (c *Connections) take(conn net.Conn) (taken, victim *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most {
		victim = c.victim()
	}
	if victim == nil && c.open >= c.most+c.spare {
		c.closed[1]++
		return nil, nil
	}
	taken = &connection{Conn: conn, of: c, client: clientOf(conn), surplus: victim == nil && c.open >= c.most}
	c.open++
	c.ofClient[taken.client]++
	return taken, victim
}

// victim takes one from those that wait.
func (c *Connections) victim() (found *connection) {
	for at, left := c.waiting.Front(), choice; at != nil && left > 0; at, left = at.Next(), left-1 {
		one := at.Value.(*connection) // there are no others
		if found == nil || c.ofClient[one.client] > c.ofClient[found.client] {
			found = one
		}
	}
	if found != nil {
		c.stir(found)
		c.closed[0]++
	}
	return found
}

func clientOf(conn net.Conn) netip.Addr {
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return Network(peer.Addr())
}

// Close closes the connection and counts it out.
func (c *connection) Close() error {
	c.of.out(c)
	return c.Conn.Close()
}

func (c *Connections) out(one *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.gone {
		return
	}
	one.gone = true
	c.stir(one)
	c.open--
	if c.ofClient[one.client]--; c.ofClient[one.client] == 0 {
		delete(c.ofClient, one.client)
	}
}

// stir takes a connection from those that wait. It is called with the lock held.
func (c *Connections) stir(one *connection) {
	if one.place != nil {
		c.waiting.Remove(one.place)
		one.place = nil
	}
}

// State is for http.Server: it says on which connections something goes on.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	one, ok := conn.(*connection)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stir(one)
	if (state == http.StateNew || state == http.StateIdle) && !one.surplus && !one.gone {
		one.place = c.waiting.PushBack(one)
	}
}

// Surplus says that a connection was taken beyond the most: it should be closed
// behind its first answer.
func Surplus(conn net.Conn) bool {
	one, ok := conn.(*connection)
	return ok && one.surplus
}

// Open is how many connections are open now.
func (c *Connections) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// Count is how many are open now, and the most there may be without a surplus.
func (c *Connections) Count() (open, most int) { return c.Open(), c.most }

// Closed is how many connections gave way to others, and how many were turned
// away at once.
func (c *Connections) Closed() (gaveWay, turnedAway uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed[0], c.closed[1]
}
