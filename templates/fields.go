package templates

import "strconv"

// Bounds of what `fields` gives.
const (
	mostFields     = 1000
	mostFieldDepth = 10
	mostFieldValue = 500 // characters
)

// flattener gathers the scalars of a value for people to read.
type flattener struct {
	run   *run
	most  int
	found []any
}

// callFields lists at most n scalars of a value, in their order: each with a
// readable name, its path and its value as text. What is null or empty is left
// out, a list of scalars is one entry, a list of others says how many there are.
func callFields(r *run, args []any) (any, error) {
	v, most := args[0], args[1]
	if _, ok := most.(number); !ok {
		v, most = most, v
	}
	n, err := count(most, mostFields)
	if err != nil {
		return nil, err
	}
	f := flattener{run: r, most: n, found: []any{}}
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
	return f.add(path, textOf(v))
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

func (f *flattener) add(path, value string) error {
	if value == "" {
		return nil
	}
	name := humanize(path)
	if path == "" {
		name = "Value"
	}
	value = cut(value, mostFieldValue)
	f.found = append(f.found, newRecord([]string{"name", "path", "value"}, func(field string) any {
		switch field {
		case "name":
			return name
		case "path":
			return path
		}
		return value
	}))
	return f.run.spend(len(name) + len(path) + len(value) + 8*entrySize)
}
