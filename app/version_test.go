package app

import (
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
)

func TestCommitIsKnownHoweverItWasBuilt(t *testing.T) {
	t.Parallel()
	checkout := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "c0ffee"}, {Key: "vcs.modified", Value: "true"}}}
	for _, row := range []struct {
		said, archived string
		info           *debug.BuildInfo
		want           string
	}{
		{"said", "archived\n", checkout, "said"},
		{"", "archived\n", checkout, "c0ffee with changes"},
		{"", "archived\n", &debug.BuildInfo{}, "archived"},
		{"", "$Format:%H$\n", nil, "unknown"},
	} {
		if got := commit(row.said, row.archived, row.info); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}

// TestAnArchiveNamesItsCommit: git fills in the file that is part of the program.
func TestAnArchiveNamesItsCommit(t *testing.T) {
	t.Parallel()
	head, err := exec.CommandContext(t.Context(), "git", "rev-parse", "HEAD").Output()
	if err != nil {
		t.Skip("this is no checkout")
	}
	archive := exec.CommandContext(t.Context(), "sh", "-c", "git archive HEAD app/revision.txt | tar -xO")
	archive.Dir = ".."
	got, err := archive.Output()
	if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(string(head)) {
		t.Errorf("the archive has %q, %v; want %s", got, err, head)
	}
}
