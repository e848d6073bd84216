package graph

import (
	"context"
	"strings"

	"carillon/catalog"
	"carillon/models"
)

// eventTypeList lists what administrators keep, and behind it what is built in, where
// its group is asked for: a catalog that nobody has filled is empty.
func (r *resolver) eventTypeList(ctx context.Context, p models.Page, f models.EventTypeFilter) (models.Connection[models.EventType], error) {
	return withBuiltIns(p, models.PrefixEventType, catalog.Operational(), func(t *models.EventType) models.ID { return t.ID },
		func(t *models.EventType) bool { return typeFits(&f, t) },
		func() (models.Connection[models.EventType], error) { return r.cfg.Reader.EventTypes(ctx, p, f) })
}

// typeFits is the filter's rule for what is built in.
func typeFits(f *models.EventTypeFilter, t *models.EventType) bool {
	search := strings.ToLower(f.Search)
	return f.Group != nil && t.Group == *f.Group && (strings.Contains(t.Name, search) ||
		strings.Contains(t.Group, search) || strings.Contains(strings.ToLower(t.Description), search))
}

// eventTypeNamed finds what is built in, too.
func (r *resolver) eventTypeNamed(ctx context.Context, name string) (*models.EventType, error) {
	if t, ok := catalog.OperationalByName(name); ok {
		return &t, nil
	}
	return existing(r.cfg.Reader.EventTypeByName(ctx, name))
}
