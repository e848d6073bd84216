package templates

import (
	"slices"
	"strings"
	"text/template/parse"

	"carillon/models"
)

// Check is Compile for a template that is going to be saved. It also refuses what
// could be told only when a message waits: fields that no event has beside its
// data, and templates that call themselves.
func Check(kind models.ChannelKind, parts []Part) (*Template, []Problem) {
	t, problems := Compile(kind, parts)
	for _, source := range parts {
		if source.Name != PartContentType {
			problems = append(problems, inspect(source)...)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return t, nil
}

// inspector walks over a part as it was written.
type inspector struct {
	*compiler
	root  object
	path  []string // the templates that it is within
	known map[inspected]bool
}

// inspected is a template, and whether its dot is the message's.
type inspected struct {
	name string
	root bool
}

func inspect(source Part) []Problem {
	v := &View{Events: []*models.Event{{}}, Tenant: &models.Tenant{}, Webhook: &models.Webhook{}, Channel: &models.Channel{}, Delivery: &models.Delivery{}}
	in := &inspector{
		compiler: &compiler{part: &part{name: source.Name}, source: source.Source},
		root:     newRoot(v), known: map[inspected]bool{},
	}
	if !in.readable() || !in.parse() {
		return nil // as Compile tells
	}
	in.template(string(source.Name), true)
	for _, name := range in.names() {
		in.template(name, false)
	}
	return in.problems
}

func (in *inspector) template(name string, root bool) {
	at := inspected{name, root}
	if in.known[at] || in.trees[name] == nil {
		return
	}
	in.known[at] = true
	in.path = append(in.path, name)
	in.list(in.trees[name].Root, root, root)
	in.path = in.path[:len(in.path)-1]
}

// list looks at nodes; dot and dollar say whether those are the message's.
func (in *inspector) list(l *parse.ListNode, dot, dollar bool) {
	if l == nil {
		return
	}
	for _, node := range l.Nodes {
		switch n := node.(type) {
		case *parse.ActionNode:
			in.look(n.Pipe, dot, dollar)
		case *parse.IfNode:
			in.branch(&n.BranchNode, dot, dot, dollar)
		case *parse.WithNode:
			in.branch(&n.BranchNode, isDot(n.Pipe, dot, dollar), dot, dollar)
		case *parse.RangeNode:
			in.branch(&n.BranchNode, false, dot, dollar)
		case *parse.TemplateNode:
			in.call(n, dot, dollar)
		}
	}
}

func (in *inspector) branch(b *parse.BranchNode, within, dot, dollar bool) {
	in.look(b.Pipe, dot, dollar)
	in.list(b.List, within, dollar)
	in.list(b.ElseList, dot, dollar)
}

func (in *inspector) call(n *parse.TemplateNode, dot, dollar bool) {
	if n.Pipe != nil {
		in.look(n.Pipe, dot, dollar)
	}
	if slices.Contains(in.path, n.Name) {
		in.problem(n.Pos, "the template %q calls itself, by this or by way of others; write out what repeats, or use {{ range }}", n.Name)
		return
	}
	in.template(n.Name, n.Pipe != nil && isDot(n.Pipe, dot, dollar))
}

// isDot says whether a pipeline hands on the message itself.
func isDot(p *parse.PipeNode, dot, dollar bool) bool {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return false
	}
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.DotNode:
		return dot
	case *parse.VariableNode:
		return dollar && len(n.Ident) == 1 && n.Ident[0] == "$"
	}
	return false
}

func (in *inspector) look(node parse.Node, dot, dollar bool) {
	switch n := node.(type) {
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			for _, arg := range c.Args {
				in.look(arg, dot, dollar)
			}
		}
	case *parse.ChainNode:
		in.look(n.Node, dot, dollar)
	case *parse.FieldNode:
		if dot {
			in.field(n.Pos, n.Ident, "")
		}
	case *parse.VariableNode:
		if dollar && n.Ident[0] == "$" {
			in.field(n.Pos, n.Ident[1:], "$")
		}
	}
}

// field follows a path as far as the server's own objects go.
func (in *inspector) field(pos parse.Pos, path []string, base string) {
	at := in.root
	for i, name := range path {
		value, ok := at.field(name)
		if !ok {
			in.problem(in.begin(pos, path, base), "there is no %s.%s; there are %s", base, strings.Join(path[:i+1], "."), strings.Join(at.names(), ", "))
			return
		}
		if at, ok = value.(object); !ok {
			return
		}
	}
}

// begin is where a path begins: the parser tells the place of its second piece
// where there are several.
func (in *inspector) begin(pos parse.Pos, path []string, base string) parse.Pos {
	written := base + "." + strings.Join(path, ".")
	for back := 0; back <= len(written) && int(pos) >= back; back++ {
		if strings.HasPrefix(in.source[min(int(pos)-back, len(in.source)):], written) {
			return pos - parse.Pos(back)
		}
	}
	return pos
}
