package store_test

import (
	"slices"
	"sync"
	"testing"

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

// TestSessionPooler: where the pooler leaves each connection its session, notices
// come by themselves.
func TestSessionPooler(t *testing.T) {
	t.Parallel()
	server := testkit.Server(t)
	r := newRoom(t, testkit.Bouncer(t, server, "pool_mode = session", "default_pool_size = 60").URL("postgres"))
	heard, stop := listen(t, r)
	defer stop()
	hear(t, heard, interrupted)
	r.publish(t, r.item())
	hear(t, heard, func(n models.Notice) bool { return n.EventsUpTo == 1 })
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	must(t, err)
	defer func() { must(t, conn.Close(t.Context())) }()
	var kept int
	must(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM notices").Scan(&kept))
	if kept > 0 {
		t.Errorf("%d notices are kept for nodes that look, and there is none", kept)
	}
}
