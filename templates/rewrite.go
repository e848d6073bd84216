package templates

import (
	"strings"
	"text/template/parse"
)

// inStringSuffix marks the twin of a template that is called within the quotes
// of a JSON string. No name that an author can give holds a zero byte.
const inStringSuffix = "\x00in a string"

// template rewrites a named template for the place where it is called, once,
// and gives its name.
func (c *compiler) template(name string, at jsonState) string {
	key := name
	if at == jsonInString {
		key += inStringSuffix
	}
	if c.done[key] != nil {
		return key
	}
	if strings.IndexByte(name, 0) >= 0 {
		c.problem(c.trees[name].Root.Pos, "the name of a template holds a zero byte")
	}
	tree := c.trees[name].Copy()
	tree.Name = key
	c.done[key] = tree
	if end := c.list(tree.Root, at); end != at && end != jsonDead && len(c.problems) == 0 {
		c.problem(lastPos(tree.Root), "%s", end.openAtEnd(name == string(c.part.name)))
	}
	return key
}

// list rewrites the nodes of a list, and tells in which context it ends.
func (c *compiler) list(l *parse.ListNode, at jsonState) jsonState {
	if l == nil {
		return at
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxNesting {
		c.tooDeep(l.Pos)
		l.Nodes = nil
		return at
	}
	for i, node := range l.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			if c.part.format.isJSON() {
				at = c.jsonText(n, at)
			}
		case *parse.ActionNode:
			c.action(n, at)
		case *parse.IfNode:
			at = c.branch(&n.BranchNode, "__if", at)
		case *parse.WithNode:
			at = c.branch(&n.BranchNode, "__if", at)
		case *parse.RangeNode:
			at = c.loop(&n.BranchNode, at)
		case *parse.TemplateNode:
			l.Nodes[i] = c.callTemplate(n, at)
		case *parse.BreakNode:
			at = c.leave(n.Pos, "break", at)
		case *parse.ContinueNode:
			at = c.leave(n.Pos, "continue", at)
		}
	}
	l.Nodes = c.merge(l.Nodes)
	return at
}

func (c *compiler) tooDeep(pos parse.Pos) {
	c.problem(pos, "actions or parentheses are nested more than %d deep", maxNesting)
}

// action rewrites {{ … }}: a declaration stays one, everything else is printed
// with the escaping of its place.
func (c *compiler) action(n *parse.ActionNode, at jsonState) {
	if len(n.Pipe.Decl) > 0 {
		c.declare(n.Pipe)
		return
	}
	s := c.site(n.Pos, n.Pipe.String())
	s.escape, s.slack = c.escapeAt(at), c.part.format == formatSlack
	if path := onlyField(n.Pipe); path != nil && s.escape != escapeHTML {
		s.path, s.name = path.Ident, path.String()
		c.simple[n] = len(c.part.sites)
		n.Pipe = c.machine(n.Pos, "__field", c.add(s), &parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos})
		return
	}
	if path := onlyField(n.Pipe); path != nil {
		s.path, s.name = path.Ident, path.String()
		n.Pipe = c.machine(n.Pos, "__htmlField", c.add(s), &parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos})
		return
	}
	name := "__put"
	if s.escape == escapeHTML {
		name = "__html"
	}
	n.Pipe = c.machine(n.Pos, name, c.add(s), c.pipe(n.Pipe))
}

func onlyField(p *parse.PipeNode) *parse.FieldNode {
	if len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		f, _ := p.Cmds[0].Args[0].(*parse.FieldNode)
		return f
	}
	return nil
}

func (c *compiler) escapeAt(at jsonState) escape {
	switch c.part.format {
	case formatJSON, formatSlack:
		if at == jsonInString {
			return escapeString
		}
		return escapeJSON
	case formatForm:
		return escapeForm
	case formatXML:
		return escapeXML
	case formatHTML:
		return escapeHTML
	}
	return escapeNone
}

// declare rewrites what a pipeline gives to its variables.
func (c *compiler) declare(p *parse.PipeNode) {
	c.variables(p)
	value := c.pipe(p)
	p.Cmds = []*parse.CommandNode{{NodeType: parse.NodeCommand, Pos: p.Pos, Args: []parse.Node{value}}}
}

// variables refuses names that the machinery needs.
func (c *compiler) variables(p *parse.PipeNode) {
	for _, v := range p.Decl {
		if name := v.Ident[0]; name == "$" || strings.HasPrefix(name, "$__") {
			c.problem(v.Pos, "a variable cannot be called %s", name)
		}
	}
}

// branch rewrites if and with: both ways must end in the same context.
func (c *compiler) branch(b *parse.BranchNode, name string, at jsonState) jsonState {
	c.variables(b.Pipe)
	condition := c.machine(b.Pos, name, c.pipe(b.Pipe))
	condition.Decl, condition.IsAssign = b.Pipe.Decl, b.Pipe.IsAssign
	b.Pipe = condition
	first, second := c.list(b.List, at), c.list(b.ElseList, at)
	return c.join(b, first, second, "{{ "+word(b)+" }}")
}

func word(b *parse.BranchNode) string {
	switch b.NodeType {
	case parse.NodeWith:
		return "with"
	case parse.NodeRange:
		return "range"
	}
	return "if"
}

func (c *compiler) join(b *parse.BranchNode, first, second jsonState, what string) jsonState {
	switch {
	case first == jsonDead:
		return second
	case second == jsonDead || first == second:
		return first
	}
	c.problem(b.Pos, "one way through %s ends within quotes, another outside of them", what)
	return second
}

// loop rewrites range: its body ends where it began, and each round is a step.
func (c *compiler) loop(b *parse.BranchNode, at jsonState) jsonState {
	c.variables(b.Pipe)
	name := "__items"
	if len(b.Pipe.Decl) == 2 {
		name = "__pairs"
	}
	s := c.site(b.Pos, valueSource(b.Pipe))
	over := c.machine(b.Pos, name, c.add(s), c.pipe(b.Pipe))
	over.Decl, over.IsAssign = b.Pipe.Decl, b.Pipe.IsAssign
	b.Pipe = over
	outer := c.loopAt
	c.loopAt = at
	end := c.list(b.List, at)
	c.loopAt = outer
	c.join(b, end, at, "{{ range }}")
	b.List.Nodes = append([]parse.Node{c.tick(b.Pos)}, b.List.Nodes...)
	return c.join(b, at, c.list(b.ElseList, at), "{{ range }}")
}

// valueSource is a pipeline without its variables, as the author wrote it.
func valueSource(p *parse.PipeNode) string {
	bare := *p
	bare.Decl = nil
	return bare.String()
}

func (c *compiler) tick(pos parse.Pos) parse.Node {
	return &parse.IfNode{BranchNode: parse.BranchNode{
		NodeType: parse.NodeIf, Pos: pos, Pipe: c.machine(pos, "__tick"),
		List: &parse.ListNode{NodeType: parse.NodeList, Pos: pos},
	}}
}

// leave checks break and continue, which jump to an end of the range's body.
func (c *compiler) leave(pos parse.Pos, name string, at jsonState) jsonState {
	if at != jsonDead && at != c.loopAt {
		c.problem(pos, "{{ %s }} leaves the range within quotes that it did not begin in, or the other way round", name)
	}
	return jsonDead
}

// callTemplate rewrites {{ template }} so that the callee gets a frame.
func (c *compiler) callTemplate(n *parse.TemplateNode, at jsonState) parse.Node {
	if c.trees[n.Name] == nil {
		c.problem(n.Pos, "there is no template %q; define it with {{ define %q }}…{{ end }}", n.Name, n.Name)
		return n
	}
	var argument parse.Node = &parse.NilNode{NodeType: parse.NodeNil, Pos: n.Pos}
	var declared []*parse.VariableNode
	assigns := false
	if n.Pipe != nil {
		c.variables(n.Pipe)
		argument, declared, assigns = c.pipe(n.Pipe), n.Pipe.Decl, n.Pipe.IsAssign
	}
	s := c.site(n.Pos, n.String())
	pipe := c.machine(n.Pos, "__frame", c.add(s), argument)
	pipe.Decl, pipe.IsAssign = declared, assigns
	return &parse.TemplateNode{NodeType: parse.NodeTemplate, Pos: n.Pos, Line: n.Line, Name: c.template(n.Name, at), Pipe: pipe}
}
