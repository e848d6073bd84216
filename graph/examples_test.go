package graph

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"carillon/graph/generated"
	"carillon/testkit"
)

// TestExamples: every operation of examples/graphql is one that the schema
// takes, with its variables, and every field of the API has an example.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples, err := testkit.Examples("../examples/graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	used := map[string]bool{}
	titles, names := map[string]bool{}, map[string]bool{}
	for _, e := range examples {
		document, errs := gqlparser.LoadQueryWithRules(schema, e.Query, validationRules())
		if errs != nil {
			t.Errorf("%s: %v", e.Name, errs)
			continue
		}
		if len(document.Operations) != 1 || document.Operations[0].Name == "" {
			t.Errorf("%s has %d operations, want one with a name", e.Name, len(document.Operations))
			continue
		}
		operation := document.Operations[0]
		if titles[e.Title] || names[string(operation.Operation)+operation.Name] {
			t.Errorf("%s: another example is called %q or %s too", e.Name, e.Title, operation.Name)
		}
		titles[e.Title], names[string(operation.Operation)+operation.Name] = true, true
		checkExampleVariables(t, schema, operation, e)
		for _, selected := range operation.SelectionSet {
			if field, ok := selected.(*ast.Field); ok {
				used[field.ObjectDefinition.Name+"."+field.Name] = true
			}
		}
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			name := root.Name + "." + field.Name
			if field.Name[0] != '_' && !used[name] {
				t.Errorf("%s has no example", name)
			}
		}
	}
}

// checkExampleVariables: what the comment gives is what the operation declares.
func checkExampleVariables(t *testing.T, schema *ast.Schema, operation *ast.OperationDefinition, e testkit.Example) {
	t.Helper()
	vars := map[string]any{}
	if e.Variables != nil {
		if err := json.Unmarshal(e.Variables, &vars); err != nil {
			t.Errorf("%s: variables: %v", e.Name, err)
			return
		}
	}
	for name := range vars {
		if !slices.ContainsFunc(operation.VariableDefinitions, func(v *ast.VariableDefinition) bool { return v.Variable == name }) {
			t.Errorf("%s gives $%s, which the operation does not know", e.Name, name)
		}
	}
	if _, err := validator.VariableValues(schema, operation, vars); err != nil {
		t.Errorf("%s: variables: %v", e.Name, err)
	}
}
