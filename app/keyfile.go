package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"carillon/store"
)

// keyring is the keys for secrets at rest: those of the setting, or with SQLite
// the one in the file beside the database. The file is made together with the
// database and never later, because a new key opens nothing that is there.
func keyring(cfg Config, log *slog.Logger) (*store.Keyring, error) {
	if !cfg.EncryptionKey.Empty() {
		return store.ParseKeyring(cfg.EncryptionKey.Reveal())
	}
	path, ok := cfg.sqlitePath()
	if !ok {
		return nil, bad("encryption-key", "must be given with PostgreSQL")
	}
	key, err := readKey(keyPath(path), log)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
	}
	if err != nil {
		return nil, err
	}
	ring, err := store.ParseKeyring(key)
	if err != nil {
		return nil, fmt.Errorf("the key file %s: %w", keyPath(path), err)
	}
	return ring, nil
}

// keyPath is where the key of a database's file is kept.
func keyPath(database string) string { return database + ".key" }

func readKey(path string, log *slog.Logger) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the encryption key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		log.Warn("the key file can be read by other users of this machine; chmod 600 it", "path", path)
	}
	return strings.TrimSpace(string(text)), nil
}

// makeKey writes a fresh key for a database that does not exist yet.
func makeKey(database string) (string, error) {
	if info, err := os.Stat(database); err == nil && info.Size() > 0 {
		return "", fmt.Errorf("the database %s is there, but its key file %s is not: put it back, or give CARILLON_ENCRYPTION_KEY",
			database, keyPath(database))
	}
	key := store.NewEncryptionKey()
	if err := writePrivate(keyPath(database), key+"\n"); err != nil {
		return "", fmt.Errorf("keep the encryption key: %w", err)
	}
	return key, nil
}

// writePrivate makes a file of mode 0600 that is there whole or not at all,
// also after a loss of power, and never takes the place of another.
func writePrivate(path, text string) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(folder, filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreMissing(os.Remove(draft.Name()))) }()
	_, err = draft.WriteString(text)
	if err == nil {
		err = draft.Sync()
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// syncFolder makes new names in a folder durable, where the system can.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
