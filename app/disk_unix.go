//go:build linux || darwin

package app

import "syscall"

// freeSpace is how many bytes this user may still write below a folder.
func freeSpace(folder string) (int64, error) {
	var found syscall.Statfs_t
	if err := syscall.Statfs(folder, &found); err != nil {
		return 0, err
	}
	return int64(found.Bavail) * int64(found.Bsize), nil //nolint:unconvert // the types differ by system
}
