//go:build race

package e2e

// buildFlags: where the tests look for races, so does the program.
var buildFlags = []string{"-race"}
