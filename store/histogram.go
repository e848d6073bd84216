package store

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Latencies are counted by buckets on a logarithmic scale, each 9% above the one
// before: the first ends at 100 µs, the last begins at more than 10 minutes.
const (
	latencyFirst  = 100 * time.Microsecond
	latencyGrowth = 1.09
	latencyMost   = 200 // the number of buckets
)

// histogram counts latencies. The zero one is empty. As a blob it is the buckets
// that are not empty, each as the distance from the one before and the count.
type histogram struct {
	counts map[uint8]uint64
}

// Add counts one more latency.
func (h *histogram) Add(latency time.Duration) { h.add(latencyBucket(latency), 1) }

func (h *histogram) add(bucket uint8, n uint64) {
	if h.counts == nil {
		h.counts = make(map[uint8]uint64)
	}
	h.counts[bucket] += n
}

// Merge adds what another one has counted.
func (h *histogram) Merge(other *histogram) {
	for bucket, n := range other.counts {
		h.add(bucket, n)
	}
}

// Quantile is the latency that the part q of all stays below, or nil where
// nothing was counted. It is off by half a bucket at most.
func (h *histogram) Quantile(q float64) *time.Duration {
	var total uint64
	for _, n := range h.counts {
		total += n
	}
	if total == 0 {
		return nil
	}
	rank := max(uint64(math.Ceil(q*float64(total))), 1)
	for bucket := range latencyMost {
		n := h.counts[uint8(bucket)]
		if rank <= n {
			latency := bucketLatency(bucket)
			return &latency
		}
		rank -= n
	}
	return nil
}

func latencyBucket(latency time.Duration) uint8 {
	if latency <= latencyFirst {
		return 0
	}
	steps := math.Ceil(math.Log(float64(latency)/float64(latencyFirst)) / math.Log(latencyGrowth))
	return uint8(min(steps, latencyMost-1))
}

// bucketLatency is the middle of a bucket, on its scale, in whole microseconds.
func bucketLatency(bucket int) time.Duration {
	middle := float64(latencyFirst) * math.Pow(latencyGrowth, float64(bucket)-0.5)
	return time.Duration(middle).Round(time.Microsecond)
}

// blob is the stored form.
func (h *histogram) blob() []byte {
	out := make([]byte, 0, 4*len(h.counts))
	next := 0
	for bucket := range latencyMost {
		if n := h.counts[uint8(bucket)]; n > 0 {
			out = binary.AppendUvarint(out, uint64(bucket-next))
			out = binary.AppendUvarint(out, n)
			next = bucket + 1
		}
	}
	return out
}

var errHistogram = errors.New("a histogram of latencies is damaged")

// mergeBlob adds a stored one.
func (h *histogram) mergeBlob(blob []byte) error {
	bucket := uint64(0)
	for len(blob) > 0 {
		gap, size := binary.Uvarint(blob)
		if size <= 0 {
			return errHistogram
		}
		n, more := binary.Uvarint(blob[size:])
		if bucket += gap; more <= 0 || bucket >= latencyMost {
			return errHistogram
		}
		h.add(uint8(bucket), n)
		bucket++
		blob = blob[size+more:]
	}
	return nil
}
