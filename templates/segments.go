package templates

import "text/template/parse"

// segment is a literal text or a field of `.`. Runs of them are most of what
// templates are made of; one call writes a run, and not one call each.
type segment struct {
	text []byte
	site int // of the field; unused where there is text
}

// merge makes one action of each run of texts and fields in a list that is
// rewritten. HTML is left as it is: html/template must see every piece.
func (c *compiler) merge(nodes []parse.Node) []parse.Node {
	merged := nodes[:0:0]
	for i := 0; i < len(nodes); {
		segments, fields := c.segments(nodes[i:])
		if len(segments) < 2 || fields == 0 {
			merged = append(merged, nodes[i])
			i++
			continue
		}
		c.part.runs = append(c.part.runs, segments)
		pos := nodes[i].Position()
		merged = append(merged, &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos,
			Pipe: c.machine(pos, "__run", integer(len(c.part.runs)-1), &parse.DotNode{NodeType: parse.NodeDot, Pos: pos})})
		i += len(segments)
	}
	return merged
}

func (c *compiler) segments(nodes []parse.Node) (segments []segment, fields int) {
	for _, node := range nodes {
		if text, ok := node.(*parse.TextNode); ok {
			segments = append(segments, segment{text: text.Text})
			continue
		}
		action, _ := node.(*parse.ActionNode)
		at, simple := c.simple[action]
		if !simple {
			break
		}
		segments = append(segments, segment{site: at})
		fields++
	}
	return segments, fields
}

// putRun writes a run of texts and fields.
func putRun(f *frame, number int, base any) (string, error) {
	base = plain(base)
	for _, s := range f.run.part.runs[number] {
		if s.text != nil {
			if _, err := f.run.Write(s.text); err != nil {
				return "", err
			}
			continue
		}
		r, at, err := f.begin(s.site)
		if err != nil {
			return "", err
		}
		if err := r.print(at, at.follow(base)); err != nil {
			return "", err
		}
	}
	return "", nil
}
