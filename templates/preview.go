package templates

import (
	"errors"

	"carillon/models"
)

// Preview is Render for authors: it goes on behind a part that fails, and tells
// what is wrong with each. The content lacks the parts that failed.
func (t *Template) Preview(v *View) (models.Content, []Problem) {
	c := models.Content{ContentType: t.contentType}
	root, room := newRoot(v), v.size()
	var problems []Problem
	for _, p := range t.parts {
		out, err := p.render(root, room)
		if err != nil {
			problems = append(problems, problemOf(p.name, err))
			continue
		}
		setPart(&c, p.name, out)
	}
	if len(problems) > 0 {
		return c, problems
	}
	finished, err := t.finish(c)
	if err != nil {
		return c, []Problem{problemOf(t.parts[0].name, err)}
	}
	return finished, nil
}

// problemOf stands at the head of the part where no place is known.
func problemOf(part PartName, err error) Problem {
	var at *RenderError
	if !errors.As(err, &at) {
		return Problem{Part: part, Line: 1, Column: 1, Message: err.Error()}
	}
	return Problem{Part: at.Part, Line: max(at.Line, 1), Column: max(at.Column, 1), Message: at.Message}
}
