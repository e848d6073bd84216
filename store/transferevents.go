package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

// eventRecord is an event without deliveries.
type eventRecord struct {
	Seq      int64   `gorm:"column:seq"`
	ID       uid     `gorm:"column:id"`
	Tenant   uid     `gorm:"column:tenant_id"`
	Type     string  `gorm:"column:type"`
	Version  string  `gorm:"column:version"`
	Entity   *string `gorm:"column:entity_id"`
	Tags     *string `gorm:"column:tags"`
	Data     string  `gorm:"column:data"`
	Key      *string `gorm:"column:idempotency_key"`
	Happened int64   `gorm:"column:happened_at"`
	Created  int64   `gorm:"column:created_at"`
	Test     bool    `gorm:"column:test"`
}

func (eventRecord) TableName() string { return "events" }

type usedKeyRecord struct {
	Tenant      uid    `gorm:"column:tenant_id"`
	Key         string `gorm:"column:key"`
	Fingerprint []byte `gorm:"column:fingerprint"`
	Event       uid    `gorm:"column:event_id"`
	Created     int64  `gorm:"column:created_at"`
}

func (usedKeyRecord) TableName() string { return "idempotency_keys" }

// ImportEvents appends those of a tenant's events that are not there, with their
// idempotency keys, at new positions of the log. Nothing is delivered.
func (s *Store) ImportEvents(ctx context.Context, tenant models.ID, events []models.Event) (made int, err error) {
	s.eventsOrder.Lock()
	defer s.eventsOrder.Unlock()
	err = s.change(ctx, &models.Commit{}, func(tx *gorm.DB) error {
		made = 0
		if _, err := liveTenant(tx, tenant); err != nil {
			return models.Under("tenantId", err)
		}
		fresh, err := s.unknownEvents(tx, tenant, events)
		if err != nil || len(fresh) == 0 {
			return err
		}
		made = len(fresh)
		return appendImported(tx, fresh)
	})
	if err != nil {
		return 0, fmt.Errorf("import events: %w", err)
	}
	return made, nil
}

// unknownEvents leaves out those that are there.
func (s *Store) unknownEvents(tx *gorm.DB, tenant models.ID, events []models.Event) (fresh []models.Event, err error) {
	ids := make([]uid, len(events))
	for i := range events {
		ids[i] = uidOf(events[i].ID)
	}
	type place struct{ id, tenant uid }
	in, list := s.inIDs("id", ids)
	there, err := collect(tx.Table("events").Select("id, tenant_id").Where(in, list), func(row scanner) (p place, err error) {
		err = row.Scan(&p.id, &p.tenant)
		return p, err
	})
	if err != nil {
		return nil, err
	}
	seen := make(map[uid]bool, len(there))
	for _, p := range there {
		if p.tenant != uidOf(tenant) {
			return nil, models.Conflict("id", "%s is another tenant's", p.id.id(models.PrefixEvent))
		}
		seen[p.id] = true
	}
	for i := range events {
		if id := uidOf(events[i].ID); !seen[id] {
			seen[id] = true
			fresh = append(fresh, events[i])
		}
	}
	return fresh, nil
}

// appendImported takes the keys before the positions, as those who publish do.
func appendImported(tx *gorm.DB, events []models.Event) error {
	var keys []usedKeyRecord
	rows := make([]eventRecord, len(events))
	for i := range events {
		e := &events[i]
		rows[i] = eventRecord{ID: uidOf(e.ID), Tenant: uidOf(e.TenantID), Type: e.Type, Version: e.Version, Entity: stringPtr(e.EntityID),
			Tags: stringPtr(tagsJSON(e.Tags)), Data: string(e.Data), Key: stringPtr(e.IdempotencyKey),
			Happened: micros(e.Timestamp), Created: micros(e.CreatedAt)}
		if e.IdempotencyKey != "" {
			print := e.Fingerprint()
			keys = append(keys, usedKeyRecord{Tenant: uidOf(e.TenantID), Key: e.IdempotencyKey, Fingerprint: print[:], Event: uidOf(e.ID), Created: micros(e.CreatedAt)})
		}
	}
	if len(keys) > 0 {
		slices.SortFunc(keys, func(a, b usedKeyRecord) int {
			return keyID{a.Tenant, a.Key}.compare(keyID{b.Tenant, b.Key})
		})
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&keys).Error; err != nil {
			return err
		}
	}
	var head int64
	const draw = "UPDATE log_heads SET position = position + ? WHERE name = 'events' RETURNING position"
	if err := tx.Raw(draw, len(rows)).Row().Scan(&head); err != nil {
		return err
	}
	for i := range rows {
		rows[i].Seq = head - int64(len(rows)-1-i)
	}
	return tx.Create(&rows).Error
}
