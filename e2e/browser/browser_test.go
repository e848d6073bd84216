// Package browser drives the console, the playground and the examples' pages in
// Chromium, against the program itself. The tests are Playwright's, in *.spec.ts.
package browser

import (
	"context"
	"embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"carillon/testkit"
)

// sources make go test run the tests anew when one of them changes.
//
//go:embed *.ts package-lock.json
var sources embed.FS

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

func TestBrowser(t *testing.T) {
	specs, err := sources.ReadDir(".")
	if err != nil || len(specs) < 3 {
		t.Fatalf("%d sources, %v", len(specs), err)
	}
	binary := filepath.Join(t.TempDir(), "carillon")
	if err := testkit.Build(t.Context(), binary, "carillon"); err != nil {
		t.Fatal(err)
	}
	testkit.NodePackages(t, ".")
	testkit.NodePackages(t, "../../examples/frontend")
	testkit.NodePackages(t, "../../examples/react-portal")
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "node_modules/.bin/playwright", "test")
	run.Env = append(os.Environ(), "CARILLON_BINARY="+binary, "CI=1", "FORCE_COLOR=0", "CHROMIUM="+testkit.Chromium(t))
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("playwright: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}
