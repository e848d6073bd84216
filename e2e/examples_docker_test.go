package e2e

import (
	"debug/elf"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestDockerfile: its build line, run on what .dockerignore lets through, makes a
// program that needs nothing of the image.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := readFile(t, "../Dockerfile")
	line := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o (\S+) \.$`).FindStringSubmatch(text)
	if line == nil || !strings.Contains(text, "COPY --from=build "+line[2]+" ") {
		t.Fatal("the Dockerfile has no line that builds what it copies")
	}
	folder, program := t.TempDir(), filepath.Join(t.TempDir(), "carillon")
	buildContext(t, folder)
	build := exec.CommandContext(t.Context(), "sh", "-c", line[1]+" -o "+program+" .")
	build.Dir, build.Env = folder, append(os.Environ(), "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line[1], err, out)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("the program needs a dynamic linker, which the image does not have")
	}
	if runtime.GOOS != "linux" {
		return
	}
	if out, err := exec.CommandContext(t.Context(), program, "version").Output(); err != nil || !strings.HasPrefix(string(out), "carillon ") {
		t.Errorf("version: %v, %q", err, out)
	}
}

// buildContext copies what a build of the image sees.
func buildContext(t *testing.T, folder string) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list the files: %v", err)
	}
	ignored := ignoredBy(readFile(t, "../.dockerignore"))
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if ignored(name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		to := filepath.Join(folder, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ignoredBy reads patterns of .dockerignore: names, also with **/ before them, and
// exceptions. The last one that fits decides.
func ignoredBy(text string) func(name string) bool {
	return func(name string) (ignored bool) {
		for line := range strings.Lines(text) {
			pattern, exception := strings.CutPrefix(strings.TrimSpace(line), "!")
			if pattern == "" || strings.HasPrefix(pattern, "#") {
				continue
			}
			last, anywhere := strings.CutPrefix(pattern, "**/")
			for folder := name; folder != "."; folder = path.Dir(folder) {
				if folder == pattern || anywhere && path.Base(folder) == last {
					ignored = !exception
				}
			}
		}
		return ignored
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
