//go:build !unix

package app

// openFiles is 0: nobody knows.
func openFiles() int { return 0 }
