package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"carillon/migrations"
)

// MigrationStatus is one numbered step of the schema.
type MigrationStatus struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero while it is pending
}

// MigrateUp brings the schema to its newest version. Nodes that start at once
// wait for each other. A schema that is newer than this program stays as it is,
// and is refused where it needs a newer program.
func (s *Store) MigrateUp(ctx context.Context) error {
	return s.alone(ctx, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
		return s.checkFloor(ctx, p)
	})
}

// MigrateDown takes back the newest step that was applied, if there is one.
func (s *Store) MigrateDown(ctx context.Context) error {
	return s.alone(ctx, func(p *goose.Provider) error {
		if err := checkDown(ctx, p); err != nil {
			return err
		}
		if _, err := p.Down(ctx); err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
			return fmt.Errorf("migrate the database down: %w", err)
		}
		return nil
	})
}

// MigrateStatus lists every step, oldest first.
func (s *Store) MigrateStatus(ctx context.Context) ([]MigrationStatus, error) {
	p, err := s.migrator(s.writer)
	if err != nil {
		return nil, err
	}
	list, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the migrations' status: %w", err)
	}
	out := make([]MigrationStatus, len(list))
	for i, m := range list {
		out[i] = MigrationStatus{Version: m.Source.Version, Name: path.Base(m.Source.Path), AppliedAt: m.AppliedAt}
	}
	return out, nil
}

// Migrated says whether every step was applied. It fails where the database needs
// a newer program.
func (s *Store) Migrated(ctx context.Context) (bool, error) {
	p, err := s.migrator(s.writer)
	if err != nil {
		return false, err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("look for pending migrations: %w", err)
	}
	if pending {
		return false, nil
	}
	if err := s.checkFloor(ctx, p); err != nil {
		return false, err
	}
	return true, nil
}

const (
	migrationLock = 0x6361726d // of all nodes, the one that holds this advisory lock migrates
	migrationLook = 200 * time.Millisecond
	migrationWait = 5 * time.Minute // for another node to migrate
)

// alone runs fn while no other node migrates the same database, on connections
// of its own, whose statements may take as long as they need. The lock is one of
// a transaction that stays open meanwhile: one of a session would be lost, or
// left behind, where a pooler hands each transaction another session.
func (s *Store) alone(ctx context.Context, fn func(*goose.Provider) error) error {
	if !s.postgres() { // one process has the file to itself
		p, err := s.migrator(s.writer)
		if err != nil {
			return err
		}
		return fn(p)
	}
	conf := s.connection()
	conf.Tracer = nil
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return fmt.Errorf("connect to migrate: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTime)
		defer cancel()
		_ = conn.Close(closing) // which ends the transaction, and the lock with it
	}()
	if err := lockMigrations(ctx, conn); err != nil {
		return err
	}
	db := stdlib.OpenDB(*conf)
	defer db.Close()
	p, err := s.migrator(db)
	if err != nil {
		return err
	}
	return fn(p)
}

// lockMigrations begins a transaction that holds the lock. While another node
// has it none stays open, or nodes that wait could keep all of a pooler's
// connections from the one that migrates.
func lockMigrations(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, migrationWait)
	defer cancel()
	tick := time.NewTicker(migrationLook)
	defer tick.Stop()
	for {
		locked, err := tryMigrations(ctx, conn)
		if err != nil {
			return fmt.Errorf("wait for other nodes to migrate: %w", err)
		}
		if locked {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for other nodes to migrate: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

func tryMigrations(ctx context.Context, conn *pgx.Conn) (locked bool, err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return false, err
	}
	const query = `SELECT pg_try_advisory_xact_lock($1), set_config('idle_in_transaction_session_timeout', '0', true)`
	err = tx.QueryRow(ctx, query, migrationLock).Scan(&locked, nil)
	if err == nil && locked {
		return true, nil
	}
	return false, errors.Join(err, tx.Rollback(ctx))
}

func (s *Store) migrator(db *sql.DB) (*goose.Provider, error) {
	var dir fs.FS
	var err error
	dialect := goose.DialectSQLite3
	if s.postgres() {
		dialect = goose.DialectPostgres
		dir, err = fs.Sub(migrations.Postgres, "postgres")
	} else {
		dir, err = fs.Sub(migrations.SQLite, "sqlite")
	}
	if err != nil {
		return nil, fmt.Errorf("open the migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, db, dir, goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.log))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}
