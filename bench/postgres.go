package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL of the benchmark's own, with fsync on.
type cluster struct {
	cmd        *exec.Cmd
	host       string
	statements bool // it keeps pg_stat_statements
}

func (c *cluster) address(database string) string {
	return "postgres://carillon@" + c.host + "/" + database + "?sslmode=disable"
}

// exec runs one statement outside of the measured databases.
func (c *cluster) exec(ctx context.Context, statement string) (err error) {
	conn, err := pgx.Connect(ctx, c.address("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// startCluster makes a database cluster below dir and runs it with settings
// that a small server would have; on request it counts what its statements cost.
func startCluster(ctx context.Context, dir string, statements bool) (*cluster, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	as, err := unprivileged(data)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "carillon", "-A", "trust", "-E", "UTF8", "--no-locale")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	initdb.Dir = dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-k", "",
		"-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=512MB", "-c", "max_wal_size=8GB",
		"-c", "wal_compression=off", "-c", "max_connections=100")
	if statements {
		cmd.Args = append(cmd.Args, "-c", "shared_preload_libraries=pg_stat_statements")
	}
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGINT}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &cluster{cmd: cmd, host: address, statements: statements}
	for range 200 {
		conn, err := pgx.Connect(ctx, c.address("postgres"))
		if err == nil {
			return c, conn.Close(ctx)
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.stop()
	return nil, fmt.Errorf("PostgreSQL did not start:\n%s", said.String())
}

func (c *cluster) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGINT)
	_ = c.cmd.Wait()
}

// postgresBin finds initdb and postgres.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("initdb was not found; install PostgreSQL (on Debian: apt-get install postgresql)")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives the folder to an ordinary user where root asks, because
// PostgreSQL does not run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
	}
	return nil, errors.New("there is no user postgres or nobody to run PostgreSQL as")
}
