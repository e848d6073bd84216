package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"carillon/models"
)

// Observer hears of what the store does, to count it. Its methods are quick,
// never wait, and are safe for concurrent use.
type Observer interface {
	// Committed hears of every transaction that callers share: of publications, of
	// completions, or of both. failed counts the callers who got an error that was
	// none of their own fault.
	Committed(what string, callers, failed int, took time.Duration)
	// Purged counts rows that were erased: of events that were older than the
	// retention, or anything of a deleted tenant.
	Purged(what string, rows int)
	// StatementFailed hears of errors that PostgreSQL answers, by class.
	StatementFailed(class string)
}

// What is committed, and what is purged.
const (
	commitPublish  = "publish"
	commitComplete = "complete"
	commitBoth     = "both"
	purgeOfEvents  = "events"
	purgeOfTenants = "tenants"
)

type unobserved struct{}

func (unobserved) Committed(string, int, int, time.Duration) {}
func (unobserved) Purged(string, int)                        {}
func (unobserved) StatementFailed(string)                    {}

// observed tells of each transaction of a group.
func observed[T, R any](s *Store, what func([]*job[T, R]) string, fault func(*job[T, R]) error,
	commit func(context.Context, []*job[T, R])) func(context.Context, []*job[T, R]) {
	return func(ctx context.Context, jobs []*job[T, R]) {
		begun := s.cfg.Now()
		commit(ctx, jobs)
		took, failed := s.cfg.Now().Sub(begun), 0
		for _, j := range jobs {
			if ours(fault(j)) {
				failed++
			}
		}
		s.cfg.Observer.Committed(what(jobs), len(jobs), failed, took)
	}
}

// always is for groups of one sort of job.
func always[T, R any](what string) func([]*job[T, R]) string {
	return func([]*job[T, R]) string { return what }
}

func jobFault[T, R any](j *job[T, R]) error { return j.err }

func liteFault(j *job[liteJob, struct{}]) error {
	if j.in.publish != nil {
		return j.in.publish.err
	}
	return j.in.complete.err
}

func liteKind(jobs []*job[liteJob, struct{}]) string {
	publishes, completes := false, false
	for _, j := range jobs {
		publishes, completes = publishes || j.in.publish != nil, completes || j.in.complete != nil
	}
	switch {
	case publishes && completes:
		return commitBoth
	case publishes:
		return commitPublish
	}
	return commitComplete
}

// ours tells a failure of the database from what a caller has asked for in vain.
func ours(err error) bool {
	return err != nil && models.CodeOf(err) == models.CodeInternal && !errors.Is(err, models.ErrStaleRoutes)
}

// expected are errors by which PostgreSQL says what the store wants to know:
// guards of its own, duplicates, and deadlocks that are tried again.
func expected(err *pgconn.PgError) bool {
	return isGuard(err) || isRefusal(err) || err.Code == "57014" // canceled: by the caller's own end
}

// classOf is the class of an error of PostgreSQL: the first two signs of its code.
func classOf(err *pgconn.PgError) string {
	switch {
	case err.Code == "40P01":
		return "deadlock"
	case err.Code == readOnly:
		return "read_only"
	case len(err.Code) < 2:
		return "other"
	}
	switch err.Code[:2] {
	case "08":
		return "connection"
	case "53":
		return "resources"
	case "57":
		return "shutdown"
	case "40":
		return "conflict"
	}
	return "other"
}

// Pools tells of the connections to the database.
func (s *Store) Pools() []models.Pool {
	if s.postgres() {
		return []models.Pool{poolOf("hot", s.pool), poolOf("rest", s.rest)}
	}
	return []models.Pool{liteOf("writer", s.writer.Stats()), liteOf("reader", s.reader.Stats())}
}

func liteOf(name string, stats sql.DBStats) models.Pool {
	return models.Pool{
		Name: name, Open: stats.OpenConnections, InUse: stats.InUse, Idle: stats.Idle, Max: stats.MaxOpenConnections,
		Waited: stats.WaitCount, WaitTime: stats.WaitDuration,
	}
}

func poolOf(name string, pool *pgxpool.Pool) models.Pool {
	stats := pool.Stat()
	return models.Pool{
		Name: name, Open: int(stats.TotalConns()), InUse: int(stats.AcquiredConns()), Idle: int(stats.IdleConns()), Max: int(stats.MaxConns()),
		Waited: stats.EmptyAcquireCount(), WaitTime: stats.EmptyAcquireWaitTime(),
	}
}
