package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someTenant = "tnt_01jd5x3v9kfm8tqz2y4r6w7abc"

func TestTenantCommandsRefuse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	database := "CARILLON_DATABASE_URL=sqlite:" + filepath.Join(folder, "carillon.db")
	environ := []string{database, "CARILLON_ENCRYPTION_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
	if got := inProcess(t, "", environ, "migrate"); got.code != exitDone {
		t.Fatalf("%+v", got)
	}
	taken := written(t, "something else")
	fresh := filepath.Join(folder, "out.jsonl")
	for _, row := range []struct {
		args, want string
		code       int
	}{
		{"tenant export x", "TENANT: ", exitUsage},
		{"tenant export " + someTenant + " --secrets", "needs --out", exitUsage},
		{"tenant export " + someTenant + " --since soon", "--since: ", exitUsage},
		{"tenant export " + someTenant, "there is no tenant", exitFailed},
		{"tenant export " + someTenant + " --secrets --out " + fresh, "there is no tenant", exitFailed},
		{"tenant export " + someTenant + " --out " + taken, "is there already", exitFailed},
		{"tenant import - --tenant x", "--tenant: ", exitUsage},
		{"tenant import /nowhere", "/nowhere", exitFailed},
		{"tenant import " + taken, "line 1: is not a line of an export: ", exitFailed},
		{"tenant import -", "the file ends after line 0", exitFailed},
		{"tenant expor", "did you mean carillon tenant export?", exitUsage},
	} {
		got := inProcess(t, "", environ, strings.Fields(row.args)...)
		if got.code != row.code || !strings.Contains(got.stderr, row.want) || got.stdout != "" {
			t.Errorf("%s: %+v, want %q", row.args, got, row.want)
		}
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("an export that failed left a file behind")
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "something else" {
		t.Errorf("the other file is %q, %v", text, err)
	}
}
