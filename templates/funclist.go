package templates

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// entrySize is what an entry of a list costs beside its text.
const entrySize = 32

func callSplit(r *run, args []any) (any, error) {
	by, err := text(args[0])
	if err != nil {
		return nil, err
	}
	s, err := text(args[1])
	if err != nil {
		return nil, err
	}
	if by == "" {
		return nil, errors.New("the text to split by is empty")
	}
	if err := r.spend(len(s) + entrySize*(1+strings.Count(s, by))); err != nil {
		return nil, err
	}
	return listOf(strings.Split(s, by)), nil
}

func callJoin(r *run, args []any) (any, error) {
	by, err := text(args[0])
	if err != nil {
		return nil, err
	}
	l, ok := args[1].(*list)
	if !ok {
		return nil, fmt.Errorf("a list is needed; this is %s", kindOf(args[1]))
	}
	var b []byte
	for i, entry := range l.values() {
		if i > 0 {
			b = append(b, by...)
		}
		start := len(b)
		b = appendText(b, entry)
		if err := r.spend(len(b) - start + len(by)); err != nil {
			return nil, err
		}
	}
	return string(b), nil
}

// callDig follows names into nested objects; what is not there is missing, and
// so can have a default.
func callDig(r *run, args []any) (any, error) {
	v := args[len(args)-1]
	return into(r, v, args[:len(args)-1])
}

// callIndex follows positions in lists, from 0, and names in objects.
func callIndex(r *run, args []any) (any, error) { return into(r, args[0], args[1:]) }

func into(r *run, v any, path []any) (any, error) {
	if m, ok := v.(*missing); ok {
		return m, nil
	}
	for _, step := range path {
		var next any
		found := false
		switch key := step.(type) {
		case string:
			if o, ok := v.(object); ok {
				next, found = o.field(key)
			}
		case number:
			if l, ok := v.(*list); ok {
				if i, ok := key.whole(len(l.values()) - 1); ok {
					next, found = l.values()[i], true
				}
			}
		default:
			return nil, fmt.Errorf("names are texts and positions whole numbers; this is %s", kindOf(step))
		}
		if !found {
			return &missing{asked: r.at.source, lacks: "such entry in " + r.at.source}, nil
		}
		v = next
	}
	return v, nil
}

// callLen counts entries, fields or characters.
func callLen(_ *run, args []any) (any, error) {
	switch t := args[0].(type) {
	case *list:
		return plain(len(t.values())), nil
	case object:
		return plain(len(t.names())), nil
	case string:
		return plain(utf8.RuneCountInString(t)), nil
	}
	return nil, fmt.Errorf("a list, an object or a text is needed; this is %s", kindOf(args[0]))
}

func callKeys(r *run, args []any) (any, error) {
	o, ok := args[0].(object)
	if !ok {
		return nil, fmt.Errorf("an object is needed; this is %s", kindOf(args[0]))
	}
	return listOf(o.names()), r.spend(entrySize * len(o.names()))
}

func callFirst(r *run, args []any) (any, error) { return end(r, args[0], false) }

func callLast(r *run, args []any) (any, error) { return end(r, args[0], true) }

// end is the first or last entry, missing where there is none.
func end(r *run, v any, last bool) (any, error) {
	switch t := v.(type) {
	case *missing:
		return t, nil
	case nil:
		return nil, nil
	case *list:
		values := t.values()
		if len(values) == 0 {
			return &missing{asked: r.at.source, lacks: "entry in an empty list: " + r.at.source}, nil
		}
		if last {
			return values[len(values)-1], nil
		}
		return values[0], nil
	}
	return nil, fmt.Errorf("a list is needed; this is %s", kindOf(v))
}
