package templates

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"text/template/parse"
)

// parse reads the source into trees, by the library's parser, which stops at
// its first error.
func (c *compiler) parse() bool {
	trees, err := c.read(c.source)
	if err == nil {
		c.trees = trees
		return true
	}
	line, message := c.split(err)
	c.problem(parse.Pos(c.actionOn(line, message)), "%s", wording(err))
	return false
}

func (c *compiler) read(source string) (map[string]*parse.Tree, error) {
	trees := make(map[string]*parse.Tree)
	tree := parse.New(string(c.part.name))
	tree.Mode = parse.SkipFuncCheck
	_, err := tree.Parse(source, "", "", trees)
	if err == nil {
		// One without text is not among them.
		trees[tree.Name] = tree
	}
	return trees, err
}

var located = regexp.MustCompile(`^(?:html/)?template: ?[^:]*:(\d+):(?:\d+:)? ?`)

func (c *compiler) split(err error) (line int, message string) {
	message = err.Error()
	if m := located.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	return max(line, 1), message
}

// actionOn finds the action that the parser stopped in: it names only the line,
// so it is asked again with the source cut behind the actions of that line.
func (c *compiler) actionOn(line int, message string) int {
	start := lineStart(c.source, line)
	rest := c.source[start:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	first := strings.Index(rest, "{{")
	if first < 0 {
		return start
	}
	var begins, ends []int
	for at := first; ; {
		n := strings.Index(rest[at:], "}}")
		begins = append(begins, start+at)
		if n < 0 {
			break
		}
		ends = append(ends, start+at+n+2)
		next := strings.Index(rest[at+n+2:], "{{")
		if next < 0 {
			break
		}
		at += n + 2 + next
	}
	// The parser stops at one place: the sources that end before it are well so far.
	n := sort.Search(len(ends), func(i int) bool {
		_, err := c.read(c.source[:ends[i]])
		if err == nil {
			return false
		}
		_, found := c.split(err)
		return found == message
	})
	return begins[min(n, len(begins)-1)]
}

var badCharacter = regexp.MustCompile(`^bad character U\+[0-9A-F]+ '(.+)'$`)

// wording puts what the libraries say into plain words.
func wording(err error) string {
	message := err.Error()
	if m := located.FindString(message); m != "" {
		message = message[len(m):]
	}
	if name, ok := strings.CutPrefix(message, "undefined variable "); ok {
		return "the variable " + strings.Trim(name, `"`) + " is not set before it is used here"
	}
	for _, known := range plainWords {
		if strings.Contains(message, known[0]) {
			return known[1]
		}
	}
	if m := badCharacter.FindStringSubmatch(message); m != nil {
		return "the character " + m[1] + " cannot stand in a name or directly behind it"
	}
	return strings.TrimPrefix(message, "template: ")
}

// plainWords are pieces of what the libraries say, and what is said instead.
var plainWords = [][2]string{
	{"unexpected EOF", "the part ends inside an {{ if }}, {{ range }}, {{ with }} or {{ define }}; its {{ end }} is missing"},
	{"unexpected {{end}}", "this {{ end }} closes nothing"},
	{"unexpected {{else}}", "this {{ else }} belongs to no {{ if }}, {{ with }} or {{ range }}, or is its second one"},
	{"expected end; found {{else}}", "this {{ else }} belongs to no {{ if }}, {{ with }} or {{ range }}, or is its second one"},
	{"unclosed action", "an action is not closed; }} is missing"},
	{"unclosed comment", "a comment is not closed; it ends with */}}"},
	{"unterminated quoted string", `a text is not closed; a " is missing`},
	{"unterminated raw quoted string", "a text is not closed; a ` is missing"},
	{"malformed character constant", `a text stands in double quotes: "…"`},
	{"unterminated character constant", `a text stands in double quotes: "…"`},
	{"U+201C", `a text stands in straight quotes: "…"`},
	{"U+201D", `a text stands in straight quotes: "…"`},
	{"U+201E", `a text stands in straight quotes: "…"`},
	{"bad character U+0022", "a quote stands directly behind a name; }} or a blank is missing before it"},
	{"bad character U+005B", "an entry of a list is written index .list 0"},
	{"bad character U+002D", `a name with a sign in it is written index .data "first-name"`},
	{`unexpected "," in`, "values are parted by blanks, without commas"},
	{`unexpected "=" in`, "two values are compared by eq .a .b; a variable is set by $x := .a"},
	{`unexpected "!" in`, "write ne .a .b or not .a"},
	{`unexpected "&" in`, "write and .a .b"},
	{`unexpected "<" in`, "write lt .a .b"},
	{`unexpected ">" in`, "write gt .a .b"},
	{`number syntax: "+"`, "write add .a .b"},
	{`number syntax: "-"`, "write sub .a .b"},
	{`unexpected "*" in`, "write mul .a .b"},
	{`unexpected "/" in`, "write div .a .b"},
	{`unexpected "}" in`, "an action ends with two braces: }}"},
	{"unclosed left paren", "a parenthesis is not closed; ) is missing"},
	{"unexpected right paren", "a parenthesis is closed that was not opened"},
	{"unexpected <.> in", "a dot is too many, or a name is missing behind it"},
	{"missing value for", "a value is missing here"},
	{"in template clause", `a template is called by its name in quotes: {{ template "name" . }}`},
	{"in define clause", `a template is defined by a name in quotes: {{ define "name" }}`},
	{"in block clause", `a block has a name in quotes and a value: {{ block "name" . }}`},
	{"{{break}} outside", "{{ break }} stands outside of a {{ range }}"},
	{"{{continue}} outside", "{{ continue }} stands outside of a {{ range }}"},
	{"multiple definition of template", "two templates are defined under one name"},
	{"branches end in different contexts", "the ways through this action end in different places of the HTML: one within a tag, an attribute or a script, another not"},
	{"on range loop re-entry", "the rounds of this range begin in different places of the HTML: one within a tag, an attribute or a script, another not"},
	{"ends in a non-text context", "the HTML ends within a tag, an attribute, a style or a script"},
	{"in an ambiguous context within a URL", "it cannot be told whether this stands in the path or in the query of the address; put the whole address into one value"},
	{"in unquoted attr", "an attribute's value stands in quotes"},
}
