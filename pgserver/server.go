package pgserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Config says how a server is to run.
type Config struct {
	// Parent is the folder that holds the server's own; empty is the system's for
	// temporary files. Every user must be able to pass it where root asks, for
	// PostgreSQL runs as somebody else then.
	Parent string
	// TCP listens on a port of 127.0.0.1, which stays the same over restarts, in
	// place of a socket in the folder.
	TCP bool
	// Settings are PostgreSQL's own, as name=value.
	Settings []string
}

// Quick makes the configuration one that does not wait for the disk. Such a
// server outlives a crash of its own, though not one of the machine.
func (c Config) Quick() Config {
	c.Settings = append([]string{"fsync=off", "full_page_writes=off"}, c.Settings...)
	return c
}

// Server is one PostgreSQL server with its data. One goroutine at a time may
// start, stop and change it.
type Server struct {
	cfg     Config
	bin     string
	dir     string // holds the data and the socket
	port    int
	as      *syscall.Credential
	process *process // nil while it does not run
	frozen  []int
}

// owner is the role that the databases belong to.
const owner = "carillon"

// Start makes a cluster in a new folder, starts it, and waits until it answers.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	err = run(s.dir, s.as, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", owner, "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// prepare makes the folder of a server that has no data yet.
func prepare(cfg Config) (_ *Server, err error) {
	if cfg.Parent == "" {
		cfg.Parent = os.TempDir()
	}
	removeLeftovers(cfg.Parent)
	s := &Server{cfg: cfg, port: 5432}
	if s.bin, err = find(); err != nil {
		return nil, err
	}
	if cfg.TCP {
		if s.port, err = FreePort(); err != nil {
			return nil, err
		}
	}
	if s.dir, err = os.MkdirTemp(cfg.Parent, folderPattern); err != nil {
		return nil, err
	}
	if s.as, err = unprivileged(s.dir); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// FreePort finds a port that nobody uses, below those that the system hands out:
// it must still be free when a server starts, and starts again.
func FreePort() (int, error) {
	const first, last, tries = 15_000, 32_000, 50
	for range tries {
		port := first + rand.IntN(last-first)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no port between 15000 and 32000 is free")
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Start starts a server that was stopped, with the same data at the same
// address, and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	if s.process != nil {
		return errors.New("the server runs already")
	}
	settings := []string{"listen_addresses=", "unix_socket_directories=" + s.dir, "log_min_messages=fatal"}
	if s.cfg.TCP {
		settings = []string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "log_min_messages=fatal"}
	}
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port)}
	for _, setting := range append(settings, s.cfg.Settings...) {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), args...)
	cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: s.as}, s.dir
	var err error
	if s.process, err = launch(cmd); err != nil {
		s.process = nil
		return err
	}
	return s.await(ctx)
}

// startLimit is how long a server may take until it answers.
const startLimit = time.Minute

// await waits until the server answers.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.process.exited:
			return fmt.Errorf("the server ended: %s", s.process.said)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// URL is the address of a database.
func (s *Server) URL(database string) string { return URL(database, s) }

// URL is the address of a database that is on the first of the servers that
// takes a connection.
func URL(database string, servers ...*Server) string {
	hosts := make([]string, len(servers))
	for i, s := range servers {
		hosts[i] = s.Host()
	}
	u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + database, Host: strings.Join(hosts, ",")}
	query := url.Values{"sslmode": {"disable"}}
	if !servers[0].cfg.TCP {
		u.Host = ""
		query.Set("host", strings.Join(hosts, ","))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Host is where the server listens: host and port, or the folder of its socket.
func (s *Server) Host() string {
	if s.cfg.TCP {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
	}
	return s.dir
}

// Pid is the number of the server's first process.
func (s *Server) Pid() int { return s.process.pid }

// Stop ends the server as an operator does: sessions are broken off, and what
// they committed is on disk.
func (s *Server) Stop() { s.stop(syscall.SIGINT) }

// Crash ends the server at once, without a word to anybody.
func (s *Server) Crash() { s.stop(syscall.SIGQUIT) }

func (s *Server) stop(signal syscall.Signal) {
	if s.process == nil {
		return
	}
	s.Thaw()
	s.process.end(signal)
	s.process = nil
}

// Remove ends the server and removes its data.
func (s *Server) Remove() error {
	s.Crash()
	if s.dir == "" {
		return nil
	}
	err := os.RemoveAll(s.dir)
	s.dir = ""
	return err
}

// Exec runs one statement in a database as the server's owner.
func (s *Server) Exec(ctx context.Context, database, statement string) error {
	_, err := s.query(ctx, database, statement)
	return err
}

// query runs one statement and returns its first column.
func (s *Server) query(ctx context.Context, database, statement string) (column []string, err error) {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	rows, err := conn.Query(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
