package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"carillon/pgserver"
)

// The databases that are measured.
const (
	postgres = "postgres"
	sqlite   = "sqlite"
)

// bench is one run.
type bench struct {
	options
	dir     string // holds everything that the run makes
	binary  string
	cluster *pgserver.Server
	counts  bool // the cluster keeps pg_stat_statements
	report  report
}

func newBench(ctx context.Context, o options) (b *bench, err error) {
	b = &bench{options: o}
	if b.dir, err = os.MkdirTemp("", "carillon-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if err := os.Chmod(b.dir, 0o755); err != nil { // PostgreSQL runs as somebody else
		return nil, err
	}
	if b.binary, err = build(ctx, b.dir, o.profile != ""); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o755); err != nil {
			return nil, err
		}
	}
	if o.profile != "" {
		if b.cluster, err = startCluster(ctx, b.dir, countStatements); err == nil {
			b.counts = true
			return b, nil
		}
		progress("without pg_stat_statements: %v", err)
	}
	b.cluster, err = startCluster(ctx, b.dir)
	return b, err
}

func (b *bench) close() {
	if b.cluster != nil {
		_ = b.cluster.Remove() // the folder around it goes too
	}
	_ = os.RemoveAll(b.dir)
}

// site is where one scenario runs: a database of its own, and the servers on it.
type site struct {
	*bench
	name    string // of the scenario
	kind    string // of the database
	url     string
	dir     string
	servers []*server
	last    usage // of the processors, in the window that was measured last
}

// at runs a scenario on a new database.
func (b *bench) at(ctx context.Context, sc scenario, kind string) (err error) {
	s := &site{bench: b, name: sc.name, kind: kind, dir: filepath.Join(b.dir, sc.name+"-"+kind)}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	s.url = "sqlite:" + filepath.Join(s.dir, "carillon.db")
	if kind == postgres {
		database := "bench_" + sc.name
		s.url = b.cluster.URL(database)
		if err := b.cluster.Exec(ctx, "postgres", "CREATE DATABASE "+database); err != nil {
			return err
		}
		defer func() {
			dropped := b.cluster.Exec(context.WithoutCancel(ctx), "postgres", "DROP DATABASE "+database+" WITH (FORCE)")
			err = errors.Join(err, dropped)
		}()
	}
	defer s.leave()
	return sc.run(ctx, s)
}

// serve starts one more server on the site's database.
func (s *site) serve() (*server, error) {
	started, err := start(s.binary, s.dir, s.url)
	if err != nil {
		return nil, err
	}
	s.servers = append(s.servers, started)
	return started, nil
}

// leave stops the servers, and says what they complained of.
func (s *site) leave() {
	for _, one := range s.servers {
		one.stop()
		for _, line := range one.complaints() {
			progress("%s on %s, the server's log: %s", s.name, s.kind, line)
		}
	}
}

// sql runs statements one after the other on the site's database.
func (s *site) sql(ctx context.Context, statements ...string) (err error) {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%.60s: %w", statement, err)
		}
	}
	return nil
}

// settle does at once what PostgreSQL would do within minutes of a load, so that
// it is not done in the middle of a window.
func (s *site) settle(ctx context.Context) error {
	if s.kind != postgres {
		return nil
	}
	return s.sql(ctx, "VACUUM (ANALYZE)", "CHECKPOINT")
}
