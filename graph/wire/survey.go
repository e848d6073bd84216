package wire

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"carillon/models"
)

// survey goes once over a valid document. It notes where variables stand,
// takes out the JSON literals, and finds what this server refuses.
type survey struct {
	plan   *plan
	inputs inputs
	places map[string]string // the first field that each variable fills
	keep   bool              // leave JSON literals where they are
}

func (s *survey) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			if sel.Definition != nil {
				s.arguments(sel.Arguments, sel.Definition.Arguments)
			}
			s.directives(sel.Directives)
			s.selections(sel.SelectionSet)
		case *ast.InlineFragment:
			s.directives(sel.Directives)
			s.selections(sel.SelectionSet)
		case *ast.FragmentSpread:
			s.directives(sel.Directives)
		}
	}
}

func (s *survey) directives(list ast.DirectiveList) {
	for _, d := range list {
		if d.Name == "defer" {
			s.refuse("", "@defer is not taken here; ask for the fields without it")
		}
		if d.Definition != nil {
			s.arguments(d.Arguments, d.Definition.Arguments)
		}
	}
}

func (s *survey) arguments(args ast.ArgumentList, defs ast.ArgumentDefinitionList) {
	for _, arg := range args {
		def := defs.ForName(arg.Name)
		if def == nil {
			continue
		}
		// The one input of a mutation goes without saying in a field's path.
		field := arg.Name
		if field == "input" {
			field = ""
		}
		s.value(arg.Value, def.Type, s.inputs[def.Type.Name()], field)
	}
}

func (s *survey) value(v *ast.Value, t *ast.Type, of *inputType, field string) {
	switch {
	case v.Kind == ast.Variable:
		s.place(v.Raw, field)
	case v.Kind == ast.NullValue || of == nil:
	case t.Elem != nil && v.Kind == ast.ListValue:
		for i, child := range v.Children {
			s.value(child.Value, t.Elem, of, join(field, strconv.Itoa(i)))
		}
	case of.name == jsonScalar:
		s.json(v, field)
		if !s.keep {
			s.plan.takeOut(v, t)
		}
	case v.Kind == ast.ObjectValue && of.fields != nil:
		for _, child := range v.Children {
			if f := of.fields[child.Name]; f != nil {
				s.value(child.Value, f.typ, f.of, join(field, f.name))
			}
		}
	default:
		s.number(v, field)
	}
}

// json goes through what stands in a JSON literal.
func (s *survey) json(v *ast.Value, field string) {
	switch v.Kind {
	case ast.Variable:
		s.place(v.Raw, field)
	case ast.EnumValue:
		s.refuse(field, "JSON has no bare word %s; write it in quotes", shorten(v.Raw))
	case ast.ObjectValue:
		for _, child := range v.Children {
			s.json(child.Value, join(field, child.Name))
		}
	case ast.ListValue:
		for i, child := range v.Children {
			s.json(child.Value, join(field, strconv.Itoa(i)))
		}
	}
}

// number refuses what would make the executor panic: numbers that Go's widest
// types do not hold.
func (s *survey) number(v *ast.Value, field string) {
	if _, err := v.Value(nil); err != nil {
		s.refuse(field, "has a number that is too large")
	}
}

func (s *survey) place(variable, field string) {
	if _, placed := s.places[variable]; !placed {
		s.places[variable] = field
	}
}

func (s *survey) refuse(field, format string, args ...any) {
	if s.plan.fault == nil {
		s.plan.fault = models.Invalid(field, format, args...)
	}
}

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}
