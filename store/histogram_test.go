package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramFindsQuantiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var h histogram
	all := make([]time.Duration, 10_000)
	for i := range all {
		all[i] = time.Duration(float64(time.Millisecond) * (0.2 + random.ExpFloat64()*50))
		h.Add(all[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0.01, 0.5, 0.95, 0.99, 1} {
		want := all[max(int(q*float64(len(all)))-1, 0)]
		got := h.Quantile(q)
		if off := float64(*got)/float64(want) - 1; off > 0.05 || off < -0.05 {
			t.Errorf("quantile %v is %v, want %v within 5%%", q, *got, want)
		}
	}
}

func TestHistogramBoundsItsBuckets(t *testing.T) {
	t.Parallel()
	for latency, want := range map[time.Duration]uint8{
		-time.Second: 0, 0: 0, 100 * time.Microsecond: 0, 101 * time.Microsecond: 1, 109 * time.Microsecond: 1,
		110 * time.Microsecond: 2, time.Hour: latencyMost - 1, 1<<63 - 1: latencyMost - 1,
	} {
		if got := latencyBucket(latency); got != want {
			t.Errorf("%v is in bucket %d, want %d", latency, got, want)
		}
	}
	if last := bucketLatency(latencyMost - 1); last < 10*time.Minute {
		t.Errorf("the last bucket is %v; attempts may take as long as 10 minutes", last)
	}
	if (&histogram{}).Quantile(0.5) != nil {
		t.Error("an empty histogram has a quantile")
	}
}

func TestHistogramSurvivesItsBlob(t *testing.T) {
	t.Parallel()
	var a, b, both, read histogram
	for i := range 300 {
		a.Add(time.Duration(i) * time.Millisecond)
		b.Add(time.Duration(i*i) * time.Microsecond)
		both.Add(time.Duration(i) * time.Millisecond)
		both.Add(time.Duration(i*i) * time.Microsecond)
	}
	for _, h := range []*histogram{&a, &b} {
		if err := read.mergeBlob(h.blob()); err != nil {
			t.Fatal(err)
		}
	}
	if string(read.blob()) != string(both.blob()) {
		t.Error("two blobs together are not what both have counted")
	}
	a.Merge(&b)
	if string(a.blob()) != string(both.blob()) {
		t.Error("two merged are not what both have counted")
	}
	for _, bad := range [][]byte{{1}, {0x80}, {250, 1, 1}, {1, 0x80}} {
		if err := new(histogram).mergeBlob(bad); err == nil {
			t.Errorf("%v was read", bad)
		}
	}
}
