package pgserver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Standby copies a server and starts the copy, which follows it under the name
// and takes reads alone until it is promoted.
func (s *Server) Standby(ctx context.Context, name string) (*Server, error) {
	if !s.cfg.TCP {
		return nil, errors.New("a server that has a standby listens on TCP")
	}
	standby, err := prepare(s.cfg)
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=%s application_name=%s sslmode=disable", s.port, owner, name)
	err = run(standby.dir, standby.as, filepath.Join(s.bin, "pg_basebackup"), "-D", standby.data(), "-d", from,
		"--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync")
	if err == nil {
		err = standby.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, standby.Remove())
	}
	return standby, nil
}

// Synchronous lets every commit wait until the standby of the name has it too.
// It belongs after Standby, or the copy would wait for itself once promoted.
func (s *Server) Synchronous(ctx context.Context, name string) error {
	if err := s.Exec(ctx, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '"+name+"'"); err != nil {
		return err
	}
	if err := s.Exec(ctx, "postgres", "SELECT pg_reload_conf()::text"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		states, err := s.query(ctx, "postgres", "SELECT sync_state FROM pg_stat_replication WHERE application_name = '"+name+"'")
		if err != nil {
			return err
		}
		if strings.Join(states, " ") == "sync" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the standby %s does not follow: %q", name, states)
		case <-tick.C:
		}
	}
}

// Promote makes a standby a server of its own, which takes writes. It asks again and
// again, since a query that waited could stand in the way of what is still to be
// replayed, and so of its own end.
func (s *Server) Promote(ctx context.Context) error {
	if err := s.Exec(ctx, "postgres", "SELECT pg_promote(false)::text"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		follows, err := s.query(ctx, "postgres", "SELECT pg_is_in_recovery()::text")
		if err != nil {
			return err
		}
		if strings.Join(follows, "") == "false" {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the standby was not promoted in time")
		case <-tick.C:
		}
	}
}

// Freeze makes the server silent without breaking a connection off, as a
// machine does that hangs or whose network is gone. Thaw ends it.
func (s *Server) Freeze(ctx context.Context) error {
	pids, err := s.query(ctx, "postgres", "SELECT pid::text FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
	if err != nil {
		return err
	}
	s.frozen = append(s.frozen, s.process.pid) // first, so that it makes no more of them
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		s.frozen = append(s.frozen, pid)
	}
	for _, pid := range s.frozen {
		_ = syscall.Kill(pid, syscall.SIGSTOP) // a session may have ended meanwhile
	}
	return nil
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw() {
	for _, pid := range s.frozen {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	s.frozen = nil
}
