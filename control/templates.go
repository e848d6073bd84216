package control

import (
	"context"
	"slices"
	"time"

	"carillon/auth"
	"carillon/models"
	"carillon/templates"
)

// templateStore tells CONFLICT on name, and on id for a template that a channel
// or a route uses. It knows nothing of built-in ones.
type templateStore interface {
	TemplatesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Template, error)
	TemplateVersion(ctx context.Context, id models.ID, version int) (models.TemplateVersion, error)
	// TemplateUsers are the names and patterns of the webhooks that render by it.
	TemplateUsers(ctx context.Context, id models.ID) (eventTypes []string, err error)
	CreateTemplate(ctx context.Context, t models.Template) error
	UpdateTemplate(ctx context.Context, id models.ID, change func(*models.Template) error) (models.Template, error)
	DeleteTemplate(ctx context.Context, id models.ID, now time.Time) error
}

// CreateTemplate needs MANAGE, as do all verbs that change templates. Nobody
// uses it yet, so that it is rendered for no example.
func (c *Control) CreateTemplate(ctx context.Context, p *auth.Principal, in CreateTemplate) (models.Template, error) {
	tenant, err := c.tenant(p, in.TenantID)
	if err != nil {
		return models.Template{}, err
	}
	now := c.now()
	t := models.Template{
		ID: models.NewID(models.PrefixTemplate), TenantID: tenant, Name: in.Name, Description: value(in.Description, ""),
		Kind: in.Kind, Parts: slices.Clone(in.Parts), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := checkTemplate(&t); err != nil {
		return models.Template{}, err
	}
	if _, err := compiledParts("parts", t.Kind, t.Parts); err != nil {
		return models.Template{}, err
	}
	if ctx, err = c.act(ctx, p, models.AuditTemplateCreate, &t.TenantID, t.ID).with(ctx, named(t.Name).plus("kind", t.Kind)); err != nil {
		return models.Template{}, err
	}
	if err := c.store.CreateTemplate(ctx, t); err != nil {
		return models.Template{}, err
	}
	return t, nil
}

// UpdateTemplate changes what is given; other parts are a new version. They are
// rendered with the example of every event type that the template is used for.
func (c *Control) UpdateTemplate(ctx context.Context, p *auth.Principal, in UpdateTemplate) (models.Template, error) {
	before, err := c.template(ctx, p, in.ID)
	if err != nil {
		return models.Template{}, err
	}
	after := before
	if err := in.apply(&after); err != nil {
		return models.Template{}, err
	}
	if !slices.Equal(before.Parts, after.Parts) {
		if err := c.rehearseUsers(ctx, &after); err != nil {
			return models.Template{}, err
		}
	}
	a := c.act(ctx, p, models.AuditTemplateUpdate, &before.TenantID, in.ID)
	return update(ctx, a, c.store.UpdateTemplate, in.ID, func(t *models.Template) error {
		if err := in.apply(t); err != nil {
			return err
		}
		t.UpdatedAt = c.now()
		return nil
	}, toldTemplate)
}

func (in *UpdateTemplate) apply(t *models.Template) error {
	if err := required("name", &t.Name, in.Name); err != nil {
		return err
	}
	if err := required("parts", &t.Parts, in.Parts); err != nil {
		return err
	}
	t.Parts = slices.Clone(t.Parts)
	t.Description = in.Description.or(t.Description, "")
	return checkTemplate(t)
}

// rehearseUsers renders with the examples of what its users take.
func (c *Control) rehearseUsers(ctx context.Context, t *models.Template) error {
	compiled, err := compiledParts("parts", t.Kind, t.Parts)
	if err != nil {
		return err
	}
	patterns, err := c.store.TemplateUsers(ctx, t.ID)
	if err != nil || len(patterns) == 0 {
		return err
	}
	tenant, err := c.tenantByID(ctx, t.TenantID)
	if err != nil {
		return err
	}
	r := &rehearsal{field: "parts", template: compiled, view: withSamples(t.Kind, templates.View{Tenant: tenant})}
	return c.rehearse(ctx, patterns, []*rehearsal{r})
}

// DeleteTemplate is CONFLICT while a channel or a route uses the template.
func (c *Control) DeleteTemplate(ctx context.Context, p *auth.Principal, id models.ID) error {
	t, err := c.template(ctx, p, id)
	if err != nil {
		return err
	}
	if ctx, err = c.act(ctx, p, models.AuditTemplateDelete, &t.TenantID, id).with(ctx, named(t.Name).plus("kind", t.Kind)); err != nil {
		return err
	}
	return c.store.DeleteTemplate(ctx, id, c.now())
}

// maxParts is as many as there are names of parts.
const maxParts = 5

func checkTemplate(t *models.Template) error {
	if err := models.CheckName("name", t.Name); err != nil {
		return err
	}
	if err := models.CheckText("description", t.Description, models.MaxDescription); err != nil {
		return err
	}
	return checkParts(t.Parts)
}

func checkParts(parts []models.TemplatePart) error {
	if n := len(parts); n == 0 || n > maxParts {
		return models.Invalid("parts", "has %d entries; give 1 to %d, each part once", n, maxParts)
	}
	return nil
}

func compiledParts(field string, kind models.ChannelKind, parts []models.TemplatePart) (*templates.Template, error) {
	compiled, problems := templates.Check(kind, parts)
	if len(problems) > 0 {
		return nil, models.InvalidTemplate(field, problems)
	}
	return compiled, nil
}

// template finds one that the principal may change.
func (c *Control) template(ctx context.Context, p *auth.Principal, id models.ID) (models.Template, error) {
	if err := p.Need(models.ScopeManage); err != nil {
		return models.Template{}, err
	}
	if err := checkID("id", id, models.PrefixTemplate); err != nil {
		return models.Template{}, err
	}
	if t, ok := templates.BuiltinByID(id); ok {
		return models.Template{}, models.Conflict("id", "%s is built in and never changes; make a template of your own from its parts", t.Name)
	}
	return c.ownTemplate(ctx, p, id)
}

// ownTemplate finds one that is not built in and that the principal sees.
func (c *Control) ownTemplate(ctx context.Context, p *auth.Principal, id models.ID) (models.Template, error) {
	found, err := c.store.TemplatesByID(ctx, []models.ID{id})
	if err != nil {
		return models.Template{}, err
	}
	t, ok := found[id]
	if !ok || !p.Sees(t.TenantID) {
		return models.Template{}, models.NotFound("template", id)
	}
	return t, nil
}

// tenantByID is nil for a tenant that is gone.
func (c *Control) tenantByID(ctx context.Context, id models.ID) (*models.Tenant, error) {
	found, err := c.store.TenantsByID(ctx, []models.ID{id})
	if err != nil {
		return nil, err
	}
	if t, ok := found[id]; ok {
		return &t, nil
	}
	return nil, nil
}
