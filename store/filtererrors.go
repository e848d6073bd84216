package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"carillon/models"
)

// CountFilterErrors adds to the counts of webhooks whose filters failed. Routing
// does not depend on them, so that the routes stay of the same generation.
func (s *Store) CountFilterErrors(ctx context.Context, counts map[models.ID]int64) error {
	if len(counts) == 0 {
		return nil
	}
	byID := make(map[string]int64, len(counts))
	for id, n := range counts {
		if s.postgres() {
			byID[id.UUID.String()] = n
		} else {
			byID[hex.EncodeToString(id.UUID[:])] = n
		}
	}
	list, _ := json.Marshal(byID) // texts and numbers always marshal
	query := "UPDATE webhooks SET filter_errors = filter_errors + w.value FROM json_each(?) w WHERE webhooks.id = unhex(w.key)"
	if s.postgres() {
		query = `UPDATE webhooks SET filter_errors = filter_errors + w.value::bigint
			FROM json_each_text(CAST(? AS json)) w WHERE webhooks.id = w.key::uuid`
	}
	err := s.retryDeadlocks(ctx, func() error { return s.write.WithContext(ctx).Exec(query, string(list)).Error })
	if err != nil {
		return fmt.Errorf("count filter errors: %w", err)
	}
	return nil
}
