package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon/testkit"
)

// TestBackupPage takes a copy and puts it back as the page says: on SQLite with a
// key of the first start, which must open what is in the copy.
func TestBackupPage(t *testing.T) {
	t.Parallel()
	const page = "docs/backup-and-upgrade.md"
	backup, restore := block(t, page, "carillon backup"), block(t, page, "rm -f data/carillon.db")
	r := newReader(t, free)
	away := t.TempDir()
	for _, folder := range []string{"/mnt/backup", "/mnt/keys"} {
		if err := os.Mkdir(filepath.Join(away, filepath.Base(folder)), 0o700); err != nil {
			t.Fatal(err)
		}
		r.known[folder] = filepath.Join(away, filepath.Base(folder))
	}
	r.known["carillon-2026-11-21.db"] = "carillon-$(date +%F).db" // the page was written another day
	server := r.start("go run .")
	key := strings.TrimSpace(server.await(`ck_[\w-]{30,}`))
	ask := func(at string) {
		t.Helper()
		admin := testkit.NewClient(t, "http://"+at, key)
		do(t, admin, `{ tenants { nodes { id } } }`, nil, nil)
	}
	ask(server.await(`127\.0\.0\.1:\d+`))
	r.run("cp data/carillon.db.key /mnt/keys/")
	r.run(backup)
	server.interrupt()
	r.run("rm -r data && mkdir data && echo lost > data/carillon.db")
	r.run(restore)
	ask(r.start("go run .").await(`127\.0\.0\.1:\d+`))
}

// TestDumpOfThePage dumps a database by the page's command, and restores it.
func TestDumpOfThePage(t *testing.T) {
	t.Parallel()
	server := testkit.Server(t)
	r := newReader(t, "CARILLON_DATABASE_URL="+server.URL("first"))
	for _, name := range []string{"first", "second"} {
		if err := server.Exec(t.Context(), "postgres", "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Exec(t.Context(), "first", "CREATE TABLE kept (n int)"); err != nil {
		t.Fatal(err)
	}
	const page, restore = "docs/backup-and-upgrade.md", "pg_restore --no-owner --dbname=carillon carillon.dump"
	if !strings.Contains(testkit.OnePage(t, page).Text, "`"+restore+"`") {
		t.Fatalf("the page does not restore by %s", restore)
	}
	r.run(block(t, page, "pg_dump"))
	r.run(strings.Replace(restore, "--dbname=carillon", "--dbname='"+server.URL("second")+"'", 1))
	if err := server.Exec(t.Context(), "second", "SELECT n FROM kept"); err != nil {
		t.Error(err)
	}
}
