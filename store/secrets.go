package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

type secretRecord struct {
	Name   string `gorm:"column:name;primaryKey"`
	Sealed []byte `gorm:"column:sealed"`
}

func (secretRecord) TableName() string { return "server_secrets" }

func (r *secretRecord) aad() string { return "server_secrets|" + r.Name + "|sealed" }

var errNoKeyring = errors.New("the store has no encryption key (CARILLON_ENCRYPTION_KEY)")

// ServerSecret is a secret of the server itself that all its nodes share. The
// first to ask makes it; all others get what that one stored.
func (s *Store) ServerSecret(ctx context.Context, name string, draw func() []byte) ([]byte, error) {
	if s.keys == nil {
		return nil, errNoKeyring
	}
	r := secretRecord{Name: name}
	err := s.read.WithContext(ctx).Where("name = ?", name).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = s.makeServerSecret(ctx, &r, draw)
	}
	if err != nil {
		return nil, fmt.Errorf("read the server's secret %s: %w", name, err)
	}
	secret, err := s.keys.Open(r.Sealed, r.aad())
	if err != nil {
		return nil, fmt.Errorf("read the server's secret %s: %w", name, err)
	}
	return secret, nil
}

// makeServerSecret leaves in r what is stored, whoever was first.
func (s *Store) makeServerSecret(ctx context.Context, r *secretRecord, draw func() []byte) error {
	fresh := secretRecord{Name: r.Name}
	fresh.Sealed = s.keys.Seal(draw(), fresh.aad())
	return s.change(ctx, &models.Commit{}, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return err
		}
		return tx.Where("name = ?", r.Name).Take(r).Error
	})
}
