package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

const (
	stayNode = `INSERT INTO nodes (id, until, counted) VALUES ($1, $2, 0) ON CONFLICT (id) DO UPDATE SET until = excluded.until`
	// countNodes notes what this node has counted, and tells whether all the
	// others have counted as many.
	countNodes = `WITH live AS (SELECT id, counted FROM nodes WHERE until > $2)
		UPDATE nodes SET counted = (SELECT count(*) FROM live) WHERE id = $1
		RETURNING counted, counted <= (SELECT COALESCE(min(counted), 1 << 30) FROM live WHERE live.id <> $1)`
	forgetNodes = "DELETE FROM nodes WHERE until < $1"
	// nodeMemory is how long a node is kept that says nothing any more.
	nodeMemory = time.Hour
)

// Beat notes that a node lives until a time, and counts those that do, itself
// among them; agreed says that each of the others has counted at least as many.
// Where they have not, they are asked to. On SQLite there is one.
func (s *Store) Beat(ctx context.Context, node models.NodeID, now, until time.Time) (live int, agreed bool, err error) {
	if !s.postgres() {
		return 1, true, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(stayNode, uid(node), micros(until))
	batch.Queue(forgetNodes, micros(now.Add(-nodeMemory)))
	batch.Queue(countNodes, uid(node), micros(now)).QueryRow(func(row pgx.Row) error { return row.Scan(&live, &agreed) })
	if err := s.rest.SendBatch(ctx, batch).Close(); err != nil {
		return 0, false, fmt.Errorf("count the nodes: %w", err)
	}
	if !agreed {
		s.committed(models.Commit{Nodes: true})
	}
	return live, agreed, nil
}

// LiveNodes counts the nodes that have said lately that they live. On SQLite
// nobody says so.
func (s *Store) LiveNodes(ctx context.Context) (n int, err error) {
	if !s.postgres() {
		return 0, nil
	}
	const query = "SELECT count(*) FROM nodes WHERE until > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
	if err := s.rest.QueryRow(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the nodes: %w", err)
	}
	return n, nil
}

// Leave takes a node off the count.
func (s *Store) Leave(ctx context.Context, node models.NodeID) error {
	if !s.postgres() {
		return nil
	}
	if _, err := s.rest.Exec(ctx, "DELETE FROM nodes WHERE id = $1", uid(node)); err != nil {
		return fmt.Errorf("leave the nodes: %w", err)
	}
	s.committed(models.Commit{Nodes: true})
	return nil
}
