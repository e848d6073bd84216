package catalog

import (
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"carillon/models"
)

// sameValue visits the schemas that s applies to the value that it is applied to.
func sameValue(s *jsonschema.Schema, visit func(*jsonschema.Schema)) {
	one := func(t *jsonschema.Schema) {
		if t != nil {
			visit(t)
		}
	}
	one(s.Ref)
	one(s.RecursiveRef)
	if s.DynamicRef != nil {
		one(s.DynamicRef.Ref)
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Not, s.If, s.Then, s.Else}} {
		for _, t := range list {
			one(t)
		}
	}
	for _, t := range s.DependentSchemas {
		one(t)
	}
	for _, d := range s.Dependencies {
		if t, ok := d.(*jsonschema.Schema); ok {
			one(t)
		}
	}
}

// innerValues visits the schemas that s applies to values within the value.
func innerValues(s *jsonschema.Schema, visit func(*jsonschema.Schema)) {
	for _, t := range s.Properties {
		visit(t)
	}
	for _, t := range s.PatternProperties {
		visit(t)
	}
	for _, t := range s.PrefixItems {
		visit(t)
	}
	additional, _ := s.AdditionalProperties.(*jsonschema.Schema)
	for _, t := range []*jsonschema.Schema{
		additional, namesOf(s), s.UnevaluatedProperties, s.Items2020, s.Contains, s.UnevaluatedItems,
	} {
		if t != nil {
			visit(t)
		}
	}
}

// collect lists every schema that root can come to apply, and refuses what
// could not be checked.
func collect(field string, root *jsonschema.Schema) ([]*jsonschema.Schema, error) {
	var all []*jsonschema.Schema
	seen := map[*jsonschema.Schema]bool{}
	var visit func(*jsonschema.Schema)
	visit = func(s *jsonschema.Schema) {
		if seen[s] {
			return
		}
		seen[s] = true
		all = append(all, s)
		sameValue(s, visit)
		innerValues(s, visit)
	}
	visit(root)
	for _, s := range all {
		if !strings.HasPrefix(s.Location, base) {
			return nil, outside(field, s.Location)
		}
		if s.DraftVersion != 2020 {
			return nil, models.Invalid(field, "names another draft in a part of it; this server reads %s", draft)
		}
	}
	if s := circle(all); s != nil {
		return nil, models.Invalid(field, "refers to itself at %s without going deeper into the data", place(s.Location))
	}
	return all, nil
}

// circle finds a schema that would apply itself to the same value again.
func circle(all []*jsonschema.Schema) *jsonschema.Schema {
	const under, done = 1, 2
	state := map[*jsonschema.Schema]int{}
	var found *jsonschema.Schema
	var visit func(*jsonschema.Schema)
	visit = func(s *jsonschema.Schema) {
		switch state[s] {
		case under:
			found = s
			return
		case done:
			return
		}
		state[s] = under
		sameValue(s, visit)
		state[s] = done
	}
	for _, s := range all {
		visit(s)
	}
	return found
}

// unfold counts the places of the schema with every reference replaced by what
// it names; -1 for more than smallCost or without end.
func unfold(root *jsonschema.Schema) int {
	const under = -1
	size := map[*jsonschema.Schema]int{}
	var count func(*jsonschema.Schema) int
	count = func(s *jsonschema.Schema) int {
		if n, ok := size[s]; ok {
			if n == under {
				return smallCost + 1
			}
			return n
		}
		size[s] = under
		n := 1
		add := func(t *jsonschema.Schema) { n = min(n+count(t), smallCost+1) }
		sameValue(s, add)
		innerValues(s, add)
		size[s] = n
		return n
	}
	if n := count(root); n <= smallCost {
		return n
	}
	return -1
}
