package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"carillon/store"
)

// database is the store as a command has it: alone, where it must be.
type database struct {
	*store.Store
	lock  *lock
	lines *logBuffer
}

// openDatabase opens the store for a command. alone keeps servers on the same
// SQLite file away while it is open, and makes the file where there is none.
func openDatabase(ctx context.Context, cfg Config, alone bool, out Output) (*database, error) {
	db := &database{}
	path, sqlite := cfg.sqlitePath()
	if sqlite && alone {
		var err error
		if db.lock, err = lockDatabase(path); err != nil {
			return nil, err
		}
	} else if sqlite {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no database %s; carillon migrate up makes it", path)
		}
	}
	log, lines := newLogger(cfg, out.Stderr)
	db.lines = lines
	keys, err := keyring(cfg, log)
	if err == nil {
		db.Store, err = store.Open(ctx, store.Config{URL: cfg.DatabaseURL, Keys: keys, Log: log})
	}
	if err != nil {
		lines.Flush()
		return nil, errors.Join(err, db.lock.Release())
	}
	return db, nil
}

// Close closes the database and lets others have it.
func (d *database) Close() error {
	defer d.lines.Flush()
	return errors.Join(d.Store.Close(), d.lock.Release())
}
