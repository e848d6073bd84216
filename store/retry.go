package store

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"

	"carillon/models"
)

// deadlockTries bounds how often a transaction is begun anew after the database
// broke a deadlock by ending it.
const deadlockTries = 5

// retryDeadlocks runs work, which must be one whole transaction, again where
// PostgreSQL chose it as the victim of a deadlock.
func (s *Store) retryDeadlocks(ctx context.Context, work func() error) (err error) {
	for range deadlockTries {
		if err = work(); !isDeadlock(err) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// errTryAgain asks for the transaction to be begun anew.
var errTryAgain = errors.New("try again")

// isDeadlock holds for deadlock_detected and serialization_failure.
func isDeadlock(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001") || errors.Is(err, errTryAgain)
}

// sortedIDs is the order in which rows are locked.
func sortedIDs(ids []models.ID) []models.ID {
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, models.ID.Compare)
	return slices.Compact(sorted)
}

// isGuard holds where a guard failed: see guardGenerations.
func isGuard(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "22012"
}

// isRefusal holds for errors that the data of a statement bring about, not the
// state of the database.
func isRefusal(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		class := pg.Code[:min(2, len(pg.Code))]
		return class == "22" || class == "23" || class == "54"
	}
	return errors.Is(err, sqlite3.CONSTRAINT) || errors.Is(err, sqlite3.TOOBIG)
}
