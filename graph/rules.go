package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// The validator runs rules in the order of their names, so that these two come
// before its own.
const (
	overlapsRule = "CarillonOverlaps"
	numbersRule  = "CarillonNumbers"
)

// validationRules are GraphQL's and two more.
func validationRules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule(overlapsRule, boundOverlaps)
	all.AddRule(numbersRule, hideNumbers)
	return all
}

// hideNumbers keeps numbers that Go's types do not hold from the rule on values,
// where they stand in JSON: that rule reads the whole input around them, and
// would refuse it. They are texts to it until the argument has been seen.
func hideNumbers(observers *core.Events, _ core.AddErrFunc) {
	type hidden struct {
		value *ast.Value
		kind  ast.ValueKind
	}
	var all []hidden
	var hide func(v *ast.Value)
	hide = func(v *ast.Value) {
		if v.Kind == ast.IntValue || v.Kind == ast.FloatValue {
			all = append(all, hidden{v, v.Kind})
			v.Kind = ast.StringValue
		}
		for _, child := range v.Children {
			hide(child.Value)
		}
	}
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Definition != nil && v.Definition.Name == "JSON" {
			hide(v)
		}
	})
	// Directives follow upon arguments and variables, even where there are none.
	observers.OnDirectiveList(func(*core.Walker, []*ast.Directive) {
		for _, h := range all {
			h.value.Kind = h.kind
		}
		all = all[:0]
	})
}
