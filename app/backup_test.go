package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	database := "CARILLON_DATABASE_URL=sqlite:" + filepath.Join(folder, "carillon.db")
	if got := inProcess(t, "", []string{database}, "migrate"); got.code != exitDone {
		t.Fatalf("%+v", got)
	}
	taken := written(t, "something else")
	for _, row := range []struct {
		environ, file, want string
		code                int
	}{
		{database, taken, "is there already; name a file that is not", exitFailed},
		{database, filepath.Join(folder, "nowhere", "copy.db"), "make the copy: ", exitFailed},
		{database + "x", filepath.Join(folder, "copy.db"), "there is no database ", exitFailed},
		{"CARILLON_DATABASE_URL=postgres://127.0.0.1:1/x", filepath.Join(folder, "copy.db"), "use pg_dump", exitUsage},
	} {
		environ := []string{row.environ, "CARILLON_ENCRYPTION_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
		if got := inProcess(t, "", environ, "backup", row.file); got.code != row.code || !strings.Contains(got.stderr, row.want) || got.stdout != "" {
			t.Errorf("%s: %+v, want %q", row.file, got, row.want)
		}
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "something else" {
		t.Errorf("the other file is %q, %v", text, err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "copy*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
