// Package store is the only room that knows SQL and gorm. It keeps the nouns,
// the queue of deliveries and the logs of events and attempts, in SQLite or in
// PostgreSQL, behind methods that mean the same on both. It decides nothing:
// what becomes of a delivery is told to it.
package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"carillon/models"
)

// Config says which database to open, and whom to tell.
type Config struct {
	URL  string // sqlite:PATH or postgres://…
	Keys *Keyring
	Node models.NodeID // names this process in leases and notices
	Log  *slog.Logger  // nil discards
	// Now tells whether a lease still runs, for the statuses that are shown; nil
	// is the computer's clock. What changes the queue takes its time from the caller.
	Now func() time.Time
	// StatementTime ends statements that the caller has set no end to, so that a
	// PostgreSQL that fell silent is given up. Zero is a minute.
	StatementTime time.Duration
	// NewConfig makes an empty configuration of a kind of channel to read one into;
	// nil for a kind that is not known. Without one, models.NewConfig.
	NewConfig func(models.ChannelKind) models.ChannelConfig
	// OnCommit hears of every commit of this store, after it; commits that append
	// to a log are told in the order of its positions. It must not block. May be nil.
	OnCommit func(models.Commit)
	Observer Observer // hears of what is to be counted; nil for nobody
}

// Store is one database. It is safe for concurrent use.
type Store struct {
	cfg  Config
	keys *Keyring
	log  *slog.Logger

	pool   *pgxpool.Pool // PostgreSQL: for the hot paths; nil on SQLite
	rest   *pgxpool.Pool // PostgreSQL: for everything else, below writer
	pooled bool          // PostgreSQL: a pooler stands between
	hosts  hosts         // PostgreSQL, where the URL names several
	writer *sql.DB       // SQLite: one connection, whose transactions begin immediate
	reader *sql.DB       // SQLite: several, read only; PostgreSQL: the same as writer

	write *gorm.DB // over writer
	read  *gorm.DB // over reader
	lite  *lite    // SQLite: the connection of writer
	file  string   // SQLite: where it is

	herald      *herald                                        // PostgreSQL
	publishes   *group[models.Publication, []models.Published] // PostgreSQL
	completions *group[models.Completion, []bool]              // PostgreSQL
	lites       *group[liteJob, struct{}]                      // SQLite: both
	// The order of a log is held from before a commit until OnCommit has heard of it.
	eventsOrder, attemptsOrder sync.Mutex // locked in this order

	counts backlogCounts // of channels with great backlogs
	past   pastWalk      // how far PurgeOld has come
	gone   purgeWalk     // how far PurgeDeleted has come
}

// postgres says which of the two dialects is spoken.
func (s *Store) postgres() bool { return s.pool != nil }

// change runs fn in one write transaction, makes a new generation of the tenants
// whose webhooks or channels it changes, and tells this node and the others after
// the commit. commit may carry further news (Updates, Lanes, Catalog); fn may add
// to it. Tenants that are known before should stand in commit from the start:
// then publications that were routed by the old generation have either committed,
// and fn sees their deliveries, or are refused. fn runs again, on a commit as it
// was before, where the database broke a deadlock. The entry of the audit log that
// ctx has is written with the change.
func (s *Store) change(ctx context.Context, commit *models.Commit, fn func(tx *gorm.DB) error) error {
	before := *commit
	return s.retryDeadlocks(ctx, func() error {
		*commit = before
		err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			known := len(commit.Tenants)
			if err := s.holdPublications(tx, commit.Tenants); err != nil {
				return err
			}
			if err := bumpGenerations(tx, commit.Tenants); err != nil {
				return err
			}
			if err := fn(tx); err != nil {
				return err
			}
			if err := bumpGenerations(tx, commit.Tenants[known:]); err != nil {
				return err
			}
			return s.record(tx, models.AuditOf(ctx))
		})
		if err == nil {
			s.committed(*commit)
		}
		return err
	})
}

// committed tells this node, and then the others.
func (s *Store) committed(c models.Commit) {
	if s.cfg.OnCommit != nil {
		s.cfg.OnCommit(c)
	}
	if s.herald != nil {
		s.herald.tell(&c)
	}
}

// holdPublications waits for the publications of the tenants that are under
// way, and keeps new ones waiting until the transaction ends.
func (s *Store) holdPublications(tx *gorm.DB, tenants []models.ID) error {
	if !s.postgres() {
		return nil // whoever writes holds back every other writer
	}
	if err := tx.Exec(endWhenIdle).Error; err != nil {
		return err
	}
	for _, slot := range slotsOf(uidsOf(tenants)) {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(?, ?)", tenantLocks, slot).Error; err != nil {
			return err
		}
	}
	return nil
}

func bumpGenerations(tx *gorm.DB, tenants []models.ID) error {
	for _, id := range sortedIDs(tenants) {
		if err := tx.Exec("UPDATE tenants SET generation = generation + 1 WHERE id = ?", uidOf(id)).Error; err != nil {
			return err
		}
	}
	return nil
}
