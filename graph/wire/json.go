package wire

import (
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep a request may be nested. Nothing here recurses; what a
// field may hold is for those behind to say, who can name the field.
const maxDepth = 30_000

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
		var ok bool
		switch stack, ok = c.close(stack, open); {
		case !ok:
			return c.fault()
		case len(stack) == 0:
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
