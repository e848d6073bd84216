package control

import (
	"context"

	"carillon/auth"
	"carillon/catalog"
	"carillon/models"
)

// ImportEventTypes creates or updates the event types that an OpenAPI document
// describes, all or none. It needs ADMIN. One that is there keeps what the
// document does not say of it, and is archived no longer.
func (c *Control) ImportEventTypes(ctx context.Context, p *auth.Principal, in ImportEventTypes) ([]models.EventType, error) {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return nil, err
	}
	drafts, err := catalog.FromOpenAPI(in.OpenAPI)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]*catalog.Draft, len(drafts))
	names := make([]string, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		names[i], byName[d.Name] = d.Name, d
		if err := checkDraft(d); err != nil {
			return nil, models.Under("openapi."+d.Place, err)
		}
	}
	a := c.act(ctx, p, models.AuditEventTypeImport, nil, models.ID{})
	if ctx, err = a.with(ctx, toldImport(names)); err != nil {
		return nil, err
	}
	return c.store.SaveEventTypes(ctx, names, func(name string, existing *models.EventType) (models.EventType, error) {
		t := c.drafted(byName[name], existing)
		return t, models.Under("openapi."+byName[name].Place, t.Validate())
	})
}

// importNames is how many of an import's event types the audit log names.
const importNames = 100

func toldImport(names []string) detail {
	return detail{"count": len(names), "names": names[:min(len(names), importNames)]}
}

// checkDraft compiles the schema before anything is written.
func checkDraft(d *catalog.Draft) error {
	if err := catalog.CheckNotOperational("", d.Name); err != nil {
		return err
	}
	schema, err := compile(d.Schema)
	if err != nil {
		return err
	}
	return checkExample(schema, d.Example)
}

func (c *Control) drafted(d *catalog.Draft, existing *models.EventType) models.EventType {
	now := c.now()
	t := models.EventType{ID: models.NewID(models.PrefixEventType), Name: d.Name, Version: models.DefaultVersion, CreatedAt: now}
	if existing != nil {
		t = *existing
	}
	t.Schema, t.Example, t.ArchivedAt, t.UpdatedAt = d.Schema, d.Example, nil, now
	if d.Description != "" {
		t.Description = d.Description
	}
	if d.Group != "" || t.Group == "" {
		t.Group = groupOr(d.Group, d.Name)
	}
	if d.Version != "" {
		t.Version = d.Version
	}
	return t
}
