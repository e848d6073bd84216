//go:build !linux

package app

import "testing"

// withoutNetwork does nothing: only Linux makes networks for tests.
func withoutNetwork(*testing.T) {}
