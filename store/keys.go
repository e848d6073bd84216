package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

type keyRecord struct {
	ID       uid     `gorm:"column:id;primaryKey"`
	Name     string  `gorm:"column:name"`
	Tenant   uid     `gorm:"column:tenant_id"`
	Scopes   string  `gorm:"column:scopes"`
	Hint     string  `gorm:"column:hint"`
	Hash     []byte  `gorm:"column:hash"`
	Origin   *string `gorm:"column:origin"`
	Created  int64   `gorm:"column:created_at"`
	Expires  *int64  `gorm:"column:expires_at"`
	LastUsed *int64  `gorm:"column:last_used_at"`
	Revoked  *int64  `gorm:"column:revoked_at"`
}

func (keyRecord) TableName() string { return "api_keys" }

func (r *keyRecord) model() (models.ApiKey, error) {
	k := models.ApiKey{
		ID: r.ID.id(models.PrefixApiKey), Name: r.Name, Hint: r.Hint, Hash: r.Hash, CreatedAt: fromMicros(r.Created),
		ExpiresAt: fromMicrosPtr(r.Expires), LastUsedAt: fromMicrosPtr(r.LastUsed), RevokedAt: fromMicrosPtr(r.Revoked),
	}
	if !r.Tenant.zero() {
		tenant := r.Tenant.id(models.PrefixTenant)
		k.TenantID = &tenant
	}
	if err := json.Unmarshal([]byte(r.Scopes), &k.Scopes); err != nil {
		return k, fmt.Errorf("read scopes of key %s: %w", k.ID, err)
	}
	return k, nil
}

func idOfKey(k *models.ApiKey) models.ID { return k.ID }

// ofLiveOrNoTenant keeps administrators' keys, which have no tenant.
func ofLiveOrNoTenant(q *gorm.DB) *gorm.DB {
	return q.Where("(tenant_id IS NULL OR tenant_id NOT IN (SELECT id FROM tenants WHERE deleted_at IS NOT NULL))")
}

// ApiKeys lists keys, revoked ones too, oldest first.
func (s *Store) ApiKeys(ctx context.Context, page models.Page, f models.ApiKeyFilter) (none models.Connection[models.ApiKey], err error) {
	q, err := afterID(ofLiveOrNoTenant(s.read.WithContext(ctx)), "id", models.PrefixApiKey, page)
	if err != nil {
		return none, err
	}
	found, err := findAll(whereID(q, "tenant_id", f.TenantID), (*keyRecord).model)
	if err != nil {
		return none, fmt.Errorf("list keys: %w", err)
	}
	return connection(found, page, func(k *models.ApiKey) string { return k.ID.String() }), nil
}

// ApiKeysByID finds many in one statement; unknown ids are missing.
func (s *Store) ApiKeysByID(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := findAll(ofLiveOrNoTenant(s.read.WithContext(ctx)).Where("id IN ?", uidsOf(ids)), (*keyRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find keys: %w", err)
	}
	return keyed(found, idOfKey), nil
}

// KeyByHash finds the key whose secret has this hash. A revoked key's hash is
// forgotten, so that it is never found.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (models.ApiKey, error) {
	return takeKey(s.read.WithContext(ctx).Where("hash = ?", hash), "with this secret")
}

// KeyByOrigin finds the live key that the server made by itself.
func (s *Store) KeyByOrigin(ctx context.Context, origin string) (models.ApiKey, error) {
	return takeKey(s.read.WithContext(ctx).Where("origin = ? AND revoked_at IS NULL", origin), "made by "+origin)
}

func takeKey(q *gorm.DB, what string) (models.ApiKey, error) {
	var r keyRecord
	if err := q.Take(&r).Error; errors.Is(err, gorm.ErrRecordNotFound) {
		return models.ApiKey{}, models.NotFound("key", what)
	} else if err != nil {
		return models.ApiKey{}, fmt.Errorf("find key: %w", err)
	}
	return r.model()
}

// AdminKeyExists says whether some administrator's key is not revoked.
func (s *Store) AdminKeyExists(ctx context.Context) (exists bool, err error) {
	q := s.read.WithContext(ctx).Raw("SELECT EXISTS (SELECT 1 FROM api_keys WHERE tenant_id IS NULL AND revoked_at IS NULL)")
	if err := q.Row().Scan(&exists); err != nil {
		return false, fmt.Errorf("look for an administrator's key: %w", err)
	}
	return exists, nil
}

// TouchKey notes when a key was last used; an older time changes nothing.
func (s *Store) TouchKey(ctx context.Context, id models.ID, at time.Time) error {
	err := s.write.WithContext(ctx).Exec(
		"UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
		micros(at), uidOf(id), micros(at)).Error
	if err != nil {
		return fmt.Errorf("note the use of a key: %w", err)
	}
	return nil
}

// CreateApiKey stores a new one. origin is empty but for keys that the server
// makes by itself, of which one of each origin may be live.
func (s *Store) CreateApiKey(ctx context.Context, k models.ApiKey, origin string) error {
	scopes, err := json.Marshal(k.Scopes)
	if err != nil {
		return fmt.Errorf("write scopes: %w", err)
	}
	r := keyRecord{
		ID: uidOf(k.ID), Name: k.Name, Scopes: string(scopes), Hint: k.Hint, Hash: k.Hash, Origin: stringPtr(origin),
		Created: micros(k.CreatedAt), Expires: microsPtr(k.ExpiresAt), LastUsed: microsPtr(k.LastUsedAt), Revoked: microsPtr(k.RevokedAt),
	}
	if k.TenantID != nil {
		r.Tenant = uidOf(*k.TenantID)
	}
	return s.change(ctx, &models.Commit{}, func(tx *gorm.DB) error {
		if k.TenantID != nil {
			if _, err := liveTenant(tx, *k.TenantID); err != nil {
				return models.Under("tenantId", err)
			}
		}
		err := tx.Create(&r).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return models.Conflict("", "this key exists already")
		}
		return err
	})
}

// revocation begins the statement that ends keys. Their hash gives way to their
// id: CARILLON_ADMIN_KEY may name a secret again that was revoked before.
func (s *Store) revocation() string {
	if s.postgres() {
		return "UPDATE api_keys SET revoked_at = ?, hash = uuid_send(id)"
	}
	return "UPDATE api_keys SET revoked_at = ?, hash = id"
}

// errNoChange undoes a transaction that has nothing to change, so that no entry
// of the audit log says otherwise.
var errNoChange = errors.New("nothing to change")

// RevokeApiKey ends a key for good. One that was revoked before stays as it is.
func (s *Store) RevokeApiKey(ctx context.Context, id models.ID, now time.Time) (k models.ApiKey, err error) {
	err = s.change(ctx, &models.Commit{}, func(tx *gorm.DB) error {
		result := tx.Exec(s.revocation()+" WHERE id = ? AND revoked_at IS NULL", micros(now), uidOf(id))
		if result.Error != nil {
			return result.Error
		}
		var r keyRecord
		err := ofLiveOrNoTenant(tx.Clauses(clause.Locking{Strength: "UPDATE"})).Where("id = ?", uidOf(id)).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return models.NotFound("key", id)
		}
		if err == nil {
			k, err = r.model()
		}
		if err == nil && result.RowsAffected == 0 {
			return errNoChange
		}
		return err
	})
	if errors.Is(err, errNoChange) {
		err = nil
	}
	return k, err
}
