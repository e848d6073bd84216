package console

import (
	"embed"
	"os/exec"
	"strings"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

// sources make go test run the tests anew when one of them changes.
//
//go:embed all:src package-lock.json
var sources embed.FS

// The browser's own code has tests of its own.
func TestSources(t *testing.T) {
	t.Parallel()
	if _, err := sources.ReadFile("src/main.tsx"); err != nil {
		t.Fatal(err)
	}
	testkit.NodePackages(t, ".")
	for _, script := range []string{"generate", "test"} {
		out, err := exec.Command("npm", "run", script).CombinedOutput()
		if err != nil {
			t.Fatalf("npm run %s: %v\n%s", script, err, out)
		}
		t.Logf("%s", out)
	}
}

// TestEveryActionHasWords: the page of the audit log says in plain words what was done.
func TestEveryActionHasWords(t *testing.T) {
	t.Parallel()
	words, err := sources.ReadFile("src/audit/words.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range models.AuditActions() {
		if !strings.Contains(string(words), "'"+string(action)+"': '") {
			t.Errorf("src/audit/words.ts has no words for %s", action)
		}
	}
}
