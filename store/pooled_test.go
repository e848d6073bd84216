package store_test

import (
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"carillon/models"
	"carillon/pgserver"
	"carillon/store"
	"carillon/testkit"
)

// TestBehindAPooler: one PgBouncer hands each transaction another session.
func TestBehindAPooler(t *testing.T) {
	t.Parallel()
	server := testkit.Server(t)
	pooler := testkit.Bouncer(t, server, "pool_mode = transaction", "default_pool_size = 4")
	for name, story := range map[string]func(*testing.T, *pgserver.Server, *pgserver.Bouncer){
		"it is found out":       poolerIsFoundOut,
		"work":                  workBehindAPooler,
		"notices":               noticesBehindAPooler,
		"notices with a gap":    noticesThatWereRemoved,
		"nodes migrate at once": migrateBehindAPooler,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, server, pooler)
		})
	}
}

// fresh makes a database and returns its name.
func fresh(t *testing.T, server *pgserver.Server) string {
	t.Helper()
	name := "d" + uuid.NewString()[:8]
	must(t, server.Exec(t.Context(), "postgres", "CREATE DATABASE "+name))
	return name
}

func poolerIsFoundOut(t *testing.T, server *pgserver.Server, pooler *pgserver.Bouncer) {
	name := fresh(t, server)
	for url, want := range map[string]pgx.QueryExecMode{
		pooler.URL(name): pgx.QueryExecModeCacheDescribe,
		server.URL(name): pgx.QueryExecModeCacheStatement,
		server.URL(name) + "&default_query_exec_mode=describe_exec": pgx.QueryExecModeDescribeExec,
	} {
		if got := openEmpty(t, url).ExecMode(); got != want {
			t.Errorf("%s is spoken to by %s, want %s", url, got, want)
		}
	}
}

// workBehindAPooler: every statement may meet another session than the one before.
func workBehindAPooler(t *testing.T, server *pgserver.Server, pooler *pgserver.Bouncer) {
	r := newRoom(t, pooler.URL(fresh(t, server)))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				item := r.leased()
				if _, err := r.Publish(t.Context(), r.publication(item, r.item())); err != nil {
					t.Errorf("publish: %v", err)
					return
				}
				if held, err := r.Complete(t.Context(), r.outcome(item, models.DeliverySucceeded)); err != nil || !held[0] {
					t.Errorf("complete: %v, %v", held, err)
				}
				if _, err := r.Now(t.Context()); err != nil {
					t.Errorf("read the clock: %v", err)
				}
			}
		})
	}
	group.Wait()
	if got := len(r.claim(t, 500)); got != 160 {
		t.Errorf("%d deliveries wait, want 160", got)
	}
}

func noticesBehindAPooler(t *testing.T, server *pgserver.Server, pooler *pgserver.Bouncer) {
	name := fresh(t, server)
	r := newRoom(t, pooler.URL(name))
	pooled, stop := listen(t, r)
	defer stop()
	direct, stopDirect := listen(t, &room{url: server.URL(name), keys: r.keys})
	defer stopDirect()
	hear(t, pooled, interrupted)
	hear(t, direct, interrupted)
	told := func(from *room) {
		t.Helper()
		item := from.item()
		from.publish(t, item)
		for _, heard := range []<-chan models.Notice{pooled, direct} {
			hear(t, heard, func(n models.Notice) bool {
				return n.Node == from.node && len(n.Lanes) == 1 && slices.Equal(n.Updates, []models.ID{item.Placements[0].Delivery.ID})
			})
		}
	}
	told(r)
	// What a node tells that needs no pooler itself reaches those behind one.
	beside := &room{url: server.URL(name), keys: r.keys, now: r.now, tenant: r.tenant, lane: r.lane}
	beside.Store, beside.node = beside.open(t, nil)
	beside.refresh(t)
	told(beside)
}

// noticesThatWereRemoved: a node that stood still for long knows that it missed some.
func noticesThatWereRemoved(t *testing.T, server *pgserver.Server, pooler *pgserver.Bouncer) {
	name := fresh(t, server)
	r := newRoom(t, pooler.URL(name))
	heard, stop := listen(t, r)
	defer stop()
	hear(t, heard, interrupted)
	must(t, server.Exec(t.Context(), name, "UPDATE log_heads SET position = position + 3 WHERE name = 'notices'"))
	hear(t, heard, interrupted)
	r.publish(t, r.item())
	hear(t, heard, func(n models.Notice) bool { return n.EventsUpTo == 1 })
}

func migrateBehindAPooler(t *testing.T, server *pgserver.Server, pooler *pgserver.Bouncer) {
	name := fresh(t, server)
	var group sync.WaitGroup
	for range 8 { // more than the pooler has sessions
		group.Go(func() {
			s, err := store.Open(t.Context(), store.Config{URL: pooler.URL(name), Node: uuid.New()})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	expectMigrated(t, openEmpty(t, pooler.URL(name)), true)
}

// TestReadOnlyServerIsLeft: a connection to a server that has become read-only is
// of no more use, nor are its siblings.
func TestReadOnlyServerIsLeft(t *testing.T) {
	t.Parallel()
	at := testkit.Postgres(t)
	r := newRoom(t, at)
	name := databaseOf(t, at)
	r.publish(t, r.item())
	admin, err := pgx.Connect(t.Context(), at)
	must(t, err)
	defer func() { must(t, admin.Close(t.Context())) }()
	run := func(statement string) {
		t.Helper()
		_, err := admin.Exec(t.Context(), statement)
		must(t, err)
	}
	run("ALTER DATABASE " + name + " SET default_transaction_read_only = on")
	// As a fail-over does: all are broken off, and whoever comes back finds a standby.
	run("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err := r.Ping(t.Context()); err == nil {
		t.Error("a server that takes no writes is ready")
	}
	if _, err := r.Publish(t.Context(), r.publication(r.item())); err == nil {
		t.Error("a server that takes no writes took an event")
	}
	run("ALTER DATABASE " + name + " RESET default_transaction_read_only")
	publishAgain(t, r)
	must(t, r.Ping(t.Context()))
}

// TestDemotedServerIsLeft: connections that were made before a server became
// read-only say so at the first write, and are all let go of.
func TestDemotedServerIsLeft(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t)+"&pool_max_conns=1")
	r.publish(t, r.item())
	must(t, r.Demote(t.Context()))
	if _, err := r.Publish(t.Context(), r.publication(r.item())); err == nil {
		t.Fatal("a connection that takes no writes took an event")
	}
	r.publish(t, r.item()) // on another connection
}

func databaseOf(t *testing.T, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	must(t, err)
	return u.Path[1:]
}

// TestSilentServerIsGivenUp: a server that hangs keeps nobody for ever.
func TestSilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	server := testkit.Server(t)
	at := server.URL("postgres") + "&connect_timeout=1"
	s, err := store.Open(t.Context(), store.Config{URL: at, Node: uuid.New(), StatementTime: 300 * time.Millisecond})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.MigrateUp(t.Context()))
	_, err = s.Lanes(t.Context())
	must(t, err)
	must(t, server.Freeze(t.Context()))
	begin := time.Now()
	for range 2 { // by a connection that is there, and by a new one
		if _, err := s.Lanes(t.Context()); err == nil {
			t.Error("a silent server answered")
		}
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a silent server answered")
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it was waited for %s", took)
	}
	server.Thaw()
	if _, err := s.Lanes(t.Context()); err != nil {
		t.Errorf("after the silence: %v", err)
	}
}
