package stream_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entry is an item of the log that the tests use.
type entry struct {
	Seq    int64
	Tenant string
	Odd    bool
}

func seqOf(e *entry) int64     { return e.Seq }
func tenantOf(e *entry) string { return e.Tenant }

var errFlaky = errors.New("the database went away")

// memoryLog keeps what a database would: positions are dense and in the order
// of commits, whoever commits.
type memoryLog struct {
	mu      sync.Mutex
	entries []entry
	erased  map[int64]bool
	reads   int
	fail    bool

	// slow is called within every read, outside of the lock; nil for none. An
	// error that it returns is the read's.
	slow func() error
}

var tenants = []string{"red", "green", "blue"}

// commit appends n entries in one transaction and returns them.
func (l *memoryLog) commit(n int, r *rand.Rand) []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := make([]entry, n)
	for i := range batch {
		batch[i] = entry{Seq: int64(len(l.entries) + i + 1), Tenant: tenants[r.IntN(len(tenants))], Odd: r.IntN(2) == 1}
	}
	l.entries = append(l.entries, batch...)
	return batch
}

func (l *memoryLog) setFail(fail bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = fail
}

func (l *memoryLog) readCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

func (l *memoryLog) head() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.entries))
}

func (l *memoryLog) Head(ctx context.Context) (int64, error) {
	if err := l.wait(ctx); err != nil {
		return 0, err
	}
	head := l.head()
	return head, l.wait(ctx)
}

func (l *memoryLog) wait(ctx context.Context) error {
	l.mu.Lock()
	l.reads++
	fail := l.fail
	l.mu.Unlock()
	if fail {
		return errFlaky
	}
	if l.slow != nil {
		if err := l.slow(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (l *memoryLog) Read(ctx context.Context, after, upTo int64, limit int) ([]entry, error) {
	return l.history(func(*entry) bool { return true })(ctx, after, upTo, limit)
}

// history is the caller's filtered read.
func (l *memoryLog) history(match func(*entry) bool) func(context.Context, int64, int64, int) ([]entry, error) {
	return func(ctx context.Context, after, upTo int64, limit int) ([]entry, error) {
		if err := l.wait(ctx); err != nil {
			return nil, err
		}
		l.mu.Lock()
		var page []entry
		for seq := after + 1; seq <= min(upTo, int64(len(l.entries))) && len(page) < limit; seq++ {
			if e := l.entries[seq-1]; !l.erased[seq] && match(&e) {
				page = append(page, e)
			}
		}
		l.mu.Unlock()
		return page, l.wait(ctx)
	}
}

// matching is the positions that match has, behind after.
func (l *memoryLog) matching(after int64, match func(*entry) bool) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var seqs []int64
	for _, e := range l.entries[min(after, int64(len(l.entries))):] {
		if match(&e) {
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs
}

func everything(*entry) bool { return true }

// running is a hub over a log, which stops with the test.
func running(t testing.TB, l *memoryLog, buffer int) *stream.Hub[entry] {
	t.Helper()
	hub := stream.NewHub(stream.Config[entry]{
		Head: l.Head, Read: l.Read, Seq: seqOf, Key: tenantOf, Buffer: buffer,
	})
	run(t, hub)
	return hub
}

func run(t testing.TB, hub *stream.Hub[entry]) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func subscribe(t testing.TB, hub *stream.Hub[entry], opt stream.Options[entry]) *stream.Subscription[entry] {
	t.Helper()
	s, err := hub.Subscribe(t.Context(), opt)
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	return s
}

// expect takes the next items and compares their positions.
func expect(t testing.TB, s *stream.Subscription[entry], want ...int64) {
	t.Helper()
	for i, seq := range want {
		select {
		case e, ok := <-s.C():
			if !ok {
				t.Fatalf("item %d: closed (%v), want position %d", i, s.Err(), seq)
			}
			if e.Value.Seq != seq {
				t.Fatalf("item %d: position %d, want %d", i, e.Value.Seq, seq)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("item %d: nothing came, want position %d", i, seq)
		}
	}
}

// expectEnd reads on until the subscription is closed, and checks why.
func expectEnd(t testing.TB, s *stream.Subscription[entry], want error) {
	t.Helper()
	for {
		select {
		case _, ok := <-s.C():
			if ok {
				continue
			}
			if !errors.Is(s.Err(), want) {
				t.Fatalf("closed with %v, want %v", s.Err(), want)
			}
			return
		case <-time.After(10 * time.Second):
			t.Fatal("the subscription was not closed")
		}
	}
}

func at(seq int64) *int64 { return &seq }

func from(a, b int64) (seqs []int64) {
	for ; a <= b; a++ {
		seqs = append(seqs, a)
	}
	return seqs
}
