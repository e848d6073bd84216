// Package chaos drives the program under random faults and proves afterwards
// that it kept what it promises. A run is a plan that is drawn from a seed: which
// nodes are killed, stopped and restarted when, how each endpoint answers when,
// and who publishes what when. The run leaves evidence: what was answered, what
// arrived, what the API says in the end. The checks judge that evidence alone,
// and are tested themselves with evidence that was made up to break them.
//
// It knows nothing of the rooms inside: it speaks HTTP and WebSocket, and sends signals.
package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"carillon/testkit"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carillon-chaos-")
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
	return testkit.Main(m)
}
