//go:build unix

package app

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestLockIsFreeAtOnce: a process that is being started has the open files of the
// one that starts it for a moment, and so its lock; the release does not wait for that.
func TestLockIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "carillon.db")
	first, err := lockDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(first.file.Fd())) // what a fork does
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(child) })
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := lockDatabase(path)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}
