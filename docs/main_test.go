// Package docs is words. Its tests hold them to the program: every block that a
// page shows is run by a test (claims_test.go says by which), every link leads
// somewhere, and what is drawn is drawn as it is.
package docs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"carillon/testkit"
)

// The programs that pages tell people to run, built once for all tests.
var programs struct{ carillon, receiver string }

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carillon-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs.carillon, programs.receiver = filepath.Join(dir, "carillon"), filepath.Join(dir, "receiver")
	for path, name := range map[string]string{programs.carillon: "carillon", programs.receiver: "carillon/examples/receivers/go"} {
		if err := testkit.Build(context.Background(), path, name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return testkit.Main(m, func() error { return goleak.Find() })
}
