package main

import (
	"context"

	"carillon/pgserver"
)

// startCluster starts a PostgreSQL of the benchmark's own below dir, with fsync
// on and settings that a small server would have.
func startCluster(ctx context.Context, dir string) (*pgserver.Server, error) {
	return pgserver.Start(ctx, pgserver.Config{Parent: dir, TCP: true, Settings: []string{
		"shared_buffers=512MB", "max_wal_size=8GB", "wal_compression=off", "max_connections=100",
	}})
}
