package templates

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"carillon/models"
)

// TestConsoleFunctions holds what the console's editor tells of functions to what
// they are.
func TestConsoleFunctions(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var told []struct{ Name, Group, Usage, Example, Result, Doc string }
	from := json.NewDecoder(bytes.NewReader(read("../console/src/templates/language/functions.json")))
	from.DisallowUnknownFields()
	if err := from.Decode(&told); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(read("../docs/templates.md")), "```json\n")
	data, _, _ := strings.Cut(rest, "```")

	usages := map[string]string{"and": "and .a .b", "or": "or .a .b"}
	for name, f := range functions {
		usages[name] = f.usage
	}
	for _, f := range told {
		usage, ok := usages[f.Name]
		if !ok {
			t.Errorf("there is no function %s, or it is told twice", f.Name)
			continue
		}
		delete(usages, f.Name)
		if f.Usage != usage {
			t.Errorf("%s: the usage is told as %s; it is %s", f.Name, f.Usage, usage)
		}
		if f.Group == "" || !strings.HasSuffix(f.Doc, ".") {
			t.Errorf("%s: group %q, doc %q", f.Name, f.Group, f.Doc)
		}
		if !strings.Contains(f.Example, f.Name+" ") {
			t.Errorf("%s: its example is %s", f.Name, f.Example)
		}
		if got := strings.TrimSpace(mustRender(t, "text/plain", "{{ "+f.Example+" }}", data)); got != f.Result {
			t.Errorf("%s: %s gives %s; told is %s", f.Name, f.Example, got, f.Result)
		}
	}
	for name := range usages {
		t.Errorf("%s is not told", name)
	}
}

// TestConsoleStarters: what the editor begins with works with every event.
func TestConsoleStarters(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../console/src/templates/language/starters.json")
	if err != nil {
		t.Fatal(err)
	}
	var starters map[models.ChannelKind]map[PartName]string
	if err := json.Unmarshal(b, &starters); err != nil || len(starters) != 4 {
		t.Fatalf("%d kinds, %v", len(starters), err)
	}
	for kind, sources := range starters {
		var parts []Part
		for name, source := range sources {
			parts = append(parts, Part{Name: name, Source: source})
		}
		template, problems := Check(kind, parts)
		if len(problems) > 0 {
			t.Errorf("%s: %v", kind, problems)
			continue
		}
		for _, data := range []string{`{}`, `null`, `[1]`, `{"a":null,"b":{"c":["<&\"\n"]}}`} {
			if _, problems := template.Preview(view(t, data)); len(problems) > 0 {
				t.Errorf("%s of %s: %v", kind, data, problems)
			}
		}
	}
}
