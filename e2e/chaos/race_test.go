//go:build race

package chaos

// buildFlags: where the tests look for races, so does the program.
var buildFlags = []string{"-race"}
