package control

import (
	"context"
	"encoding/json"
	"strings"

	"carillon/auth"
	"carillon/catalog"
	"carillon/models"
)

// eventTypeStore tells CONFLICT on name; names never change.
type eventTypeStore interface {
	CreateEventType(ctx context.Context, t models.EventType) error
	UpdateEventType(ctx context.Context, name string, change func(*models.EventType) error) (models.EventType, error)
	SaveEventTypes(ctx context.Context, names []string, save func(name string, existing *models.EventType) (models.EventType, error)) ([]models.EventType, error)
}

// CreateEventType needs ADMIN. The example must satisfy the schema.
func (c *Control) CreateEventType(ctx context.Context, p *auth.Principal, in CreateEventType) (models.EventType, error) {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return models.EventType{}, err
	}
	now := c.now()
	t := models.EventType{
		ID: models.NewID(models.PrefixEventType), Name: in.Name, Description: value(in.Description, ""),
		Group: groupOr(value(in.Group, ""), in.Name), Version: value(in.Version, models.DefaultVersion),
		Schema: jsonOr(in.Schema, nil), Example: jsonOr(in.Example, nil), CreatedAt: now, UpdatedAt: now,
	}
	if err := catalog.CheckNotOperational("name", in.Name); err != nil {
		return models.EventType{}, err
	}
	if err := t.Validate(); err != nil {
		return models.EventType{}, err
	}
	schema, err := compile(t.Schema)
	if err != nil {
		return models.EventType{}, err
	}
	if err := checkExample(schema, t.Example); err != nil {
		return models.EventType{}, err
	}
	if ctx, err = c.act(ctx, p, models.AuditEventTypeCreate, nil, t.ID).with(ctx, named(t.Name)); err != nil {
		return models.EventType{}, err
	}
	if err := c.store.CreateEventType(ctx, t); err != nil {
		return models.EventType{}, err
	}
	return t, nil
}

// UpdateEventType needs ADMIN.
func (c *Control) UpdateEventType(ctx context.Context, p *auth.Principal, in UpdateEventType) (models.EventType, error) {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return models.EventType{}, err
	}
	if err := catalog.CheckNotOperational("name", in.Name); err != nil {
		return models.EventType{}, err
	}
	// Compiled here, so that the transaction does not wait for it.
	schema, err := compile(jsonOr(in.Schema.or(nil, nil), nil))
	if err != nil {
		return models.EventType{}, err
	}
	a := c.act(ctx, p, models.AuditEventTypeUpdate, nil, models.ID{})
	return update(ctx, a, c.store.UpdateEventType, in.Name, func(t *models.EventType) error {
		a.about(t.ID)
		if err := in.apply(t); err != nil {
			return err
		}
		t.UpdatedAt = c.now()
		switch {
		case in.Schema.Given:
			return checkExample(schema, t.Example)
		case in.Example.Given:
			kept, err := compile(t.Schema)
			if err != nil {
				return err
			}
			return checkExample(kept, t.Example)
		}
		return nil
	}, toldEventType)
}

func (in *UpdateEventType) apply(t *models.EventType) error {
	t.Description = in.Description.or(t.Description, "")
	t.Group = groupOr(in.Group.or(t.Group, ""), t.Name)
	t.Version = in.Version.or(t.Version, models.DefaultVersion)
	t.Schema = jsonOr(in.Schema.or(t.Schema, nil), nil)
	t.Example = jsonOr(in.Example.or(t.Example, nil), nil)
	return t.Validate()
}

// ArchiveEventType needs ADMIN. One that is archived already stays as it is.
func (c *Control) ArchiveEventType(ctx context.Context, p *auth.Principal, name string) (models.EventType, error) {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return models.EventType{}, err
	}
	if err := catalog.CheckNotOperational("name", name); err != nil {
		return models.EventType{}, err
	}
	a := c.act(ctx, p, models.AuditEventTypeArchive, nil, models.ID{})
	return update(ctx, a, c.store.UpdateEventType, name, func(t *models.EventType) error {
		a.about(t.ID)
		if t.ArchivedAt != nil {
			return errUnchanged
		}
		now := c.now()
		t.ArchivedAt, t.UpdatedAt = &now, now
		return nil
	}, func(_, t *models.EventType) detail { return named(t.Name) })
}

// groupOr is the group, or what stands before the first dot or dash of the name.
func groupOr(group, name string) string {
	if group != "" {
		return group
	}
	if i := strings.IndexAny(name, ".-"); i >= 0 {
		return name[:i]
	}
	return name
}

// compile is nil for no schema.
func compile(schema json.RawMessage) (*catalog.Schema, error) {
	if len(schema) == 0 {
		return nil, nil
	}
	return catalog.Compile(schema)
}

func checkExample(schema *catalog.Schema, example json.RawMessage) error {
	if schema == nil || len(example) == 0 {
		return nil
	}
	return schema.Check("example", example)
}
