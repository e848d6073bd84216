package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"carillon/catalog"
	"carillon/models"
	"carillon/templates"
)

// examplePage is how many event types are read at once: each may bring a large
// schema and example.
const examplePage = 50

// eachExample gives fn the event types of the catalog that one of the patterns
// takes and that have an example, until fn says that it has seen enough.
func (c *Control) eachExample(ctx context.Context, patterns []string, fn func(t *models.EventType) (more bool)) error {
	if len(patterns) == 0 {
		return nil
	}
	taker := models.Webhook{EventTypes: patterns}
	for _, t := range catalog.Operational() {
		if taker.Takes(t.Name) && !fn(&t) {
			return nil
		}
	}
	for page := (models.Page{First: examplePage}); ; {
		list, err := c.store.EventTypes(ctx, page, models.EventTypeFilter{})
		if err != nil {
			return err
		}
		for i := range list.Nodes {
			if t := &list.Nodes[i]; len(t.Example) > 0 && taker.Takes(t.Name) && !fn(t) {
				return nil
			}
		}
		if !list.HasNext || len(list.Cursors) == 0 {
			return ctx.Err()
		}
		page.After = list.Cursors[len(list.Cursors)-1]
	}
}

// eventTypeNamed finds what is built in, too.
func (c *Control) eventTypeNamed(ctx context.Context, name string) (models.EventType, error) {
	if t, ok := catalog.OperationalByName(name); ok {
		return t, nil
	}
	return c.store.EventTypeByName(ctx, name)
}

// rehearsal is a template on its way to where it is going to be used.
type rehearsal struct {
	field    string // that a problem is about
	template *templates.Template
	view     templates.View
	found    findings
}

// rehearse renders each with the examples of what the patterns take. The error
// is about the first that has problems.
func (c *Control) rehearse(ctx context.Context, patterns []string, all []*rehearsal) error {
	if len(all) == 0 {
		return nil
	}
	err := c.eachExample(ctx, patterns, func(t *models.EventType) bool {
		event := SampleEvent(c.now(), t.Name, t.Example)
		event.Version = t.Version
		for _, r := range all {
			r.view.Events = []*models.Event{&event}
			_, problems := tried(r.template, &r.view)
			r.found.add(t.Name, problems)
		}
		return ctx.Err() == nil && !slices.ContainsFunc(all, (*rehearsal).full)
	})
	if err != nil {
		return err
	}
	for _, r := range all {
		if problems := r.found.problems(); len(problems) > 0 {
			return models.InvalidTemplate(r.field, problems)
		}
	}
	return nil
}

// full says that more problems would help nobody.
func (r *rehearsal) full() bool { return len(r.found.order) >= mostFindings }

const (
	mostFindings = 100
	namedTypes   = 3 // of those that share a problem
)

// findings are problems, each with the event types whose examples show it.
type findings struct {
	order []models.TemplateProblem
	types map[models.TemplateProblem][]string
}

func (f *findings) add(eventType string, problems []models.TemplateProblem) {
	for _, p := range problems {
		if f.types == nil {
			f.types = map[models.TemplateProblem][]string{}
		}
		if len(f.types[p]) == 0 {
			f.order = append(f.order, p)
		}
		f.types[p] = append(f.types[p], eventType)
	}
}

// problems tells with which examples each came up.
func (f *findings) problems() []models.TemplateProblem {
	told := make([]models.TemplateProblem, len(f.order))
	for i, p := range f.order {
		types := f.types[p]
		names := strings.Join(types[:min(len(types), namedTypes)], ", ")
		if more := len(types) - namedTypes; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		told[i] = p
		told[i].Message += " (with the example of " + names + ")"
	}
	return told
}
