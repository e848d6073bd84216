package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"carillon/migrations"
)

// MigrationStatus is one numbered step of the schema.
type MigrationStatus struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero while it is pending
}

// MigrateUp brings the schema to its newest version. Nodes that start at once
// wait for each other.
func (s *Store) MigrateUp(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// MigrateDown takes back the newest step that was applied, if there is one.
func (s *Store) MigrateDown(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	if _, err := p.Down(ctx); err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
		return fmt.Errorf("migrate the database down: %w", err)
	}
	return nil
}

// MigrateStatus lists every step, oldest first.
func (s *Store) MigrateStatus(ctx context.Context) ([]MigrationStatus, error) {
	p, err := s.migrator()
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

// Migrated says whether every step was applied.
func (s *Store) Migrated(ctx context.Context) (bool, error) {
	p, err := s.migrator()
	if err != nil {
		return false, err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("look for pending migrations: %w", err)
	}
	return !pending, nil
}

// migrationWait is how many seconds a node waits for another one to migrate:
// it looks every second, for goose's own 5 would slow every start of three nodes.
const migrationWait = 300

func (s *Store) migrator() (*goose.Provider, error) {
	var dir fs.FS
	var err error
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.log)}
	if s.postgres() {
		dialect = goose.DialectPostgres
		locker, lockErr := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, migrationWait))
		if lockErr != nil {
			return nil, fmt.Errorf("prepare the migrations' lock: %w", lockErr)
		}
		options = append(options, goose.WithSessionLocker(locker))
		dir, err = fs.Sub(migrations.Postgres, "postgres")
	} else {
		dir, err = fs.Sub(migrations.SQLite, "sqlite")
	}
	if err != nil {
		return nil, fmt.Errorf("open the migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, s.writer, dir, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}
