package store

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
)

// checkFloor refuses a database that needs a newer program than this one. One
// that is merely newer is fine: steps that only add leave older programs working,
// so that nodes can be replaced one by one, and a release taken back.
func (s *Store) checkFloor(ctx context.Context, p *goose.Provider) error {
	_, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	var floor int64
	if err := s.read.WithContext(ctx).Raw("SELECT max(version) FROM schema_floor").Row().Scan(&floor); err != nil {
		return fmt.Errorf("read which programs the database is for: %w", err)
	}
	if floor > known {
		return fmt.Errorf("the database needs a newer carillon: its schema takes a program that knows migration %d, and this one knows those up to %d; run the newer program, or restore a backup from before the upgrade", floor, known)
	}
	return nil
}

// checkDown refuses to take back a step that this program does not have.
func checkDown(ctx context.Context, p *goose.Provider) error {
	applied, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if applied > known {
		return fmt.Errorf("the database's newest step is migration %d, which this program does not have (it knows those up to %d); take it back with the program that brought it", applied, known)
	}
	return nil
}
