package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// soakTimeout is how long channels wait for an answer.
	soakTimeout = time.Second
	// soakShare is the part of the saturated rate that a soak runs at.
	soakShare = 0.5
)

// soakLane is one way of events, with a channel and an endpoint of its own.
type soakLane struct {
	tenant, kind, channel, url string
	share                      int // of ten events
	well                       bool
	mood                       mood
}

// soaking is a soak: a load of half of what saturates, faults of all kinds, and a
// look at whether anything grows or is lost.
type soaking struct {
	*site
	binary  string // with the seam that tells of goroutines and heap
	nodes   []*place
	lanes   []*soakLane
	r       *receiver
	ledger  *ledger
	readKey string
	series  []series

	mu     sync.Mutex
	counts map[string]int
	errs   []error
}

// note keeps what went wrong with the soak itself.
func (k *soaking) note(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.errs = append(k.errs, err)
}

func (k *soaking) count(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counts[what]++
}

// soak runs for the time that was asked for, and fails when something grows that
// should not, or when an accepted event did not arrive.
func soak(ctx context.Context, s *site) (err error) {
	k := &soaking{site: s, r: newReceiver(), counts: map[string]int{}, series: watchedSeries()}
	defer k.r.close()
	if k.binary, err = build(ctx, s.dir, true); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	if err := k.furnish(); err != nil {
		return err
	}
	rate, err := k.saturated(ctx)
	if err != nil {
		return err
	}
	seed := rand.Uint64()
	progress("soak on %s: %s for %s, half of %s saturated; seed %d", s.kind, perSecond(rate*soakShare), s.soak, perSecond(rate), seed)
	run, err := k.run(ctx, rate*soakShare, seed)
	if err != nil {
		return err
	}
	return errors.Join(k.settleDown(ctx), k.ledger.check(), errors.Join(k.errs...), k.judge(run))
}

// furnish starts the nodes, and makes two tenants: one whose events are watched by
// subscribers, and one with most of the load.
func (k *soaking) furnish() error {
	for range map[string]int{sqlite: 1, postgres: 2}[k.kind] {
		one, err := k.serveSoaked()
		if err != nil {
			return err
		}
		k.nodes = append(k.nodes, &place{now: one})
	}
	first := k.nodes[0].server()
	watched, err := first.tenant()
	if err != nil {
		return err
	}
	main, err := first.tenant()
	if err != nil {
		return err
	}
	if k.readKey, err = first.readKey(watched); err != nil {
		return err
	}
	k.lanes = []*soakLane{
		{tenant: watched, kind: "soak.watched", share: 1},
		{tenant: main, kind: "soak.main", share: 6, well: true},
		{tenant: main, kind: "soak.sick", share: 2},
		{tenant: main, kind: "soak.paused", share: 1},
	}
	for _, l := range k.lanes {
		if l.url, err = k.r.listenAs(&l.mood); err != nil {
			return err
		}
		if l.channel, err = first.channel(l.tenant, l.kind, l.url, soakPolicy()); err != nil {
			return err
		}
		if _, err = first.webhook(l.tenant, l.kind, l.kind, l.channel); err != nil {
			return err
		}
	}
	return nil
}

// soakPolicy outlasts every fault, so that every event arrives in the end.
func soakPolicy() settings {
	return settings{
		"retryPolicy": settings{"schedule": []string{"200ms", "500ms", "1s", "2s", "2s", "5s", "5s", "5s", "5s", "10s", "10s", "10s", "10s", "30s"}},
		"limits":      settings{"concurrency": 64},
	}
}

// serveSoaked starts a node that forgets soon.
func (k *soaking) serveSoaked() (*server, error) {
	one, err := start(k.binary, k.dir, k.url, "CARILLON_RETENTION=1m")
	if err != nil {
		return nil, err
	}
	k.servers = append(k.servers, one)
	return one, nil
}

// body is the nth event: of ten in turn each lane has its share.
func (k *soaking) body(n int) []byte {
	place := n % 10
	for _, l := range k.lanes {
		if place -= l.share; place < 0 {
			return publish(event{tenant: l.tenant, kind: l.kind, entity: entity(n % 1000), n: n})
		}
	}
	return nil // the shares are ten in all
}

// saturated is the rate at which events are published and delivered at the most,
// while all is well.
func (k *soaking) saturated(ctx context.Context) (float64, error) {
	var to []*server
	for _, p := range k.nodes {
		to = append(to, p.server())
	}
	return k.saturate(ctx, "saturated", load{to: to, body: func(connection, n int) []byte { return k.body(connection + n) }}, k.r)
}

// run is the soak itself.
func (k *soaking) run(ctx context.Context, perSecond float64, seed uint64) (*steady, error) {
	k.ledger = newLedger(int(perSecond*k.soak.Seconds()) + paceConnections)
	k.r.seen = k.ledger.receive
	close, err := k.watch(ctx, "soak")
	if err != nil {
		return nil, err
	}
	l := &steady{k: k, perSecond: perSecond}
	lasting, stop := context.WithTimeout(ctx, k.soak)
	defer stop()
	var actors sync.WaitGroup
	stream := uint64(0)
	act := func(do func(random *rand.Rand)) {
		stream++
		random := rand.New(rand.NewPCG(seed, stream))
		actors.Go(func() { do(random) })
	}
	act(func(*rand.Rand) { l.run(lasting) })
	act(func(*rand.Rand) { k.watchGrowth(lasting) })
	act(func(r *rand.Rand) { k.strike(lasting, r) })
	act(func(r *rand.Rand) { k.meddle(lasting, r) })
	for i := range 8 {
		act(func(r *rand.Rand) { k.follow(lasting, r, i%4 == 3) })
	}
	for _, one := range k.lanes {
		if !one.well {
			act(func(r *rand.Rand) { one.mood.live(lasting, r) })
		}
	}
	actors.Wait()
	return l, errors.Join(close(), ctx.Err())
}

// settleDown waits until everything has arrived, and the server knows it.
func (k *soaking) settleDown(ctx context.Context) error {
	last, moved := k.ledger.arrived.Load(), time.Now()
	for {
		if n, _ := k.ledger.lost(); n == 0 {
			break
		}
		wait(ctx, 200*time.Millisecond)
		switch now := k.ledger.arrived.Load(); {
		case ctx.Err() != nil:
			return ctx.Err()
		case now > last:
			last, moved = now, time.Now()
		case time.Since(moved) > 2*patience:
			return fmt.Errorf("nothing has arrived for %s", 2*patience)
		}
	}
	var left struct {
		Deliveries struct{ Nodes []struct{ ID, Status string } }
	}
	for end := time.Now().Add(2 * patience); ; wait(ctx, 200*time.Millisecond) {
		err := k.ask(ctx, `{ deliveries(first: 3, filter: {statuses: [PENDING, DELIVERING, RETRYING, SENT, FAILED, CANCELED]}) { nodes { id status } } }`, nil, &left)
		if err != nil {
			return err
		}
		if len(left.Deliveries.Nodes) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("deliveries have not succeeded: %v", left.Deliveries.Nodes)
		}
	}
}

// judge adds a row for each series, and fails for one that grows.
func (k *soaking) judge(l *steady) (err error) {
	var broken []string
	for i := range k.series {
		s := &k.series[i]
		first, middle, last := s.thirds()
		text, grows := s.verdict(k.soak >= settled)
		if grows {
			broken = append(broken, s.name+" "+text)
		}
		k.report.add(figure{measure: "soak, " + s.name + ", " + k.kind, got: s.show(last), reach: "flat", reached: text == "flat",
			reference: fmt.Sprintf("thirds %s, %s, %s", s.show(first), s.show(middle), s.show(last)), with: text})
	}
	g := k.ledger
	lost, _ := g.lost()
	k.report.add(figure{
		measure: "soak, accepted events that were lost, " + k.kind, got: fmt.Sprint(lost), reach: "0", reached: lost == 0,
		reference: fmt.Sprintf("%d accepted, %d arrived, %d of them again; %d publications broke off, %d were left out", g.accepted.Load(), g.arrived.Load(), g.doubles.Load(), l.failed.Load(), l.left.Load()),
		with:      fmt.Sprintf("%s for %s; %s", perSecond(l.perSecond), k.soak, k.faults()), cpu: k.last.String(),
	})
	if broken != nil {
		return errors.New(strings.Join(broken, "; "))
	}
	return nil
}

// faults says what happened how often.
func (k *soaking) faults() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(k.counts)) {
		all = append(all, fmt.Sprintf("%s %d times", what, k.counts[what]))
	}
	return list(all...)
}
