package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"carillon/models"
)

// usableTemplate refuses a template that is deleted or another tenant's. One that
// has no row may be built in: whoever names it has to know. The tenant's lock keeps
// it from being deleted meanwhile.
func usableTemplate(tx *gorm.DB, tenant, template models.ID) error {
	if template.IsZero() {
		return nil
	}
	var barred int64
	q := tx.Table("templates").Where("id = ? AND (tenant_id <> ? OR deleted_at IS NOT NULL)", uidOf(template), uidOf(tenant))
	if err := q.Count(&barred).Error; err != nil {
		return err
	}
	if barred > 0 {
		return models.Under("templateId", models.NotFound("template", template))
	}
	return nil
}

// unusedTemplate is a CONFLICT that says who names the template.
func unusedTemplate(tx *gorm.DB, tenant, template models.ID) error {
	var names []string
	q := tx.Table("channels").Where("tenant_id = ? AND template_id = ? AND deleted_at IS NULL", uidOf(tenant), uidOf(template))
	if err := q.Order("id").Limit(1).Pluck("name", &names).Error; err != nil {
		return err
	}
	if len(names) > 0 {
		return models.Conflict("id", "the channel %q uses this template; give the channel another one first", names[0])
	}
	q = tx.Table("webhooks").Where("tenant_id = ? AND id IN (SELECT webhook_id FROM routes WHERE template_id = ?)", uidOf(tenant), uidOf(template))
	if err := q.Order("id").Limit(1).Pluck("name", &names).Error; err != nil {
		return err
	}
	if len(names) > 0 {
		return models.Conflict("id", "a route of the webhook %q uses this template; give the route another one first", names[0])
	}
	return nil
}

// TemplateUsers lists the names and patterns of the webhooks that have a route
// which renders by the template: by its own, or else by its channel's. Each is
// named once.
func (s *Store) TemplateUsers(ctx context.Context, id models.ID) (eventTypes []string, err error) {
	lists, err := collect(s.read.WithContext(ctx).Raw(`SELECT w.event_types FROM webhooks w WHERE w.id IN (
			SELECT r.webhook_id FROM routes r JOIN channels c ON c.id = r.channel_id
			WHERE c.tenant_id = (SELECT t.tenant_id FROM templates t WHERE t.id = ?) AND COALESCE(r.template_id, c.template_id) = ?)
		ORDER BY w.id`, uidOf(id), uidOf(id)), func(row scanner) (list []string, err error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return nil, err
		}
		err = json.Unmarshal([]byte(text), &list)
		return list, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for the users of a template: %w", err)
	}
	eventTypes = slices.Concat(lists...)
	slices.Sort(eventTypes)
	return slices.Compact(eventTypes), nil
}

// templatesNamed reads those of the tenant that its channels and routes name. It
// asks nothing where none is named.
func templatesNamed(tx *gorm.DB, t *models.RouteTable) (map[models.ID]*models.Template, error) {
	var ids []models.ID
	add := func(id models.ID) {
		if !id.IsZero() {
			ids = append(ids, id)
		}
	}
	for _, c := range t.Channels {
		add(c.TemplateID)
	}
	for i := range t.Webhooks {
		for _, route := range t.Webhooks[i].Routes {
			add(route.TemplateID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	q := templates(tx).Where("templates.tenant_id = ? AND templates.id IN ?", uidOf(t.Tenant.ID), uidsOf(sortedIDs(ids)))
	found, err := findAll(q, (*templateRecord).model)
	if err != nil {
		return nil, err
	}
	named := make(map[models.ID]*models.Template, len(found))
	for i := range found {
		named[found[i].ID] = &found[i]
	}
	return named, nil
}
