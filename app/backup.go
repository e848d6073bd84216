package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"carillon/store"
)

type backupCommand struct {
	Config `embed:"" group:"settings"`
	File   string `arg:"" placeholder:"FILE" help:"Where to; it must not be there yet."`
}

// Run copies a SQLite database beside a server that works on it, whole or not at
// all, and reads the copy before it gets its name.
func (b *backupCommand) Run(ctx context.Context, out Output) (err error) {
	path, sqlite := b.sqlitePath()
	if !sqlite {
		return &usageError{errors.New("backup copies SQLite; for PostgreSQL use pg_dump, see docs/backup-and-upgrade.md")}
	}
	if _, err := os.Lstat(b.File); err == nil {
		return fmt.Errorf("%s is there already; name a file that is not", b.File)
	}
	db, err := openDatabase(ctx, b.Config, false, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := copyDatabase(ctx, db.Store, b.File); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out.Stderr, "The database is copied. Without its encryption key (%s) a copy is of no use: keep that too, apart from it.\n", keyName(b.Config, path))
	_, err = fmt.Fprintln(out.Stdout, b.File)
	return err
}

// keyName is where the key is kept.
func keyName(cfg Config, path string) string {
	if !cfg.EncryptionKey.Empty() {
		return "CARILLON_ENCRYPTION_KEY"
	}
	return keyPath(path)
}

// copyDatabase makes a file of mode 0600 that is there whole or not at all.
func copyDatabase(ctx context.Context, db *store.Store, file string) (err error) {
	folder := filepath.Dir(file)
	draft, err := os.CreateTemp(folder, filepath.Base(file)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	defer func() { err = errors.Join(err, draft.Close(), ignoreMissing(os.Remove(draft.Name()))) }()
	if err := db.Backup(ctx, draft.Name()); err != nil {
		return err
	}
	if err := store.CheckBackup(ctx, draft.Name()); err != nil {
		return err
	}
	if err := draft.Sync(); err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	if err := os.Link(draft.Name(), file); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; name a file that is not", file)
	} else if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	return syncFolder(folder)
}
