package engine_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/catalog"
	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/store"
	"carillon/templates"
	"carillon/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

// patience bounds every wait of these tests; nothing takes that long.
const patience = 20 * time.Second

// bundle is one engine on a real database, with a clock and a sender that the
// test drives.
type bundle struct {
	t       *testing.T
	url     string
	keys    *store.Keyring
	node    models.NodeID
	clock   *testkit.Clock
	store   *store.Store
	engine  *engine.Engine
	sender  *sender
	commits chan models.Commit
	stop    func()

	tenant  models.ID
	channel models.ID
	webhook models.ID
}

type options struct {
	policy  models.RetryPolicy
	workers int
	buffer  int
	idle    bool // Run is not called

	templates engine.Renderer                 // plain
	wrap      func(*store.Store) engine.Store // what the engine has for a store
	filters   engine.Filters
	with      func(*engine.Config)
}

func policy(waits ...time.Duration) models.RetryPolicy { return models.RetryPolicy{Schedule: waits} }

// setup makes the bundle and a tenant whose every event goes to one channel.
func setup(t *testing.T, url string, o options) *bundle {
	t.Helper()
	keys, err := store.ParseKeyring(store.NewEncryptionKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, url: url, keys: keys, clock: testkit.NewClock(), sender: newSender()}
	b.open(o)
	if err := b.store.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	testkit.WatchSteps(t, url)
	b.seed(o.policy)
	b.start(o)
	return b
}

// other is a second node on the same database, with the same clock and sender.
func (b *bundle) other(o options) *bundle {
	b.t.Helper()
	second := *b
	second.open(o)
	second.start(o)
	return &second
}

func (b *bundle) open(o options) {
	b.t.Helper()
	b.node = uuid.New()
	b.commits = make(chan models.Commit, 4096)
	var started *engine.Engine
	var ready sync.WaitGroup
	ready.Add(1)
	db, err := store.Open(b.t.Context(), store.Config{URL: b.url, Keys: b.keys, Node: b.node, Now: b.clock.Now,
		OnCommit: func(c models.Commit) {
			ready.Wait()
			started.Committed(c)
			b.commits <- c
		}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.store = db
	if o.templates == nil {
		o.templates = plain{}
	}
	var has engine.Store = db
	if o.wrap != nil {
		has = o.wrap(db)
	}
	types := catalog.New(db.EventTypeByName, b.clock.Now)
	cfg := engine.Config{
		Node: b.node, Store: has, Catalog: types, Sender: b.sender, Clock: b.clock, Templates: o.templates, Filters: o.filters,
		Workers: o.workers, Buffer: o.buffer, Random: func() float64 { return 0.5 },
	}
	if o.with != nil {
		o.with(&cfg)
	}
	b.engine = engine.New(cfg)
	started = b.engine
	ready.Done()
	b.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// plain renders for every kind of channel what the built-in template makes for HTTP.
type plain struct{}

func (plain) Render(v *templates.View) (models.Content, error) {
	http := *v.Channel
	http.Kind, v.Channel = models.KindHTTP, &http
	return templates.NewSet().Render(v)
}

func (b *bundle) start(o options) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	if !o.idle {
		running.Go(func() { _ = b.engine.Run(ctx) })
	}
	var once sync.Once
	b.stop = func() {
		once.Do(func() {
			b.sender.open()
			_ = b.engine.Drain(context.Background())
			cancel()
			running.Wait()
		})
	}
	b.t.Cleanup(b.stop)
}

func (b *bundle) seed(p models.RetryPolicy) {
	b.t.Helper()
	ctx, now := b.t.Context(), b.clock.Now()
	tenant := models.Tenant{ID: models.NewID(models.PrefixTenant), Name: "shop", Metadata: json.RawMessage(`{}`), CreatedAt: now, UpdatedAt: now}
	b.must(b.store.CreateTenant(ctx, tenant))
	b.tenant = tenant.ID
	b.channel = b.addChannel("first", p)
	b.webhook = b.addWebhook("all", b.channel)
}

func (b *bundle) addChannel(name string, p models.RetryPolicy) models.ID {
	b.t.Helper()
	now := b.clock.Now()
	channel := models.Channel{
		ID: models.NewID(models.PrefixChannel), TenantID: b.tenant, Name: name, Kind: models.KindHTTP,
		Config: &models.HttpConfig{URL: "https://example.com/" + name, Method: models.MethodPost,
			Timeout: time.Second, Signing: models.Signing{Scheme: models.SigningNone}},
		RetryPolicy: p, Limits: models.DefaultLimits(models.KindHTTP), Ordering: models.OrderNone, Status: models.ChannelActive, CreatedAt: now, UpdatedAt: now,
	}
	b.must(b.store.CreateChannel(b.t.Context(), channel))
	return channel.ID
}

// change makes another channel of the bundle's.
func (b *bundle) change(fn func(*models.Channel)) {
	b.t.Helper()
	_, err := b.store.UpdateChannel(b.t.Context(), b.channel, func(c *models.Channel) error {
		fn(c)
		c.UpdatedAt = b.clock.Now()
		return nil
	})
	b.must(err)
}

func (b *bundle) addWebhook(name string, channels ...models.ID) models.ID {
	b.t.Helper()
	now := b.clock.Now()
	webhook := models.Webhook{ID: models.NewID(models.PrefixWebhook), TenantID: b.tenant, Name: name,
		EventTypes: []string{"*"}, Status: models.WebhookActive, CreatedAt: now, UpdatedAt: now}
	for _, id := range channels {
		webhook.Routes = append(webhook.Routes, models.Route{ChannelID: id})
	}
	b.must(b.store.CreateWebhook(b.t.Context(), webhook))
	return webhook.ID
}

// goOn lets the clock go on, a second each few milliseconds, until stop.
func (b *bundle) goOn() (stop func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	var ticking sync.WaitGroup
	ticking.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				b.clock.Advance(time.Second)
			}
		}
	})
	return func() {
		cancel()
		ticking.Wait()
	}
}

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) publish(data string) models.Event {
	b.t.Helper()
	event, err := b.engine.Publish(b.t.Context(), engine.PublishInput{TenantID: b.tenant, Type: "order.placed", Data: json.RawMessage(data)})
	b.must(err)
	return event
}

// delivery is the only delivery of the event.
func (b *bundle) delivery(event models.Event) models.Delivery {
	b.t.Helper()
	found, err := b.store.DeliveriesOfEvent(b.t.Context(), event.ID, models.Page{First: 10})
	b.must(err)
	if len(found.Nodes) != 1 {
		b.t.Fatalf("the event has %d deliveries, want 1", len(found.Nodes))
	}
	return found.Nodes[0]
}

// recorded waits until n more attempts are on disk, and gives them.
func (b *bundle) recorded(n int) (attempts []models.Attempt) {
	b.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for len(attempts) < n {
		select {
		case c := <-b.commits:
			attempts = append(attempts, c.Attempts...)
		case <-limit.C:
			b.t.Fatalf("%d attempts were recorded, want %d\nat %s\n%s", len(attempts), n, b.clock.Now(), b.engine.State())
		}
	}
	return attempts
}

// sender answers as the test says, and counts.
type sender struct {
	mu      sync.Mutex
	answers []*channels.Error // of the next sends, in turn; then success, or what judge says
	judge   func(channels.Message) *channels.Error
	hung    chan struct{} // while not nil, sends wait for it
	sent    []string      // message ids
	begun   chan string

	receipts []channels.Receipt // of the next sends, in turn; then a plain one
	messages []channels.Message // as they came
	check    func(channels.Message) ([]models.Report, error)
	checked  []channels.Message
	asked    chan string
}

func newSender() *sender {
	return &sender{begun: make(chan string, 100_000), asked: make(chan string, 1000)}
}

// fail lets the next sends fail, in turn; nil is a success.
func (s *sender) fail(failures ...*channels.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, failures...)
}

// hang lets sends wait until open.
func (s *sender) hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hung = make(chan struct{})
}

func (s *sender) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hung != nil {
		close(s.hung)
		s.hung = nil
	}
}

// ids lists the messages that were sent, in order.
func (s *sender) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *sender) counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[string]int{}
	for _, id := range s.sent {
		n[id]++
	}
	return n
}

// answer lets the next sends come back with receipts, in turn.
func (s *sender) answer(receipts ...channels.Receipt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receipts = append(s.receipts, receipts...)
}

// got lists the messages that were sent, in order.
func (s *sender) got() []channels.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// looks lists the messages that were asked about, in order.
func (s *sender) looks() []channels.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.checked)
}

// says sets what is found out about messages.
func (s *sender) says(check func(channels.Message) ([]models.Report, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.check = check
}

func (s *sender) Check(_ context.Context, m channels.Message) ([]models.Report, error) {
	s.mu.Lock()
	s.checked = append(s.checked, m)
	check := s.check
	s.mu.Unlock()
	s.asked <- m.ID
	if check == nil {
		return nil, nil
	}
	return check(m)
}

func (s *sender) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	if _, unknown := m.Channel.Config.(*models.UnknownConfig); unknown {
		return channels.NewRegistry().Send(ctx, m)
	}
	s.mu.Lock()
	s.sent, s.messages = append(s.sent, m.ID), append(s.messages, m)
	hung := s.hung
	var failure *channels.Error
	if len(s.answers) > 0 {
		failure, s.answers = s.answers[0], s.answers[1:]
	} else if s.judge != nil {
		failure = s.judge(m)
	}
	code := 204
	receipt := channels.Receipt{Target: "test", ResponseCode: &code}
	if len(s.receipts) > 0 {
		receipt, s.receipts = s.receipts[0], s.receipts[1:]
	}
	s.mu.Unlock()
	s.begun <- m.ID
	if hung != nil {
		select {
		case <-hung:
		case <-ctx.Done():
			if failure == nil {
				return channels.Receipt{Target: "test"}, ctx.Err()
			}
			// A provider has it already, or may have it: that is worth recording.
		}
	}
	if failure != nil {
		receipt.ResponseCode = nil
		return receipt, failure
	}
	return receipt, nil
}

// awaitSend waits until n more sends have begun.
func (b *bundle) awaitSend(n int) {
	b.t.Helper()
	for range n {
		select {
		case <-b.sender.begun:
		case <-time.After(patience):
			b.t.Fatal("a send that should have begun has not")
		}
	}
}
