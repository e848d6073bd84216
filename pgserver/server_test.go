package pgserver

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), cfg.Quick())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removed(t, s) })
	return s
}

func removed(t *testing.T, s *Server) {
	dir := s.dir
	if err := s.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func ask(t *testing.T, url, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	column, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(column, " ")
}

func TestServerKeepsWhatItCommittedOverACrash(t *testing.T) {
	t.Parallel()
	s := start(t, Config{TCP: true, Settings: []string{"max_connections=20"}})
	at := s.URL("postgres")
	if err := s.Exec(t.Context(), "postgres", "CREATE TABLE kept AS SELECT 'yes' AS word"); err != nil {
		t.Fatal(err)
	}
	s.Crash()
	if conn, err := pgx.Connect(t.Context(), at); err == nil {
		conn.Close(t.Context())
		t.Fatal("a server that crashed answers")
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, at, "SELECT word || current_setting('max_connections') FROM kept"); got != "yes20" {
		t.Fatalf("after the restart: %q", got)
	}
}

func TestServerOnASocket(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	if got := ask(t, s.URL("postgres"), "SELECT current_setting('listen_addresses')"); got != "" {
		t.Fatalf("it listens on %q", got)
	}
	s.Stop()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	first := start(t, Config{TCP: true})
	second, err := first.Standby(t.Context(), "second")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removed(t, second) })
	if err := first.Synchronous(t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	if err := first.Exec(t.Context(), "postgres", "CREATE TABLE kept AS SELECT 'yes' AS word"); err != nil {
		t.Fatal(err)
	}
	first.Crash()
	if got := ask(t, second.URL("postgres"), "SELECT current_setting('transaction_read_only')"); got != "on" {
		t.Fatalf("before the promotion, read only is %s", got)
	}
	if err := second.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	either := URL("postgres", first, second) + "&target_session_attrs=read-write"
	if got := ask(t, either, "INSERT INTO kept VALUES ('and more') RETURNING (SELECT word FROM kept)"); got != "yes" {
		t.Fatalf("the standby has %q", got)
	}
}

func TestFrozenServerIsSilent(t *testing.T) {
	t.Parallel()
	s := start(t, Config{TCP: true})
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := s.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { answered <- conn.Ping(context.WithoutCancel(t.Context())) }()
	select {
	case err := <-answered:
		t.Fatalf("a frozen server answered: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	s.Thaw()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}
