//go:build !linux

package pgserver

import "syscall"

// tie does nothing where the kernel has no death signal: a server is left
// behind there when the tests are killed.
func tie(*syscall.SysProcAttr) {}
