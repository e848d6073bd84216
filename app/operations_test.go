package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"carillon/testkit"
)

// blocks are the texts between fences of a language in docs/operations.md.
func blocks(t *testing.T, language string, atLeast int) (found []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	fences := regexp.MustCompile("(?ms)^ *```" + language + "\n(.*?)^ *```$")
	for _, block := range fences.FindAllStringSubmatch(string(page), -1) {
		found = append(found, block[1])
	}
	if len(found) < atLeast {
		t.Fatalf("the page has %d blocks of %s, which are too few", len(found), language)
	}
	return found
}

// TestTheCommandsOfOperations: each does what it is there for beside a server.
func TestTheCommandsOfOperations(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	environ := []string{"CARILLON_DATABASE_URL=" + testkit.SQLite(t), "CARILLON_ADMIN_KEY=" + testAdmin.Reveal(), "CARILLON_ENCRYPTION_KEY=" + testKey}
	s := serve(t, folder, environ...)
	var made struct{ CreateTenant struct{ ID string } }
	if err := ask(t, s.url, testAdmin, `mutation { createTenant(input: {name: "acme"}) { id } }`, &made); err != nil {
		t.Fatal(err)
	}
	environ = append(environ, "TENANT="+made.CreateTenant.ID, "CARILLON_URL="+s.url, "CARILLON_KEY="+testAdmin.Reveal(),
		"PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks(t, "sh", 10) {
		cmd := command(t, folder, environ)
		cmd.Path, cmd.Args = bash, []string{"bash", "-euo", "pipefail", "-c", block}
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), "the way is broken") {
			t.Errorf("%s: %v\n%s", block, err, out)
		}
	}
}

// TestTheStatementsOfOperations: PostgreSQL takes each, with the server's schema.
func TestTheStatementsOfOperations(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	shut(t, boot(t, Config{DatabaseURL: url}))
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	for _, block := range blocks(t, "sql", 3) {
		results, err := db.PgConn().Exec(t.Context(), block).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", block, err)
			continue
		}
		for _, r := range results {
			if r.CommandTag.Select() && len(r.FieldDescriptions) == 0 {
				t.Errorf("%s shows nothing", block)
			}
		}
	}
}
