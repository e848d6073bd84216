package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// clusters are shared by the tests of a binary, which only a package variable
// can do: Main ends what they started.
var clusters = struct{ quick, durable cluster }{durable: cluster{fsync: true}}

// cluster is a throw-away PostgreSQL server. It starts with the first database
// that is asked of it, and ends with this process.
type cluster struct {
	fsync bool

	mu      sync.Mutex
	allowed bool // Main will stop it
	failed  error
	dir     string // holds the data and the socket; empty until started
	process *os.Process
	exited  chan struct{} // closed when the server is gone
}

func (c *cluster) allow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.allowed = true
}

// start starts the server, once.
func (c *cluster) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failed != nil:
		return c.failed
	case c.dir != "":
		return nil
	case !c.allowed:
		return errors.New("this package needs func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }, which removes the server at the end")
	}
	c.failed = c.launch()
	return c.failed
}

// launch makes a cluster in a new folder and waits until it answers.
func (c *cluster) launch() (err error) {
	bin, err := findPostgres()
	if err != nil {
		return err
	}
	removeLeftovers()
	c.dir, err = os.MkdirTemp("", clusterPattern)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.end()
		}
	}()
	credential, err := c.unprivileged()
	if err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", c.data(), "-U", "carillon", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: credential}, c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), c.arguments()...)
	server.SysProcAttr, server.Dir = &syscall.SysProcAttr{Credential: credential}, c.dir
	tie(server.SysProcAttr)
	var log bytes.Buffer
	server.Stderr = &log
	if err := c.run(server); err != nil {
		return err
	}
	return c.await(&log)
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) arguments() []string {
	settings := []string{"listen_addresses=", "unix_socket_directories=" + c.dir,
		"max_connections=300", "log_min_messages=fatal", "shared_buffers=128MB"}
	if !c.fsync {
		settings = append(settings, "fsync=off", "full_page_writes=off")
	}
	args := []string{"-D", c.data()}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

func (c *cluster) url(database string) string {
	query := url.Values{"host": {c.dir}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User("carillon"), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// run starts the server from a thread of its own: the kernel's death signal is
// sent when the thread that started a process ends.
func (c *cluster) run(server *exec.Cmd) error {
	c.exited = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(c.exited)
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait() // it ends when it is told to, or await sees that it is gone
		}
	}()
	err := <-started
	if err == nil {
		c.process = server.Process
	}
	return err
}

// await waits until the server answers.
func (c *cluster) await(log *bytes.Buffer) error {
	ctx, cancel := contextFor(time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.exited:
			return fmt.Errorf("the server ended: %s", log)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// stop ends the server and removes its folder.
func (c *cluster) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
	c.allowed = false
}

func (c *cluster) end() {
	if c.process != nil {
		_ = c.process.Signal(syscall.SIGQUIT) // it may be gone already
		<-c.exited
		c.process = nil
	}
	if c.dir != "" {
		if err := os.RemoveAll(c.dir); err != nil {
			complain(err)
		}
		c.dir = ""
	}
}

// unprivileged finds whom the server runs as: PostgreSQL refuses to be root.
// The folder becomes theirs.
func (c *cluster) unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if err := errors.Join(uidErr, gidErr, os.Chown(c.dir, uid, gid)); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as; run the tests as another user")
}

// findPostgres finds the folder of initdb and postgres, the newest version first.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && hasServer(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // a folder that is no number comes last
		return n
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if i := slices.IndexFunc(dirs, hasServer); i >= 0 {
		return dirs[i], nil
	}
	return "", errors.New("initdb and postgres are neither in PATH nor in /usr/lib/postgresql/*/bin; " +
		"install PostgreSQL 14 or newer (on Debian and Ubuntu: apt-get install postgresql), or put its bin folder into PATH")
}

func hasServer(dir string) bool {
	_, initErr := os.Stat(filepath.Join(dir, "initdb"))
	_, serverErr := os.Stat(filepath.Join(dir, "postgres"))
	return initErr == nil && serverErr == nil
}

func contextFor(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func complain(err error) { fmt.Fprintln(os.Stderr, "testkit:", err) }
