package wire

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// jsonScalar is the scalar whose values stay as the client wrote them.
const jsonScalar = "JSON"

// inputs are the schema's input types by name, laid out for reading.
type inputs map[string]*inputType

type inputType struct {
	name   string
	read   func(r *reader, t *inputType) (any, *misfit)
	fields map[string]*inputField // of an input object
	needed []*inputField          // those that must be given
	oneOf  bool
	values map[string]string // of an enum
	listed string            // the same, to be read by people
}

type inputField struct {
	name string
	typ  *ast.Type
	of   *inputType
}

func newInputs(schema *ast.Schema) inputs {
	all := make(inputs)
	for name, def := range schema.Types {
		if def.IsInputType() {
			all[name] = &inputType{name: name}
		}
	}
	for name, t := range all {
		t.define(schema.Types[name], all)
	}
	return all
}

func (t *inputType) define(def *ast.Definition, all inputs) {
	switch def.Kind {
	case ast.InputObject:
		t.read = (*reader).object
		t.oneOf = def.Directives.ForName("oneOf") != nil
		t.fields = make(map[string]*inputField, len(def.Fields))
		for _, f := range def.Fields {
			field := &inputField{name: f.Name, typ: f.Type, of: all[f.Type.Name()]}
			t.fields[f.Name] = field
			if f.Type.NonNull && f.DefaultValue == nil {
				t.needed = append(t.needed, field)
			}
		}
	case ast.Enum:
		t.read = (*reader).enum
		t.values = make(map[string]string, len(def.EnumValues))
		names := make([]string, len(def.EnumValues))
		for i, v := range def.EnumValues {
			t.values[v.Name], names[i] = v.Name, v.Name
		}
		t.listed = strings.Join(names, ", ")
	default:
		t.read = scalarReader(def.Name)
	}
}

func scalarReader(name string) func(*reader, *inputType) (any, *misfit) {
	switch name {
	case "String":
		return (*reader).text
	case "Int":
		return (*reader).integer
	case "Float":
		return (*reader).float
	case "Boolean":
		return (*reader).boolean
	case "ID":
		return (*reader).id
	case jsonScalar:
		return (*reader).raw
	}
	return (*reader).generic
}

// maxPath bounds the path of an error, since a client chooses how deep it nests.
const maxPath = 64

// misfit is a value that its type does not take; the path grows from the
// inside out.
type misfit struct {
	path    []string
	message string
}

func misfits(format string, args ...any) *misfit {
	return &misfit{message: fmt.Sprintf(format, args...)}
}

func (m *misfit) under(name string) *misfit {
	if len(m.path) < maxPath {
		m.path = append(m.path, name)
	}
	return m
}

// field is the dotted path below prefix.
func (m *misfit) field(prefix string) string {
	var b strings.Builder
	b.WriteString(prefix)
	for i := len(m.path) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(m.path[i])
	}
	return b.String()
}
