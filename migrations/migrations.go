// Package migrations holds the schema of both databases as numbered SQL, up and
// down. It only carries the files; the store applies them.
package migrations

import "embed"

// Postgres is the schema for PostgreSQL, below postgres/.
//
//go:embed postgres/*.sql
var Postgres embed.FS

// SQLite is the schema for SQLite, below sqlite/.
//
//go:embed sqlite/*.sql
var SQLite embed.FS
