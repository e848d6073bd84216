package main

import (
	"context"

	"carillon/pgserver"
)

// startCluster starts a PostgreSQL of the benchmark's own below dir, with fsync
// on, settings that a small server would have, and more on request.
func startCluster(ctx context.Context, dir string, more ...string) (*pgserver.Server, error) {
	return pgserver.Start(ctx, pgserver.Config{Parent: dir, TCP: true, Settings: append([]string{
		"shared_buffers=512MB", "max_wal_size=8GB", "wal_compression=off", "max_connections=100",
	}, more...)})
}

// countStatements has PostgreSQL say what its statements cost, where that
// extension is installed.
const countStatements = "shared_preload_libraries=pg_stat_statements"
