package templates

import (
	"errors"
	"fmt"
	html "html/template"
	"io"
	"sort"
	"strings"
	plaintext "text/template"
	"text/template/parse"
	"unicode/utf8"
)

// Bounds of one part's source.
const (
	maxSource  = 64 << 10
	maxNesting = 100
)

// site is a place in the source where something happens when it runs.
type site struct {
	offset int
	source string // as the author wrote it, for errors
	escape escape
	slack  bool

	path []string // of a field
	base string   // what the path hangs on: "" for `.`, or a variable
	name string   // the whole path, or the function's name

	function *function
	literal  number
}

// compiler turns one part's source into a template that cannot go wrong: every
// step of it goes through the functions of execute.go.
type compiler struct {
	part     *part
	source   string
	problems []Problem
	trees    map[string]*parse.Tree    // as parsed
	done     map[string]*parse.Tree    // rewritten, by their names and where they begin
	simple   map[*parse.ActionNode]int // the actions that only write a field, and their sites
	depth    int
	loopAt   jsonState // where the body of the innermost range begins
}

func compile(source Part, f format, z *zones) (*part, []Problem) {
	c := &compiler{part: &part{name: source.Name, format: f, zones: z, source: source.Source, size: len(source.Source) + 256}, source: source.Source, done: make(map[string]*parse.Tree), simple: make(map[*parse.ActionNode]int)}
	if !c.readable() || !c.parse() {
		return c.part, c.problems
	}
	main := string(c.part.name)
	c.template(main, jsonOutside)
	called := len(c.done)
	for _, name := range c.names() {
		// One that nobody calls is checked all the same.
		if !c.known(name) {
			c.template(name, jsonOutside)
		}
	}
	if len(c.problems) == 0 && f.isJSON() && called == 1 {
		c.checkSkeleton(c.trees[main])
	}
	if len(c.problems) == 0 {
		c.assemble(main)
	}
	sort.SliceStable(c.problems, func(i, j int) bool {
		a, b := c.problems[i], c.problems[j]
		return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
	})
	return c.part, c.problems
}

// mostProblems of one part are told.
const mostProblems = 20

func (c *compiler) full() bool { return len(c.problems) == mostProblems }

func (c *compiler) problem(pos parse.Pos, message string, args ...any) {
	if c.full() {
		return
	}
	line, column := place(c.source, int(pos))
	p := Problem{Part: c.part.name, Line: line, Column: column, Message: fmt.Sprintf(message, args...)}
	for _, known := range c.problems {
		if known == p {
			return
		}
	}
	c.problems = append(c.problems, p)
}

// place is the line and the column of an offset, from 1, in characters.
func place(source string, offset int) (line, column int) {
	before := source[:min(max(offset, 0), len(source))]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

func (c *compiler) readable() bool {
	if len(c.source) > maxSource {
		c.problem(0, "the source has %d bytes; at most %d are allowed", len(c.source), maxSource)
		return false
	}
	if !utf8.ValidString(c.source) {
		for i, r := range c.source {
			if r == utf8.RuneError && !strings.HasPrefix(c.source[i:], "\ufffd") {
				c.problem(parse.Pos(i), "the source is not valid UTF-8 here")
				break
			}
		}
		return false
	}
	return true
}

func (c *compiler) names() []string {
	names := make([]string, 0, len(c.trees))
	for name := range c.trees {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (c *compiler) known(name string) bool {
	return c.done[name] != nil || c.done[name+inStringSuffix] != nil
}

// assemble hands the rewritten trees to the library. For HTML it escapes them
// now, and not when the first message waits.
func (c *compiler) assemble(main string) {
	if c.part.format != formatHTML {
		t := plaintext.New(main).Funcs(machinery())
		for name, tree := range c.done {
			plaintext.Must(t.AddParseTree(name, tree))
		}
		c.part.exec = t
		return
	}
	t := html.New(main).Funcs(machinery())
	for name, tree := range c.done {
		if _, err := t.AddParseTree(name, tree); err != nil {
			c.problem(0, "%s", wording(err))
			return
		}
	}
	// The library keeps what was added apart from what it was added to.
	t = t.Lookup(main)
	err := t.Execute(io.Discard, &frame{run: &run{part: c.part, rehears: true}})
	var unsafe *html.Error
	if errors.As(err, &unsafe) {
		offset := 0
		if unsafe.Node != nil {
			offset = int(unsafe.Node.Position())
		} else if unsafe.Line > 0 {
			offset = lineStart(c.source, unsafe.Line)
		}
		c.problem(parse.Pos(offset), "%s", wording(errors.New(unsafe.Description)))
	} else {
		writeTexts(t)
	}
	c.part.exec = t
}

func lineStart(s string, line int) int {
	offset := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(s[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	return offset
}
