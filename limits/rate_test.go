package limits

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"
)

func TestARateLetsABurstThroughAndThenOneAtATime(t *testing.T) {
	t.Parallel()
	r := NewRate[string](RateConfig{Every: 100 * time.Millisecond, Burst: 20})
	now := time.Hour
	for i := range 20 {
		if wait := r.Take("a", now); wait != 0 {
			t.Fatalf("number %d waits %s", i+1, wait)
		}
	}
	for range 5 { // asking too often is not counted
		if wait := r.Take("a", now); wait != 100*time.Millisecond {
			t.Errorf("one too many waits %s", wait)
		}
	}
	if wait := r.Take("b", now); wait != 0 {
		t.Errorf("another client waits %s", wait)
	}
	now += 100*time.Millisecond - 1
	if wait := r.Take("a", now); wait != 1 {
		t.Errorf("a moment too early waits %s", wait)
	}
	now++
	if wait := r.Take("a", now); wait != 0 {
		t.Errorf("in time waits %s", wait)
	}
	if wait := r.Take("a", now); wait == 0 {
		t.Error("two came back in the time of one")
	}
	now += time.Hour // no more comes back than the bucket holds
	passed := 0
	for range 100 {
		if r.Take("a", now) == 0 {
			passed++
		}
	}
	if passed != 20 {
		t.Errorf("after an hour %d pass at once, want 20", passed)
	}
}

func TestWhatIsOwedGrowsAndEnds(t *testing.T) {
	t.Parallel()
	r := NewRate[string](RateConfig{Every: 2 * time.Second, Burst: 30})
	now := time.Duration(0)
	for i := range 30 {
		if wait := r.Owe("a", now); wait != 0 || r.Over("a", now) {
			t.Fatalf("number %d waits %s", i+1, wait)
		}
	}
	for _, want := range []time.Duration{2 * time.Second, 4 * time.Second, 6 * time.Second} {
		if wait := r.Owe("a", now); wait != want || !r.Over("a", now) {
			t.Errorf("waits %s, want %s", wait, want)
		}
	}
	for range 1000 {
		r.Owe("a", now)
	}
	if wait := r.Owe("a", now); wait != time.Minute {
		t.Errorf("the wait grows to %s", wait)
	}
	if r.Over("a", now+time.Minute) || !r.Over("a", now+time.Minute-1) {
		t.Error("it is not over when it was said to be")
	}
	if r.Over("b", now) || r.Len() != 1 {
		t.Error("to ask makes a bucket")
	}
}

func TestClientsAreForgottenRatherThanKeptWithoutBound(t *testing.T) {
	t.Parallel()
	r := NewRate[int](RateConfig{Every: time.Second, Burst: 1, Size: 1000})
	for i := range 100_000 {
		r.Take(i, 0)
	}
	if n := r.Len(); n > 1000+shards {
		t.Errorf("%d clients are remembered", n)
	}
	if r.Take(99_999, 0) == 0 {
		t.Error("the last one is forgotten already")
	}
	if r.Take(0, 0) != 0 {
		t.Error("the first one is remembered")
	}
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	r, h := NewRate[int](RateConfig{}), NewHeld[int](0)
	for range 1000 {
		if r.Take(1, 0) != 0 || r.Owe(1, 0) != 0 || r.Over(1, 0) || !h.Take(1) {
			t.Fatal("it is refused")
		}
	}
	h.Give(1)
	if r.Len() != 0 || h.Len() != 0 {
		t.Error("it is remembered")
	}
}

func TestManyAtOnceGetNoMoreThanTheBucketHolds(t *testing.T) {
	t.Parallel()
	r, h := NewRate[int](RateConfig{Every: time.Hour, Burst: 500}), NewHeld[int](500)
	var mu sync.Mutex
	var all sync.WaitGroup
	passed, holding := 0, 0
	for range 8 {
		all.Go(func() {
			for range 200 {
				one, two := r.Take(7, 1), h.Take(7)
				mu.Lock()
				if one == 0 {
					passed++
				}
				if two {
					holding++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if passed != 500 || holding != 500 {
		t.Errorf("%d came and %d hold, want 500", passed, holding)
	}
	for range 500 {
		h.Give(7)
	}
	if h.Len() != 0 || !h.Take(7) {
		t.Error("what was given back is still held")
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "127.0.0.1": "127.0.0.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "2001:db8:1:2::": "2001:db8:1:2::", "2001:db8:1:3::1": "2001:db8:1:3::",
		"fe80::1%eth0": "fe80::", "::1": "::",
	} {
		if got := Network(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("no address became one")
	}
}

// BenchmarkOneClient is the hot path of a busy key: everybody at one bucket.
func BenchmarkOneClient(b *testing.B) {
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprintf("limited=%v", on), func(b *testing.B) {
			cfg := RateConfig{}
			if on {
				cfg = RateConfig{Every: 1, Burst: 1 << 40}
			}
			r := NewRate[[16]byte](cfg)
			b.RunParallel(func(pb *testing.PB) {
				key := [16]byte{1, 2, 3}
				for now := time.Duration(1); pb.Next(); now++ {
					if r.Take(key, now) != 0 {
						b.Error("refused")
					}
				}
			})
		})
	}
}

// BenchmarkFlood is a million addresses, of which most are new.
func BenchmarkFlood(b *testing.B) {
	r := NewRate[netip.Addr](RateConfig{Every: time.Second, Burst: 40})
	n := uint32(0)
	for b.Loop() {
		n = n*1664525 + 1013904223
		r.Take(netip.AddrFrom4([4]byte{10, byte(n >> 28), byte(n >> 20), byte(n >> 12)}), time.Duration(n))
	}
}
