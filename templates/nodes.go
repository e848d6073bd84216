package templates

import (
	"strconv"
	"text/template/parse"
)

// machine is a pipeline that calls one of the functions of execute.go.
func (c *compiler) machine(pos parse.Pos, name string, args ...parse.Node) *parse.PipeNode {
	nodes := append([]parse.Node{
		parse.NewIdentifier(name).SetPos(pos),
		&parse.VariableNode{NodeType: parse.NodeVariable, Pos: pos, Ident: []string{"$"}},
	}, args...)
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos,
		Cmds: []*parse.CommandNode{{NodeType: parse.NodeCommand, Pos: pos, Args: nodes}}}
}

func (c *compiler) site(pos parse.Pos, source string) site {
	s := site{source: source, offset: int(pos)}
	if runes := []rune(source); len(runes) > 80 {
		s.source = string(runes[:79]) + "…"
	}
	return s
}

// add keeps a place, and is its number as an argument.
func (c *compiler) add(s site) parse.Node {
	c.part.sites = append(c.part.sites, s)
	return integer(len(c.part.sites) - 1)
}

func integer(n int) parse.Node {
	return &parse.NumberNode{NodeType: parse.NodeNumber, IsInt: true, Int64: int64(n), Text: strconv.Itoa(n)}
}

func lastPos(l *parse.ListNode) parse.Pos {
	if len(l.Nodes) == 0 {
		return l.Pos
	}
	return l.Nodes[len(l.Nodes)-1].Position()
}
