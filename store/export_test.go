package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// CountReads counts the statements that gorm reads by from now on.
func (s *Store) CountReads(count func()) error {
	hear := func(*gorm.DB) { count() }
	c := s.read.Callback()
	if err := c.Query().Before("*").Register("count", hear); err != nil {
		return err
	}
	return c.Row().Before("*").Register("count", hear)
}

// ExecMode is how statements are sent to PostgreSQL.
func (s *Store) ExecMode() pgx.QueryExecMode { return s.pool.Config().ConnConfig.DefaultQueryExecMode }

// Demote lets every hot connection take no writes, as if its server had become a standby.
func (s *Store) Demote(ctx context.Context) error {
	for _, conn := range s.pool.AcquireAllIdle(ctx) {
		_, err := conn.Exec(ctx, "SET default_transaction_read_only = on")
		conn.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// Reconnect lets go of all connections.
func (s *Store) Reconnect() { s.reconnect() }

// MigrateTo brings an older schema up to a version.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	return s.alone(ctx, func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
}
