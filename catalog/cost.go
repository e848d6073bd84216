package catalog

import (
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxCost bounds one check, in schemas applied to values, each of which takes
// about a microsecond. Schemas that refer to themselves from several branches
// would else take time that doubles with every level of the data.
func maxCost(size int) int { return smallCost + 2*size }

// smallCost is what data of any size may cost.
const smallCost = 250_000

// affordable says whether a check stays within maxCost. Most schemas are so
// small that the size of the data answers it.
func (s *Schema) affordable(value any, size int) bool {
	if s.unfolded > 0 && s.unfolded <= maxCost(size)/(size/2+1) {
		return true
	}
	e := estimate{left: maxCost(size)}
	e.value(load{s.root: 1}, value)
	return e.left >= 0
}

// load is how many times each schema is applied to one value.
type load map[*jsonschema.Schema]int

// estimate adds up what a check would do, without doing it: equal work on one
// value is counted, not repeated, so that it takes no longer than it allows.
type estimate struct{ left int }

func (e *estimate) value(applied load, value any) {
	whole := load{}
	for s, times := range applied {
		e.expand(whole, s, times)
	}
	if e.left < 0 {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			e.inner(v, whole, func(s *jsonschema.Schema, add func(*jsonschema.Schema)) { property(s, name, add) })
		}
	case []any:
		for i, v := range value {
			e.inner(v, whole, func(s *jsonschema.Schema, add func(*jsonschema.Schema)) { item(s, i, add) })
		}
	}
}

// expand adds to whole the schemas that s applies to the same value.
func (e *estimate) expand(whole load, s *jsonschema.Schema, times int) {
	if e.left -= times; e.left < 0 {
		return
	}
	whole[s] += times
	sameValue(s, func(t *jsonschema.Schema) { e.expand(whole, t, times) })
}

// inner goes on with a value within, to which each schema applies those that pick names.
func (e *estimate) inner(value any, whole load, pick func(*jsonschema.Schema, func(*jsonschema.Schema))) {
	if e.left < 0 {
		return
	}
	applied := load{}
	for s, times := range whole {
		pick(s, func(t *jsonschema.Schema) {
			if t != nil {
				applied[t] += times
			}
		})
	}
	if len(applied) > 0 {
		e.value(applied, value)
	}
}

func property(s *jsonschema.Schema, name string, add func(*jsonschema.Schema)) {
	named, evaluated := s.Properties[name]
	add(named)
	for regex, t := range s.PatternProperties {
		if regex.MatchString(name) {
			evaluated = true
			add(t)
		}
	}
	if additional, ok := s.AdditionalProperties.(*jsonschema.Schema); ok && !evaluated {
		add(additional)
	}
	add(s.UnevaluatedProperties)
	add(namesOf(s))
}

func item(s *jsonschema.Schema, i int, add func(*jsonschema.Schema)) {
	if i < len(s.PrefixItems) {
		add(s.PrefixItems[i])
	} else {
		add(s.Items2020)
	}
	add(s.Contains)
	add(s.UnevaluatedItems)
}
