package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Condition is what a database tells of itself to somebody who wonders whether it
// is fit. Of the two parts one is there.
type Condition struct {
	Version  string // PostgreSQL 17.2, SQLite 3.50.1
	Size     int64  // bytes, all tables and indexes
	Postgres *PostgresCondition
	SQLite   *SQLiteCondition
}

// PostgresCondition is what matters of a PostgreSQL server.
type PostgresCondition struct {
	Pooled            bool // a pooler stands between
	MaxConnections    int  // of the server, without those kept for superusers
	Connections       int  // open now, of all clients
	Pool              int  // the most that one node of this setting opens
	SynchronousCommit string
	Fsync             bool
	FullPageWrites    bool
	Autovacuum        bool
	Standbys          int           // that are connected
	WantsStandbys     string        // synchronous_standby_names
	TransactionAge    int64         // of the oldest row that is not frozen
	OldestTransaction time.Duration // of other sessions, as far as they may be seen
}

// SQLiteCondition is what matters of a SQLite file.
type SQLiteCondition struct {
	Path string
	Free int64 // bytes within the file that are used again
	Log  int64 // bytes of the write-ahead log
}

// Condition asks the database about itself.
func (s *Store) Condition(ctx context.Context) (Condition, error) {
	ask := s.sqliteCondition
	if s.postgres() {
		ask = s.postgresCondition
	}
	c, err := ask(ctx)
	if err != nil {
		return c, fmt.Errorf("ask the database about itself: %w", err)
	}
	return c, nil
}

const postgresFacts = `SELECT current_setting('server_version'),
	current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
	(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
	pg_database_size(current_database()),
	current_setting('synchronous_commit'), current_setting('fsync')::boolean, current_setting('full_page_writes')::boolean,
	current_setting('autovacuum')::boolean, current_setting('synchronous_standby_names'),
	(SELECT count(*) FROM pg_stat_replication),
	(SELECT age(datfrozenxid)::bigint FROM pg_database WHERE datname = current_database()),
	COALESCE((SELECT (extract(epoch FROM max(clock_timestamp() - xact_start)) * 1000000)::bigint
		FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'), 0)`

func (s *Store) postgresCondition(ctx context.Context) (Condition, error) {
	p := &PostgresCondition{Pooled: s.pooled, Pool: int(s.pool.Config().MaxConns + s.rest.Config().MaxConns)}
	c := Condition{Postgres: p}
	var oldest int64
	err := s.rest.QueryRow(ctx, postgresFacts).Scan(&c.Version, &p.MaxConnections, &p.Connections, &c.Size,
		&p.SynchronousCommit, &p.Fsync, &p.FullPageWrites, &p.Autovacuum, &p.WantsStandbys, &p.Standbys, &p.TransactionAge, &oldest)
	c.Version, _, _ = strings.Cut(c.Version, " ") // packagers add their own name
	c.Version = "PostgreSQL " + c.Version
	p.OldestTransaction = time.Duration(oldest) * time.Microsecond
	return c, err
}

func (s *Store) sqliteCondition(ctx context.Context) (Condition, error) {
	q := &SQLiteCondition{Path: strings.TrimPrefix(s.cfg.URL, "sqlite:")}
	c := Condition{SQLite: q}
	var pages, size, free int64
	for _, ask := range []struct {
		query string
		into  any
	}{
		{"SELECT sqlite_version()", &c.Version}, {"PRAGMA page_count", &pages}, {"PRAGMA page_size", &size}, {"PRAGMA freelist_count", &free},
	} {
		if err := s.reader.QueryRowContext(ctx, ask.query).Scan(ask.into); err != nil {
			return c, err
		}
	}
	c.Version = "SQLite " + c.Version
	c.Size, q.Free = pages*size, free*size
	log, err := os.Stat(q.Path + "-wal")
	if err == nil {
		q.Log = log.Size()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	return c, nil
}

// CheckPages reads a whole SQLite file and is an error about the first thing in it
// that is damaged. PostgreSQL looks after its own pages.
func (s *Store) CheckPages(ctx context.Context) error {
	if s.postgres() {
		return nil
	}
	var found string
	if err := s.reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check the database's pages: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("the database's file is damaged: %s", found)
	}
	return nil
}

// TryCommit makes a transaction that writes, waits until it is on disk as every
// one of the server's does, and leaves nothing behind.
func (s *Store) TryCommit(ctx context.Context) error {
	if s.postgres() {
		// A message in the log that nobody reads; its transaction is flushed as others are.
		if _, err := s.rest.Exec(ctx, "SELECT pg_logical_emit_message(true, 'carillon', '')"); err != nil {
			return fmt.Errorf("write to the database: %w", err)
		}
		return nil
	}
	if err := s.rewriteVersion(ctx); err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}

// rewriteVersion writes a number into the file's first page that stands there.
func (s *Store) rewriteVersion(ctx context.Context) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}
