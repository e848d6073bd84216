package store_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"carillon/pgserver"
	"carillon/store"
	"carillon/testkit"
)

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

// TestSilentHostIsTriedOnce: of two hosts the first one hangs, and the other one
// takes over. Once it was found, connections lead there at once.
func TestSilentHostIsTriedOnce(t *testing.T) {
	t.Parallel()
	primary := testkit.Server(t)
	standby := testkit.Standby(t, primary)
	at := pgserver.URL("postgres", primary, standby) + "&connect_timeout=2"
	s, err := store.Open(t.Context(), store.Config{URL: at, Node: uuid.New(), StatementTime: time.Second})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.MigrateUp(t.Context()))
	must(t, primary.Freeze(t.Context()))
	must(t, standby.Promote(t.Context()))
	for err := errors.New("not yet"); err != nil; err = s.Ping(t.Context()) {
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		begin := time.Now()
		s.Reconnect()
		must(t, s.Ping(t.Context()))
		if took := time.Since(begin); took >= 2*time.Second {
			t.Errorf("a new connection took %s, although the host that answers is known", took)
		}
	}
}
