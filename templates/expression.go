package templates

import (
	"encoding/json"
	"strings"
	"text/template/parse"
)

// pipe rewrites a pipeline as one expression, without its declarations: what
// `x | f a` hands on becomes the last argument, f a x.
func (c *compiler) pipe(p *parse.PipeNode) parse.Node {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxNesting {
		c.tooDeep(p.Pos)
		return &parse.DotNode{NodeType: parse.NodeDot, Pos: p.Pos}
	}
	var value parse.Node
	for _, command := range p.Cmds {
		value = c.command(command, value)
	}
	return value
}

// command rewrites a call, or a value that stands by itself.
func (c *compiler) command(cmd *parse.CommandNode, last parse.Node) parse.Node {
	head := cmd.Args[0]
	if name, ok := head.(*parse.IdentifierNode); ok {
		return c.call(name, cmd.Args[1:], last)
	}
	if len(cmd.Args) > 1 || last != nil {
		c.problem(head.Position(), "%s is a value and takes no arguments; a function stands first", head)
	}
	return c.operand(head)
}

// operand rewrites an argument.
func (c *compiler) operand(node parse.Node) parse.Node {
	switch n := node.(type) {
	case *parse.IdentifierNode:
		return c.call(n, nil, nil)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			c.problem(n.Pos, "a variable cannot be set within parentheses")
		}
		return c.pipe(n)
	case *parse.FieldNode:
		return c.get(n, "", n.Ident, &parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos})
	case *parse.VariableNode:
		if len(n.Ident) == 1 {
			return n
		}
		base := &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: n.Ident[:1]}
		return c.get(n, n.Ident[0], n.Ident[1:], base)
	case *parse.ChainNode:
		return c.get(n, n.Node.String(), n.Field, c.operand(n.Node))
	case *parse.NumberNode:
		return c.number(n)
	}
	return node
}

// number keeps the digits of a literal that the library would make a float of:
// 1.10 and 12345678901234567890.
func (c *compiler) number(n *parse.NumberNode) parse.Node {
	switch {
	case n.IsInt:
		return n
	case !n.IsFloat || !json.Valid([]byte(n.Text)):
		c.problem(n.Pos, "%s is not a number that can be used here; write it like -12.50", n.Text)
		return n
	}
	s := c.site(n.Pos, n.Text)
	s.literal = number(n.Text)
	return c.machine(n.Pos, "__exact", c.add(s))
}

// get rewrites a path of fields below a value.
func (c *compiler) get(node parse.Node, base string, path []string, value parse.Node) parse.Node {
	s := c.site(node.Position(), node.String())
	s.base, s.path, s.name = base, path, base+"."+strings.Join(path, ".")
	return c.machine(node.Position(), "__get", c.add(s), value)
}

// call rewrites a function with its arguments.
func (c *compiler) call(name *parse.IdentifierNode, args []parse.Node, last parse.Node) parse.Node {
	operands := make([]parse.Node, 0, len(args)+1)
	for _, arg := range args {
		operands = append(operands, c.operand(arg))
	}
	if last != nil {
		operands = append(operands, last)
	}
	if name.Ident == "and" || name.Ident == "or" {
		return c.logic(name, operands)
	}
	f, ok := functions[name.Ident]
	switch {
	case c.full():
		return name
	case !ok:
		c.problem(name.Pos, "%s", unknown(name.Ident))
		return name
	case len(operands) < f.least || f.most >= 0 && len(operands) > f.most:
		c.problem(name.Pos, "%s takes %s: %s", name.Ident, f.arity(), f.usage)
		return name
	}
	s := c.site(name.Pos, source(name, args))
	s.name, s.function = name.Ident, &f
	return c.machine(name.Pos, "__call", append([]parse.Node{c.add(s)}, operands...)...)
}

func source(name *parse.IdentifierNode, args []parse.Node) string {
	words := []string{name.Ident}
	for _, arg := range args {
		words = append(words, arg.String())
	}
	return strings.Join(words, " ")
}

// logic leaves and and or to the library, which stops at the value that
// decides; it is told what is true by __if.
func (c *compiler) logic(name *parse.IdentifierNode, operands []parse.Node) parse.Node {
	if len(operands) == 0 {
		c.problem(name.Pos, "%s needs values: %s .a .b", name.Ident, name.Ident)
		return name
	}
	nodes := []parse.Node{parse.NewIdentifier(name.Ident).SetPos(name.Pos)}
	for _, operand := range operands[:len(operands)-1] {
		nodes = append(nodes, c.machine(name.Pos, "__if", operand))
	}
	nodes = append(nodes, operands[len(operands)-1])
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: name.Pos,
		Cmds: []*parse.CommandNode{{NodeType: parse.NodeCommand, Pos: name.Pos, Args: nodes}}}
}
