package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"carillon/models"
)

// maxFindings bounds how many places one error names.
const maxFindings = 20

// finding is one place of the data and what is wrong there.
type finding struct{ at, what string }

// findings gathers what a failed validation found; the same is said once.
type findings struct {
	field string
	list  []finding
}

// report turns the library's error into one for people: its field is the first
// place, and its sentence goes on with the others.
func report(field string, err error) error {
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return models.Invalid(field, "cannot be checked against the schema")
	}
	f := findings{field: field}
	f.take(invalid)
	slices.SortFunc(f.list, func(a, b finding) int {
		return strings.Compare(a.at+"\x00"+a.what, b.at+"\x00"+b.what)
	})
	f.list = slices.Compact(f.list)
	if len(f.list) == 0 {
		return models.Invalid(field, "does not satisfy the schema")
	}
	return f.error()
}

func (f *findings) error() error {
	var text strings.Builder
	for i, found := range f.list {
		if i == maxFindings {
			fmt.Fprintf(&text, "; and %d more", len(f.list)-i)
			break
		}
		if i > 0 {
			text.WriteString("; " + found.at + ": ")
		}
		text.WriteString(found.what)
	}
	return &models.Error{Code: models.CodeBadUserInput, Field: f.list[0].at, Message: text.String()}
}

// most bounds the work on data that is wrong everywhere.
const most = 10_000

func (f *findings) add(at []string, format string, args ...any) {
	f.list = append(f.list, finding{path(f.field, at), fmt.Sprintf(format, args...)})
}

// take adds what the error is about: itself, or what caused it.
func (f *findings) take(e *jsonschema.ValidationError) {
	if len(f.list) >= most {
		return
	}
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.AllOf, *kind.Reference:
		for _, cause := range e.Causes {
			f.take(cause)
		}
	case *kind.AnyOf:
		f.alternatives(e)
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			f.add(at, "fits more than one of the forms of which exactly one is allowed")
			return
		}
		f.alternatives(e)
	case *kind.Required:
		f.missing(at, k.Missing, "is missing")
	case *kind.DependentRequired:
		f.missing(at, k.Missing, "is missing; it is needed beside "+clip(k.Prop, 64))
	case *kind.Dependency:
		f.missing(at, k.Missing, "is missing; it is needed beside "+clip(k.Prop, 64))
	case *kind.AdditionalProperties:
		f.missing(at, k.Properties, "is not allowed here")
	case *kind.PropertyNames:
		f.name(at, k.Property, e.Causes)
	default:
		f.add(at, "%s", sentence(e.ErrorKind))
	}
}

func (f *findings) missing(at, names []string, what string) {
	for _, name := range names[:min(len(names), most)] {
		f.add(append(slices.Clone(at), name), "%s", what)
	}
}

// name refuses a property for its name, and says why in the words for values.
func (f *findings) name(at []string, name string, causes []*jsonschema.ValidationError) {
	why := findings{}
	for _, cause := range causes {
		why.take(cause)
	}
	if len(why.list) == 0 {
		f.add(at, "has the name %q, which is not allowed", clip(name, 64))
		return
	}
	f.add(at, "has the name %q, which %s", clip(name, 64), why.list[0].what)
}

// alternatives explains data that fits none of several forms. Forms that the
// value itself rules out, by its type or by not being the constant, were not
// meant: where a single other one is left, what is wrong with that is said.
func (f *findings) alternatives(e *jsonschema.ValidationError) {
	var meant []*jsonschema.ValidationError
	var types []string
	var values []any
	got := ""
	for _, cause := range e.Causes {
		switch k := atSelf(cause, len(e.InstanceLocation)).(type) {
		case nil:
			meant = append(meant, cause)
		case *kind.Type:
			types, got = append(types, k.Want...), k.Got
		case *kind.Enum:
			values = append(values, k.Want...)
		case *kind.Const:
			values = append(values, k.Want)
		}
	}
	switch {
	case len(meant) == 1:
		f.take(meant[0])
	case len(meant) == 0 && len(values) > 0:
		f.add(e.InstanceLocation, "must be one of %s", literals(values))
	case len(meant) == 0 && len(types) > 0:
		slices.Sort(types)
		f.add(e.InstanceLocation, "must be %s, not %s", list(slices.Compact(types), " or "), got)
	default:
		f.add(e.InstanceLocation, "fits none of the %d forms that are allowed", len(e.Causes))
	}
}

// atSelf is the kind of an error by which the value at the given depth is not
// of this form at all; nil where something else is wrong with it.
func atSelf(e *jsonschema.ValidationError, depth int) jsonschema.ErrorKind {
	switch k := e.ErrorKind.(type) {
	case *kind.Type, *kind.Const, *kind.Enum, *kind.FalseSchema:
		if len(e.InstanceLocation) == depth {
			return k
		}
	case *kind.Group, *kind.AllOf, *kind.Reference, *kind.AnyOf, *kind.OneOf:
		for _, cause := range e.Causes {
			if found := atSelf(cause, depth); found != nil {
				return found
			}
		}
	}
	return nil
}

// maxPath is where a path that goes very deep is cut, in bytes.
const maxPath = 400

// path is the dotted path of a place below field.
func path(field string, at []string) string {
	var b strings.Builder
	b.WriteString(field)
	for _, name := range at {
		if b.Len() > maxPath {
			b.WriteString(".…")
			break
		}
		b.WriteByte('.')
		b.WriteString(clip(name, 64))
	}
	return b.String()
}

// clip shortens what a client sent before it is repeated, and takes out what
// would break a line.
func clip(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

// list joins words, the last by another joint.
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + last + words[n]
}
