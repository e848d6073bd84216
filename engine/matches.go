package engine

import (
	"context"

	"carillon/filters"
	"carillon/models"
)

// matches are the lanes that events of one type go into, in the order of webhooks
// and their routes.
type matches struct {
	lanes   []models.Lane // of all webhooks
	choices []choice      // of each webhook, where a filter has a say; else nil
}

// choice is one webhook that takes the type, with what it asks of the event.
type choice struct {
	webhook   models.ID
	condition *condition
	lanes     []models.Lane
}

// matched is where one event goes.
type matched struct {
	lanes  []models.Lane
	failed []models.ID // webhooks whose filters failed on it
}

// match finds where an event goes. An error is that of ctx.
func (t *table) match(ctx context.Context, event *models.Event) (matched, error) {
	of := t.matchesOf(event.Type)
	if of.choices == nil {
		return matched{lanes: of.lanes}, nil
	}
	found := matched{lanes: make([]models.Lane, 0, len(of.lanes))}
	in := filters.NewInput(event)
	for i := range of.choices {
		choice := &of.choices[i]
		yes, failed := choice.condition.match(ctx, in)
		if failed {
			if ctx.Err() != nil {
				return matched{}, ctx.Err() // it says nothing of the filter
			}
			found.failed = append(found.failed, choice.webhook)
		}
		if yes {
			found.lanes = append(found.lanes, choice.lanes...)
		}
	}
	return found, nil
}

// matchesOf remembers what it has found out about a type.
func (t *table) matchesOf(eventType string) *matches {
	t.mu.RLock()
	m, known := t.memo[eventType]
	t.mu.RUnlock()
	if known {
		return m
	}
	m = t.find(eventType)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.memo) < maxMemo {
		t.memo[eventType] = m
	}
	return m
}

func (t *table) find(eventType string) *matches {
	m := &matches{}
	filtered := false
	for i := range t.Webhooks {
		w := &t.Webhooks[i]
		if !w.Takes(eventType) {
			continue
		}
		lanes := t.lanesOf(w)
		m.lanes = append(m.lanes, lanes...)
		m.choices = append(m.choices, choice{webhook: w.ID, condition: t.conditions[i], lanes: lanes})
		filtered = filtered || t.conditions[i] != nil
	}
	if !filtered {
		m.choices = nil
	}
	return m
}
