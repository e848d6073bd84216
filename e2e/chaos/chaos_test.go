package chaos

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"carillon/testkit"
)

const (
	shortSpan = 20 * time.Second
	soakSpan  = 100 * time.Second
	// settleTime bounds how long a run goes on after the last fault: a lease of a
	// delivery, one of a channel, the longest schedule, and pauses that endpoints
	// asked for.
	settleTime = 2 * time.Minute

	fixedSeed = 20261120
)

// TestChaos is a short run on each database by a seed that stays, and one by a
// new seed. SOAK=10m makes long runs for that time instead, each by a new seed.
// CHAOS_SEED and CHAOS_SPAN repeat a run.
func TestChaos(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string]int{"sqlite": 1, "postgres": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range courses(t) {
				t.Run(c.name, func(t *testing.T) {
					if !c.soak {
						t.Parallel()
						runPlan(t, draw(c.seed, c.span, nodes))
						return
					}
					for end := time.Now().Add(c.length); time.Now().Before(end) && !t.Failed(); {
						seed := rand.Uint64() >> 1
						t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { runPlan(t, draw(seed, c.span, nodes)) })
					}
				})
			}
		})
	}
}

// course is one run, or the runs of a soak.
type course struct {
	name   string
	seed   uint64
	span   time.Duration
	soak   bool
	length time.Duration
}

func courses(t *testing.T) []course {
	t.Helper()
	span := setting(t, "CHAOS_SPAN", shortSpan, time.ParseDuration)
	if seed := setting(t, "CHAOS_SEED", 0, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }); seed != 0 {
		return []course{{name: "given seed", seed: seed, span: span}}
	}
	if length := setting(t, "SOAK", 0, time.ParseDuration); length > 0 {
		return []course{{name: "soak", soak: true, length: length, span: setting(t, "CHAOS_SPAN", soakSpan, time.ParseDuration)}}
	}
	return []course{{name: "fixed seed", seed: fixedSeed, span: span}, {name: "new seed", seed: rand.Uint64() >> 1, span: span}}
}

func setting[T any](t *testing.T, name string, otherwise T, parse func(string) (T, error)) T {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	v, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// runPlan does all that the plan says, and judges what comes of it.
func runPlan(t *testing.T, p *plan) {
	t.Logf("repeat with CHAOS_SEED=%d CHAOS_SPAN=%s\n%s", p.Seed, p.Span, p)
	s := newScene(t, p)
	e := s.play()
	t.Logf("the faults as they were:\n%s%s", e.faults(), e.summary())
	for _, f := range e.verify() {
		t.Errorf("%s: %s", f.Check, f.Text)
	}
	if t.Failed() {
		t.Logf("CHAOS_SEED=%d CHAOS_SPAN=%s", p.Seed, p.Span)
		for _, n := range s.nodes {
			t.Logf("node %d complained last:\n%s", n.number, n.complaints())
		}
	}
}

// scene is everything that a run needs, ready to begin.
type scene struct {
	t         *testing.T
	plan      *plan
	nodes     []*node
	endpoints []*endpoint
	channels  map[kind]string // ids
	hand      *hand
	follower  *follower
}

func newScene(t *testing.T, p *plan) *scene {
	t.Helper()
	s := &scene{t: t, plan: p, channels: map[kind]string{}, hand: &hand{key: adminKey}}
	database := ""
	if p.Nodes > 1 {
		s.hand.server = testkit.Server(t)
		database = s.hand.server.URL("postgres")
	} else {
		database = testkit.SQLite(t)
	}
	for n := range p.Nodes {
		s.nodes = append(s.nodes, newNode(t, n, database))
		if err := s.nodes[n].start(t.Context(), adminKey); err != nil {
			t.Fatal(err)
		}
	}
	s.furnish()
	s.hand.nodes = s.nodes
	return s
}

// do asks the first node, before any fault.
func (s *scene) do(query string, input map[string]any) (id string) {
	s.t.Helper()
	var out map[string]struct{ ID string }
	if err := s.nodes[0].client().Do(s.t.Context(), query, testkit.Vars{"input": input}, &out); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	for _, made := range out {
		id = made.ID
	}
	return id
}

// furnish makes a tenant with the plan's channels, and has everybody use its key.
func (s *scene) furnish() {
	s.t.Helper()
	tenant := s.do(`mutation($input: CreateTenantInput!) { createTenant(input: $input) { id } }`, map[string]any{"name": "chaos"})
	var key struct{ CreateApiKey struct{ Secret string } }
	vars := testkit.Vars{"input": map[string]any{"name": "chaos", "tenantId": tenant, "scopes": []string{"MANAGE", "PUBLISH", "READ"}}}
	if err := s.nodes[0].client().Do(s.t.Context(), `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`, vars, &key); err != nil {
		s.t.Fatal(err)
	}
	s.hand.key = key.CreateApiKey.Secret
	for _, n := range s.nodes {
		n.mu.Lock()
		n.api = n.api.WithKey(s.hand.key)
		n.mu.Unlock()
	}
	for _, c := range s.plan.Channels {
		e := openEndpoint(s.t, c)
		s.endpoints = append(s.endpoints, e)
		id := s.do(`mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`, c.input(e.url()))
		types := []string{string(c.Kind)}
		if c.Everywhere {
			types = append(types, string(everywhere))
		}
		s.do(`mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }`, map[string]any{
			"name": string(c.Kind), "eventTypes": types, "routes": []any{map[string]any{"channelId": id}}})
		s.channels[c.Kind] = id
	}
	s.follower = &follower{t: s.t, nodes: s.nodes, last: s.mark(tenant)}
}

// mark is the id of an attempt before all others: a test event's, on a webhook's
// channel that is nobody else's.
func (s *scene) mark(tenant string) string {
	s.t.Helper()
	var out struct{ SendTestEvent []struct{ ID string } }
	vars := testkit.Vars{"input": map[string]any{"channelId": s.channels[plain], "eventType": "chaos.mark", "data": map[string]any{}}}
	if err := s.nodes[0].client().Do(s.t.Context(), `mutation($input: SendTestEventInput!) { sendTestEvent(input: $input) { id } }`, vars, &out); err != nil || len(out.SendTestEvent) != 1 {
		s.t.Fatalf("send a test event: %v", err)
	}
	return out.SendTestEvent[0].ID
}

// play runs the plan to its end, lets things settle, and gathers the evidence.
func (s *scene) play() *evidence {
	s.t.Helper()
	ids := map[string]kind{}
	for k, id := range s.channels {
		ids[id] = k
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), s.plan.Span+settleTime)
	defer cancel()
	watching, unwatch := context.WithCancel(ctx)
	var watchers, actors sync.WaitGroup
	defer watchers.Wait()
	defer unwatch()
	began := time.Now()
	l := &load{plan: s.plan, nodes: s.nodes}
	care := &caretaker{nodes: s.nodes, channels: s.channels}
	late := &sampler{nodes: s.nodes, channels: ids}
	watchers.Go(func() { s.follower.run(watching) })
	watchers.Go(func() { late.run(watching) })
	watchers.Go(func() { care.watch(watching) })
	actors.Go(func() { l.run(ctx, began) })
	actors.Go(func() { care.run(ctx, began, s.plan.Pauses) })
	actors.Go(func() { s.hand.run(ctx, began, s.plan.Faults) })
	for _, e := range s.endpoints {
		actors.Go(func() {
			if err := e.live(ctx, began); err != nil {
				s.t.Error(err)
			}
		})
	}
	actors.Wait()
	calm := time.Now()
	if !settle(ctx, s.nodes) {
		s.t.Errorf("deliveries still wait %s after the last fault", time.Since(calm).Round(time.Second))
	}
	for _, err := range s.hand.errs {
		s.t.Error(err)
	}
	e := &evidence{Plan: s.plan, Faults: s.hand.done, Pauses: care.pauses, Resumed: care.resumed, Published: l.answered, Failed: l.failed}
	reading, done := context.WithTimeout(s.t.Context(), time.Minute)
	defer done()
	if err := e.gather(reading, s.nodes, ids); err != nil {
		s.t.Fatal(err)
	}
	for _, p := range s.endpoints {
		e.Arrivals = append(e.Arrivals, p.log()...)
	}
	s.t.Logf("the last deliveries ended, after the last fault:%s; %d times a disabled channel was resumed", e.lastOf(calm), len(care.resumed))
	s.follower.await(reading, len(e.Attempts))
	unwatch()
	watchers.Wait()
	e.Streamed, e.Samples = s.follower.ids(), late.samples
	return e
}
