package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon/models"
	"carillon/store"
)

// Bounds of the checks, and what is thought of what they find.
const (
	askTime     = 10 * time.Second
	pagesTime   = 60 * time.Second
	sealedTime  = 30 * time.Second
	commitTries = 5
	slowCommit  = 50 * time.Millisecond
	someSkew    = time.Second
	muchSkew    = 5 * time.Minute // what receivers commonly forgive in a signature's time
	longOpen    = time.Hour       // a transaction that keeps dead rows from being cleared
	fewLeft     = 5               // connections
	longLog     = 256 << 20       // of SQLite, whose log shrinks at 64 MiB
	oldRows     = 1_500_000_000   // PostgreSQL takes no writes from two billion on
)

// standing looks at what a server stands on: the database and what is in it.
func (d *doctor) standing(ctx context.Context) {
	quiet := d.out
	quiet.Stderr = nil // what the log would say is among the findings
	db, err := openDatabase(ctx, d.cfg, false, quiet)
	if err != nil {
		d.fail("database", "check CARILLON_DATABASE_URL, and that the database runs; carillon serve makes a SQLite file", "%v", err)
		return
	}
	defer func() {
		if err := db.Close(); err != nil {
			d.warn("database", "", "it was not closed in good order: %v", err)
		}
	}()
	bounded, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	facts, err := db.Condition(bounded)
	if err != nil {
		d.fail("database", "check that it runs and that the user may read it", "%v", err)
		return
	}
	migrated := d.schema(bounded, db.Store, &facts)
	if facts.Postgres != nil {
		d.postgres(bounded, db.Store, &facts, migrated)
	} else {
		d.sqlite(ctx, db.Store, &facts)
	}
	d.commits(bounded, db.Store)
	d.clock(bounded, db.Store)
	if migrated {
		d.sealed(ctx, db.Store)
		d.outbound(ctx, db.Store)
	}
}

// schema says whether every step of the schema was taken.
func (d *doctor) schema(ctx context.Context, db *store.Store, facts *store.Condition) bool {
	list, err := db.MigrateStatus(ctx)
	if err != nil {
		d.fail("database", "check that the user owns the tables", "%s: %v", facts.Version, err)
		return false
	}
	pending := slices.DeleteFunc(slices.Clone(list), func(m store.MigrationStatus) bool { return !m.AppliedAt.IsZero() })
	if len(pending) == 0 {
		d.ok("database", "%s, %s, schema %s", facts.Version, inBytes(facts.Size), strings.TrimSuffix(list[len(list)-1].Name, ".sql"))
		return true
	}
	d.fail("database", "run carillon migrate up; carillon serve does so at its start", "%s, %s: %d of %d steps of the schema are missing, from %s on",
		facts.Version, inBytes(facts.Size), len(pending), len(list), pending[0].Name)
	return false
}

func (d *doctor) postgres(ctx context.Context, db *store.Store, facts *store.Condition, migrated bool) {
	p := facts.Postgres
	switch {
	case !p.Fsync || !p.FullPageWrites:
		d.fail("durability", "set fsync and full_page_writes to on", "fsync is %s, full_page_writes is %s: a crash of the machine may lose or damage everything", onOff(p.Fsync), onOff(p.FullPageWrites))
	case p.SynchronousCommit == "off":
		d.fail("durability", "set synchronous_commit to on", "synchronous_commit is off: a crash loses events that publishers were told are stored")
	case p.WantsStandbys != "":
		d.ok("durability", "synchronous_commit is %s; synchronous_standby_names is %s, %d connected", p.SynchronousCommit, p.WantsStandbys, p.Standbys)
	default:
		d.ok("durability", "synchronous_commit is %s; %s, none of them synchronous", p.SynchronousCommit, number(p.Standbys, "standby server"))
	}
	if !p.Autovacuum {
		d.warn("vacuum", "set autovacuum to on", "autovacuum is off: the queue's table grows with every delivery")
	}
	if p.TransactionAge > oldRows {
		d.fail("vacuum", "find what keeps VACUUM from freezing: old transactions, replication slots", "the oldest row is %d transactions old; at two billion PostgreSQL takes no writes", p.TransactionAge)
	}
	if p.OldestTransaction > longOpen {
		d.warn("vacuum", "end it: SELECT pid, state, query FROM pg_stat_activity ORDER BY xact_start LIMIT 1", "a transaction has been open for %s: until it ends, no dead row is cleared", models.FormatDuration(p.OldestTransaction.Round(time.Second)))
	}
	nodes := 0
	if migrated {
		if n, err := db.LiveNodes(ctx); err == nil {
			nodes = n
		}
	}
	d.connections(p, nodes)
}

// connections compares what the server has with what the nodes may open.
func (d *doctor) connections(p *store.PostgresCondition, nodes int) {
	left, each := p.MaxConnections-p.Connections, p.Pool+1 // one listens
	text := fmt.Sprintf("%d of %d open; %s live, and each opens up to %d", p.Connections, p.MaxConnections, number(nodes, "node"), each)
	if p.Pooled {
		d.ok("connections", "a pooler stands between; behind it %d of %d are open", p.Connections, p.MaxConnections)
		return
	}
	switch {
	case left < fewLeft:
		d.fail("connections", "raise max_connections, lower pool_max_conns in the URL, or put PgBouncer between", "%s", text)
	case max(nodes, 1)*each > p.MaxConnections:
		d.warn("connections", "raise max_connections, lower pool_max_conns in the URL, or put PgBouncer between", "%s", text)
	default:
		d.ok("connections", "%s", text)
	}
}

func (d *doctor) sqlite(ctx context.Context, db *store.Store, facts *store.Condition) {
	if facts.SQLite.Log > longLog {
		d.warn("log", "look for a program that keeps the file open for reading, such as a backup that hangs", "the write-ahead log has %s and does not shrink", inBytes(facts.SQLite.Log))
	}
	ctx, cancel := context.WithTimeout(ctx, pagesTime)
	defer cancel()
	began := d.now()
	err := db.CheckPages(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		d.skip("pages", "run sqlite3 FILE 'PRAGMA quick_check' when there is time", "reading the whole file takes more than %s", models.FormatDuration(pagesTime))
	case err != nil:
		d.fail("pages", "stop the server, keep a copy of the file, and restore a backup", "%v", err)
	default:
		d.ok("pages", "the whole file is sound; log %s, free for reuse %s (read in %s)", inBytes(facts.SQLite.Log), inBytes(facts.SQLite.Free), took(d.now().Sub(began)))
	}
}

// commits measures what every publisher waits for.
func (d *doctor) commits(ctx context.Context, db *store.Store) {
	times := make([]time.Duration, 0, commitTries)
	for range commitTries {
		began := d.now()
		if err := db.TryCommit(ctx); err != nil {
			d.fail("commit", "check the disk's free space, and that the user may write", "%v", err)
			return
		}
		times = append(times, d.now().Sub(began))
	}
	slices.Sort(times)
	median := times[len(times)/2]
	if median > slowCommit {
		d.warn("commit", "look at the disk and the network to the database", "a commit takes %s, and every publisher waits for one", took(median))
		return
	}
	d.ok("commit", "a commit takes %s", took(median))
}

// clock compares this machine's clock with the database's, which counts.
func (d *doctor) clock(ctx context.Context, db *store.Store) {
	var skew, shortest time.Duration
	for i := range clockLooks {
		asked := d.now()
		told, err := db.Now(ctx)
		if err != nil {
			d.fail("clock", "", "%v", err)
			return
		}
		if way := d.now().Sub(asked); i == 0 || way < shortest {
			shortest, skew = way, told.Sub(asked.Add(way/2).Round(0))
		}
	}
	const advice = "let NTP keep the clocks of all machines"
	switch off := skew.Abs(); {
	case off > muchSkew:
		d.fail("clock", advice, "this machine's clock and the database's are %s apart: one of them is wrong, and receivers refuse signatures whose time is wrong", took(off))
	case off > someSkew:
		d.warn("clock", advice, "this machine's clock and the database's are %s apart; the database's counts", took(off))
	default:
		d.ok("clock", "agrees with the database's to %s", took(max(off, shortest)))
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// took is a time as people read it.
func took(d time.Duration) string {
	switch {
	case d >= time.Second:
		return models.FormatDuration(d.Round(10 * time.Millisecond))
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
