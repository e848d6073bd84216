// Package engine is the data plane: it takes events in, routes them, sends
// them, and decides what becomes of each delivery. It owns the pace: who is
// sent next, how many at once, when a failure is tried again. It refuses to
// know how anything is stored or how a message reaches its channel.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"carillon/catalog"
	"carillon/channels"
	"carillon/models"
	"carillon/templates"
)

// Store is what the engine needs of the database. Every method is safe for
// concurrent use; Publish and Complete share commits among their callers.
type Store interface {
	RouteTable(ctx context.Context, tenant models.ID) (models.RouteTable, error)
	Publish(ctx context.Context, p models.Publication) ([]models.Published, error)
	Lanes(ctx context.Context) ([]models.LaneDue, error)
	NextDue(ctx context.Context, lanes []models.Lane) ([]models.LaneDue, error)
	Claim(ctx context.Context, r models.ClaimRequest) ([]models.Work, error)
	Extend(ctx context.Context, owner models.NodeID, ids []models.ID, until time.Time) ([]models.ID, error)
	Release(ctx context.Context, owner models.NodeID, ids []models.ID, due time.Time) error
	Complete(ctx context.Context, c models.Completion) (held []bool, err error)
	RecordTest(ctx context.Context, run models.TestRun) (models.TestRun, error)
	Requeue(ctx context.Context, r []models.Requeue) error
	Cancel(ctx context.Context, delivery models.ID, now time.Time) (models.Delivery, error)
	DeliveriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Delivery, error)
	CreateRecovery(ctx context.Context, r models.Recovery) (models.Recovery, error)
	CancelRecovery(ctx context.Context, id models.ID, now time.Time) (models.Recovery, error)
	RecoverStep(ctx context.Context, step models.RecoveryStep) (r models.Recovery, worked bool, err error)
	EventsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Event, error)
	ChannelsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Channel, error)
	Own(ctx context.Context, r models.OwnRequest) ([]models.Ownership, error)
	Disown(ctx context.Context, node models.NodeID, channels []models.ID) error
	Beat(ctx context.Context, node models.NodeID, now, until time.Time) (live int, agreed bool, err error)
	Leave(ctx context.Context, node models.NodeID) error
	RecordReport(ctx context.Context, r models.Report, now time.Time) (message models.ID, err error)
	Reported(ctx context.Context, message models.ID) (bool, error)
	ClaimLooks(ctx context.Context, now, until time.Time, limit int) ([]models.Awaited, error)
	Settle(ctx context.Context, message models.ID, now time.Time, decide func(models.Settling) models.Settled) error
	Thread(ctx context.Context, channel models.ID, entity, target string) (models.Thread, error)
	TemplateVersion(ctx context.Context, id models.ID, version int) (models.TemplateVersion, error)
	CountFilterErrors(ctx context.Context, counts map[models.ID]int64) error
	Signals(ctx context.Context, limit int) ([]models.Signal, error)
	DropSignals(ctx context.Context, ids []models.ID) error
	Watch(ctx context.Context, w models.Watch, decide func(*models.Watched) models.Alarms) (told bool, err error)
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
	TenantNamed(ctx context.Context, externalID string) (models.Tenant, error)
}

// Catalog knows the event types.
type Catalog interface {
	Lookup(ctx context.Context, name string) (catalog.Entry, bool, error)
}

// Sender hands a message to the adapter of its channel.
type Sender interface {
	Send(ctx context.Context, m channels.Message) (channels.Receipt, error)
	Check(ctx context.Context, m channels.Message) ([]models.Report, error)
}

// Renderer makes a message's content. An error means that the content could
// never be made; its text is for people.
type Renderer interface {
	Render(v *templates.View) (models.Content, error)
}

// Clock tells the time of the database and wakes up at a time.
type Clock interface {
	Now() time.Time
	// Until gives a channel that receives once the clock shows t, and a way to let go of it.
	Until(t time.Time) (<-chan time.Time, func() bool)
}

// Config says how one node works; zero values take the defaults named here.
type Config struct {
	Node      models.NodeID
	Store     Store
	Catalog   Catalog
	Sender    Sender
	Templates Renderer     // the messages' contents: a templates.Set
	Filters   Filters      // of webhooks: those of a filters.Compiler
	Clock     Clock        // the machine's own
	Log       *slog.Logger // discards
	Observer  Observer     // nobody

	Workers     int           // messages under way at once on this node: 256
	Buffer      int           // deliveries leased to this node at once: 32 times Workers
	BufferBytes int           // of event data among them: 64 MiB
	MaxPayload  int           // bytes of one event's data: models.DefaultMaxPayload
	StrictTypes bool          // refuse event types that the catalog does not list
	Lease       time.Duration // how long a dead node's work stays untouched: 20s
	Poll        time.Duration // the safety net under the wake-ups: 5s
	Random      func() float64

	URL          func() string // where the console is, without a slash at the end; nil for nowhere
	Platform     string        // id or external id of the tenant that hears what is told of all tenants; empty for none
	BacklogAlert time.Duration // how long a delivery may be due before that is told; 0 for ever
	Watch        time.Duration // how often one of the nodes looks how channels and backlogs stand: 15s
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = machineClock{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	if c.Templates == nil {
		c.Templates = templates.NewSet()
	}
	if c.Filters == nil {
		c.Filters = newFilters()
	}
	if c.Workers == 0 {
		c.Workers = 256
	}
	if c.Buffer == 0 {
		c.Buffer = 32 * c.Workers
	}
	if c.BufferBytes == 0 {
		c.BufferBytes = 64 << 20
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = models.DefaultMaxPayload
	}
	if c.Lease == 0 {
		c.Lease = 20 * time.Second
	}
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	if c.Watch == 0 {
		c.Watch = 15 * time.Second
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	return c
}

// Engine is one node's share of the work. Make it with New, keep Run running,
// and end it with Drain.
type Engine struct {
	cfg          Config
	store        Store
	clock        Clock
	log          *slog.Logger
	routes       *routes
	owners       *owners
	threads      *threads
	versions     *versions
	hands        *hands
	backlog      *backlog
	filterErrors *filterErrors
	since        time.Time     // the engine exists
	recount      chan struct{} // nodes have come or gone
	nodes        atomic.Int64  // that live, as far as this one knows
	// recoveries holds a token while there may be a new one, signals likewise.
	recoveries chan struct{}
	signals    chan struct{}
	platform   *platform

	// hard ends attempts that are under way, when a drain has waited long enough.
	hard context.Context
	cut  context.CancelFunc
	loop sync.WaitGroup
}

// New makes an engine that is ready to publish; nothing is sent until Run.
func New(cfg Config) *Engine {
	cfg = cfg.withDefaults()
	e := &Engine{cfg: cfg, store: cfg.Store, clock: cfg.Clock, log: cfg.Log, since: cfg.Clock.Now(), recount: make(chan struct{}, 1),
		recoveries: make(chan struct{}, 1), signals: make(chan struct{}, 1), platform: newPlatform(&cfg)}
	e.hard, e.cut = context.WithCancel(context.Background())
	e.routes = newRoutes(cfg.Store, newConditions(cfg.Filters, cfg.Log), cfg.Clock.Now)
	e.owners = newOwners(&cfg)
	e.threads = newThreads(&cfg)
	e.versions = newVersions(cfg.Store)
	e.filterErrors = newFilterErrors(cfg.Store)
	e.hands = newHands(cfg.Workers, cfg.Buffer, cfg.BufferBytes, cfg.Clock)
	e.hands.deliver, e.hands.abandon, e.hands.fenced = e.deliver, e.abandon, e.owners.lost
	e.backlog = newBacklog(e)
	return e
}

// Run claims what waits and keeps the leases of what is in hand, until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	for _, loop := range []func(context.Context){e.backlog.run, e.keepLeases, e.hands.run, e.recoverLoop, e.lookLoop, e.countLoop, e.signalLoop, e.watchLoop} {
		e.loop.Go(func() { loop(ctx) })
	}
	e.hands.start()
	e.loop.Wait()
	return nil
}

// Drain takes nothing new, gives back what has not begun, and waits for what is
// under way until ctx ends; what is still under way then is cut short and given
// back too. It returns once no attempt runs.
func (e *Engine) Drain(ctx context.Context) error {
	e.backlog.close()
	waiting := e.hands.close()
	e.giveBack(context.WithoutCancel(ctx), waiting)
	select {
	case <-e.hands.idle():
	case <-ctx.Done():
		e.cut()
		<-e.hands.idle()
	}
	e.cut()
	e.countRest(context.WithoutCancel(ctx))
	e.leave(context.WithoutCancel(ctx))
	return ctx.Err()
}

// leave lets the other nodes have at once what this one worked alone.
func (e *Engine) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	err := errors.Join(e.store.Disown(ctx, e.cfg.Node, e.owners.release()), e.store.Leave(ctx, e.cfg.Node))
	if err != nil {
		e.log.Warn("the other nodes could not be told of the stop; what this one had runs out by itself", "error", err)
	}
}

// leaveTime bounds what is still told to the database when something is given up.
const leaveTime = 10 * time.Second

// giveBack ends the leases of work that was not begun, so that any node may take it.
func (e *Engine) giveBack(ctx context.Context, work []models.Work) {
	if len(work) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	if err := e.store.Release(ctx, e.cfg.Node, workIDs(work), e.clock.Now()); err != nil {
		e.log.Warn("leases could not be given back; they run out by themselves", "deliveries", len(work), "error", err)
	}
}

// Committed hears of this node's own commits.
func (e *Engine) Committed(c models.Commit) {
	e.routes.forget(c.Tenants)
	if len(c.Tenants) > 0 {
		e.backlog.refresh() // a lane may have been resumed
	}
	for _, hold := range c.Holds {
		e.hands.hold(hold.ChannelID, hold.Until)
	}
	e.owners.freed(c.Freed)
	e.backlog.freed(c.Freed)
	e.backlog.waiting(c.Lanes)
	if len(c.Recoveries) > 0 {
		e.rouseRecoveries()
	}
	if c.Signals {
		e.rouseSignals()
	}
}

// Noticed hears of the other nodes' commits.
func (e *Engine) Noticed(n models.Notice) {
	if n.Recoveries || n.Interrupted {
		e.rouseRecoveries()
	}
	if n.Nodes || n.Interrupted {
		e.countNodes()
	}
	if n.Interrupted {
		e.routes.forgetAll()
		e.owners.forgetOthers()
		e.backlog.refresh()
		return
	}
	e.Committed(models.Commit{Tenants: n.Tenants, Lanes: n.Lanes, Holds: n.Holds, Freed: n.Freed})
}

// machineClock is the machine's own time.
type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() } //nolint:forbidigo // the one place that reads it

func (machineClock) Until(t time.Time) (<-chan time.Time, func() bool) {
	timer := time.NewTimer(time.Until(t)) //nolint:forbidigo // likewise
	return timer.C, timer.Stop
}
