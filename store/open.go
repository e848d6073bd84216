package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carillon/models"

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
	// hotSize is how many of them are kept for publishing, claiming and completing,
	// so that these never wait for somebody who reads long lists.
	hotSize = 4
	// readers bounds the connections that read from SQLite at once.
	readers = 8
)

// Open connects. It does not migrate.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, keys: cfg.Keys, log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))}
	if s.cfg.Now == nil {
		s.cfg.Now = time.Now //nolint:forbidigo // the documented default
	}
	if s.cfg.Observer == nil {
		s.cfg.Observer = unobserved{}
	}
	if s.cfg.NewConfig == nil {
		s.cfg.NewConfig = models.NewConfig
	}
	var err error
	switch path, sqlite := strings.CutPrefix(cfg.URL, "sqlite:"); {
	case sqlite:
		if err = s.openSQLite(path); err == nil {
			err = s.hideLog(ctx, path)
		}
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
	if s.postgres() {
		s.herald = newHerald(s)
		s.publishes = newGroup(publicationSize, observed(s, always[models.Publication, []models.Published](commitPublish), jobFault, s.commitPublications))
		s.completions = newGroup(completionSize, observed(s, always[models.Completion, []bool](commitComplete), jobFault, s.commitCompletions))
	} else {
		s.lites = newGroup(liteJobSize, observed(s, liteKind, liteFault, s.commitLite))
	}
	return s, nil
}

func (s *Store) openPostgres(ctx context.Context, setting string) (err error) {
	conf, err := s.connections(ctx, setting)
	if err != nil {
		return err
	}
	rest := conf.Copy()
	rest.MaxConns = max(conf.MaxConns-hotSize, hotSize)
	conf.MaxConns, conf.MinConns = hotSize, min(conf.MinConns, hotSize)
	conf.AfterConnect = learnArrays
	if s.pool, err = pgxpool.NewWithConfig(ctx, conf); err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	if s.rest, err = pgxpool.NewWithConfig(ctx, rest); err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	s.writer = stdlib.OpenDBFromPool(s.rest)
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
	s.file = path
	// A relative path stays one: in a file: URI only what follows two slashes is a host.
	name := "file:" + (&url.URL{Path: path}).EscapedPath()
	const common = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(on)"
	// A checkpoint writes each page once, however often it changed since the last:
	// at 16 MB they are worth it. The limit is what a log that grew larger shrinks to.
	// What is erased is overwritten, for free pages would keep it for ever.
	const writing = "&_txlock=immediate&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)&_pragma=secure_delete(on)"
	s.writer, err = driver.Open(name+common+writing,
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

// createPrivate makes the file readable by its owner alone.
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

// hideLog makes the two files private that the library lays beside the
// database for all to read: events stand in its log as they do in the file.
// They stay as long as a connection is open.
func (s *Store) hideLog(ctx context.Context, path string) error {
	tx, err := s.writer.BeginTx(ctx, nil) // which makes them
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Chmod(path+beside, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("open SQLite: %w", err)
		}
	}
	return nil
}

func openGorm(d gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		TranslateError:         true,
		QueryFields:            true,           // a * would break prepared statements once a later release adds a column
		Logger:                 logger.Discard, // errors are returned
	})
	if err != nil {
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	return db, nil
}

// Ping says whether the database answers and takes writes.
func (s *Store) Ping(ctx context.Context) error {
	if !s.postgres() {
		if err := s.writer.PingContext(ctx); err != nil {
			return fmt.Errorf("reach the database: %w", err)
		}
		return nil
	}
	var standby bool
	const query = "SELECT current_setting('transaction_read_only')::boolean"
	if err := s.writer.QueryRowContext(ctx, query).Scan(&standby); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	if standby {
		s.reconnect()
		return errors.New("reach the database: this server takes no writes")
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
	if s.postgres() {
		s.publishes.close()
		s.completions.close()
		s.herald.close()
	} else {
		s.lites.close()
	}
	return s.closeDatabase()
}

func (s *Store) closeDatabase() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	for _, pool := range []*pgxpool.Pool{s.pool, s.rest} {
		if pool != nil {
			pool.Close()
		}
	}
	return errors.Join(errs...)
}
