package store_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/store"
	"carillon/testkit"
)

func openEmpty(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url, Node: uuid.New()})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		s := openEmpty(t, url)
		expectMigrated(t, s, false)
		must(t, s.MigrateUp(t.Context()))
		must(t, s.MigrateUp(t.Context()))
		expectMigrated(t, s, true)
		list, err := s.MigrateStatus(t.Context())
		must(t, err)
		for range list {
			must(t, s.MigrateDown(t.Context()))
		}
		expectMigrated(t, s, false)
		must(t, s.MigrateDown(t.Context()))
		must(t, s.MigrateUp(t.Context()))
		expectMigrated(t, s, true)
	})
}

// migrateDownTo takes back the steps after a version.
func migrateDownTo(t *testing.T, s *store.Store, version int64) {
	t.Helper()
	list, err := s.MigrateStatus(t.Context())
	must(t, err)
	for _, m := range list {
		if m.Version > version {
			must(t, s.MigrateDown(t.Context()))
		}
	}
}

func expectMigrated(t *testing.T, s *store.Store, want bool) {
	t.Helper()
	if got, err := s.Migrated(t.Context()); err != nil || got != want {
		t.Errorf("migrated is %t, %v, want %t", got, err, want)
	}
	list, err := s.MigrateStatus(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("the status is %v, %v", list, err)
	}
	for _, m := range list {
		if m.AppliedAt.IsZero() == want || m.Version == 0 || !strings.HasSuffix(m.Name, ".sql") {
			t.Errorf("step %+v, want applied %t", m, want)
		}
	}
}

func TestNodesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	var wg sync.WaitGroup
	for range 3 {
		s := openEmpty(t, url)
		wg.Go(func() {
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite::memory:", "postgres://127.0.0.1:1/none?connect_timeout=1", "postgres://%zz"} {
		s, err := store.Open(t.Context(), store.Config{URL: url})
		if err == nil {
			t.Errorf("%q was opened", url)
			must(t, s.Close())
		}
	}
}

func TestOpenOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space.db", "a?b#c%20.db", "deep/er/ü.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := openEmpty(t, "sqlite:"+path)
		must(t, s.MigrateUp(t.Context()))
		if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.db")); err != nil || len(found) != 1 || found[0] != path {
			t.Errorf("%q made %q, %v", path, found, err)
		}
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		now, err := openEmpty(t, url).Now(t.Context())
		must(t, err)
		if off := time.Since(now).Abs(); off > time.Minute || now.Location() != time.UTC {
			t.Errorf("the clock shows %s", now)
		}
	})
}
