package conformance

import (
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// guide is docs/writing-a-channel.md, with its files laid over the module.
type guide struct {
	root  string
	files map[string]string // their text, by the path in the module
}

func readGuide(t *testing.T) *guide {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "writing-a-channel.md"))
	if err != nil {
		t.Fatal(err)
	}
	g := &guide{root: root, files: map[string]string{}}
	blocks := regexp.MustCompile("(?ms)^```[a-z]+ ([a-z_/]+\\.[a-z]+)\n(.*?)^```$")
	for _, block := range blocks.FindAllStringSubmatch(string(page), -1) {
		g.files[block[1]] = block[2]
	}
	for _, path := range []string{"channels/ntfy.go", "channels/ntfy_test.go", "control/ntfyconfig.go", "graph/schema/ntfy.graphqls"} {
		if g.files[path] == "" {
			t.Fatalf("the page has no block %s", path)
		}
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			t.Fatalf("the module has %s; the page's example must be another kind", path)
		}
	}
	return g
}

// overlay writes the page's Go files apart, and the list that lays them over
// the module: the tree itself stays as it is.
func (g *guide) overlay(t *testing.T) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for path, text := range g.files {
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		file := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(g.root, path)] = file
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (g *guide) run(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = g.root
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestTheGuidesChannelWorks(t *testing.T) {
	t.Parallel()
	g := readGuide(t)
	overlay := g.overlay(t)
	g.run(t, "build", "-overlay", overlay, "./channels", "./control")
	out := g.run(t, "test", "-overlay", overlay, "-count=1", "-v", "-run", "^TestNtfyConforms$", "./channels")
	for _, c := range checks() {
		if c.part != Identity && !strings.Contains(out, "--- PASS: TestNtfyConforms/"+c.name) {
			t.Errorf("the check %s did not run:\n%s", c.name, out)
		}
	}
}

func TestTheGuidesGoIsFormatted(t *testing.T) {
	t.Parallel()
	for path, text := range readGuide(t).files {
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
			t.Errorf("%s is not as gofmt writes it: %v", path, err)
		}
	}
}

func TestTheGuidesSchemaFits(t *testing.T) {
	t.Parallel()
	g := readGuide(t)
	sources := []*ast.Source{{Name: "ntfy.graphqls", Input: g.files["graph/schema/ntfy.graphqls"]}}
	paths, err := filepath.Glob(filepath.Join(g.root, "graph", "schema", "*.graphqls"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("there is no schema: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: path, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	if schema.Types["ChannelConfigInput"].Fields.ForName("ntfy") == nil || schema.Types["ChannelKind"].EnumValues.ForName("NTFY") == nil {
		t.Error("the schema has no NTFY")
	}
}
