package store_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"carillon/store"
	"carillon/testkit"
)

func TestConditionTellsWhatTheDatabaseIs(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		got, err := n.Condition(t.Context())
		must(t, err)
		if got.Size < 100_000 || (got.Postgres == nil) == (got.SQLite == nil) {
			t.Errorf("%+v", got)
		}
		if p := got.Postgres; p != nil {
			if !strings.HasPrefix(got.Version, "PostgreSQL 1") || p.MaxConnections < 50 || p.Connections < 1 || p.Pool < 16 ||
				p.Pooled || !p.Autovacuum || p.SynchronousCommit == "" || p.TransactionAge < 1 {
				t.Errorf("%s: %+v", got.Version, p)
			}
		}
		if q := got.SQLite; q != nil {
			if !strings.HasPrefix(got.Version, "SQLite 3.") || q.Log == 0 || q.Path != strings.TrimPrefix(url, "sqlite:") {
				t.Errorf("%s: %+v", got.Version, q)
			}
			must(t, n.CheckPages(t.Context()))
		}
		must(t, n.TryCommit(t.Context()))
	})
}

// TestTryCommitWaitsForTheDiskAndLeavesNothing: the log of PostgreSQL is flushed
// behind what was written; neither database holds more than before.
func TestTryCommitWaitsForTheDiskAndLeavesNothing(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		n := newNouns(t, testkit.Postgres(t))
		db := rawDB(t, n.url)
		var before, flushed string
		must(t, db.QueryRow("SELECT pg_current_wal_insert_lsn()").Scan(&before))
		must(t, n.TryCommit(t.Context()))
		must(t, db.QueryRow("SELECT pg_current_wal_flush_lsn() > $1::pg_lsn", before).Scan(&flushed))
		if flushed != "true" {
			t.Error("the transaction was not flushed")
		}
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		n := newNouns(t, testkit.SQLite(t))
		path := strings.TrimPrefix(n.url, "sqlite:")
		log := func() int64 {
			info, err := os.Stat(path + "-wal")
			must(t, err)
			return info.Size()
		}
		before := log()
		must(t, n.TryCommit(t.Context()))
		if log() <= before {
			t.Error("nothing was written")
		}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if err := n.TryCommit(done); err == nil {
			t.Error("a commit after the end")
		}
	})
}

func TestADamagedFileIsFound(t *testing.T) {
	t.Parallel()
	url := testkit.SQLite(t)
	s := openEmpty(t, url)
	must(t, s.MigrateUp(t.Context()))
	path := strings.TrimPrefix(url, "sqlite:")
	damaged := path + "-damaged"
	text := slices.Clone(readAll(t, path, s))
	for i := len(text) / 2; i < len(text)/2+4096; i++ {
		text[i] = 0xa5
	}
	must(t, os.WriteFile(damaged, text, 0o600))
	again, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + damaged})
	must(t, err)
	t.Cleanup(func() { _ = again.Close() })
	if err := again.CheckPages(t.Context()); err == nil {
		t.Error("the damage was not found")
	}
}

// readAll is the file with all that stands in its log.
func readAll(t *testing.T, path string, s *store.Store) []byte {
	t.Helper()
	_, err := rawDB(t, "sqlite:"+path).Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	must(t, err)
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, s.Ping(t.Context()))
	return text
}
