package stream_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carillon/stream"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 42)) }

func TestLiveSubscriberSeesWhatIsFed(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(1)
	hub := running(t, l, 0)
	l.commit(5, r) // before anybody listens
	s := subscribe(t, hub, stream.Options[entry]{})
	hub.Feed(l.commit(3, r))
	hub.Feed(l.commit(1, r))
	expect(t, s, from(6, 9)...)
}

func TestCommitsOfOtherNodesAreReadFromTheLog(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(2)
	hub := running(t, l, 0)
	s := subscribe(t, hub, stream.Options[entry]{})
	l.commit(1200, r) // by another node, more than one page
	hub.Feed(l.commit(2, r))
	expect(t, s, from(1, 1202)...)

	upTo := l.commit(3, r)[2].Seq
	hub.Hint(upTo)
	hub.Hint(upTo)
	hub.Hint(1)
	expect(t, s, from(1203, 1205)...)

	l.commit(2, r)
	hub.Hint(0)
	expect(t, s, 1206, 1207)
}

func TestFeedThatWasReadAlreadyIsDropped(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(3)
	hub := running(t, l, 0)
	s := subscribe(t, hub, stream.Options[entry]{})
	first, second := l.commit(3, r), l.commit(3, r)
	hub.Hint(4)
	expect(t, s, from(1, 4)...)
	hub.Feed(first)
	hub.Feed(second)
	expect(t, s, 5, 6)
}

func TestNothingIsReadOrKeptWithoutSubscribers(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(4)
	hub := running(t, l, 0)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := hub.Subscribe(ctx, stream.Options[entry]{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	expectEnd(t, s, context.Canceled)
	before := l.readCount()
	for range 100 {
		batch := l.commit(10, r)
		hub.Feed(batch)
		hub.Hint(batch[9].Seq)
	}
	if reads := l.readCount(); reads != before {
		t.Errorf("%d reads, want none", reads-before)
	}
	again := subscribe(t, hub, stream.Options[entry]{})
	hub.Feed(l.commit(2, r))
	expect(t, again, 1001, 1002)
}

func TestHintThatPromisesTooMuchLosesNothing(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(5)
	hub := running(t, l, 0)
	s := subscribe(t, hub, stream.Options[entry]{})
	l.commit(2, r)
	hub.Hint(1 << 60)
	expect(t, s, 1, 2)
	hub.Feed(l.commit(2, r))
	expect(t, s, 3, 4)
}

func TestHintsAboutAnEmptyLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, r := &memoryLog{}, random(17)
		hub := running(t, l, 0)
		s := subscribe(t, hub, stream.Options[entry]{})
		hub.Hint(0)
		hub.Hint(5)
		synctest.Wait() // returns only if the hub comes to rest
		hub.Feed(l.commit(2, r))
		expect(t, s, 1, 2)
	})
}

func TestErasedPositionsAreSkipped(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{erased: map[int64]bool{2: true, 5: true}}, random(6)
	hub := running(t, l, 0)
	s := subscribe(t, hub, stream.Options[entry]{})
	l.commit(5, r)
	hub.Hint(5)
	expect(t, s, 1, 3, 4)
	hub.Feed(l.commit(1, r))
	expect(t, s, 6)
}

func TestKeyAndMatchNarrow(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(7)
	hub := running(t, l, 0)
	red := func(e *entry) bool { return e.Tenant == "red" }
	redOdd := func(e *entry) bool { return e.Tenant == "red" && e.Odd }
	byKey := subscribe(t, hub, stream.Options[entry]{Key: "red"})
	byBoth := subscribe(t, hub, stream.Options[entry]{Key: "red", Match: func(e *entry) bool { return e.Odd }})
	byMatch := subscribe(t, hub, stream.Options[entry]{Match: red})
	resumed := subscribe(t, hub, stream.Options[entry]{After: at(0), Key: "red", History: l.history(red)})
	for range 10 {
		hub.Feed(l.commit(20, r))
	}
	expect(t, byKey, l.matching(0, red)...)
	expect(t, byBoth, l.matching(0, redOdd)...)
	expect(t, byMatch, l.matching(0, red)...)
	expect(t, resumed, l.matching(0, red)...)
}

func TestAfterSendsHistoryThenLive(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(8)
	hub := running(t, l, 0)
	l.commit(750, r)
	s := subscribe(t, hub, stream.Options[entry]{After: at(20), History: l.history(everything)})
	expect(t, s, from(21, 400)...)
	hub.Feed(l.commit(50, r)) // while history is being read
	expect(t, s, from(401, 800)...)
	hub.Feed(l.commit(5, r))
	expect(t, s, from(801, 805)...)
}

func TestSlowReaderIsClosedAndCanResume(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(9)
	hub := running(t, l, 10)
	slow := subscribe(t, hub, stream.Options[entry]{})
	quick := subscribe(t, hub, stream.Options[entry]{})
	for range 20 {
		batch := l.commit(2, r)
		hub.Feed(batch)
		expect(t, quick, batch[0].Seq, batch[1].Seq)
	}
	var last int64
	for e := range slow.C() {
		if e.Value.Seq != last+1 {
			t.Fatalf("position %d after %d", e.Value.Seq, last)
		}
		last = e.Value.Seq
	}
	if err := slow.Err(); !errors.Is(err, stream.ErrSlow) || !strings.Contains(err.Error(), "`after`") {
		t.Fatalf("closed with %v", err)
	}
	resumed := subscribe(t, hub, stream.Options[entry]{After: &last, History: l.history(everything)})
	expect(t, resumed, from(last+1, 40)...)
}

func TestOneLargeCommitDoesNotCloseAReaderThatKeepsUp(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(10)
	hub := running(t, l, 10)
	s := subscribe(t, hub, stream.Options[entry]{})
	hub.Feed(l.commit(1000, r))
	expect(t, s, from(1, 1000)...)
}

// A reader of history that commits outrun is paced, and goes live in the end.
func TestCatchUpThatIsOutrunIsPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, r := &memoryLog{}, random(11)
		hub := running(t, l, 4)
		l.commit(90, r) // less than a page: listed at once
		s := subscribe(t, hub, stream.Options[entry]{After: at(0), History: l.history(everything)})
		var want int64 = 1
		for range 50 {
			hub.Feed(l.commit(40, r))
			time.Sleep(time.Second)
			expect(t, s, from(want, want+2)...)
			want += 3
		}
		expect(t, s, from(want, l.head())...)
		hub.Feed(l.commit(3, r))
		expect(t, s, from(l.head()-2, l.head())...)
	})
}

func TestSubscriptionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(12)
	hub := running(t, l, 0)
	cause := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	live, err := hub.Subscribe(ctx, stream.Options[entry]{})
	if err != nil {
		t.Fatal(err)
	}
	l.commit(300, r)
	reading, err := hub.Subscribe(ctx, stream.Options[entry]{After: at(0), History: l.history(everything)})
	if err != nil {
		t.Fatal(err)
	}
	hub.Feed(l.commit(30, r))
	cancel(cause)
	expectEnd(t, live, cause)
	expectEnd(t, reading, cause)
	if _, err := hub.Subscribe(ctx, stream.Options[entry]{}); err == nil {
		t.Error("subscribing with an ended context went well")
	}
}

func TestStopEndsEverySubscription(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(13)
	hub := stream.NewHub(stream.Config[entry]{Head: l.Head, Read: l.Read, Seq: seqOf})
	stop := run(t, hub)
	idle := subscribe(t, hub, stream.Options[entry]{})
	behind := subscribe(t, hub, stream.Options[entry]{})
	l.commit(300, r)
	reading := subscribe(t, hub, stream.Options[entry]{After: at(0), History: l.history(everything)})
	hub.Feed(l.commit(100, r))
	expect(t, idle, from(1, 400)...)
	stop()
	expectEnd(t, idle, stream.ErrStopped)
	expectEnd(t, behind, stream.ErrStopped)
	expectEnd(t, reading, stream.ErrStopped)
	for _, opt := range []stream.Options[entry]{{}, {After: at(0), History: l.history(everything)}} {
		if _, err := hub.Subscribe(t.Context(), opt); !errors.Is(err, stream.ErrStopped) {
			t.Errorf("Subscribe after the stop: %v", err)
		}
	}
	hub.Feed(l.commit(1, r))
	hub.Hint(0)
}

func TestReadsThatFailAreTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, r := &memoryLog{}, random(14)
		var logged lines
		hub := stream.NewHub(stream.Config[entry]{
			Head: l.Head, Read: l.Read, Seq: seqOf, Log: slog.New(slog.NewTextHandler(&logged, nil)),
		})
		run(t, hub)
		s := subscribe(t, hub, stream.Options[entry]{})
		l.setFail(true)
		l.commit(3, r) // by another node
		hub.Feed(l.commit(3, r))
		time.Sleep(time.Minute)
		hub.Hint(0)
		time.Sleep(time.Minute)
		l.setFail(false)
		expect(t, s, from(1, 6)...)
		synctest.Wait()
		if out := logged.String(); strings.Count(out, "level=WARN") != 1 || strings.Count(out, "level=INFO") != 1 {
			t.Errorf("logged:\n%s", out)
		}
	})
}

func TestHistoryThatFailsEndsTheSubscription(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(15)
	hub := running(t, l, 0)
	l.commit(3, r)
	history := func(context.Context, int64, int64, int) ([]entry, error) { return nil, errFlaky }
	s := subscribe(t, hub, stream.Options[entry]{After: at(0), History: history})
	expectEnd(t, s, errFlaky)
	if _, err := hub.Subscribe(t.Context(), stream.Options[entry]{After: at(0)}); err == nil {
		t.Error("After without History went well")
	}
	l.setFail(true)
	if _, err := hub.Subscribe(t.Context(), stream.Options[entry]{}); !errors.Is(err, errFlaky) {
		t.Errorf("Subscribe without a database: %v", err)
	}
}

// A hub that lags drops what is fed beyond its bound, and reads it again.
func TestFeedIsBounded(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(16)
	gate := make(chan struct{})
	var once sync.Once
	hub := running(t, l, 1<<20)
	s := subscribe(t, hub, stream.Options[entry]{Match: func(*entry) bool {
		once.Do(func() { <-gate }) // the hub stands still meanwhile
		return true
	}})
	for range 3000 {
		hub.Feed(l.commit(10, r))
	}
	close(gate)
	expect(t, s, from(1, 30000)...)
}

// lines is a buffer for a log that may be written to while it is read.
type lines struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
