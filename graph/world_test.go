package graph_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"carillon/auth"
	"carillon/catalog"
	"carillon/channels"
	"carillon/control"
	"carillon/engine"
	"carillon/graph"
	"carillon/models"
	"carillon/store"
	"carillon/stream"
	"carillon/testkit"
)

func TestMain(m *testing.M) {
	os.Exit(testkit.Main(m, func() error { return goleak.Find() }))
}

// world is the real API on a real database; only sending is pretended.
type world struct {
	store  *store.Store
	engine *engine.Engine
	exec   *executor.Executor
	admin  *auth.Principal
}

// sender answers 200 to everything.
type sender struct{}

func (sender) Check(context.Context, channels.Message) ([]models.Report, error) { return nil, nil }

func (sender) Send(_ context.Context, m channels.Message) (channels.Receipt, error) {
	code := 200
	return channels.Receipt{Target: m.Channel.Config.Target(), ResponseCode: &code}, nil
}

func openWorld(t *testing.T, url string) *world {
	t.Helper()
	return openWorldThat(t, url, sender{})
}

// openWorldThat is one whose messages are answered by the sender.
func openWorldThat(t *testing.T, url string, sends engine.Sender) *world {
	t.Helper()
	w := openStillWorld(t, url, sends)
	run(t, w.engine.Run)
	return w
}

// openStillWorld is one where nothing leaves the queue.
func openStillWorld(t *testing.T, url string, sends engine.Sender) *world {
	t.Helper()
	keys, err := store.ParseKeyring(store.NewEncryptionKey())
	if err != nil {
		t.Fatal(err)
	}
	var onCommit atomic.Pointer[func(models.Commit)]
	node := uuid.New()
	s, err := store.Open(t.Context(), store.Config{URL: url, Keys: keys, Node: node, OnCommit: func(c models.Commit) {
		if fn := onCommit.Load(); fn != nil {
			(*fn)(c)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	testkit.WatchSteps(t, url)
	types := catalog.New(s.EventTypeByName, time.Now)
	eng := engine.New(engine.Config{Node: node, Store: s, Catalog: types, Sender: sends, Workers: 4})
	attempts := stream.NewHub(stream.Config[models.Attempt]{
		Head: s.AttemptsHead, Seq: func(a *models.Attempt) int64 { return a.Seq },
		Read: func(ctx context.Context, after, upTo int64, limit int) ([]models.Attempt, error) {
			return s.AttemptsBetween(ctx, after, upTo, models.AttemptFilter{IncludeTests: true}, limit)
		},
	})
	events := stream.NewHub(stream.Config[models.Event]{
		Head: s.EventsHead, Seq: func(e *models.Event) int64 { return e.Seq },
		Read: func(ctx context.Context, after, upTo int64, limit int) ([]models.Event, error) {
			return s.EventsBetween(ctx, after, upTo, models.EventFilter{IncludeTests: true}, limit)
		},
	})
	board := stream.NewBoard[models.Delivery](0)
	told := func(c models.Commit) {
		attempts.Feed(c.Attempts)
		events.Feed(c.Events)
		board.Post(c.Updates)
		if c.Catalog {
			types.Invalidate()
		}
		eng.Committed(c)
	}
	onCommit.Store(&told)
	run(t, attempts.Run)
	run(t, events.Run)
	t.Cleanup(func() { _ = eng.Drain(context.Background()) })

	api := graph.New(graph.Config{
		Control: control.New(control.Config{Store: s, Hasher: auth.NewHasher(make([]byte, 32)), Now: time.Now,
			Sessions: auth.NewSessions(make([]byte, 32)), URL: func() string { return "https://carillon.example.com" }}),
		Engine: eng, Reader: s, Attempts: attempts, Events: events, Updates: board,
		Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	t.Cleanup(api.Close)
	return &world{store: s, engine: eng, exec: newExecutor(api), admin: auth.System()}
}

// run runs until the test ends, and then waits.
func run(t *testing.T, fn func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

func (w *world) do(t *testing.T, p *auth.Principal, query string, args ...any) answer {
	t.Helper()
	return do(t, w.exec, p, fmt.Sprintf(query, args...), ``)
}

// id takes the id out of an answer such as {"createTenant":{"id":"…"}}.
func (a answer) id(t *testing.T) models.ID {
	t.Helper()
	_, rest, _ := strings.Cut(a.data(t), `"id":"`)
	text, _, _ := strings.Cut(rest, `"`)
	id, err := models.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// tenant is a new tenant with a channel and a webhook that takes everything.
func (w *world) tenant(t *testing.T, name string) (tenant, channel, webhook models.ID) {
	t.Helper()
	tenant = w.do(t, w.admin, `mutation { createTenant(input: {name: %q}) { id } }`, name).id(t)
	channel = w.do(t, w.admin, `mutation { createChannel(input: {tenantId: "%s", name: "c", config: {http: {url: "https://example.com/"}}}) { id } }`, tenant).id(t)
	webhook = w.do(t, w.admin, `mutation { createWebhook(input: {tenantId: "%s", name: "w", eventTypes: ["*"], routes: [{channelId: "%s"}]}) { id } }`, tenant, channel).id(t)
	return tenant, channel, webhook
}

// counting is a PostgreSQL on a socket of its own that counts the statements
// which pass through it.
func counting(t *testing.T, setting string) (counted string, statements *atomic.Int64) {
	t.Helper()
	u, err := url.Parse(setting)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const socket = ".s.PGSQL.5432"
	server := filepath.Join(u.Query().Get("host"), socket)
	listener, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		t.Fatal(err)
	}
	statements = &atomic.Int64{}
	p := &proxy{server: server, count: statements}
	p.wg.Go(func() { p.accept(listener) })
	t.Cleanup(func() { _ = listener.Close(); p.wg.Wait() })
	query := u.Query()
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	return u.String(), statements
}
