package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"carillon/models"
)

func idOfTemplate(t *models.Template) models.ID { return t.ID }

// templates is a query of templates that are not deleted, with the parts of the
// newest version.
func templates(db *gorm.DB) *gorm.DB {
	return db.Select(`templates.id, templates.tenant_id, templates.name, templates.description, templates.kind, templates.version,
		templates.created_at, templates.updated_at, (SELECT v.parts FROM template_versions v
		WHERE v.template_id = templates.id AND v.version = templates.version) AS parts`).Where("templates.deleted_at IS NULL")
}

// Templates lists the tenants' own, oldest first; built-in ones are not stored.
func (s *Store) Templates(ctx context.Context, page models.Page, f models.TemplateFilter) (none models.Connection[models.Template], err error) {
	q, err := afterID(templates(s.read.WithContext(ctx)), "templates.id", models.PrefixTemplate, page)
	if err != nil {
		return none, err
	}
	q = whereID(ofLiveTenants(q, "templates.tenant_id"), "templates.tenant_id", f.TenantID)
	q = whereText(s.whereSearch(q, fromStringPtr(f.Search), "templates.name", "templates.description"), "templates.kind", f.Kind)
	if f.BuiltIn != nil && *f.BuiltIn {
		q = q.Where("1 = 0")
	}
	found, err := findAll(q, (*templateRecord).model)
	if err != nil {
		return none, fmt.Errorf("list templates: %w", err)
	}
	return connection(found, page, func(t *models.Template) string { return t.ID.String() }), nil
}

// TemplatesByID finds many in one statement; deleted, built-in and unknown ones
// are missing.
func (s *Store) TemplatesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Template, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := ofLiveTenants(templates(s.read.WithContext(ctx)), "templates.tenant_id").Where("templates.id IN ?", uidsOf(ids))
	found, err := findAll(q, (*templateRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find templates: %w", err)
	}
	return keyed(found, idOfTemplate), nil
}

// versions is a query of the versions of one template, of a deleted one too.
func (s *Store) versions(ctx context.Context, template models.ID) *gorm.DB {
	return s.read.WithContext(ctx).Where(`template_id IN (SELECT id FROM templates WHERE id = ?
		AND tenant_id NOT IN (SELECT id FROM tenants WHERE deleted_at IS NOT NULL))`, uidOf(template))
}

// TemplateVersions lists what a template has been, newest first.
func (s *Store) TemplateVersions(ctx context.Context, id models.ID, page models.Page) (none models.Connection[models.TemplateVersion], err error) {
	q, err := beforeSeq(s.versions(ctx, id), "version", page)
	if err != nil {
		return none, err
	}
	found, err := findAll(q, (*versionRecord).model)
	if err != nil {
		return none, fmt.Errorf("list versions of a template: %w", err)
	}
	return connection(found, page, func(v *models.TemplateVersion) string { return strconv.Itoa(v.Version) }), nil
}

// TemplateVersion finds one, of a deleted template too: deliveries that used it
// are repeated as they were.
func (s *Store) TemplateVersion(ctx context.Context, id models.ID, version int) (none models.TemplateVersion, err error) {
	var r versionRecord
	err = s.versions(ctx, id).Where("version = ?", version).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return none, models.NotFound("version "+strconv.Itoa(version)+" of the template", id)
	} else if err != nil {
		return none, fmt.Errorf("find a version of a template: %w", err)
	}
	return r.model()
}
