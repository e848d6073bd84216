package wire

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// literal is JSON that stands in a document. The executor would read it as
// floats and maps, and lose digits and the order of keys; so the document has
// a variable in its place, whose value is raw JSON.
type literal struct {
	name  string // no name that GraphQL allows, so that it meets no other
	value *ast.Value
	lists int // how deep the single value stands for a list
	fixed any // the value where no variable stands in it
}

// takeOut puts a variable in the place of v.
func (p *plan) takeOut(v *ast.Value, t *ast.Type) {
	taken := *v
	l := literal{name: "json:" + strconv.Itoa(len(p.literals)), value: &taken}
	for ; t.Elem != nil; t = t.Elem {
		l.lists++
	}
	if !hasVariable(&taken) {
		l.fixed = l.wrap(appendLiteral(nil, &taken, nil, nil))
	}
	p.literals = append(p.literals, l)
	*v = ast.Value{
		Kind: ast.Variable, Raw: l.name, Position: taken.Position,
		Definition: taken.Definition, ExpectedType: taken.ExpectedType,
	}
}

func hasVariable(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, child := range v.Children {
		if hasVariable(child.Value) {
			return true
		}
	}
	return false
}

func (l *literal) wrap(raw []byte) any {
	var value any = json.RawMessage(raw)
	for range l.lists {
		value = []any{value}
	}
	return value
}

// inline adds the values of all literals, with the texts of the variables that
// stand in them.
func (p *plan) inline(values map[string]any, op *operation, texts [][]byte) {
	for i := range p.literals {
		l := &p.literals[i]
		if l.fixed != nil {
			values[l.name] = l.fixed
			continue
		}
		values[l.name] = l.wrap(appendLiteral(nil, l.value, op, texts))
	}
}

// appendLiteral appends v as JSON, its numbers digit by digit.
func appendLiteral(dst []byte, v *ast.Value, op *operation, texts [][]byte) []byte {
	switch v.Kind {
	case ast.Variable:
		return appendVariable(dst, v.Raw, op, texts)
	case ast.StringValue, ast.BlockValue, ast.EnumValue:
		return appendQuoted(dst, v.Raw)
	case ast.ListValue:
		dst = append(dst, '[')
		for i, child := range v.Children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendLiteral(dst, child.Value, op, texts)
		}
		return append(dst, ']')
	case ast.ObjectValue:
		return appendObject(dst, v, op, texts)
	}
	return append(dst, v.Raw...) // numbers, true, false and null are JSON already
}

func appendObject(dst []byte, v *ast.Value, op *operation, texts [][]byte) []byte {
	dst = append(dst, '{')
	empty := len(dst)
	for _, child := range v.Children {
		// A member whose variable has no value is left out.
		if child.Value.Kind == ast.Variable && !hasValue(child.Value.Raw, op, texts) {
			continue
		}
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, child.Name), ':')
		dst = appendLiteral(dst, child.Value, op, texts)
	}
	return append(dst, '}')
}

func hasValue(name string, op *operation, texts [][]byte) bool {
	for i, v := range op.variables {
		if v.def.Variable == name {
			return texts[i] != nil || v.def.DefaultValue != nil
		}
	}
	return false
}

func appendVariable(dst []byte, name string, op *operation, texts [][]byte) []byte {
	for i, v := range op.variables {
		switch {
		case v.def.Variable != name:
		case texts[i] != nil:
			return append(dst, compact(texts[i])...)
		case v.def.DefaultValue != nil:
			return appendLiteral(dst, v.def.DefaultValue, op, texts)
		}
	}
	return append(dst, "null"...)
}

// literalValue is a variable's default as the executor takes variables.
func literalValue(v *ast.Value, t *ast.Type, of *inputType) any {
	switch {
	case v.Kind == ast.NullValue:
		return nil
	case t.Elem != nil && v.Kind != ast.ListValue:
		return []any{literalValue(v, t.Elem, of)}
	case t.Elem != nil:
		list := make([]any, len(v.Children))
		for i, child := range v.Children {
			list[i] = literalValue(child.Value, t.Elem, of)
		}
		return list
	case of.name == jsonScalar:
		return json.RawMessage(appendLiteral(nil, v, nil, nil))
	case of.fields != nil && v.Kind == ast.ObjectValue:
		m := make(map[string]any, len(v.Children))
		for _, child := range v.Children {
			if f := of.fields[child.Name]; f != nil {
				m[f.name] = literalValue(child.Value, f.typ, f.of)
			}
		}
		return m
	}
	if v.Kind == ast.IntValue || v.Kind == ast.FloatValue {
		return json.Number(v.Raw)
	}
	value, _ := v.Value(nil)
	return value
}
