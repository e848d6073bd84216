package templates

import (
	queue "container/list"
	"fmt"
	"sync"

	"carillon/models"
)

// maxCompiled bounds the versions that a Set keeps ready.
const maxCompiled = 1024

// Set renders messages by the template of their View. Each version is compiled
// once, when it is first used, and kept until others have pushed it out. Safe
// for use by many goroutines.
type Set struct {
	usual map[models.ChannelKind]*models.Template // where a View names none
	most  int

	mu    sync.Mutex
	known map[models.TemplateRef]*queue.Element // of ready
	ready *queue.List                           // of *entry; what was used last is in front
}

// entry is a version that is ready, or being made so.
type entry struct {
	ref      models.TemplateRef
	compiled func() (*Template, error)
}

// NewSet makes a set that holds nothing yet.
func NewSet() *Set {
	s := &Set{
		usual: map[models.ChannelKind]*models.Template{}, most: maxCompiled,
		known: map[models.TemplateRef]*queue.Element{}, ready: queue.New(),
	}
	for _, t := range Builtins() {
		if s.usual[t.Kind] == nil {
			s.usual[t.Kind] = &t
		}
	}
	return s
}

// Render makes a message's content. What goes wrong with a template is a
// *RenderError.
func (s *Set) Render(v *View) (models.Content, error) {
	source := v.Template
	if source == nil {
		source = s.usual[v.Channel.Kind]
	}
	switch {
	case source == nil:
		return models.Content{}, fmt.Errorf("there is no built-in template for channels of kind %s", v.Channel.Kind)
	case source.Kind != v.Channel.Kind:
		return models.Content{}, fmt.Errorf("the template %s is for channels of kind %s, and this one is %s", source.ID, source.Kind, v.Channel.Kind)
	case source.ID == builtinID(standardNumber):
		return standard(v), nil
	}
	t, err := s.compiled(source)
	if err != nil {
		return models.Content{}, err
	}
	return t.Render(v)
}

// standard is what the template envelope.standard would make, without its bounds.
func standard(v *View) (c models.Content) {
	if v.Batch {
		c.Body, c.ContentType = StandardBatch(v.Events)
	} else {
		c.Body, c.ContentType = Standard(v.Events[0])
	}
	c.Secretless = true
	return c
}

// compiled gives a version that is ready; who asks first compiles it, and others
// wait for that. One without an id is not stored anywhere, and not kept.
func (s *Set) compiled(source *models.Template) (*Template, error) {
	if source.ID.IsZero() {
		return prepare(source)
	}
	ref := models.TemplateRef{ID: source.ID, Version: source.Version}
	s.mu.Lock()
	at, ok := s.known[ref]
	if ok {
		s.ready.MoveToFront(at)
	} else {
		at = s.ready.PushFront(&entry{ref: ref, compiled: sync.OnceValues(func() (*Template, error) { return prepare(source) })})
		s.known[ref] = at
		if s.ready.Len() > s.most {
			last := s.ready.Remove(s.ready.Back()).(*entry) //nolint:forcetypeassert // nothing else is in it
			delete(s.known, last.ref)
		}
	}
	found := at.Value.(*entry) //nolint:forcetypeassert // likewise
	s.mu.Unlock()
	return found.compiled()
}

// prepare compiles a template that was checked when it was saved. A problem now
// means that the rules have become stricter since.
func prepare(source *models.Template) (*Template, error) {
	t, problems := Compile(source.Kind, source.Parts)
	if len(problems) > 0 {
		p := problems[0]
		return nil, &RenderError{Part: p.Part, Line: p.Line, Column: p.Column, Message: p.Message}
	}
	if source.BuiltIn {
		for _, p := range t.parts {
			p.trusted, p.most = true, maxBatch
		}
	}
	return t, nil
}
