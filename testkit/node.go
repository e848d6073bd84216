package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Node runs a script of an npm package in Node, whose dependencies it installs
// first where they are missing, and fails the test where the script fails.
func Node(t *testing.T, dir, script string, args ...string) {
	t.Helper()
	NodePackages(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	run.Dir = dir
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	t.Logf("%s", out)
}

// NodePackages installs a package's dependencies where they are missing.
func NodePackages(t *testing.T, dir string) {
	t.Helper()
	if err := installPackages(dir); err != nil {
		t.Fatal(err)
	}
}

// installPackages runs npm once, although the tests of several packages, which
// run at the same time, may ask for it.
func installPackages(dir string) error {
	if _, err := exec.LookPath("node"); err != nil {
		return errors.New("this test runs in Node: install Node.js 20 or newer, with npm, so that node is on the PATH")
	}
	lock, err := os.Open(filepath.Join(dir, "package.json"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return nil
	}
	ci := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	ci.Dir = dir
	ci.Env = append(os.Environ(), "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1")
	if out, err := ci.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", dir, err, out)
	}
	return nil
}
