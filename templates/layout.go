package templates

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// callTally counts the entries of a list by one of their fields: the most
// frequent value first, and those as frequent in the order in which they came.
func callTally(r *run, args []any) (any, error) {
	name, err := text(args[0])
	if err != nil {
		return nil, err
	}
	l, ok := args[1].(*list)
	if !ok {
		return nil, fmt.Errorf("a list is needed; this is %s", kindOf(args[1]))
	}
	var found []*tallied
	place := map[string]*tallied{}
	for _, entry := range l.values() {
		o, ok := entry.(object)
		if !ok {
			continue
		}
		v, _ := o.field(name)
		key := textOf(v)
		if err := r.spend(len(key) + entrySize); err != nil {
			return nil, err
		}
		if place[key] == nil {
			place[key] = &tallied{value: v}
			found = append(found, place[key])
		}
		place[key].count++
	}
	slices.SortStableFunc(found, func(a, b *tallied) int { return b.count - a.count })
	counts := &list{items: make([]any, len(found))}
	for i, t := range found {
		counts.items[i] = newRecord([]string{"value", "count"}, t.field)
	}
	return counts, nil
}

// tallied is a value, and how often it is there.
type tallied struct {
	value any
	count int
}

func (t *tallied) field(name string) any {
	if name == "value" {
		return t.value
	}
	return plain(t.count)
}

// Bounds of a table in columns.
const (
	maxColumns = 200
	minNames   = 12
	maxNames   = 24
)

// callColumns writes fields below each other: names in a column as wide as they
// need, values wrapped beside them, lines of at most so many characters.
func callColumns(r *run, args []any) (any, error) {
	width, err := count(args[0], maxColumns)
	if err != nil {
		return nil, err
	}
	l, ok := args[1].(*list)
	if !ok {
		return nil, fmt.Errorf("what fields gives is needed; this is %s", kindOf(args[1]))
	}
	rows, names := make([][2]string, 0, len(l.values())), minNames
	for _, entry := range l.values() {
		o, ok := entry.(object)
		if !ok {
			return nil, fmt.Errorf("what fields gives is needed; an entry is %s", kindOf(entry))
		}
		name, _ := o.field("name")
		value, _ := o.field("value")
		row := [2]string{oneLine(textOf(name)), textOf(value)}
		rows, names = append(rows, row), max(names, min(utf8.RuneCountInString(row[0]), maxNames))
	}
	width = max(width-names-2, 1)
	var b strings.Builder
	for i, row := range rows {
		lines := 2 + strings.Count(row[1], "\n") + 2*utf8.RuneCountInString(row[1])/width
		if err := r.spend(len(row[0]) + len(row[1]) + lines*(names+3)); err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(row[0])
		if n := utf8.RuneCountInString(row[0]); n > names {
			b.WriteByte('\n')
			b.WriteString(strings.Repeat(" ", names+2))
		} else {
			b.WriteString(strings.Repeat(" ", names+2-n))
		}
		b.WriteString(wrap(width, names+2, row[1]))
	}
	return b.String(), nil
}

func wrap(width, margin int, s string) string {
	if utf8.RuneCountInString(s) <= width && !strings.ContainsFunc(s, isBreak) {
		return s
	}
	var b strings.Builder
	before := "\n" + strings.Repeat(" ", margin)
	for line := range strings.FieldsFuncSeq(s, isBreak) {
		for line != "" {
			if b.Len() > 0 {
				b.WriteString(before)
			}
			var head string
			head, line = cutLine(line, width)
			b.WriteString(head)
		}
	}
	return b.String()
}

func isBreak(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }

// cutLine takes a line of at most width characters off the front of s, up to a
// space where there is one.
func cutLine(s string, width int) (head, tail string) {
	n, space := 0, 0
	for i, r := range s {
		if unicode.IsSpace(r) {
			space = i
		}
		if n == width {
			if space == 0 {
				return s[:i], s[i:]
			}
			return strings.TrimRightFunc(s[:space], unicode.IsSpace), strings.TrimLeftFunc(s[space:], unicode.IsSpace)
		}
		n++
	}
	return s, ""
}
