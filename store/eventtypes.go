package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

type eventTypeRecord struct {
	ID          uid     `gorm:"column:id;primaryKey"`
	Name        string  `gorm:"column:name"`
	Description string  `gorm:"column:description"`
	Group       string  `gorm:"column:group_name"`
	Version     string  `gorm:"column:version"`
	Schema      *string `gorm:"column:schema"`
	Example     *string `gorm:"column:example"`
	Archived    *int64  `gorm:"column:archived_at"`
	Created     int64   `gorm:"column:created_at"`
	Updated     int64   `gorm:"column:updated_at"`
}

func (eventTypeRecord) TableName() string { return "event_types" }

func eventTypeRecordOf(t *models.EventType) *eventTypeRecord {
	return &eventTypeRecord{
		ID: uidOf(t.ID), Name: t.Name, Description: t.Description, Group: t.Group, Version: t.Version,
		Schema: stringPtr(string(t.Schema)), Example: stringPtr(string(t.Example)), Archived: microsPtr(t.ArchivedAt),
		Created: micros(t.CreatedAt), Updated: micros(t.UpdatedAt),
	}
}

func (r *eventTypeRecord) model() (models.EventType, error) {
	t := models.EventType{
		ID: r.ID.id(models.PrefixEventType), Name: r.Name, Description: r.Description, Group: r.Group, Version: r.Version,
		ArchivedAt: fromMicrosPtr(r.Archived), CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}
	if r.Schema != nil {
		t.Schema = json.RawMessage(*r.Schema)
	}
	if r.Example != nil {
		t.Example = json.RawMessage(*r.Example)
	}
	return t, nil
}

func idOfEventType(t *models.EventType) models.ID { return t.ID }

// EventTypes lists the catalog, oldest entries first.
func (s *Store) EventTypes(ctx context.Context, page models.Page, f models.EventTypeFilter) (none models.Connection[models.EventType], err error) {
	q, err := afterID(s.read.WithContext(ctx), "id", models.PrefixEventType, page)
	if err != nil {
		return none, err
	}
	q = whereText(s.whereSearch(q, f.Search, "name", "group_name", "description"), "group_name", f.Group)
	if !f.IncludeArchived {
		q = q.Where("archived_at IS NULL")
	}
	found, err := findAll(q, (*eventTypeRecord).model)
	if err != nil {
		return none, fmt.Errorf("list event types: %w", err)
	}
	return connection(found, page, func(t *models.EventType) string { return t.ID.String() }), nil
}

// EventTypesByID finds many in one statement; unknown ids are missing.
func (s *Store) EventTypesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.EventType, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := findAll(s.read.WithContext(ctx).Where("id IN ?", uidsOf(ids)), (*eventTypeRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find event types: %w", err)
	}
	return keyed(found, idOfEventType), nil
}

// EventTypeByName finds one, archived ones too.
func (s *Store) EventTypeByName(ctx context.Context, name string) (models.EventType, error) {
	r, err := takeEventType(s.read.WithContext(ctx), name)
	if err != nil {
		return models.EventType{}, err
	}
	return r.model()
}

func takeEventType(q *gorm.DB, name string) (*eventTypeRecord, error) {
	// PostgreSQL refuses some texts, which are nobody's name.
	if models.CheckEventType("name", name) != nil {
		return nil, models.NotFound("event type", "of this name")
	}
	var r eventTypeRecord
	err := q.Where("name = ?", name).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, models.NotFound("event type", name)
	} else if err != nil {
		return nil, fmt.Errorf("find event type: %w", err)
	}
	return &r, nil
}

// CreateEventType adds to the catalog; the name must be free, also of archived ones.
func (s *Store) CreateEventType(ctx context.Context, t models.EventType) error {
	return s.change(ctx, &models.Commit{Catalog: true}, func(tx *gorm.DB) error {
		err := tx.Create(eventTypeRecordOf(&t)).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return models.Conflict("name", "%q is in the catalog already", t.Name)
		}
		return err
	})
}

// UpdateEventType changes what fn changes; names stay.
func (s *Store) UpdateEventType(ctx context.Context, name string, fn func(*models.EventType) error) (t models.EventType, err error) {
	err = s.change(ctx, &models.Commit{Catalog: true}, func(tx *gorm.DB) error {
		r, err := takeEventType(tx.Clauses(clause.Locking{Strength: "UPDATE"}), name)
		if err != nil {
			return err
		}
		if t, err = r.model(); err != nil {
			return err
		}
		before := t
		if err := fn(&t); err != nil {
			return err
		}
		t.ID, t.Name, t.CreatedAt = before.ID, before.Name, before.CreatedAt
		return tx.Select("description", "group_name", "version", "schema", "example", "archived_at", "updated_at").
			Updates(eventTypeRecordOf(&t)).Error
	})
	return t, err
}

// SaveEventTypes creates or updates the entries of these names, all or none: save
// makes each of what is there, nil for none.
func (s *Store) SaveEventTypes(ctx context.Context, names []string, save func(name string, existing *models.EventType) (models.EventType, error)) ([]models.EventType, error) {
	saved := make([]models.EventType, len(names))
	err := s.change(ctx, &models.Commit{Catalog: true}, func(tx *gorm.DB) error {
		var records []eventTypeRecord
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("name IN ?", names).Order("name").Find(&records).Error; err != nil {
			return err
		}
		there := make(map[string]*models.EventType, len(records))
		for i := range records {
			t, err := records[i].model()
			if err != nil {
				return err
			}
			there[t.Name] = &t
		}
		for i, name := range names {
			t, err := save(name, there[name])
			if err != nil {
				return err
			}
			if err := tx.Save(eventTypeRecordOf(&t)).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
				return models.Conflict("", "the event type %q was made by somebody else at this moment; import again", name)
			} else if err != nil {
				return err
			}
			saved[i] = t
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return saved, nil
}
