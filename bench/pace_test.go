package main

import (
	"testing"
	"time"
)

func TestMeterLeavesOutTheTimeToWarmUp(t *testing.T) {
	t.Parallel()
	m := newMeter(4)
	for n := range 4 {
		m.publishing(n)
	}
	m.took[0].Store(int64(time.Hour)) // before the window
	m.took[2].Store(int64(3 * time.Second))
	m.took[3].Store(int64(2 * time.Second))
	got := m.sorted(1) // the second one goes to another receiver
	if len(got) != 2 || got[0] != 2*time.Second || got[1] != 3*time.Second {
		t.Errorf("took %v", got)
	}
	m.seen(message("0", "1"))
	if got := m.sorted(1); len(got) != 3 || got[0] > time.Second {
		t.Errorf("with one that came took %v", got)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i)
	}
	if p50, p99 := percentile(hundred, 50), percentile(hundred, 99); p50 != 50 || p99 != 99 {
		t.Errorf("p50 %d, p99 %d", p50, p99)
	}
	if percentile(nil, 99) != 0 {
		t.Error("nothing has a percentile")
	}
}
