package limits

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Rate bounds how often each of many clients may come: a bucket of Burst tokens
// for each, to which one comes back Every so often. A bucket is one number, the
// time at which it will be full again, and those of the clients that came last
// are kept. A nil Rate bounds nothing. It is safe for concurrent use.
type Rate[K comparable] struct {
	every  time.Duration
	burst  time.Duration // what a full bucket is worth
	seed   maphash.Seed
	shards [shards]shard[K]
}

// RateConfig is what a Rate is made of.
type RateConfig struct {
	Every time.Duration // one comes back
	Burst int           // may come at once; 1 at least
	// Size is how many clients are remembered: 65,536 unless said, some 10 MB.
	// Who is forgotten begins anew.
	Size int
}

// The buckets stand in parts, each behind a lock of its own.
const (
	shards      = 16
	defaultSize = 1 << 16
)

type shard[K comparable] struct {
	mu      sync.Mutex
	buckets *simplelru.LRU[K, *time.Duration] // when each is full again
}

// NewRate is nil, which bounds nothing, where Every is.
func NewRate[K comparable](cfg RateConfig) *Rate[K] {
	if cfg.Every <= 0 {
		return nil
	}
	if cfg.Size <= 0 {
		cfg.Size = defaultSize
	}
	r := &Rate[K]{every: cfg.Every, burst: time.Duration(max(cfg.Burst, 1)) * cfg.Every, seed: maphash.MakeSeed()}
	for i := range r.shards {
		buckets, err := simplelru.NewLRU[K, *time.Duration]((cfg.Size+shards-1)/shards, nil)
		if err != nil {
			panic(err) // only for a size that is not positive
		}
		r.shards[i].buckets = buckets
	}
	return r
}

// Take counts one in and answers 0, or says how long to wait until the next one
// is let in: who is refused is not counted. now is any time that only grows.
func (r *Rate[K]) Take(client K, now time.Duration) (wait time.Duration) {
	if r == nil {
		return 0
	}
	s := r.shard(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.bucket(client)
	after := max(*full, now) + r.every
	if wait = after - now - r.burst; wait > 0 {
		return wait
	}
	*full = after
	return 0
}

// Owe counts one in whether there is a token or not, and says how long to wait:
// each more makes it longer, up to the worth of another full bucket.
func (r *Rate[K]) Owe(client K, now time.Duration) (wait time.Duration) {
	if r == nil {
		return 0
	}
	s := r.shard(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.bucket(client)
	*full = min(max(*full, now)+r.every, now+2*r.burst)
	return max(*full-now-r.burst, 0)
}

// Over says whether the client owes something.
func (r *Rate[K]) Over(client K, now time.Duration) bool {
	if r == nil {
		return false
	}
	s := r.shard(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	full, ok := s.buckets.Peek(client)
	return ok && *full-now > r.burst
}

// Len is how many clients are remembered.
func (r *Rate[K]) Len() (n int) {
	if r == nil {
		return 0
	}
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += s.buckets.Len()
		s.mu.Unlock()
	}
	return n
}

func (r *Rate[K]) shard(client K) *shard[K] {
	return &r.shards[maphash.Comparable(r.seed, client)%shards]
}

// bucket is called with the lock held.
func (s *shard[K]) bucket(client K) *time.Duration {
	full, ok := s.buckets.Get(client)
	if !ok {
		full = new(time.Duration)
		s.buckets.Add(client, full)
	}
	return full
}
