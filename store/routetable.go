package store

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"carillon/models"
)

// RouteTable reads all that routing and sending need to know of one tenant, as
// of one moment: three statements, whatever the number of webhooks, and one more
// where something names a template.
func (s *Store) RouteTable(ctx context.Context, tenant models.ID) (models.RouteTable, error) {
	options := &sql.TxOptions{}
	if s.postgres() {
		// In SQLite every transaction that reads sees one moment.
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	var t models.RouteTable
	err := s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		t, err = s.readRoutes(tx, tenant)
		return err
	}, options)
	if models.CodeOf(err) == models.CodeNotFound {
		return t, err
	} else if err != nil {
		return t, fmt.Errorf("read routes of tenant %s: %w", tenant, err)
	}
	return t, nil
}

func (s *Store) readRoutes(tx *gorm.DB, tenant models.ID) (t models.RouteTable, err error) {
	var r tenantRecord
	if err := tx.Where("id = ? AND deleted_at IS NULL", uidOf(tenant)).Take(&r).Error; err != nil {
		return t, asNotFound(err, "tenant", tenant)
	}
	if t.Tenant, err = r.model(); err != nil {
		return t, err
	}
	t.Generation = r.Generation
	q := s.webhooks(tx).Where("webhooks.tenant_id = ?", r.ID).Order("webhooks.id")
	if t.Webhooks, err = findAll(q, (*webhookRecord).model); err != nil {
		return t, err
	}
	channels, err := s.findChannels(tx.Where("tenant_id = ? AND deleted_at IS NULL", r.ID))
	if err != nil {
		return t, err
	}
	t.Channels = make(map[models.ID]*models.Channel, len(channels))
	for i := range channels {
		t.Channels[channels[i].ID] = &channels[i]
	}
	t.Templates, err = templatesNamed(tx, &t)
	return t, err
}
