package chaos

import (
	"context"
	"sync"
	"testing"
	"time"

	"carillon/testkit"
)

// follower is a subscriber of attempts that loses its node again and again, and
// resumes after the last one that it saw.
type follower struct {
	t     *testing.T
	nodes []*node

	mu    sync.Mutex
	last  string
	seen  []string // ids of attempts, in the order of the stream
	opens int
}

// quietTime is how long a stream may be silent before the follower looks for
// another node: one that stands still does not say so.
const quietTime = 3 * time.Second

func (f *follower) run(ctx context.Context) {
	for turn := 0; ctx.Err() == nil; turn++ {
		api := f.nodes[turn%len(f.nodes)].client()
		if api == nil {
			until(ctx, time.Now().Add(50*time.Millisecond))
			continue
		}
		s, err := api.Subscribe(f.t, `subscription($after: ID) { deliveryAttempts(after: $after) { id } }`, testkit.Vars{"after": f.position()})
		if err != nil {
			until(ctx, time.Now().Add(50*time.Millisecond))
			continue
		}
		f.read(ctx, s)
		s.Close()
	}
}

func (f *follower) read(ctx context.Context, s *testkit.Stream) {
	for {
		var out struct{ DeliveryAttempts struct{ ID string } }
		waiting, cancel := context.WithTimeout(ctx, quietTime)
		err := s.Next(waiting, &out)
		cancel()
		f.mu.Lock()
		if err != nil {
			f.opens++
			f.mu.Unlock()
			return
		}
		f.last = out.DeliveryAttempts.ID
		f.seen = append(f.seen, f.last)
		f.mu.Unlock()
	}
}

func (f *follower) position() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// await waits a little for the last attempts: those that are missing then are
// for the check to find.
func (f *follower) await(ctx context.Context, n int) {
	for tries := 0; tries < 100 && len(f.ids()) < n; tries++ {
		until(ctx, time.Now().Add(100*time.Millisecond))
	}
}

func (f *follower) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.seen...)
}

// sample is a delivery that waited although it had been due for long.
type sample struct {
	At       time.Time // when it was asked for
	Kind     kind
	Delivery string
	Status   string
	Due      time.Time
}

// lateAfter is how long a delivery that is due may wait.
const lateAfter = 8 * time.Second

// sampler looks for deliveries that wait too long, all through a run.
type sampler struct {
	nodes    []*node
	channels map[string]kind

	mu      sync.Mutex
	samples []sample
}

func (s *sampler) run(ctx context.Context) {
	for until(ctx, time.Now().Add(time.Second)) {
		var out struct {
			Deliveries struct{ Nodes []storedDelivery }
		}
		at := time.Now()
		filter := map[string]any{"statuses": []string{"PENDING", "RETRYING"}, "to": at.Add(-lateAfter).UTC().Format(time.RFC3339Nano)}
		if askAny(ctx, s.nodes, `query($filter: DeliveryFilter) { deliveries(first: 100, filter: $filter) { nodes {
			id status nextAttemptAt event { id } channel { id } } } }`, testkit.Vars{"filter": filter}, &out) != nil {
			return
		}
		s.mu.Lock()
		for _, d := range out.Deliveries.Nodes {
			if due := d.NextAttemptAt; due != nil && at.Sub(*due) > lateAfter {
				s.samples = append(s.samples, sample{at, s.channels[d.Channel.ID], d.ID, d.Status, *due})
			}
		}
		s.mu.Unlock()
	}
}
