package templates

import (
	"regexp"
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
// so the actions of that line are read one more at a time until the error is there.
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
	at := first
	for {
		close := strings.Index(rest[at:], "}}")
		if close < 0 {
			return start + at
		}
		if _, err := c.read(c.source[:start+at+close+2]); err != nil {
			if _, found := c.split(err); found == message {
				return start + at
			}
		}
		next := strings.Index(rest[at+close+2:], "{{")
		if next < 0 {
			return start + at
		}
		at += close + 2 + next
	}
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
	case strings.Contains(message, "multiple definition of template"):
		return "two templates are defined under one name"
	}
	return strings.TrimPrefix(message, "template: ")
}
