package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

// TestJSON: JSON on a page is JSON, but for what it leaves out with "…".
func TestJSON(t *testing.T) {
	t.Parallel()
	found := 0
	for _, page := range testkit.Pages(t) {
		for _, b := range page.Blocks {
			if b.Language != "json" {
				continue
			}
			found++
			text := strings.NewReplacer("{…}", "{}", ", …}", "}", ",…}", "}", ", …]", "]", ",…]", "]", "[…]", "[]", ": …", ": 0", ":…", ":0").Replace(b.Text)
			decoder := json.NewDecoder(strings.NewReader(text))
			for decoder.More() {
				var value any
				if err := decoder.Decode(&value); err != nil {
					t.Errorf("%s:%d: %v in\n%s", b.Page, b.Line, err, b.Text)
					break
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("%d blocks were found, which are too few", found)
	}
}

// inline is what stands between single backquotes.
var inline = regexp.MustCompile("`([^`\n]+)`")

// commands are the lines of the blocks that a shell would run, and what begins
// like a command between backquotes, each with where it stands.
func commands(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, page := range testkit.Pages(t) {
		for _, b := range page.Blocks {
			if b.Indented || b.Language == "sh" || b.Language == "console" {
				for line := range strings.Lines(strings.ReplaceAll(b.Text, "\\\n", " ")) {
					all[strings.TrimSpace(strings.TrimPrefix(line, "$ "))] = page.Path
				}
			}
		}
		for _, m := range inline.FindAllStringSubmatch(fence.ReplaceAllString(page.Text, ""), -1) {
			all[m[1]] = page.Path
		}
	}
	return all
}

var (
	makeCommand = regexp.MustCompile(`\bmake ((?:-\w+ )?[a-z]+)`)
	goRun       = regexp.MustCompile(`\bgo run (\./[\w/]+)((?: +(?:"[^"]*"|'[^']*'|[^\s#;&|]+))*)`)
	goTest      = regexp.MustCompile(`\bgo test ([^#;&|]*)`)
	npmRun      = regexp.MustCompile(`\bnpm (?:run )?(start|dev|build|generate|test)\b`)
)

// TestDevelopmentCommands: make has the target, the folder has the program and its
// flags, the package has the tests, and npm the script.
func TestDevelopmentCommands(t *testing.T) {
	t.Parallel()
	root, found := testkit.Root(t), 0
	for command, page := range commands(t) {
		command, _, _ := strings.Cut(command, " #")
		for _, m := range makeCommand.FindAllStringSubmatch(command, -1) {
			if command[0] != 'm' && !strings.Contains(command, "&& make") {
				continue // prose
			}
			found++
			if out, err := exec.CommandContext(t.Context(), "make", "-C", root, "-n", m[1]).CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", page, command, err, out)
			}
		}
		for _, m := range goRun.FindAllStringSubmatch(command, -1) {
			found++
			checkProgram(t, root, page, m[1], m[2])
		}
		for _, m := range goTest.FindAllStringSubmatch(command, -1) {
			found++
			checkGoTest(t, root, page, strings.Fields(m[1]))
		}
		for _, m := range npmRun.FindAllStringSubmatch(command, -1) {
			found++
			checkScript(t, root, page, command, m[1])
		}
	}
	if found < 20 {
		t.Errorf("%d commands were found, which are too few", found)
	}
}

// sources is the text of a folder's files.
func sources(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

var flagWord = regexp.MustCompile(`(?:^| )--?([a-z][\w-]*)`)

func checkProgram(t *testing.T, root, page, folder, arguments string) {
	t.Helper()
	text := sources(t, filepath.Join(root, folder, "*.go"))
	if !strings.Contains(text, "package main") {
		t.Errorf("%s: there is no program in %s", page, folder)
	}
	for _, f := range flagWord.FindAllStringSubmatch(arguments, -1) {
		if !strings.Contains(text, `"`+f[1]+`"`) {
			t.Errorf("%s: %s has no flag -%s", page, folder, f[1])
		}
	}
}

var quoted = regexp.MustCompile(`^['"]?\^?([A-Za-z]+).*$`)

// checkGoTest: the packages are there, and have what -run, -bench and -fuzz name.
func checkGoTest(t *testing.T, root, page string, words []string) {
	t.Helper()
	text, named := "", map[string]string{}
	for i, w := range words {
		switch {
		case strings.HasPrefix(w, "./"):
			text += sources(t, filepath.Join(root, strings.TrimSuffix(w, "/..."), "*_test.go"))
		case i > 0 && (words[i-1] == "-run" || words[i-1] == "-bench" || words[i-1] == "-fuzz"):
			named[words[i-1]] = quoted.ReplaceAllString(w, "$1")
		}
	}
	if text == "" {
		t.Errorf("%s: go test %s: there are no tests", page, strings.Join(words, " "))
	}
	for what, name := range named {
		if name != "xxx" && name != "" && !regexp.MustCompile(`(?m)^func (Test|Benchmark|Fuzz)?\w*`+name).MatchString(text) {
			t.Errorf("%s: go test %s: %s finds no %s", page, strings.Join(words, " "), what, name)
		}
	}
}

// checkScript looks where the command changes to, or where its page is.
func checkScript(t *testing.T, root, page, command, script string) {
	t.Helper()
	folder := filepath.Dir(page)
	if _, rest, ok := strings.Cut(command, "cd "); ok {
		folder, _, _ = strings.Cut(rest, " ")
	} else if page == "docs/console.md" || page == "CONTRIBUTING.md" {
		folder = "console"
	}
	text, err := os.ReadFile(filepath.Join(root, folder, "package.json"))
	if err != nil {
		t.Errorf("%s: %s: %v", page, command, err)
		return
	}
	var manifest struct{ Scripts map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Scripts[script] == "" {
		t.Errorf("%s: %s: %s has no script %s", page, command, folder, script)
	}
}
