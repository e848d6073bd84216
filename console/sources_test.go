package console

import (
	"embed"
	"os/exec"
	"testing"

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
