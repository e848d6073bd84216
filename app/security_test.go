package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testNames are all tests of the repository: functions in Go, and files for browsers.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".spec.ts"):
			names[filepath.Base(path)] = true
		case strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range declared.FindAllSubmatch(text, -1) {
				names[string(m[1])] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestEveryDefenceIsProven: each threat of SECURITY.md names tests, or steps of
// CI, and all of them exist.
func TestEveryDefenceIsProven(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, threats, _ := strings.Cut(string(page), "## Threats, defences, proofs")
	threats, _, _ = strings.Cut(threats, "\n## ")
	exist, quoted, rows := testNames(t), regexp.MustCompile("`([^`]+)`"), 0
	for line := range strings.Lines(threats) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| threat |") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		if len(cells) != 3 {
			t.Errorf("not three cells: %s", line)
			continue
		}
		proofs := quoted.FindAllStringSubmatch(cells[2], -1)
		if len(proofs) == 0 {
			t.Errorf("no proof: %s", line)
		}
		for _, proof := range proofs {
			if _, err := os.Stat(filepath.Join("..", proof[1])); !exist[proof[1]] && (err != nil || !strings.HasPrefix(proof[1], ".ci/")) {
				t.Errorf("there is no test %s: %s", proof[1], line)
			}
		}
	}
	if rows < 30 {
		t.Errorf("%d threats were found, which are too few", rows)
	}
}
