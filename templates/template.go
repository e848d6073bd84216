package templates

import (
	"fmt"
	"io"
	"sync/atomic"

	"carillon/models"
)

// The words of a template, as all rooms have them.
type (
	PartName = models.PartName
	Part     = models.TemplatePart
	Problem  = models.TemplateProblem
)

// The parts of the contract.
const (
	PartBody        = models.PartBody
	PartContentType = models.PartContentType
	PartSubject     = models.PartSubject
	PartText        = models.PartText
	PartHTML        = models.PartHTML
)

// RenderError says why a template cannot be rendered for these events. It
// names paths, never values.
type RenderError struct {
	Part    PartName
	Line    int // 0 where no place is known
	Column  int
	Message string
}

func (e *RenderError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Part, e.Message)
	}
	return fmt.Sprintf("%s, line %d, column %d: %s", e.Part, e.Line, e.Column, e.Message)
}

// Template is a checked template of one kind of channel. It is safe for use by
// many goroutines.
type Template struct {
	kind        models.ChannelKind
	contentType string // of an HTTP body
	parts       []*part
	zones       *zones
}

// part is a part that is ready to run.
type part struct {
	name   PartName
	format format
	source string
	sites  []site
	runs   [][]segment
	size   int // about what an output needs
	zones  *zones
	exec   executor
	// usual is the longest output so far, at most maxUsual: what is made room for.
	usual atomic.Int32
	// trusted parts are not timed: a busy machine must not fail a built-in template.
	trusted bool
	most    int // bytes of an output; 0 for maxOutput
}

// executor is a template of text/template or html/template.
type executor interface {
	Execute(w io.Writer, data any) error
}

// Compile checks and prepares the parts of one template of a kind. The
// template is nil where there is a problem.
func Compile(kind models.ChannelKind, parts []Part) (*Template, []Problem) {
	problems := checkParts(kind, parts)
	t := &Template{kind: kind, zones: &zones{}}
	if kind == models.KindHTTP {
		var found []Problem
		t.contentType, found = contentType(parts)
		problems = append(problems, found...)
	}
	for _, source := range parts {
		if source.Name == PartContentType {
			continue
		}
		p, found := compile(source, formatOf(kind, source.Name, t.contentType), t.zones)
		t.parts = append(t.parts, p)
		problems = append(problems, found...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return t, nil
}

// A list of CloudEvents has a media type of its own.
const (
	cloudEvent      = "application/cloudevents+json"
	cloudEventBatch = "application/cloudevents-batch+json"
)

// Render makes a message's content. What goes wrong is a *RenderError.
func (t *Template) Render(v *View) (models.Content, error) {
	c := models.Content{ContentType: t.contentType}
	if v.Batch && c.ContentType == cloudEvent {
		c.ContentType = cloudEventBatch
	}
	root, room := newRoot(v), v.size()
	for _, p := range t.parts {
		out, err := p.render(root, room)
		if err != nil {
			return models.Content{}, err
		}
		setPart(&c, p.name, out)
	}
	return t.finish(c)
}

// setPart fills in what a part came out as.
func setPart(c *models.Content, name PartName, out []byte) {
	switch name {
	case PartBody:
		c.Body = out
	case PartSubject:
		c.Subject = oneLine(string(out))
	case PartText:
		c.Text = string(out)
	case PartHTML:
		c.HTML = string(out)
	}
}
