package templates

import (
	"encoding/json"
	"strings"
)

// jsonObject is an object of an event's data. One level is decoded when it is
// first looked into, and the levels below when they are.
type jsonObject struct {
	raw    []byte
	keys   []string
	fields []any // undecoded until asked for
	index  map[string]int
}

// undecoded is the JSON of a value that nobody has asked for.
type undecoded []byte

// indexed is the number of fields from which a map finds them sooner.
const indexed = 8

func (o *jsonObject) names() []string {
	o.scan()
	return o.keys
}

func (o *jsonObject) field(name string) (any, bool) {
	o.scan()
	at := -1
	if o.index != nil {
		i, ok := o.index[name]
		if !ok {
			return nil, false
		}
		at = i
	} else {
		for i, key := range o.keys {
			if key == name {
				at = i
				break
			}
		}
	}
	if at < 0 {
		return nil, false
	}
	if raw, ok := o.fields[at].(undecoded); ok {
		o.fields[at] = decode(raw)
	}
	return o.fields[at], true
}

func (o *jsonObject) scan() {
	if o.keys != nil {
		return
	}
	o.keys = []string{}
	places := map[string]int(nil)
	for i := 1; i < len(o.raw) && o.raw[i] != '}'; {
		end := skip(o.raw, i)
		key := unquote(o.raw[i:end])
		from := end + 1
		if from >= len(o.raw) {
			break
		}
		end = skip(o.raw, from)
		value := undecoded(o.raw[from:end])
		i = end + 1
		if len(o.keys) == indexed {
			places = make(map[string]int, 4*indexed)
			for n, known := range o.keys {
				places[known] = n
			}
		}
		if n, twice := o.place(places, key); twice {
			o.fields[n] = value
			continue
		}
		if places != nil {
			places[key] = len(o.keys)
		}
		o.keys = append(o.keys, key)
		o.fields = append(o.fields, value)
	}
	o.index = places
}

// place finds a name that is there already: the last of two counts, as in
// most readers of JSON.
func (o *jsonObject) place(places map[string]int, key string) (int, bool) {
	if places != nil {
		n, ok := places[key]
		return n, ok
	}
	for n, known := range o.keys {
		if known == key {
			return n, true
		}
	}
	return 0, false
}

// list is a list of an event's data, decoded by one level when it is first
// looked into, or one that a function made.
type list struct {
	raw   []byte // nil for one that a function made
	items []any
}

func (l *list) values() []any {
	if l.items != nil || l.raw == nil {
		return l.items
	}
	l.items = []any{}
	for i := 1; i < len(l.raw) && l.raw[i] != ']'; {
		end := skip(l.raw, i)
		l.items = append(l.items, decode(l.raw[i:end]))
		i = end + 1
	}
	return l.items
}

// decode reads one level of valid compact JSON.
func decode(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '{':
		return &jsonObject{raw: raw}
	case '[':
		return &list{raw: raw}
	case '"':
		return unquote(raw)
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	}
	return number(raw)
}

func unquote(raw []byte) string {
	if len(raw) < 2 {
		return ""
	}
	s := string(raw[1 : len(raw)-1])
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// skip is the end of the value that begins at i.
func skip(raw []byte, i int) int {
	depth := 0
	for i < len(raw) {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth <= 1 {
				return min(i+depth, len(raw))
			}
			depth--
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(raw)
}

func skipString(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}
