//go:build race

package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// buildFlags: where the tests look for races, so does the program.
var buildFlags = []string{"-race"}

// gatherRaces has the programs write their races to files: nearly all are killed at
// the end of a test, and nobody sees the exit code that would tell of a race.
func gatherRaces(dir string) error {
	return os.Setenv("GORACE", "log_path="+filepath.Join(dir, "race"))
}

// races are those that the programs had.
func races(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "race.*"))
	if err != nil {
		return err
	}
	var found []string
	for _, file := range files {
		report, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		found = append(found, string(report))
	}
	if found == nil {
		return nil
	}
	return errors.New("the program has data races:\n" + strings.Join(found, "\n"))
}
