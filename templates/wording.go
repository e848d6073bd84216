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

// wording puts what the libraries say into plain words.
func wording(err error) string {
	message := err.Error()
	if m := located.FindString(message); m != "" {
		message = message[len(m):]
	}
	switch {
	case strings.Contains(message, "unexpected EOF"):
		return "the part ends inside an {{ if }}, {{ range }}, {{ with }} or {{ define }}; its {{ end }} is missing"
	case strings.Contains(message, "unexpected {{end}}"):
		return "this {{ end }} closes nothing"
	case strings.Contains(message, "unclosed action"):
		return "an action is not closed; }} is missing"
	case strings.Contains(message, "unexpected \"}\" in operand"), strings.Contains(message, "unexpected {{else}}"):
		return "this is not complete: " + message
	case strings.HasPrefix(message, "undefined variable"):
		return "the variable " + strings.Trim(strings.TrimPrefix(message, "undefined variable "), `"`) + " is not set before it is used here"
	case strings.Contains(message, "missing value for"):
		return "a value is missing: " + message
	case strings.Contains(message, "branches end in different contexts"), strings.Contains(message, "on range loop re-entry"):
		return "the ways through this action end in different places of the HTML: one within a tag, an attribute or a script, another not"
	case strings.Contains(message, "ends in a non-text context"):
		return "the HTML ends within a tag, an attribute, a style or a script"
	case strings.Contains(message, "appears in an ambiguous context within a URL"):
		return "it cannot be told whether this stands in the path or in the query of the address; put the whole address into one value"
	case strings.Contains(message, "multiple definition of template"):
		return "two templates are defined under one name"
	}
	return strings.TrimPrefix(message, "template: ")
}
