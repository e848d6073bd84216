package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLockIsForOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "carillon.db")
	first, err := lockDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockDatabase(path)
	if err == nil || !strings.Contains(err.Error(), "in use by another carillon process") ||
		!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("the second got %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	third, err := lockDatabase(path)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := third.Release(); err != nil {
		t.Error(err)
	}
}

func TestLockSeesThroughLinks(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, link := filepath.Join(folder, "carillon.db"), filepath.Join(folder, "link.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	first, err := lockDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Release()
	if _, err := lockDatabase(link); err == nil {
		t.Error("a link to the database got a lock of its own")
	}
}
