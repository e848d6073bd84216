package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

func idOfChannel(c *models.Channel) models.ID { return c.ID }

// Channels lists them, oldest first, without deleted ones.
func (s *Store) Channels(ctx context.Context, page models.Page, f models.ChannelFilter) (none models.Connection[models.Channel], err error) {
	q, err := afterID(s.read.WithContext(ctx).Where("deleted_at IS NULL"), "id", models.PrefixChannel, page)
	if err != nil {
		return none, err
	}
	q = whereID(ofLiveTenants(q, "tenant_id"), "tenant_id", f.TenantID)
	q = whereText(whereText(s.whereSearch(q, f.Search, "name"), "kind", f.Kind), "status", f.Status)
	found, err := s.findChannels(q)
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
	found, err := s.findChannels(q)
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
	found, err := s.findChannels(q.Where("id = ? AND deleted_at IS NULL", uidOf(id)).Limit(1))
	switch {
	case err != nil:
		return models.Channel{}, asNotFound(err, "channel", id)
	case len(found) == 0:
		return models.Channel{}, models.NotFound("channel", id)
	}
	return found[0], nil
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
		if err := usableTemplate(tx, c.TenantID, c.TemplateID); err != nil {
			return err
		}
		return channelSaved(tx.Create(r).Error, &c)
	})
}

// UpdateChannel changes what fn changes. The row is locked meanwhile, because
// completed attempts change its health too.
func (s *Store) UpdateChannel(ctx context.Context, id models.ID, fn func(*models.Channel) error) (c models.Channel, err error) {
	commit := &models.Commit{}
	err = s.change(ctx, commit, func(tx *gorm.DB) error {
		if c, err = s.lockChannel(tx, commit, id); err != nil {
			return err
		}
		before, target := c, c.Config.Target()
		if err := fn(&c); err != nil {
			return err
		}
		c.ID, c.TenantID, c.CreatedAt = before.ID, before.TenantID, before.CreatedAt
		if err := usableTemplate(tx, c.TenantID, c.TemplateID); err != nil {
			return err
		}
		r, err := s.channelRecordOf(&c)
		if err != nil {
			return err
		}
		c.Kind = c.Config.Kind()
		q := tx.Select("name", "kind", "config", "secrets", "template_id", "retry_policy", "limits", "batching", "ordering", "held_until", "status", "status_reason",
			"consecutive_failures", "failing_since", "updated_at").Updates(r)
		if err := channelSaved(q.Error, &c); err != nil {
			return err
		}
		if c.Config.Target() != target {
			if err := forgetThreads(tx, c.ID); err != nil {
				return err
			}
		}
		if before.HeldUntil != nil && c.HeldUntil == nil {
			return wakeHeld(tx, &before, s.cfg.Now())
		}
		return nil
	})
	return c, err
}

// wakeHeld makes due what met a hold that is lifted: it waits for the hold's end.
func wakeHeld(tx *gorm.DB, c *models.Channel, now time.Time) error {
	return tx.Exec("UPDATE queue SET due_at = ? WHERE channel_id = ? AND due_at > ? AND due_at <= ? AND lease_owner IS NULL",
		micros(now), uidOf(c.ID), micros(now), micros(*c.HeldUntil)).Error
}

// lockChannel reads a channel behind its lock and then that of its tenant, the
// order that completed attempts keep when they disable a channel. Routes to the
// channel can still be made by who has the tenant's lock.
func (s *Store) lockChannel(tx *gorm.DB, commit *models.Commit, id models.ID) (models.Channel, error) {
	c, err := s.takeChannel(tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}), id)
	if err != nil {
		return c, err
	}
	commit.Tenants = []models.ID{c.TenantID}
	if err := s.holdPublications(tx, commit.Tenants); err != nil {
		return c, err
	}
	if _, err := liveTenant(tx, c.TenantID); err != nil {
		return c, asNotFound(err, "channel", id)
	}
	return c, nil
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
	waiting := channelBacklog(id)
	commit := &models.Commit{}
	err := s.change(ctx, commit, func(tx *gorm.DB) error {
		if _, err := s.lockChannel(tx, commit, id); err != nil {
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
		if err := s.forgetOwner(tx, id); err != nil {
			return err
		}
		if err := forgetThreads(tx, id); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM suppressions WHERE channel_id = ?", uidOf(id)).Error; err != nil {
			return err
		}
		return waiting.cancel(s, tx, commit, now)
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
