package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"carillon/models"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func sqliteConfig(t *testing.T) (cfg Config, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "data", "carillon.db")
	return Config{DatabaseURL: "sqlite:" + path}, path
}

func TestKeyFileIsMadeOnceAndPrivate(t *testing.T) {
	t.Parallel()
	cfg, path := sqliteConfig(t)
	first, err := keyring(cfg, quiet())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(keyPath(path))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	second, err := keyring(cfg, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := second.Open(first.Seal([]byte("x"), "a"), "a"); err != nil || string(opened) != "x" {
		t.Errorf("the second start has another key: %q, %v", opened, err)
	}
	if left, _ := filepath.Glob(keyPath(path) + ".*"); len(left) > 0 {
		t.Errorf("drafts are left: %v", left)
	}
}

func TestNoNewKeyForAnOldDatabase(t *testing.T) {
	t.Parallel()
	cfg, path := sqliteConfig(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := keyring(cfg, quiet())
	if err == nil || !strings.Contains(err.Error(), "put it back, or give CARILLON_ENCRYPTION_KEY") {
		t.Errorf("got %v", err)
	}
	cfg.EncryptionKey = models.NewSecret(testKey)
	if _, err := keyring(cfg, quiet()); err != nil {
		t.Errorf("with the setting: %v", err)
	}
	if _, err := os.Stat(keyPath(path)); !os.IsNotExist(err) {
		t.Errorf("a key file was made: %v", err)
	}
}

func TestDamagedKeyFileIsNamedAndNotRepeated(t *testing.T) {
	t.Parallel()
	cfg, path := sqliteConfig(t)
	if err := writePrivate(keyPath(path), "hidden"); err != nil {
		t.Fatal(err)
	}
	_, err := keyring(cfg, quiet())
	if err == nil || !strings.Contains(err.Error(), keyPath(path)) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v", err)
	}
}

func TestOpenKeyFileIsWarnedOf(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	cfg, path := sqliteConfig(t)
	if err := writePrivate(keyPath(path), testKey+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(keyPath(path), 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := keyring(cfg, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "chmod 600") {
		t.Errorf("no warning: %s", log.String())
	}
}

func TestWritePrivateNeverReplaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := writePrivate(path, "first"); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate(path, "second"); err == nil {
		t.Error("the second file took the place of the first")
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "first" {
		t.Errorf("%q, %v", text, err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}
