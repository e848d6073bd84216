package graph

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"

	"carillon/graph/generated"
)

var graphqlBlock = regexp.MustCompile("(?ms)^```graphql\n(.*?)^```$")

// TestDocumentedOperations: every operation that the documentation shows is one
// that the schema takes. Outlines of types are left to their readers.
func TestDocumentedOperations(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, page := range append(append(pages, more...), "../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range graphqlBlock.FindAllSubmatch(text, -1) {
			operation := string(block[1])
			if first, _, _ := strings.Cut(strings.TrimSpace(operation), " "); !strings.Contains("query mutation subscription {", first) {
				continue
			}
			checked++
			if _, err := gqlparser.LoadQueryWithRules(schema, operation, validationRules()); err != nil {
				t.Errorf("%s: %v in\n%s", page, err, operation)
			}
		}
	}
	if checked < 10 {
		t.Errorf("%d operations were found, which are too few", checked)
	}
}
