package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

type channelRecord struct {
	ID       uid     `gorm:"column:id;primaryKey"`
	Tenant   uid     `gorm:"column:tenant_id"`
	Name     string  `gorm:"column:name"`
	Kind     string  `gorm:"column:kind"`
	Config   string  `gorm:"column:config"`
	Secrets  []byte  `gorm:"column:secrets"`
	Policy   string  `gorm:"column:retry_policy"`
	Status   string  `gorm:"column:status"`
	Reason   *string `gorm:"column:status_reason"`
	Failures int     `gorm:"column:consecutive_failures"`
	Failing  *int64  `gorm:"column:failing_since"`
	Created  int64   `gorm:"column:created_at"`
	Updated  int64   `gorm:"column:updated_at"`
	Deleted  *int64  `gorm:"column:deleted_at"`
}

func (channelRecord) TableName() string { return "channels" }

func (s *Store) channelRecordOf(c *models.Channel) (*channelRecord, error) {
	config, err := json.Marshal(c.Config)
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	policy, err := json.Marshal(c.RetryPolicy)
	if err != nil {
		return nil, fmt.Errorf("write retry policy: %w", err)
	}
	secrets, err := s.sealSecrets(c)
	if err != nil {
		return nil, err
	}
	return &channelRecord{
		ID: uidOf(c.ID), Tenant: uidOf(c.TenantID), Name: c.Name, Kind: string(c.Config.Kind()), Config: string(config), Secrets: secrets,
		Policy: string(policy), Status: string(c.Status), Reason: c.StatusReason, Failures: c.ConsecutiveFailures,
		Failing: microsPtr(c.FailingSince), Created: micros(c.CreatedAt), Updated: micros(c.UpdatedAt),
	}, nil
}

func (s *Store) channelOf(r *channelRecord) (models.Channel, error) {
	c := models.Channel{
		ID: r.ID.id(models.PrefixChannel), TenantID: r.Tenant.id(models.PrefixTenant), Name: r.Name, Kind: models.ChannelKind(r.Kind),
		Status: models.ChannelStatus(r.Status), StatusReason: r.Reason, ConsecutiveFailures: r.Failures,
		FailingSince: fromMicrosPtr(r.Failing), CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}
	var err error
	if c.Config, err = readConfig(c.Kind, r.Config); err != nil {
		return c, fmt.Errorf("read configuration of channel %s: %w", c.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Policy), &c.RetryPolicy); err != nil {
		return c, fmt.Errorf("read retry policy of channel %s: %w", c.ID, err)
	}
	if err := s.openSecrets(&c, r.Secrets); err != nil {
		return c, fmt.Errorf("read secrets of channel %s: %w", c.ID, err)
	}
	return c, nil
}

// readConfig knows which configuration each kind of channel has.
func readConfig(kind models.ChannelKind, text string) (models.ChannelConfig, error) {
	switch kind {
	case models.KindHTTP:
		config := new(models.HttpConfig)
		return config, json.Unmarshal([]byte(text), config)
	}
	return nil, fmt.Errorf("this version knows no channels of kind %s", kind)
}

// sealSecrets makes one column of all secrets of a channel, in their order.
func (s *Store) sealSecrets(c *models.Channel) ([]byte, error) {
	pointers := c.Config.Secrets()
	values, some := make([]string, len(pointers)), false
	for i, p := range pointers {
		values[i] = p.Reveal()
		some = some || values[i] != ""
	}
	if !some {
		return nil, nil
	}
	if s.keys == nil {
		return nil, errNoKeyring
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, errors.New("write the secrets of a channel") // the cause might show them
	}
	return s.keys.Seal(plain, secretsAAD(c.ID)), nil
}

func (s *Store) openSecrets(c *models.Channel, sealed []byte) error {
	if len(sealed) == 0 {
		return nil
	}
	if s.keys == nil {
		return errNoKeyring
	}
	plain, err := s.keys.Open(sealed, secretsAAD(c.ID))
	if err != nil {
		return err
	}
	pointers := c.Config.Secrets()
	var values []string
	if err := json.Unmarshal(plain, &values); err != nil || len(values) != len(pointers) {
		return errors.New("they do not fit its configuration")
	}
	for i, p := range pointers {
		*p = models.Secret(values[i])
	}
	return nil
}

func secretsAAD(channel models.ID) string { return "channels|" + channel.String() + "|secrets" }

func idOfChannel(c *models.Channel) models.ID { return c.ID }

// Channels lists them, oldest first, without deleted ones.
func (s *Store) Channels(ctx context.Context, page models.Page, f models.ChannelFilter) (none models.Connection[models.Channel], err error) {
	q, err := afterID(s.read.WithContext(ctx).Where("deleted_at IS NULL"), "id", models.PrefixChannel, page)
	if err != nil {
		return none, err
	}
	q = whereID(ofLiveTenants(q, "tenant_id"), "tenant_id", f.TenantID)
	q = whereText(whereText(s.whereSearch(q, f.Search, "name"), "kind", f.Kind), "status", f.Status)
	found, err := findAll(q, s.channelOf)
	if err != nil {
		return none, fmt.Errorf("list channels: %w", err)
	}
	return connection(found, page, func(c *models.Channel) string { return c.ID.String() }), nil
}

// ChannelsByID finds many in one statement, deleted ones too, so that history
// still names them. Unknown ids are missing.
func (s *Store) ChannelsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Channel, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := ofLiveTenants(s.read.WithContext(ctx), "tenant_id").Where("id IN ?", uidsOf(ids))
	found, err := findAll(q, s.channelOf)
	if err != nil {
		return nil, fmt.Errorf("find channels: %w", err)
	}
	return keyed(found, idOfChannel), nil
}

// ChannelLive finds one that is not deleted.
func (s *Store) ChannelLive(ctx context.Context, id models.ID) (models.Channel, error) {
	return s.takeChannel(ofLiveTenants(s.read.WithContext(ctx), "tenant_id"), id)
}

func (s *Store) takeChannel(q *gorm.DB, id models.ID) (models.Channel, error) {
	var r channelRecord
	if err := q.Where("id = ? AND deleted_at IS NULL", uidOf(id)).Take(&r).Error; err != nil {
		return models.Channel{}, asNotFound(err, "channel", id)
	}
	return s.channelOf(&r)
}

// asNotFound tells a row that is missing, or whose tenant is, from a failure.
func asNotFound(err error, what string, id models.ID) error {
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) || models.CodeOf(err) == models.CodeNotFound {
		return models.NotFound(what, id)
	}
	return fmt.Errorf("find %s: %w", what, err)
}

// CreateChannel stores a new one. Its name must be free in its tenant.
func (s *Store) CreateChannel(ctx context.Context, c models.Channel) error {
	r, err := s.channelRecordOf(&c)
	if err != nil {
		return err
	}
	return s.change(ctx, &models.Commit{Tenants: []models.ID{c.TenantID}}, func(tx *gorm.DB) error {
		if _, err := liveTenant(tx, c.TenantID); err != nil {
			return models.Under("tenantId", err)
		}
		return channelSaved(tx.Create(r).Error, &c)
	})
}

// UpdateChannel changes what fn changes. The row is locked meanwhile, because
// completed attempts change its health too.
func (s *Store) UpdateChannel(ctx context.Context, id models.ID, fn func(*models.Channel) error) (c models.Channel, err error) {
	tenant, err := s.tenantOf(ctx, "channels", "channel", id)
	if err != nil {
		return c, err
	}
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		if c, err = s.lockChannel(tx, tenant, id); err != nil {
			return err
		}
		created := c.CreatedAt
		if err := fn(&c); err != nil {
			return err
		}
		c.ID, c.TenantID, c.CreatedAt = id, tenant, created
		r, err := s.channelRecordOf(&c)
		if err != nil {
			return err
		}
		c.Kind = c.Config.Kind()
		q := tx.Select("name", "kind", "config", "secrets", "retry_policy", "status", "status_reason",
			"consecutive_failures", "failing_since", "updated_at").Updates(r)
		return channelSaved(q.Error, &c)
	})
	return c, err
}

func (s *Store) lockChannel(tx *gorm.DB, tenant, id models.ID) (models.Channel, error) {
	if _, err := liveTenant(tx, tenant); err != nil {
		return models.Channel{}, asNotFound(err, "channel", id)
	}
	return s.takeChannel(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

func channelSaved(err error, c *models.Channel) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Conflict("name", "%q is the name of another channel; give one that is free", c.Name)
	}
	return err
}

// DeleteChannel takes a channel away that no webhook routes to. Its row stays
// for what it once sent, without its secrets; what waits for it is canceled.
func (s *Store) DeleteChannel(ctx context.Context, id models.ID, now time.Time) error {
	tenant, err := s.tenantOf(ctx, "channels", "channel", id)
	if err != nil {
		return err
	}
	waiting := channelBacklog(id)
	commit := &models.Commit{Tenants: []models.ID{tenant}}
	err = s.change(ctx, commit, func(tx *gorm.DB) error {
		if _, err := s.lockChannel(tx, tenant, id); err != nil {
			return err
		}
		if err := unrouted(tx, id); err != nil {
			return err
		}
		err := tx.Exec("UPDATE channels SET deleted_at = ?, updated_at = ?, secrets = NULL WHERE id = ?",
			micros(now), micros(now), uidOf(id)).Error
		if err != nil {
			return err
		}
		return waiting.cancel(tx, commit, now)
	})
	if err == nil {
		s.cancelRest(ctx, waiting, now)
	}
	return err
}

// unrouted is a CONFLICT that names a webhook which routes to the channel.
func unrouted(tx *gorm.DB, channel models.ID) error {
	var names []string
	q := tx.Table("webhooks").Where("id IN (SELECT webhook_id FROM routes WHERE channel_id = ?)", uidOf(channel))
	if err := q.Order("id").Limit(1).Pluck("name", &names).Error; err != nil {
		return err
	}
	if len(names) > 0 {
		return models.Conflict("id", "the webhook %q routes to this channel; take it out of the webhook's routes first", names[0])
	}
	return nil
}
