package templates

// jsonObject is an object of an event's data. One level is read when it is
// first looked into, and the levels below when they are.
type jsonObject struct {
	raw    string
	read   bool
	fields []jsonField
	index  map[string]int // nil where there are few
	keys   []string       // once they are asked for
}

// jsonField is a field, with its value once somebody has asked for it.
type jsonField struct {
	name  string
	raw   string
	value any
	known bool
}

// indexed is the number of fields from which a map finds them sooner.
const indexed = 32

func (o *jsonObject) names() []string {
	o.scan()
	if o.keys == nil {
		o.keys = make([]string, len(o.fields))
		for i := range o.fields {
			o.keys[i] = o.fields[i].name
		}
	}
	return o.keys
}

func (o *jsonObject) field(name string) (any, bool) {
	o.scan()
	at, ok := o.find(name)
	if !ok {
		return nil, false
	}
	f := &o.fields[at]
	if !f.known {
		f.value, f.known = decode(f.raw), true
	}
	return f.value, true
}

func (o *jsonObject) find(name string) (int, bool) {
	if o.index != nil {
		at, ok := o.index[name]
		return at, ok
	}
	for i := range o.fields {
		if o.fields[i].name == name {
			return i, true
		}
	}
	return 0, false
}

// scan finds the names, and where their values stand. Of two with one name the
// last counts, as in most readers of JSON.
func (o *jsonObject) scan() {
	if o.read {
		return
	}
	o.read = true
	for i := 1; i < len(o.raw) && o.raw[i] != '}'; {
		end := skip(o.raw, i)
		name := unquote(o.raw[i:end])
		from := end + 1
		if from >= len(o.raw) {
			return
		}
		end = skip(o.raw, from)
		raw := o.raw[from:end]
		i = end + 1
		if at, twice := o.find(name); twice {
			o.fields[at].raw = raw
			continue
		}
		if o.fields == nil {
			o.fields = make([]jsonField, 0, 16)
		}
		o.fields = append(o.fields, jsonField{name: name, raw: raw})
		o.remember()
	}
}

func (o *jsonObject) remember() {
	last := len(o.fields) - 1
	switch {
	case o.index != nil:
		o.index[o.fields[last].name] = last
	case last == indexed:
		o.index = make(map[string]int, 4*indexed)
		for i := range o.fields {
			o.index[o.fields[i].name] = i
		}
	}
}

// list is a list of an event's data, read by one level when it is first looked
// into, or one that a function made.
type list struct {
	raw   string // empty for one that a function made
	items []any
}

func (l *list) values() []any {
	if l.items != nil || l.raw == "" {
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
func decode(raw string) any {
	if raw == "" {
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

// skip is the end of the value that begins at i.
func skip(raw string, i int) int {
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

func skipString(raw string, i int) int {
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
