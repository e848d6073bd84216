package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3/driver"
)

// ErrNotSQLite says that PostgreSQL's own tools make the copy.
var ErrNotSQLite = errors.New("this is PostgreSQL's database, which its own tools copy: pg_dump, or pg_basebackup and its archive of the log")

// Backup copies the database into a file as it is at one moment, while others
// read and write. The file must be empty or not there; it is not yet on disk when
// Backup returns. What was erased is not in it.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.postgres() {
		return ErrNotSQLite
	}
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer conn.Close()
	// The connection writes to the copy alone, but a guard is a guard for all.
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = off"); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", path)
	_, guarded := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA query_only = on")
	if err := errors.Join(err, guarded); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

// CheckBackup reads all of a copy and says what is wrong with it.
func CheckBackup(ctx context.Context, path string) (err error) {
	db, err := driver.Open("file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro&immutable=1")
	if err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return checkIntegrity(ctx, db)
}

func checkIntegrity(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	if said != "ok" {
		return fmt.Errorf("the copy is damaged: %s", said)
	}
	return nil
}
