package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// keepSignal and keepDisabled are written in the transaction of what they tell of.
// A channel that is disabled is told to have recovered once an attempt succeeded
// that the log does not have yet.
const (
	keepSignal = `INSERT INTO signals (id, tenant_id, type, entity_id, data, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

	keepDisabled = `INSERT INTO channel_alerts (channel_id, tenant_id, disabled_at, quiet_until, looked)
		VALUES ($1, $2, $3, $4, (SELECT position FROM log_heads WHERE name = 'attempts'))
		ON CONFLICT (channel_id) DO UPDATE SET disabled_at = excluded.disabled_at, quiet_until = excluded.quiet_until, looked = excluded.looked`
)

// quietFor is how long after a channel was disabled its failures from before may
// still be among those that are counted.
const quietFor = models.WatchWindow + time.Minute

// tell keeps a signal, if there is one.
func (p *completePlan) tell(signal *models.Signal) {
	if signal == nil {
		return
	}
	p.kept = append(p.kept, statement{query: keepSignal, order: keepSignal + signal.ID.String(), args: signalArgs(signal)})
	p.news.Signals = true
}

// tellDisabled keeps what is told of a channel that this disables.
func (p *completePlan) tellDisabled(h *channelHealth) {
	if h.signal == nil {
		return
	}
	p.tell(h.signal)
	p.kept = append(p.kept, statement{query: keepDisabled, order: keepDisabled + h.id.id(models.PrefixChannel).String(),
		args: []any{h.id, h.tenant, micros(h.at), micros(h.at.Add(quietFor))}})
}

func signalArgs(signal *models.Signal) []any {
	data, _ := json.Marshal(&signal.Data) // texts, numbers and times always marshal
	return []any{uidOf(signal.ID), uidOf(signal.TenantID), signal.Type, models.CleanText(signal.EntityID), models.CleanText(string(data)), micros(signal.At)}
}

func (s *Store) keepSignals(tx *gorm.DB, signals []models.Signal) error {
	if err := s.nameEntities(tx, signals); err != nil {
		return err
	}
	for i := range signals {
		err := tx.Exec(`INSERT INTO signals (id, tenant_id, type, entity_id, data, created_at) VALUES (?, ?, ?, ?, ?, ?)`, signalArgs(&signals[i])...).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// nameEntities adds the entities of the events that signals are about.
func (s *Store) nameEntities(tx *gorm.DB, signals []models.Signal) error {
	var ids []uid
	for i := range signals {
		if event := signals[i].Data.Event; event != nil {
			ids = append(ids, uidOf(event.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	entities := make(map[models.ID]string, len(ids))
	in, list := s.inIDs("id", ids)
	_, err := collect(tx.Raw("SELECT id, entity_id FROM events WHERE entity_id IS NOT NULL AND "+in, list), func(row scanner) (struct{}, error) {
		var id uid
		var entity string
		err := row.Scan(&id, &entity)
		entities[id.id(models.PrefixEvent)] = entity
		return struct{}{}, err
	})
	for i := range signals {
		if event := signals[i].Data.Event; event != nil {
			event.EntityID = entities[event.ID]
		}
	}
	return err
}

// Signals lists what waits to be published, oldest first.
func (s *Store) Signals(ctx context.Context, limit int) ([]models.Signal, error) {
	q := s.read.WithContext(ctx).Raw("SELECT id, tenant_id, type, entity_id, data, created_at FROM signals ORDER BY id LIMIT ?", limit)
	list, err := collect(q, func(row scanner) (signal models.Signal, err error) {
		var id, tenant uid
		var data string
		var at int64
		if err := row.Scan(&id, &tenant, &signal.Type, &signal.EntityID, &data, &at); err != nil {
			return signal, err
		}
		signal.ID, signal.TenantID, signal.At = id.id(models.PrefixSignal), tenant.id(models.PrefixTenant), fromMicros(at)
		return signal, json.Unmarshal([]byte(data), &signal.Data)
	})
	if err != nil {
		return nil, fmt.Errorf("read what is to be told: %w", err)
	}
	return list, nil
}

// DropSignals forgets what was published.
func (s *Store) DropSignals(ctx context.Context, ids []models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	in, list := s.inIDs("id", uidsOf(ids))
	err := s.retryDeadlocks(ctx, func() error {
		return s.write.WithContext(ctx).Exec("DELETE FROM signals WHERE "+in, list).Error
	})
	if err != nil {
		return fmt.Errorf("forget what was told: %w", err)
	}
	return nil
}

// TenantNamed finds a tenant by its external id.
func (s *Store) TenantNamed(ctx context.Context, externalID string) (models.Tenant, error) {
	found, err := findAll(s.read.WithContext(ctx).Where("external_id = ? AND deleted_at IS NULL", models.CleanText(externalID)), (*tenantRecord).model)
	if err != nil {
		return models.Tenant{}, fmt.Errorf("find a tenant: %w", err)
	}
	if len(found) == 0 {
		return models.Tenant{}, models.NotFound("tenant", "of this external id")
	}
	return found[0], nil
}
