//go:build !linux

package testkit

import "syscall"

// tie does nothing where the kernel has no death signal: a program is left
// behind there when the tests are killed.
func tie(*syscall.SysProcAttr) {}
