package engine

import (
	"context"
	"log/slog"
	"sync"

	"carillon/filters"
	"carillon/models"
)

// Filters checks and prepares the conditions of webhooks.
type Filters interface {
	Compile(source string) (*filters.Filter, error)
}

// celFilters makes its compiler when the first webhook has a filter.
type celFilters struct {
	compiler func() (*filters.Compiler, error)
}

func newFilters() Filters {
	return celFilters{compiler: sync.OnceValues(filters.NewCompiler)}
}

func (f celFilters) Compile(source string) (*filters.Filter, error) {
	c, err := f.compiler()
	if err != nil {
		return nil, err
	}
	return c.Compile(source)
}

// maxConditions bounds the filters that are kept ready.
const maxConditions = 2000

// conditions keeps filters ready from one table of routes to the next, by their sources.
type conditions struct {
	filters Filters
	log     *slog.Logger

	mu    sync.Mutex
	ready map[string]*condition
}

// condition is a filter that is ready. One that does not compile matches nothing:
// it was checked when it was saved, so another version of the server wrote it.
type condition struct{ filter *filters.Filter }

func newConditions(f Filters, log *slog.Logger) *conditions {
	return &conditions{filters: f, log: log, ready: map[string]*condition{}}
}

// of gives the webhook's condition; nil for one that takes every event.
func (c *conditions) of(w *models.Webhook) *condition {
	if w.Filter == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.ready[w.Filter]; known != nil {
		return known
	}
	filter, err := c.filters.Compile(w.Filter)
	if err != nil {
		c.log.Error("a filter cannot be used; its webhook takes no event until it is mended", "webhook_id", w.ID, "tenant_id", w.TenantID, "error", err)
	}
	if len(c.ready) >= maxConditions {
		clear(c.ready)
	}
	made := &condition{filter: filter}
	c.ready[w.Filter] = made
	return made
}

// match says whether the event meets the condition; failed that it could not be told.
func (c *condition) match(ctx context.Context, in *filters.Input) (yes, failed bool) {
	if c == nil {
		return true, false
	}
	if c.filter == nil {
		return false, true
	}
	yes, err := c.filter.Match(ctx, in)
	return yes && err == nil, err != nil
}
