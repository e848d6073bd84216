package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// twoTenants is a database in which every table has rows of two tenants, and of
// nobody where there are such.
func twoTenants(t *testing.T, url string, now *time.Time) (*store.Store, *fixtures) {
	t.Helper()
	keys := mustRing(t, store.NewEncryptionKey())
	s, err := store.Open(t.Context(), store.Config{URL: url, Keys: keys, Node: uuid.New(), Now: func() time.Time { return *now }})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.MigrateUp(t.Context()))
	f := newFixtures(t, url, keys)
	for _, whose := range []string{platform, "acme", "globex"} {
		f.fill(whose)
	}
	return s, f
}

// of are the rows that bear a mark or an id of a tenant, as lines of text.
func (f *fixtures) of(tenant string) (lines []string) {
	marks := []string{"of " + tenant + " ", "/" + tenant}
	for _, p := range []models.Prefix{models.PrefixTenant, models.PrefixChannel, models.PrefixWebhook, models.PrefixTemplate, models.PrefixEvent,
		models.PrefixDelivery, models.PrefixAttempt, models.PrefixApiKey, models.PrefixRecovery} {
		for row := range 2 {
			marks = append(marks, strings.ReplaceAll(f.uid(string(p), tenant, row).String(), "-", ""))
		}
	}
	for table, rows := range f.dump() {
		for _, r := range rows {
			text := table + ": " + r.String()
			for _, mark := range marks {
				if strings.Contains(text, mark) {
					lines = append(lines, text)
					break
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// TestNothingIsLeftOfADeletedTenant reads the tables from the schema, so that one
// that is new cannot be forgotten: no row bears an id or a text of the tenant.
func TestNothingIsLeftOfADeletedTenant(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		s, f := twoTenants(t, url, &now)
		others, all := f.of("globex"), f.of("acme")
		nobodys := f.of(platform)
		if len(all) < 2*len(f.tables())-20 || len(others) != len(all) {
			t.Fatalf("the fixtures have %d rows of the tenant, and %d of another", len(all), len(others))
		}
		must(t, s.DeleteTenant(t.Context(), f.id(models.PrefixTenant, "acme", 0), now))
		for range 3 {
			_, err := s.PurgeDeleted(t.Context(), 3)
			must(t, err)
		}
		if left := f.of("acme"); len(left) < 5 {
			t.Errorf("after three small steps only %d rows are left", len(left))
		}
		// The node dies here; another one knows nothing but what is in the database.
		s, err := store.Open(t.Context(), store.Config{URL: url, Node: uuid.New(), Now: func() time.Time { return now }})
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		purgeAll(t, s, 3)
		if left := f.of("acme"); len(left) != 1 || !strings.HasPrefix(left[0], "tenants: ") {
			t.Errorf("before the last look there are\n%s", strings.Join(left, "\n"))
		}
		now = now.Add(time.Hour)
		purgeAll(t, s, 3)
		if left := f.of("acme"); len(left) > 0 {
			t.Errorf("%d rows are left:\n%s", len(left), strings.Join(left, "\n"))
		}
		same(t, f.of("globex"), others)
		same(t, f.of(platform), nobodys)
	})
}

// purgeAll goes on until a pass is at its end.
func purgeAll(t *testing.T, s *store.Store, limit int) (calls int) {
	t.Helper()
	for more := true; more; calls++ {
		var err error
		if more, err = s.PurgeDeleted(t.Context(), limit); err != nil || calls > 500 {
			t.Fatalf("purge call %d: %v", calls, err)
		}
	}
	return calls
}

// TestALateRowOfADeletedTenantGoesToo: what had begun before the deletion may
// write after everything was erased.
func TestALateRowOfADeletedTenantGoesToo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		n.must(n.DeleteTenant(t.Context(), n.tenant, n.now))
		purgeAll(t, n.Store, 100)
		n.test(w)
		n.now = n.now.Add(time.Hour)
		purgeAll(t, n.Store, 100)
		for _, table := range []string{"events", "deliveries", "attempts", "failures", "tenants"} {
			if left := countRows(t, url, table); left != 0 {
				t.Errorf("%d rows are left in %s", left, table)
			}
		}
	})
}

// TestNodesEraseAtOnce: every node erases, and all may be killed at any step.
func TestNodesEraseAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	url := testkit.Postgres(t)
	s, f := twoTenants(t, url, &now)
	others := f.of("globex")
	must(t, s.DeleteTenant(t.Context(), f.id(models.PrefixTenant, "acme", 0), now.Add(-time.Hour)))
	done := make(chan error, 3)
	for range 3 {
		node, err := store.Open(t.Context(), store.Config{URL: url, Node: uuid.New(), Now: func() time.Time { return now }})
		must(t, err)
		t.Cleanup(func() { must(t, node.Close()) })
		go func() {
			var err error
			for calls := 0; calls < 40 && err == nil; calls++ {
				_, err = node.PurgeDeleted(t.Context(), 2)
			}
			done <- err
		}()
	}
	for range 3 {
		must(t, <-done)
	}
	purgeAll(t, s, 100)
	if left := f.of("acme"); len(left) > 0 {
		t.Errorf("%d rows are left:\n%s", len(left), strings.Join(left, "\n"))
	}
	same(t, f.of("globex"), others)
}

// TestErasedDataLeaveTheFile looks for the tenant's texts in the bytes of the
// database's files, where SQLite would leave them in pages that are free.
func TestErasedDataLeaveTheFile(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	url := testkit.SQLite(t)
	s, f := twoTenants(t, url, &now)
	must(t, s.DeleteTenant(t.Context(), f.id(models.PrefixTenant, "acme", 0), now))
	now = now.Add(time.Hour)
	purgeAll(t, s, 1000)
	f.exec("PRAGMA wal_checkpoint(TRUNCATE)")
	path := strings.TrimPrefix(url, "sqlite:")
	files, err := filepath.Glob(path + "*")
	must(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		if strings.Contains(string(data), "of acme ") {
			t.Errorf("%s still has texts of the tenant", filepath.Base(file))
		}
	}
	if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), "of globex ") {
		t.Errorf("the other tenant's are gone: %v", err)
	}
}
