package e2e

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"carillon/testkit"
)

// TestDockerfile: its build line makes a program that needs nothing of the image,
// of files that .dockerignore lets through.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := readFile(t, "../Dockerfile")
	line := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o (\S+) \.$`).FindStringSubmatch(text)
	if line == nil || !strings.Contains(text, "COPY --from=build "+line[2]+" ") {
		t.Fatal("the Dockerfile has no line that builds what it copies")
	}
	checkBuildContext(t)
	program := filepath.Join(t.TempDir(), "carillon")
	build := exec.CommandContext(t.Context(), "sh", "-c", line[1]+" -o "+program+" .")
	build.Dir, build.Env = "..", append(os.Environ(), "GOOS=linux", "COMMIT=c0ffee")
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
	if out, err := exec.CommandContext(t.Context(), program, "version").Output(); err != nil || !strings.HasPrefix(string(out), "carillon ") || !strings.Contains(string(out), "commit c0ffee,") {
		t.Errorf("version: %v, %q", err, out)
	}
	check := regexp.MustCompile(`(?m)^HEALTHCHECK .* CMD (\[.*\])$`).FindStringSubmatch(text)
	var words []string
	if check == nil || json.Unmarshal([]byte(check[1]), &words) != nil || !strings.Contains(text, "\nENTRYPOINT [\""+words[0]+"\"]") {
		t.Fatalf("the Dockerfile's health check is %q", check)
	}
	checkHealth(t, start(t, testkit.SQLite(t)), words)
}

// checkHealth runs the health check of a container where the server runs, and
// where none does. The first word is where the image has the program.
func checkHealth(t *testing.T, n *node, words []string) {
	t.Helper()
	for listen, want := range map[string]int{strings.TrimPrefix(n.url, "http://"): 0, "127.0.0.1:1": 1} {
		cmd := testkit.Command(t.Context(), binary, words[1:]...)
		cmd.Env = testkit.Environment(settingsOf(n.database, []string{"LISTEN=" + listen}))
		if out, _ := cmd.CombinedOutput(); words[0] != "/usr/local/bin/carillon" || cmd.ProcessState.ExitCode() != want {
			t.Errorf("%q with a server at %s: code %d, want %d\n%s", words, listen, cmd.ProcessState.ExitCode(), want, out)
		}
	}
}

// checkBuildContext: no file that the program is made of is kept from the build.
func checkBuildContext(t *testing.T) {
	t.Helper()
	const perPackage = `{{if and .Module .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}`
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", perPackage, "carillon").Output()
	if err != nil {
		t.Fatalf("list the files: %v", err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ignored, count := ignoredBy(readFile(t, "../.dockerignore")), 0
	for file := range strings.Lines(string(out)) {
		name, err := filepath.Rel(root, strings.TrimSpace(file))
		if err != nil || strings.TrimSpace(file) == "" {
			continue
		}
		if count++; ignored(filepath.ToSlash(name)) {
			t.Errorf(".dockerignore keeps %s from the build", name)
		}
	}
	if count < 100 {
		t.Errorf("the program has %d files, which are too few", count)
	}
	for name, want := range map[string]bool{"data/carillon.db": true, "examples/compose/.env": true, "examples/frontend/node_modules/x": true, "console/dist/index.html": false} {
		if ignored(name) != want {
			t.Errorf(".dockerignore: %s is kept from the build: %t", name, !want)
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
