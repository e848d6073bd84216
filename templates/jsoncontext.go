package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template/parse"
	"unicode/utf8"
)

// jsonState says where in a JSON text an action stands.
type jsonState uint8

const (
	jsonOutside  jsonState = iota // of quotes: a value is written as JSON
	jsonInString                  // between quotes: a value is written escaped
	jsonDead                      // behind break or continue: nothing is reached
)

func (s jsonState) openAtEnd(whole bool) string {
	what := "the template"
	if whole {
		what = "the part"
	}
	if s == jsonInString {
		return what + " ends within quotes; a closing quote is missing"
	}
	return what + " is called within quotes and closes them"
}

// jsonText follows a literal piece through the quotes, and finds what can never
// be JSON.
func (c *compiler) jsonText(n *parse.TextNode, at jsonState) jsonState {
	s := string(n.Text)
	for i := 0; i < len(s); {
		var size int
		if at == jsonInString {
			size, at = c.inString(n.Pos, s, i)
		} else {
			size, at = c.outside(n.Pos, s, i, at)
		}
		i += size
	}
	return at
}

func (c *compiler) inString(pos parse.Pos, s string, i int) (int, jsonState) {
	switch b := s[i]; {
	case b == '"':
		return 1, jsonOutside
	case b == '\\':
		return c.escaped(pos, s, i), jsonInString
	case b == '\n' || b == '\r':
		c.problem(pos+parse.Pos(i), `a line ends within quotes; close them, or write \n for a line break`)
		return len(s) - i, jsonInString
	case b < ' ':
		c.problem(pos+parse.Pos(i), `the control character \u%04x stands within quotes; write it as an escape`, b)
	}
	return 1, jsonInString
}

// escaped is the length of an escape within quotes.
func (c *compiler) escaped(pos parse.Pos, s string, i int) int {
	rest := s[i+1:]
	switch {
	case rest == "":
		c.problem(pos+parse.Pos(i), `a backslash stands before an action; write \\ for one backslash`)
		return 1
	case strings.IndexByte(`"\/bfnrt`, rest[0]) >= 0:
		return 2
	case rest[0] == 'u' && len(rest) >= 5 && strings.Trim(rest[1:5], "0123456789abcdefABCDEF") == "":
		return 6
	}
	_, size := utf8.DecodeRuneInString(rest)
	c.problem(pos+parse.Pos(i), `\%s is not an escape of JSON; write \\ for one backslash`, rest[:size])
	return 1 + size
}

// outside takes one token outside of quotes.
func (c *compiler) outside(pos parse.Pos, s string, i int, at jsonState) (int, jsonState) {
	switch b := s[i]; {
	case b == '"':
		if at == jsonDead {
			return 1, at
		}
		return 1, jsonInString
	case strings.IndexByte(" \t\r\n{}[]:,", b) >= 0:
		return 1, at
	case at == jsonDead:
		return 1, at
	}
	end := i
	for end < len(s) && strings.IndexByte(" \t\r\n{}[]:,\"", s[end]) < 0 {
		end++
	}
	token := s[i:end]
	switch {
	case token == "true", token == "false", token == "null", strings.Trim(token, "0123456789+-.eE") == "":
	case token[0] == '\'':
		c.problem(pos+parse.Pos(i), `JSON knows only double quotes: "…"`)
	default:
		c.problem(pos+parse.Pos(i), "%s is not JSON; a text stands in double quotes", short(token))
	}
	return end - i, at
}

func short(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return s
}

// checkSkeleton finds commas and brackets that can never be right, in a
// template without branches: a value stands where each action does.
func (c *compiler) checkSkeleton(tree *parse.Tree) {
	var skeleton []byte
	var origin []parse.Pos // of each byte
	put := func(s string, pos parse.Pos, step parse.Pos) {
		for i := range len(s) {
			skeleton, origin = append(skeleton, s[i]), append(origin, pos+step*parse.Pos(i))
		}
	}
	in := jsonOutside
	for i, node := range tree.Root.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			put(string(n.Text), n.Pos, 1)
			for j := 0; j < len(n.Text); j++ {
				switch {
				case n.Text[j] == '"':
					in = jsonInString - in
				case n.Text[j] == '\\' && in == jsonInString:
					j++
				}
			}
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 || in == jsonInString {
				continue
			}
			if strings.Contains(n.String(), "raw") || beside(tree.Root.Nodes, i) {
				return
			}
			put(`""`, n.Pos, 0)
		default:
			return
		}
	}
	if offset, message := syntax(skeleton); offset >= 0 {
		pos := parse.Pos(len(c.source))
		if offset < len(origin) {
			pos = origin[offset]
		}
		c.problem(pos, "this can never be JSON: %s", message)
	}
}

// beside says that a value touches other text or another action: a number may
// be put together like that.
func beside(nodes []parse.Node, i int) bool {
	const ends = " \t\r\n{}[]:,"
	if i > 0 {
		t, ok := nodes[i-1].(*parse.TextNode)
		if !ok || strings.IndexByte(ends, t.Text[len(t.Text)-1]) < 0 {
			return true
		}
	}
	if i+1 < len(nodes) {
		t, ok := nodes[i+1].(*parse.TextNode)
		return !ok || strings.IndexByte(ends, t.Text[0]) < 0
	}
	return false
}

// syntax is the offset of what is wrong with a JSON text; -1 for nothing.
func syntax(b []byte) (int, string) {
	if json.Valid(b) {
		return -1, ""
	}
	var v any
	err := json.Unmarshal(b, &v)
	var wrong *json.SyntaxError
	if !errors.As(err, &wrong) {
		return len(b), "the end is missing"
	}
	if int(wrong.Offset) >= len(b) && strings.Contains(wrong.Error(), "unexpected end") {
		return len(b), "the end is missing, a bracket or a value"
	}
	return max(0, int(wrong.Offset)-1), jsonWords(wrong.Error())
}

// jsonWords says in plain words what the library does. It names no character:
// that may be of a value.
func jsonWords(message string) string {
	for _, known := range [][2]string{
		{"after object key:value pair", "a comma or a closing } is missing before this"},
		{"after array element", "a comma or a closing ] is missing before this"},
		{"after object key", "a colon is missing before this"},
		{"looking for beginning of object key string", "a name in double quotes is missing here, or a comma is too many"},
		{"looking for beginning of value", "a value is missing here, or a comma is too many"},
		{"after top-level value", "this stands behind the end of the JSON"},
	} {
		if strings.HasSuffix(message, known[0]) {
			return known[1]
		}
	}
	return message
}

// badJSON is the offset where an output stops being JSON; -1 if it is JSON.
func badJSON(b []byte) int {
	at, _ := syntax(b)
	return at
}

var character = regexp.MustCompile(`^invalid character '.*?'(?: |$)`)

// explain finds the action behind which the output went wrong, by rendering
// once more with a note of what was written where.
func (p *part) explain(root any, room, offset int) error {
	marks := []mark{}
	r := &run{part: p, room: room, marks: &marks}
	if err := r.execute(root); err != nil {
		return err
	}
	_, message := syntax(r.buf)
	// The character may be one of the data.
	message = character.ReplaceAllString(message, "a character is wrong ")
	var at *site
	for _, m := range marks {
		if m.offset > offset {
			break
		}
		at = m.at
	}
	if at == nil {
		return &RenderError{Part: p.name, Line: 1, Column: 1, Message: fmt.Sprintf("the output is not JSON: %s", message)}
	}
	return r.fail(at, "the output is not JSON at or behind {{ %s }}: %s", at.source, message)
}
