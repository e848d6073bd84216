package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"carillon/store"
)

// Whoever may read the folder must not be able to read the events.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "carillon.db")
	for range 2 { // SQLite removes two of the files when it is closed
		db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + path, Node: uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, beside := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + beside)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); mode != 0o600 {
				t.Errorf("%s has mode %o, want 600", info.Name(), mode)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
