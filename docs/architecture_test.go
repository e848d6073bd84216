package docs

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

const architecture = "docs/architecture.md"

var arrow = regexp.MustCompile(`(?m)^\s*([A-Z]+) --> ([A-Z]+)(?:: .+)?$`)

// TestStatesOfThePage: the drawing has the steps of models, each once.
func TestStatesOfThePage(t *testing.T) {
	t.Parallel()
	drawn := map[string]bool{}
	for _, m := range arrow.FindAllStringSubmatch(block(t, architecture, "stateDiagram-v2"), -1) {
		step := m[1] + " " + m[2]
		if drawn[step] {
			t.Errorf("%s is drawn twice", step)
		}
		drawn[step] = true
	}
	for from, all := range models.DeliverySteps() {
		for _, to := range all {
			step := string(from) + " " + string(to)
			if !drawn[step] {
				t.Errorf("%s is not drawn", step)
			}
			delete(drawn, step)
		}
	}
	for step := range drawn {
		t.Errorf("%s is drawn, and no step of a delivery", step)
	}
}

// TestImportLawOfThePage: the page, and the rules that hold the law, say the same,
// and each room of it is there.
func TestImportLawOfThePage(t *testing.T) {
	t.Parallel()
	law := strings.TrimSpace(block(t, architecture, "server.go →"))
	rules, err := os.ReadFile(filepath.Join(testkit.Root(t), ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rules), "#   "+law+"\n") {
		t.Errorf(".golangci.yml has another law than\n%s", law)
	}
	for _, room := range strings.FieldsFunc(law, func(r rune) bool { return strings.ContainsRune("→, ", r) }) {
		if _, err := os.Stat(filepath.Join(testkit.Root(t), room)); err != nil {
			t.Errorf("the room %s of the law is not there", room)
		}
	}
}

var roomRow = regexp.MustCompile("(?m)^\\| (`.+`) \\|")

// TestRoomsOfThePage: every folder of the module has its row, and every row a folder.
func TestRoomsOfThePage(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, row := range roomRow.FindAllStringSubmatch(testkit.OnePage(t, architecture).Text, -1) {
		for _, m := range inline.FindAllStringSubmatch(row[1], -1) {
			rows[strings.TrimSuffix(m[1], "/")] = true
		}
	}
	entries, err := os.ReadDir(testkit.Root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		tracked := e.Name() == ".ci" || !strings.HasPrefix(e.Name(), ".") && e.Name() != "data" // what a server run here has left
		if e.IsDir() && tracked && !rows[e.Name()] {
			t.Errorf("%s says nothing of %s/", architecture, e.Name())
		}
	}
	for _, room := range slices.Sorted(maps.Keys(rows)) {
		if _, err := os.Stat(filepath.Join(testkit.Root(t), room)); err != nil {
			t.Errorf("%s has a row for %s, which is not there", architecture, room)
		}
	}
}
