package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/gormlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const (
	// poolSize bounds the connections to PostgreSQL unless the URL's
	// pool_max_conns says otherwise: few, for three nodes share a server's 100.
	poolSize = 16
	// readers bounds the connections that read from SQLite at once.
	readers = 8
)

// Open connects. It does not migrate.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, keys: cfg.Keys, log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))}
	if s.cfg.Now == nil {
		s.cfg.Now = time.Now
	}
	var err error
	switch path, sqlite := strings.CutPrefix(cfg.URL, "sqlite:"); {
	case sqlite:
		err = s.openSQLite(path)
	case strings.HasPrefix(cfg.URL, "postgres://"), strings.HasPrefix(cfg.URL, "postgresql://"):
		err = s.openPostgres(ctx, cfg.URL)
	default:
		return nil, errors.New("the database's URL begins neither with sqlite: nor with postgres://")
	}
	if err == nil {
		err = s.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.closeDatabase())
	}
	s.publishes = newGroup(publicationSize, s.commitPublications)
	s.completions = newGroup(completionSize, s.commitCompletions)
	return s, nil
}

func (s *Store) openPostgres(ctx context.Context, setting string) (err error) {
	conf, err := pgxpool.ParseConfig(setting)
	if err != nil {
		return fmt.Errorf("read the database's URL: %w", err) // pgx masks the password
	}
	if !strings.Contains(setting, "pool_max_conns") {
		conf.MaxConns = poolSize
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, conf); err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	s.writer = stdlib.OpenDBFromPool(s.pool)
	s.reader = s.writer
	s.write, err = openGorm(postgres.New(postgres.Config{Conn: s.writer}))
	s.read = s.write
	return err
}

func (s *Store) openSQLite(path string) (err error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return errors.New("the database's URL names no file; give sqlite:PATH")
	}
	if err := createPrivate(path); err != nil {
		return fmt.Errorf("create the database's file: %w", err)
	}
	// A relative path stays one: in a file: URI only what follows two slashes is a host.
	name := "file:" + (&url.URL{Path: path}).EscapedPath()
	const common = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(on)"
	s.writer, err = driver.Open(name+common+"&_txlock=immediate",
		func(conn *sqlite3.Conn) error { s.lite = newLite(conn); return nil },
		func(*sqlite3.Conn) error { return s.lite.close() })
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.reader, err = driver.Open(name + common + "&_pragma=query_only(on)&_txlock=deferred"); err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	if s.write, err = openGorm(gormlite.OpenDB(s.writer)); err != nil {
		return err
	}
	s.read, err = openGorm(gormlite.OpenDB(s.reader))
	return err
}

// createPrivate makes the file readable by its owner alone, which the files
// that SQLite lays beside it inherit.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func openGorm(d gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		TranslateError:         true,
		Logger:                 logger.Discard, // errors are returned
	})
	if err != nil {
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	return db, nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.writer.PingContext(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// Now is the database's clock.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	query := "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	if s.postgres() {
		query = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
	}
	var us int64
	if err := s.reader.QueryRowContext(ctx, query).Scan(&us); err != nil {
		return time.Time{}, fmt.Errorf("read the database's clock: %w", err)
	}
	return fromMicros(us), nil
}

// Close finishes what was handed to the store before, and closes the database.
func (s *Store) Close() error {
	s.publishes.close()
	s.completions.close()
	return s.closeDatabase()
}

func (s *Store) closeDatabase() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return errors.Join(errs...)
}
