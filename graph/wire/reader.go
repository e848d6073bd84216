package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// reader reads values by their types. It holds clients to what GraphQL says
// of input coercion, which the executor does not: a number is no String, a
// @oneOf input has one member, enum values are matched by case.
type reader struct {
	cursor
	spaced bool // there is white space between tokens
}

// typed reads the next value as t, whose innermost type is of.
func (r *reader) typed(t *ast.Type, of *inputType) (any, *misfit) {
	if r.peek() == 'n' {
		r.value()
		if t.NonNull {
			return nil, misfits("must not be null")
		}
		return nil, nil
	}
	if t.Elem == nil {
		return of.read(r, of)
	}
	if r.peek() != '[' {
		// One value stands for a list of one.
		v, wrong := r.typed(t.Elem, of)
		return []any{v}, wrong
	}
	list := []any{}
	r.enter()
	for r.more() {
		v, wrong := r.typed(t.Elem, of)
		if wrong != nil {
			return nil, wrong.under(strconv.Itoa(len(list)))
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *reader) object(t *inputType) (any, *misfit) {
	if r.peek() != '{' {
		return nil, misfits("must be an object with the fields of %s", t.name)
	}
	m := make(map[string]any, len(t.fields))
	r.enter()
	for r.more() {
		key := r.key()
		f := t.fields[string(key)]
		if f == nil {
			return nil, misfits("%s has no such field", t.name).under(shorten(string(key)))
		}
		v, wrong := r.typed(f.typ, f.of)
		if wrong != nil {
			return nil, wrong.under(f.name)
		}
		m[f.name] = v
	}
	for _, f := range t.needed {
		if _, given := m[f.name]; !given {
			return nil, misfits("must be given").under(f.name)
		}
	}
	if t.oneOf {
		return m, exactlyOne(t, m)
	}
	return m, nil
}

func exactlyOne(t *inputType, m map[string]any) *misfit {
	if len(m) != 1 {
		return misfits("%s takes exactly one of its fields, not %d", t.name, len(m))
	}
	for name, v := range m {
		if v == nil {
			return misfits("must not be null").under(name)
		}
	}
	return nil
}

// raw keeps the value as it was written, digits, escapes and the order of keys,
// in memory of its own.
func (r *reader) raw(*inputType) (any, *misfit) {
	if r.spaced {
		return json.RawMessage(compact(r.value())), nil
	}
	return json.RawMessage(bytes.Clone(r.value())), nil
}

func (r *reader) text(*inputType) (any, *misfit) {
	if r.peek() != '"' {
		return nil, misfits("must be a string")
	}
	return unquoted(r.value()), nil
}

func (r *reader) boolean(*inputType) (any, *misfit) {
	switch r.peek() {
	case 't', 'f':
		return r.value()[0] == 't', nil
	}
	return nil, misfits("must be true or false")
}

func (r *reader) enum(t *inputType) (any, *misfit) {
	if r.peek() == '"' {
		if name, ok := t.values[unquoted(r.value())]; ok {
			return name, nil
		}
	}
	return nil, misfits("must be one of %s", t.listed)
}

// integer gives an int64 in the range of GraphQL's Int; 3.0 is 3.
func (r *reader) integer(*inputType) (any, *misfit) {
	if isNumber(r.peek()) {
		text := string(r.value())
		n, err := strconv.ParseInt(text, 10, 32)
		if err == nil {
			return n, nil
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32 {
			return int64(f), nil
		}
	}
	return nil, misfits("must be a whole number from -2147483648 to 2147483647")
}

func (r *reader) float(*inputType) (any, *misfit) {
	if isNumber(r.peek()) {
		if f, err := strconv.ParseFloat(string(r.value()), 64); err == nil {
			return f, nil
		}
	}
	return nil, misfits("must be a number")
}

// id takes whole numbers too, as GraphQL says, by their digits.
func (r *reader) id(*inputType) (any, *misfit) {
	switch c := r.peek(); {
	case c == '"':
		return unquoted(r.value()), nil
	case isNumber(c):
		if text := string(r.value()); checkInteger(text) {
			return text, nil
		}
	}
	return nil, misfits("must be a string")
}

// generic is for scalars that only their own reader knows: numbers stay text.
func (r *reader) generic(*inputType) (any, *misfit) {
	switch c := r.peek(); {
	case c == '"':
		return unquoted(r.value()), nil
	case c == 't' || c == 'f':
		return r.value()[0] == 't', nil
	case isNumber(c):
		return json.Number(r.value()), nil
	}
	return generic(r.value()), nil
}

func isNumber(c byte) bool { return c == '-' || '0' <= c && c <= '9' }

func checkInteger(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// shorten keeps a client's own words in an error to a readable length.
func shorten(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
