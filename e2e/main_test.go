// Package e2e tests the program as its users have it: the real binary in a
// process of its own, on SQLite and on PostgreSQL, spoken to over HTTP,
// WebSocket and server-sent events alone. It knows nothing of the rooms inside.
package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"carillon/testkit"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carillon-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "carillon")
	if err := testkit.Build(context.Background(), binary, "carillon"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return testkit.Main(m, func() error { return goleak.Find() })
}
