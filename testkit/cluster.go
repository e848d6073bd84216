package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"carillon/pgserver"
)

// clusters are shared by the tests of a binary, which only a package variable
// can do: Main ends what they started.
var clusters = struct{ quick, durable cluster }{durable: cluster{fsync: true}}

// cluster is a PostgreSQL server that starts with the first database that is
// asked of it, and ends with this process.
type cluster struct {
	fsync bool

	mu      sync.Mutex
	allowed bool // Main will stop it
	failed  error
	server  *pgserver.Server
}

func (c *cluster) allow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.allowed = true
}

// start starts the server, once.
func (c *cluster) start() (*pgserver.Server, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failed != nil || c.server != nil:
		return c.server, c.failed
	case !c.allowed:
		return nil, errors.New("this package needs func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }, which removes the server at the end")
	}
	cfg := pgserver.Config{Settings: []string{"max_connections=300", "shared_buffers=128MB"}}
	if !c.fsync {
		cfg = cfg.Quick()
	}
	c.server, c.failed = pgserver.Start(context.Background(), cfg)
	return c.server, c.failed
}

// stop ends the server and removes its folder.
func (c *cluster) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server != nil {
		if err := c.server.Remove(); err != nil {
			complain(err)
		}
		c.server = nil
	}
	c.allowed = false
}

// Server starts a PostgreSQL server that goes with the test, for tests that stop
// it, replace it or stand something before it. It listens on a port of
// 127.0.0.1 and does not wait for the disk.
func Server(tb testing.TB, settings ...string) *pgserver.Server {
	tb.Helper()
	cfg := pgserver.Config{TCP: true, Settings: append([]string{"max_connections=100", "shared_buffers=32MB"}, settings...)}
	s, err := pgserver.Start(tb.Context(), cfg.Quick())
	if err != nil {
		tb.Fatalf("PostgreSQL for the test: %v", err)
	}
	remove(tb, s)
	return s
}

// Standby makes a synchronous standby of the server, which goes with the test:
// what the one commits the other has.
func Standby(tb testing.TB, s *pgserver.Server) *pgserver.Server {
	tb.Helper()
	const name = "standby"
	standby, err := s.Standby(tb.Context(), name)
	if err != nil {
		tb.Fatalf("a standby for the test: %v", err)
	}
	remove(tb, standby)
	if err := s.Synchronous(tb.Context(), name); err != nil {
		tb.Fatalf("a standby for the test: %v", err)
	}
	return standby
}

// Bouncer starts a PgBouncer before the server, which goes with the test.
func Bouncer(tb testing.TB, s *pgserver.Server, settings ...string) *pgserver.Bouncer {
	tb.Helper()
	b, err := pgserver.Bounce(tb.Context(), s, settings...)
	if err != nil {
		tb.Fatalf("a pooler for the test: %v", err)
	}
	remove(tb, b)
	return b
}

func remove(tb testing.TB, s interface{ Remove() error }) {
	tb.Cleanup(func() {
		if err := s.Remove(); err != nil {
			tb.Errorf("remove what the test started: %v", err)
		}
	})
}

func contextFor(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func complain(err error) { fmt.Fprintln(os.Stderr, "testkit:", err) }
