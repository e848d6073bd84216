package templates

import (
	"html/template"
	"text/template/parse"
)

// htmlEscaper is what html/template calls for a value between tags. Under
// another name, what follows changes nothing.
const htmlEscaper = "_html_template_htmlescaper"

// writeTexts makes the values between tags write themselves, where html/template
// has found that they need its plainest escaping: two calls fewer for each. The
// template has been escaped; its contexts are known and stay.
func writeTexts(t *template.Template) {
	for _, each := range t.Templates() {
		if each.Tree != nil {
			writeTextsOf(each.Tree.Root)
		}
	}
}

func writeTextsOf(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, node := range l.Nodes {
		switch n := node.(type) {
		case *parse.ActionNode:
			writeText(n.Pipe)
		case *parse.IfNode:
			writeTextsOf(n.List)
			writeTextsOf(n.ElseList)
		case *parse.WithNode:
			writeTextsOf(n.List)
			writeTextsOf(n.ElseList)
		case *parse.RangeNode:
			writeTextsOf(n.List)
			writeTextsOf(n.ElseList)
		}
	}
}

func writeText(p *parse.PipeNode) {
	if len(p.Decl) > 0 || len(p.Cmds) != 2 || len(p.Cmds[1].Args) != 1 {
		return
	}
	escaper, ok := p.Cmds[1].Args[0].(*parse.IdentifierNode)
	if !ok || escaper.Ident != htmlEscaper {
		return
	}
	value, ok := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	if !ok {
		return
	}
	switch value.Ident {
	case "__html":
		value.Ident = "__text"
	case "__htmlField":
		value.Ident = "__textField"
	default:
		return
	}
	p.Cmds = p.Cmds[:1]
}

// putText is putHTML with html/template's escaping for a place between tags.
func putText(f *frame, place int, v any) (string, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return "", err
	}
	return "", r.text(at, plain(v))
}

// putTextField is get and putText in one.
func putTextField(f *frame, place int, base any) (string, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return "", err
	}
	return "", r.text(at, at.follow(plain(base)))
}

func (r *run) text(at *site, v any) error {
	if err := r.needed(at, v); err != nil {
		return err
	}
	if raw, ok := v.(rawText); ok {
		r.buf = append(r.buf, raw...)
	} else {
		r.buf = appendHTML(r.buf, textOf(v))
	}
	if len(r.buf) > r.longest() {
		return r.tooLong()
	}
	return nil
}

// appendHTML escapes what html/template escapes between tags.
func appendHTML(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		by := ""
		switch s[i] {
		case 0:
			by = "\uFFFD"
		case '"':
			by = "&#34;"
		case '&':
			by = "&amp;"
		case '\'':
			by = "&#39;"
		case '+':
			by = "&#43;"
		case '<':
			by = "&lt;"
		case '>':
			by = "&gt;"
		default:
			continue
		}
		dst = append(append(dst, s[start:i]...), by...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}
