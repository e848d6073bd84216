package wire

import (
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep JSON may be nested: as deep as encoding/json takes it,
// so that nothing behind this package meets deeper.
const maxDepth = 10_000

// jsonFault says where a text stops being JSON, never what it holds.
type jsonFault struct {
	at   int
	deep bool
}

func (f *jsonFault) Error() string {
	if f.deep {
		return fmt.Sprintf("JSON nested more than %d deep", maxDepth)
	}
	return fmt.Sprintf("no valid JSON from byte %d on", f.at+1)
}

// checkJSON takes b if it is one JSON value with white space around it.
func checkJSON(b []byte) *jsonFault {
	c := checker{b: b}
	if fault := c.value(); fault != nil {
		return fault
	}
	return c.end()
}

// members checks that b is a JSON object, and gives each of its members, whose
// name is a JSON string as it stands there. spaced tells that the value has
// white space between its tokens.
func members(b []byte, take func(name, value []byte, spaced bool)) *jsonFault {
	c := checker{b: b}
	if c.space() != '{' {
		return c.fault()
	}
	c.i++
	for first := true; c.space() != '}'; first = false {
		if !first {
			if c.next() != ',' {
				return c.fault()
			}
			c.i++
			c.space()
		}
		from := c.i
		if !c.name() {
			return c.fault()
		}
		name := c.b[from:skipString(c.b, from)]
		c.space()
		from, c.spaced = c.i, false
		if fault := c.value(); fault != nil {
			return fault
		}
		take(name, b[from:c.i], c.spaced)
	}
	c.i++
	return c.end()
}

// checker goes through text that may not be JSON. It does not recurse, so that
// no input exhausts the stack.
type checker struct {
	b      []byte
	i      int
	spaced bool // there was white space
}

func (c *checker) fault() *jsonFault { return &jsonFault{at: c.i} }

// end takes white space alone.
func (c *checker) end() *jsonFault {
	if c.i = skipSpace(c.b, c.i); c.i < len(c.b) {
		return c.fault()
	}
	return nil
}

// next is the byte that comes, 0 at the end.
func (c *checker) next() byte {
	if c.i < len(c.b) {
		return c.b[c.i]
	}
	return 0
}

// space passes white space, and is the byte behind it.
func (c *checker) space() byte {
	if i := skipSpace(c.b, c.i); i != c.i {
		c.i, c.spaced = i, true
	}
	return c.next()
}

// value passes one value.
func (c *checker) value() *jsonFault {
	var (
		room  [128]byte
		stack = room[:0] // the brackets that are open
	)
	for {
		open := false
		switch b := c.space(); b {
		case '{', '[':
			if len(stack) == maxDepth {
				return &jsonFault{at: c.i, deep: true}
			}
			stack = append(stack, b)
			open = true
			c.i++
		default:
			end := checkScalar(c.b, c.i)
			if end < 0 {
				return c.fault()
			}
			c.i = end
		}
		ok := true
		if stack, ok = c.close(stack, open); !ok {
			return c.fault()
		}
		if len(stack) == 0 {
			return nil
		}
	}
}

// close goes from behind a value, or from behind an opening bracket, to the
// next value, and leaves the brackets that close on the way.
func (c *checker) close(stack []byte, open bool) ([]byte, bool) {
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		switch b := c.space(); {
		case b == top+2: // } and ] stand two behind { and [
			stack, open = stack[:len(stack)-1], false
			c.i++
			continue
		case open:
		case b == ',':
			c.i++
			c.space()
		default:
			return stack, false
		}
		return stack, top == '[' || c.name()
	}
	return stack, true
}

// name passes a member's name and its colon.
func (c *checker) name() bool {
	if c.next() != '"' {
		return false
	}
	end := checkString(c.b, c.i)
	if end < 0 {
		return false
	}
	c.i = end
	if c.space() != ':' {
		return false
	}
	c.i++
	return true
}

func checkScalar(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch c := b[i]; {
	case c == '"':
		return checkString(b, i)
	case c == '-' || '0' <= c && c <= '9':
		return checkNumber(b, i)
	case c == 't':
		return checkWord(b, i, "true")
	case c == 'f':
		return checkWord(b, i, "false")
	case c == 'n':
		return checkWord(b, i, "null")
	}
	return -1
}

func checkWord(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func checkString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i++; i >= len(b) {
				return -1
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(b, i+1); !ok {
					return -1
				}
				i += 4
			default:
				return -1
			}
		}
	}
	return -1
}

func checkNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i = checkDigits(b, i); i < 0 {
			return -1
		}
	}
	if i < len(b) && b[i] == '.' {
		if i = checkDigits(b, i+1); i < 0 {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return checkDigits(b, i)
	}
	return i
}

func checkDigits(b []byte, i int) int {
	from := i
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func hex4(b []byte, i int) (r rune, ok bool) {
	if len(b)-i < 4 {
		return 0, false
	}
	for _, c := range b[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// validUTF8 finds the first byte that is no UTF-8, or -1.
func validUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// isNull tells the value null from all others, in valid JSON.
func isNull(raw []byte) bool { return len(raw) > 0 && raw[0] == 'n' }

// compact is valid JSON without the white space between its tokens.
func compact(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		switch raw[i] {
		case '"':
			end := skipString(raw, i)
			out = append(out, raw[i:end]...)
			i = end
		case ' ', '\n', '\t', '\r':
			i++
		default:
			out = append(out, raw[i])
			i++
		}
	}
	return out
}
