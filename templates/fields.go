package templates

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what `fields` gives.
const (
	mostFields     = 1000
	mostFieldDepth = 10
	mostFieldName  = 60  // characters
	mostFieldValue = 500 // characters
)

// flattener gathers the scalars of a value for people to read.
type flattener struct {
	run   *run
	most  int
	width int // characters of a value
	found []any
}

// callFields lists at most n scalars of a value, in their order: each with a
// readable name, its path and its value as text. What is null or empty is left
// out, a list of scalars is one entry, a list of others says how many there are.
// A third argument bounds the characters of each value.
func callFields(r *run, args []any) (any, error) {
	v, most, width := args[0], args[1], mostFieldValue
	if len(args) == 3 {
		n, err := count(args[2], mostFieldValue)
		if err != nil {
			return nil, err
		}
		width = n
	}
	if _, ok := most.(number); !ok {
		v, most = most, v
	}
	n, err := count(most, mostFields)
	if err != nil {
		return nil, err
	}
	f := flattener{run: r, most: n, width: width, found: []any{}}
	if err := f.walk("", v, 0); err != nil {
		return nil, err
	}
	return &list{items: f.found}, nil
}

func (f *flattener) walk(path string, v any, depth int) error {
	if len(f.found) >= f.most {
		return nil
	}
	if err := f.run.step(1); err != nil {
		return err
	}
	switch t := v.(type) {
	case nil, *missing:
		return nil
	case object:
		if depth == mostFieldDepth {
			return f.add(path, plural(len(t.names()), "field"))
		}
		for _, name := range t.names() {
			value, _ := t.field(name)
			if path != "" {
				name = path + "." + name
			}
			if err := f.walk(name, value, depth+1); err != nil {
				return err
			}
		}
		return nil
	case *list:
		return f.list(path, t)
	}
	return f.add(path, v)
}

func (f *flattener) list(path string, l *list) error {
	var s []byte
	for _, entry := range l.values() {
		switch entry.(type) {
		case object, *list:
			return f.add(path, plural(len(l.values()), "item"))
		case nil:
			continue
		}
		if len(s) > 4*mostFieldValue {
			break
		}
		if len(s) > 0 {
			s = append(s, ", "...)
		}
		s = appendText(s, entry)
	}
	return f.add(path, string(s))
}

func plural(n int, what string) string {
	if n == 0 {
		return ""
	}
	if n > 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

func (f *flattener) add(path string, value any) error {
	size := entrySize
	if s, ok := value.(string); ok {
		if s == "" {
			return nil
		}
		size += min(len(s), utf8.UTFMax*f.width)
	}
	f.found = append(f.found, &fieldRow{path: path, value: value, width: f.width})
	return f.run.spend(2*len(path) + size)
}

// fieldRow is one of the entries that `fields` gives. Its texts are made when
// they are asked for: many are only counted.
type fieldRow struct {
	path  string
	value any // a scalar
	width int
}

func (f *fieldRow) names() []string { return []string{"name", "path", "value"} }

func (f *fieldRow) field(name string) (any, bool) {
	switch name {
	case "name":
		return f.name(), true
	case "path":
		return f.path, true
	case "value":
		return cut(textOf(f.value), f.width), true
	}
	return nil, false
}

// name is the path in words. Of a long one the beginning is enough to read.
func (f *fieldRow) name() string {
	if f.path == "" {
		return "Value"
	}
	path := f.path
	if len(path) > 4*utf8.UTFMax*mostFieldName {
		path = strings.ToValidUTF8(path[:4*utf8.UTFMax*mostFieldName], "")
	}
	if name := cut(humanize(path), mostFieldName); name != "" {
		return name
	}
	return cut(path, mostFieldName) // signs alone
}
