package e2e

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"carillon/testkit"
)

// load publishes from many goroutines to whichever node is up, and remembers
// what was answered: those events must arrive.
type load struct {
	w *world
	// insists lets the publishers try the same node again after an error: it is
	// the database that is away.
	insists bool

	mu       sync.Mutex
	api      *testkit.Client // nil while no node is up
	up       chan struct{}   // closed when one comes up
	answered map[string]bool // event ids
	next     milestone
	group    sync.WaitGroup
	end      context.CancelFunc
}

// milestone wakes who waits for a number of answers.
type milestone struct {
	at   int
	done chan struct{}
}

const publishers = 16

func newLoad(w *world, eventType string) *load { return startLoad(w, eventType, false) }

func startLoad(w *world, eventType string, insists bool) *load {
	ctx, cancel := context.WithCancel(w.ctx)
	l := &load{w: w, insists: insists, api: w.api, up: make(chan struct{}), answered: map[string]bool{}, end: cancel}
	close(l.up)
	for n := range publishers {
		l.group.Go(func() { l.publish(ctx, eventType, n) })
	}
	w.t.Cleanup(l.stop)
	return l
}

func (l *load) publish(ctx context.Context, eventType string, n int) {
	for i := 0; ctx.Err() == nil; i++ {
		api := l.client(ctx)
		if api == nil {
			return
		}
		id, err := publishWith(ctx, api, eventType, fmt.Sprintf(`{"publisher":%d,"n":%d}`, n, i))
		if err == nil {
			l.note(id)
			continue
		}
		if l.insists {
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		if refusal, ok := testkit.Refusal(err); ok {
			l.w.t.Logf("while the server stops: %s", refusal.Message)
		}
		l.lost(api)
	}
}

// client waits until a node is up; nil at the end of the load.
func (l *load) client(ctx context.Context) *testkit.Client {
	for {
		l.mu.Lock()
		api, up := l.api, l.up
		l.mu.Unlock()
		if api != nil {
			return api
		}
		select {
		case <-up:
		case <-ctx.Done():
			return nil
		}
	}
}

func (l *load) note(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered[id] = true
	if l.next.done != nil && len(l.answered) >= l.next.at {
		close(l.next.done)
		l.next.done = nil
	}
}

// lost keeps everybody from a node that did not answer.
func (l *load) lost(api *testkit.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.api == api {
		l.api, l.up = nil, make(chan struct{})
	}
}

// moveTo lets the publishers go on at another node.
func (l *load) moveTo(api *testkit.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.api == nil {
		close(l.up)
	}
	l.api = api
}

// more waits until n further events were answered.
func (l *load) more(n int) {
	l.w.t.Helper()
	l.mu.Lock()
	done := make(chan struct{})
	l.next = milestone{at: len(l.answered) + n, done: done}
	l.mu.Unlock()
	select {
	case <-done:
	case <-time.After(patience):
		l.w.t.Fatalf("%d more events were not answered in time", n)
	}
}

// stop ends the load; what was answered stays known.
func (l *load) stop() {
	l.end()
	l.group.Wait()
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.answered)
}

// tally counts how often each event arrived at a receiver.
type tally struct {
	mu      sync.Mutex
	seen    map[string]int
	missing map[string]bool // nil until somebody waits
	all     chan struct{}
}

// snapshot is what was answered by now.
func (l *load) snapshot() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.answered)
}

func newTally() *tally { return &tally{seen: map[string]int{}} }

func (y *tally) add(id string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.seen[id]++
	if y.missing != nil && y.missing[id] {
		delete(y.missing, id)
		if len(y.missing) == 0 {
			close(y.all)
		}
	}
}

// receiver counts in the tally, and answers 200.
func (y *tally) receiver(t *testing.T) *testkit.Receiver {
	t.Helper()
	return testkit.NewReceiver(t, testkit.CountOnly(), testkit.Answers(func(r testkit.Received) testkit.Answer {
		y.add(r.ID())
		return testkit.Answer{}
	}))
}

// await waits until every event has arrived at least once.
func (y *tally) await(t *testing.T, events map[string]bool, within time.Duration) {
	t.Helper()
	y.mu.Lock()
	y.missing, y.all = map[string]bool{}, make(chan struct{})
	for id := range events {
		if y.seen[id] == 0 {
			y.missing[id] = true
		}
	}
	all := y.all
	if len(y.missing) == 0 {
		close(all)
	}
	y.mu.Unlock()
	select {
	case <-all:
	case <-time.After(within):
		y.mu.Lock()
		defer y.mu.Unlock()
		t.Fatalf("%d of %d events have not arrived within %s", len(y.missing), len(events), within)
	}
}

// doubles is how many arrivals were more than the first of their event.
func (y *tally) doubles() (n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, times := range y.seen {
		n += times - 1
	}
	return n
}
