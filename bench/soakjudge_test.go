package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// samples of a soak of ten minutes.
const soakSamples = 300

// of makes a series of such a value at each moment, 0 to 1.
func of(s series, value func(at float64, random *rand.Rand) float64) *series {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range soakSamples {
		s.values = append(s.values, value(float64(i)/soakSamples, random))
	}
	return &s
}

const mib = 1 << 20

// leak is what has been lost at a moment of ten minutes at 3,500 events a second,
// where one of so many loses so much.
func leak(at float64, oneIn, size float64) float64 { return at * 600 * 3500 / oneIn * size }

func TestJudge(t *testing.T) {
	t.Parallel()
	watched := map[string]series{}
	for _, s := range watchedSeries() {
		watched[s.name] = s
	}
	noise := func(r *rand.Rand, part float64) float64 { return 1 + part*(2*r.Float64()-1) }
	for name, test := range map[string]struct {
		series string
		value  func(at float64, r *rand.Rand) float64
		flat   bool
	}{
		"noise around a level":            {"goroutines", func(_ float64, r *rand.Rand) float64 { return 600 * noise(r, 0.3) }, true},
		"a saw of the collector":          {"resident memory", func(at float64, r *rand.Rand) float64 { return (120 + 40*math.Mod(at*40, 1)) * mib * noise(r, 0.05) }, true},
		"warming up":                      {"resident memory", func(at float64, r *rand.Rand) float64 { return (60 + 90*math.Min(1, at*4)) * mib * noise(r, 0.05) }, true},
		"peaks while an endpoint hangs":   {"goroutines", func(_ float64, r *rand.Rand) float64 { return 400 + 2000*math.Floor(1.15*r.Float64()) }, true},
		"a database that fills and stays": {"database", func(at float64, r *rand.Rand) float64 { return 900 * mib * math.Min(1, at*5) * noise(r, 0.04) }, true},
		"falling":                         {"heap in use", func(at float64, r *rand.Rand) float64 { return (90 - 30*at) * mib * noise(r, 0.1) }, true},
		"a goroutine of 1 % of requests": {"goroutines", func(at float64, r *rand.Rand) float64 {
			return 600*noise(r, 0.3) + leak(at, 100, 1)
		}, false},
		"a goroutine of 1 of 5,000 requests": {"goroutines", func(at float64, r *rand.Rand) float64 {
			return 300*noise(r, 0.2) + leak(at, 5000, 1)
		}, false},
		"a descriptor of 1 % of requests": {"file descriptors", func(at float64, r *rand.Rand) float64 {
			return 150*noise(r, 0.3) + leak(at, 100, 1)
		}, false},
		"2 KiB of 1 % of requests": {"heap in use", func(at float64, r *rand.Rand) float64 {
			return 60*mib*noise(r, 0.15) + leak(at, 100, 2048)
		}, false},
		"4 KiB of 1 % of requests": {"resident memory", func(at float64, r *rand.Rand) float64 {
			return 140*mib*noise(r, 0.1) + leak(at, 100, 4096)
		}, false},
		"12 KiB of 1 % of requests that are never erased": {"database", func(at float64, r *rand.Rand) float64 {
			return 300*mib*math.Min(1, at*5)*noise(r, 0.04) + leak(at, 100, 4096*3)
		}, false},
		"rows that nothing erases": {"database", func(at float64, _ *rand.Rand) float64 { return leak(at, 1, 3000) }, false},
		"a queue that grows":       {"waiting", func(at float64, r *rand.Rand) float64 { return 300*noise(r, 0.5) + leak(at, 100, 1) }, false},
	} {
		s := of(watched[test.series], test.value)
		if got := s.flat(); got != test.flat {
			first, middle, last := s.thirds()
			t.Errorf("%s: flat is %t, with thirds of %s, %s and %s", name, got, s.show(first), s.show(middle), s.show(last))
		}
		if text, broken := s.verdict(true); broken == test.flat {
			t.Errorf("%s: the verdict is %s", name, text)
		}
	}
}

func TestJudgeNeedsSamples(t *testing.T) {
	t.Parallel()
	s := of(watchedSeries()[0], func(at float64, _ *rand.Rand) float64 { return 1 + at*1e9 })
	s.values = s.values[:minJudged-1]
	if text, broken := s.verdict(true); broken || text != "too short to tell" {
		t.Errorf("of few samples it says %q, %t", text, broken)
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	l := newLedger(5)
	for n := range 4 {
		l.ask(n)
	}
	l.accept(1)
	l.accept(2)
	l.receive(message("1", "1"))
	l.receive(message("1", "1"))
	l.receive(message("1", "3")) // stored, but its answer was lost
	if n, first := l.lost(); n != 1 || first != 2 || l.check() == nil {
		t.Errorf("%d are lost, the first is %d; %v", n, first, l.check())
	}
	if l.doubles.Load() != 1 || l.unanswered() != 2 || l.arrived.Load() != 2 {
		t.Errorf("%d doubles, %d unanswered, %d arrived", l.doubles.Load(), l.unanswered(), l.arrived.Load())
	}
	l.receive(message("1", "2"))
	if err := l.check(); err != nil {
		t.Error(err)
	}
	l.receive(message("1", "4"))
	if l.check() == nil {
		t.Error("what nobody published is taken")
	}
}
