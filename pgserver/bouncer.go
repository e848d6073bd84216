package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Bouncer is a PgBouncer before a server.
type Bouncer struct {
	dir     string
	port    int
	process *process
}

// Bounce starts a PgBouncer before the server, as Debian's package sets it up
// but for addresses and what settings, such as pool_mode=transaction, say.
func Bounce(ctx context.Context, s *Server, settings ...string) (_ *Bouncer, err error) {
	program, err := findBouncer()
	if err != nil {
		return nil, err
	}
	b := &Bouncer{}
	if b.port, err = FreePort(); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp(s.cfg.Parent, folderPattern); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Remove())
		}
	}()
	as, err := unprivileged(b.dir)
	if err != nil {
		return nil, err
	}
	ini := filepath.Join(b.dir, "pgbouncer.ini")
	if err := b.configure(ini, s, settings); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, ini)
	cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: as}, b.dir
	if b.process, err = launch(cmd); err != nil {
		return nil, err
	}
	return b, b.await(ctx)
}

func (b *Bouncer) configure(ini string, s *Server, settings []string) error {
	users := filepath.Join(b.dir, "userlist.txt")
	lines := []string{"[databases]", fmt.Sprintf("* = host=127.0.0.1 port=%d", s.port), "[pgbouncer]",
		"listen_addr = 127.0.0.1", fmt.Sprintf("listen_port = %d", b.port), "unix_socket_dir =",
		"auth_type = trust", "auth_file = " + users}
	lines = append(lines, settings...)
	return errors.Join(
		os.WriteFile(users, []byte(`"`+owner+`" ""`+"\n"), 0o644),
		os.WriteFile(ini, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

func (b *Bouncer) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, b.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-b.process.exited:
			return fmt.Errorf("pgbouncer ended: %s", b.process.said)
		case <-ctx.Done():
			return fmt.Errorf("pgbouncer does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// URL is the address of a database through the pooler.
func (b *Bouncer) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(owner), Host: fmt.Sprintf("127.0.0.1:%d", b.port), Path: "/" + database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// Remove ends the pooler and removes its folder.
func (b *Bouncer) Remove() error {
	if b.process != nil {
		b.process.end(syscall.SIGTERM)
		b.process = nil
	}
	return os.RemoveAll(b.dir)
}

func findBouncer() (string, error) {
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		return path, nil
	}
	const debian = "/usr/sbin/pgbouncer" // which is in the PATH of root alone
	if _, err := os.Stat(debian); err == nil {
		return debian, nil
	}
	return "", errors.New("pgbouncer is neither in PATH nor in /usr/sbin; " +
		"install it (on Debian and Ubuntu: apt-get install pgbouncer; on macOS: brew install pgbouncer)")
}
