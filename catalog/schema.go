// Package catalog holds the platform's event types as publishing needs them:
// their JSON Schemas compiled, and an answer from memory to which types there
// are. It reads no file and no network, and it refuses schemas and data that
// would take too long to check.
package catalog

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"carillon/models"
)

// Schema is a compiled JSON Schema of the draft 2020-12. It is safe for
// concurrent use.
type Schema struct {
	root *jsonschema.Schema
	// unfolded is how many places the schema has when every reference is
	// replaced by what it names; -1 where that has no end.
	unfolded int
}

// base is the address that a schema without $id has. Nothing is ever read from it.
const base = "schema:///"

const draft = "https://json-schema.org/draft/2020-12/schema"

// maxParts bounds the objects and booleans of a schema, each of which may be a
// schema in itself: the time to compile grows with their square.
const maxParts = 5000

// Compile reads a schema. What is wrong with it is a *models.Error whose field
// begins with "schema".
func Compile(schema json.RawMessage) (*Schema, error) {
	const field = "schema"
	if len(schema) == 0 {
		return nil, models.Invalid(field, "is empty; give a JSON Schema")
	}
	if err := models.CheckJSON(field, schema, models.MaxSchema); err != nil {
		return nil, err
	}
	doc, err := decode(schema)
	if err != nil {
		return nil, models.Invalid(field, "is not JSON")
	}
	if err := checkDocument(field, doc); err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	compiler.AssertFormat()
	if err := compiler.AddResource(base, doc); err != nil {
		return nil, compileError(field, err)
	}
	root, err := compiler.Compile(base)
	if err != nil {
		return nil, compileError(field, err)
	}
	return finish(field, root)
}

// finish looks at the whole compiled schema and makes it fit for our checks.
func finish(field string, root *jsonschema.Schema) (*Schema, error) {
	all, err := collect(field, root)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		replaceKeywords(s)
	}
	return &Schema{root: root, unfolded: unfold(root)}, nil
}

// Check is nil where the schema takes the data; else BAD_USER_INPUT that names
// what is wrong and where, below field.
func (s *Schema) Check(field string, data json.RawMessage) error {
	value, err := decode(data)
	if err != nil {
		return models.Invalid(field, "is not JSON")
	}
	if at, ok := hugeNumber(value); ok {
		return models.Invalid(path(field, at), "holds a number of more than %d digits, which cannot be checked", maxDigits)
	}
	if !s.affordable(value, len(data)) {
		return models.Invalid(field, "takes too long to check: the schema branches too much for data of this size and depth")
	}
	return report(field, s.root.Validate(value))
}

// decode reads one JSON value; numbers keep their digits.
func decode(raw json.RawMessage) (any, error) {
	return jsonschema.UnmarshalJSON(bytes.NewReader(raw))
}

// checkDocument refuses what must not reach the compiler.
func checkDocument(field string, doc any) error {
	switch doc := doc.(type) {
	case bool:
		return nil
	case map[string]any:
		if named, ok := doc["$schema"].(string); ok && strings.TrimSuffix(named, "#") != draft {
			return models.Invalid(field+".$schema", "names another draft; this server reads %s", draft)
		}
	default:
		return models.Invalid(field, "is not a JSON Schema; give an object, or true or false")
	}
	if at, ok := hugeNumber(doc); ok {
		return models.Invalid(path(field, at), "holds a number of more than %d digits", maxDigits)
	}
	anchors := map[string]bool{}
	twice := ""
	parts := 0
	walk(doc, func(object map[string]any) {
		if name, ok := object["$dynamicAnchor"].(string); ok {
			if anchors[name] {
				twice = name
			}
			anchors[name] = true
		}
	}, &parts)
	if parts > maxParts {
		return models.Invalid(field, "has %d parts; at most %d are allowed", parts, maxParts)
	}
	if twice != "" {
		return models.Invalid(field, "has the $dynamicAnchor %q twice, which this server does not resolve; use $anchor and $ref", clip(twice, 64))
	}
	return nil
}

// walk visits every object within the value and counts those and the booleans.
func walk(value any, visit func(map[string]any), parts *int) {
	switch value := value.(type) {
	case map[string]any:
		*parts++
		visit(value)
		for _, v := range value {
			walk(v, visit, parts)
		}
	case []any:
		for _, v := range value {
			walk(v, visit, parts)
		}
	case bool:
		*parts++
	}
}
