package pgserver

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// folderPattern names the folders of servers.
const folderPattern = "carillon-pg-*"

// removeLeftovers removes folders of servers whose users were killed. It
// leaves alone what is young: another process may just be making it.
func removeLeftovers(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, folderPattern)) // the pattern is sound
	for _, dir := range found {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Hour || serverRuns(dir) {
			continue
		}
		_ = os.RemoveAll(dir) // it may be another user's
	}
}

func serverRuns(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	return err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
