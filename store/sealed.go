package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"carillon/models"
)

// Sealed is what was found of the values that are encrypted at rest.
type Sealed struct {
	Opened int
	ByKey  map[string]int // how many are under each key, by its id
	Broken []string       // up to maxBroken that do not open, by their place
	Failed int            // those that do not open, all of them
	Unused []string       // ids of keys in the setting that nothing is under; never the first one
	Whole  bool           // every value was tried
}

const (
	sealedPage = 500
	maxBroken  = 10
)

// TrySealed opens every sealed value until the context ends, and says which key
// each is under.
func (s *Store) TrySealed(ctx context.Context) (found Sealed, err error) {
	if s.keys == nil {
		return found, errNoKeyring
	}
	found.ByKey = map[string]int{}
	var own []secretRecord
	if err := s.read.WithContext(ctx).Find(&own).Error; err != nil {
		return found, fmt.Errorf("read the server's secrets: %w", err)
	}
	for i := range own {
		s.trySealed(&found, own[i].Sealed, own[i].aad(), "the server's secret "+own[i].Name)
	}
	type row struct {
		ID      uid
		Secrets []byte
	}
	var last *uid
	for {
		var page []row
		q := s.read.WithContext(ctx).Table("channels").Select("id", "secrets").Where("secrets IS NOT NULL")
		if last != nil {
			q = q.Where("id > ?", *last)
		}
		if err := q.Order("id").Limit(sealedPage).Find(&page).Error; err != nil {
			if ctx.Err() != nil {
				break // as far as it came
			}
			return found, fmt.Errorf("read the secrets of channels: %w", err)
		}
		for _, r := range page {
			id := r.ID.id(models.PrefixChannel)
			s.trySealed(&found, r.Secrets, secretsAAD(id), "the channel "+id.String())
			last = &r.ID
		}
		if found.Whole = len(page) < sealedPage; found.Whole {
			break
		}
	}
	for i, key := range s.keys.keys {
		if id := hex.EncodeToString(key.id[:]); i > 0 && found.ByKey[id] == 0 && !slices.Contains(found.Unused, id) {
			found.Unused = append(found.Unused, id)
		}
	}
	return found, nil
}

func (s *Store) trySealed(found *Sealed, sealed []byte, aad, place string) {
	if len(sealed) == 0 {
		return
	}
	if len(sealed) >= sealIDSize {
		found.ByKey[hex.EncodeToString(sealed[:sealIDSize])]++
	}
	if _, err := s.keys.Open(sealed, aad); err == nil {
		found.Opened++
		return
	}
	if found.Failed++; len(found.Broken) < maxBroken {
		found.Broken = append(found.Broken, place)
	}
}
