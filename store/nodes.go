package store

import (
	"context"
	"fmt"
	"time"

	"carillon/models"
)

// Beat notes that a node lives until a time, and counts those that do, itself
// among them. On SQLite there is one.
func (s *Store) Beat(ctx context.Context, node models.NodeID, now, until time.Time) (live int, err error) {
	if !s.postgres() {
		return 1, nil
	}
	err = s.rest.QueryRow(ctx, `WITH own AS (
			INSERT INTO nodes (id, until) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET until = excluded.until
		), gone AS (
			DELETE FROM nodes WHERE until < $4
		)
		SELECT 1 + count(*) FROM nodes WHERE id <> $1 AND until > $3`,
		uid(node), micros(until), micros(now), micros(now.Add(-time.Hour))).Scan(&live)
	if err != nil {
		return 0, fmt.Errorf("count the nodes: %w", err)
	}
	return live, nil
}

// Leave takes a node off the count.
func (s *Store) Leave(ctx context.Context, node models.NodeID) error {
	if !s.postgres() {
		return nil
	}
	if _, err := s.rest.Exec(ctx, "DELETE FROM nodes WHERE id = $1", uid(node)); err != nil {
		return fmt.Errorf("leave the nodes: %w", err)
	}
	return nil
}
