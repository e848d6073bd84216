package templates

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"carillon/models"
)

// TestDocs runs each example of docs/templates.md.
func TestDocs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	_, rest, _ := strings.Cut(page, "```json\n")
	data, _, _ := strings.Cut(rest, "```")
	page, mistakes, _ := strings.Cut(page, "## Common mistakes")
	used := make(map[string]bool)
	examples := 0
	for _, cells := range rows(page) {
		source, ok := code(cells[0])
		if !ok || !strings.Contains(source, "{{") || len(cells) < 2 {
			continue
		}
		want, ok := code(cells[1])
		if !ok {
			continue
		}
		examples++
		for _, word := range regexp.MustCompile(`[a-z0-9A-Z]+`).FindAllString(source, -1) {
			used[word] = true
		}
		if got := strings.TrimSpace(mustRender(t, "text/plain", source, data)); got != strings.TrimSpace(want) {
			t.Errorf("%s\n gives %s\n  says %s", source, got, want)
		}
	}
	if examples < 40 {
		t.Errorf("only %d examples were found", examples)
	}
	for name := range functions {
		if !used[name] {
			t.Errorf("%s has no example", name)
		}
	}
	checkMistakes(t, mistakes, data)
}

func checkMistakes(t *testing.T, section, data string) {
	t.Helper()
	found := 0
	for _, cells := range rows(section) {
		source, ok := code(cells[0])
		if !ok {
			continue
		}
		found++
		message := ""
		template, problems := Compile(models.KindHTTP, jsonPart(source))
		if len(problems) > 0 {
			message = problems[0].Message
		} else if _, err := template.Render(view(t, data)); err != nil {
			message = err.Error()
		}
		if !strings.Contains(message, strings.TrimSpace(cells[1])) {
			t.Errorf("%s\n gives %s\n  says %s", source, message, cells[1])
		}
	}
	if found < 10 {
		t.Errorf("only %d mistakes were found", found)
	}
}

// rows are the cells of the tables of a page.
func rows(page string) (found [][]string) {
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "\x00", "|"))
		}
		found = append(found, cells)
	}
	return found
}

// code is what stands between backquotes, where nothing else is in the cell.
func code(cell string) (string, bool) {
	if len(cell) < 2 || cell[0] != '`' || cell[len(cell)-1] != '`' {
		return "", false
	}
	inside := cell[1 : len(cell)-1]
	return inside, !strings.Contains(inside, "`")
}
