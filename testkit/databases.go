package testkit

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Each runs the test once on a fresh SQLite file and once on a fresh PostgreSQL
// database, in parallel. The databases are empty: the test migrates them.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite names a file that does not exist yet, in a folder that goes with the test.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "carillon.db")
}

// Postgres makes an empty database that goes with the test, in a cluster that
// all tests of the binary share. The cluster is quick rather than safe: it does
// not wait for the disk.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return clusters.quick.database(tb)
}

// DurablePostgres is Postgres on a cluster that waits for the disk at every
// commit, as in production: for benchmarks.
func DurablePostgres(tb testing.TB) string {
	tb.Helper()
	return clusters.durable.database(tb)
}

// Main runs the tests of a binary, and then removes the clusters that they
// started, and tells what races the programs had that they built. It belongs in
// TestMain of every package whose tests use PostgreSQL, or build a program.
// Checks run at the end, such as a search for goroutines that were left behind.
func Main(m interface{ Run() int }, checks ...func() error) int {
	clusters.quick.allow()
	clusters.durable.allow()
	code := m.Run()
	clusters.quick.stop()
	clusters.durable.stop()
	if Racing {
		if err := programRaces(); err != nil {
			complain(err)
			code = max(code, 1)
		}
	}
	if code != 0 {
		return code
	}
	for _, check := range checks {
		if err := check(); err != nil {
			complain(err)
			return 1
		}
	}
	return 0
}

func (c *cluster) database(tb testing.TB) string {
	tb.Helper()
	server, err := c.start()
	if err != nil {
		tb.Fatalf("PostgreSQL for the tests: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	admin := func(statement string) error {
		ctx, cancel := contextFor(time.Minute)
		defer cancel()
		return server.Exec(ctx, "postgres", statement)
	}
	if err := admin("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("create a database for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := admin("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("drop the test's database: %v", err)
		}
	})
	return server.URL(name)
}
