//go:build unix

package app

import (
	"math"
	"syscall"
)

// openFiles is how many files the process may have open; 0 where nobody knows. Go
// has raised it as far as the process may by itself.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32)) //nolint:gosec // it fits
}
