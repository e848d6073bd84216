//go:build linux || darwin

package app

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// freeSpace is how many bytes may still be written beside a file.
func freeSpace(path string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		return 0, fmt.Errorf("measure the disk: %w", err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:unconvert // the types differ between systems
}
