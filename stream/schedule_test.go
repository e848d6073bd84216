package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carillon/stream"
)

// schedule is one random history of two nodes that commit to a log, and of
// subscribers on one of them. Whatever happens in between, each subscriber
// sees the filtered log from its start to its end, once and in order.
type schedule struct {
	t    *testing.T
	seed uint64
	log  *memoryLog
	hub  *stream.Hub[entry]
	// pause lets the others go on, for a random while.
	pause func(r *rand.Rand)
	done  chan struct{} // everything is committed
}

func TestEverySubscriberSeesTheLogOnceAndInOrder(t *testing.T) {
	t.Parallel()
	seeds := uint64(100)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Virtual time: waits are free, and order the goroutines at random.
				pause := func(r *rand.Rand) {
					if n := r.IntN(6); n > 0 {
						time.Sleep(time.Duration(r.IntN(1 << (3 * n))))
					}
				}
				newSchedule(t, seed, pause).play()
			})
		})
	}
}

// The same in real time, for what the race detector finds.
func TestEverySubscriberSeesTheLogInRealTime(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			pause := func(r *rand.Rand) {
				for range r.IntN(200) {
					_ = r.Uint64()
				}
			}
			newSchedule(t, 1000+seed, pause).play()
		})
	}
}

func newSchedule(t *testing.T, seed uint64, pause func(*rand.Rand)) *schedule {
	s := &schedule{t: t, seed: seed, pause: pause, done: make(chan struct{}), log: &memoryLog{}}
	s.log.commit(int(seed%7)*60, s.random(0))
	var mu sync.Mutex
	r := s.random(1)
	s.log.slow = func() error {
		mu.Lock()
		mine, fails := random(r.Uint64()), r.IntN(40) == 0
		mu.Unlock()
		s.pause(mine)
		if fails {
			return errFlaky
		}
		return nil
	}
	s.hub = stream.NewHub(stream.Config[entry]{
		Head: s.log.Head, Read: s.log.Read, Seq: seqOf, Key: tenantOf, Buffer: 1 + s.random(2).IntN(60),
	})
	return s
}

func (s *schedule) random(n uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, n)) }

func (s *schedule) play() {
	stop := run(s.t, s.hub)
	var nodes, readers sync.WaitGroup
	nodes.Go(func() { s.localNode(s.random(3)) })
	nodes.Go(func() { s.otherNode(s.random(4)) })
	for n := range uint64(12) {
		readers.Go(func() { s.reader(s.random(100 + n)) })
	}
	nodes.Wait()
	close(s.done)
	s.hub.Hint(s.log.head()) // the last notice of the other node
	readers.Wait()
	stop()
}

// localNode commits and feeds, in the order of positions.
func (s *schedule) localNode(r *rand.Rand) {
	for range 60 {
		batch := s.log.commit(1+r.IntN(20), r)
		s.pause(r)
		s.hub.Feed(batch)
		s.pause(r)
	}
}

// otherNode commits; its hints come late, twice, in any order, or not at all.
func (s *schedule) otherNode(r *rand.Rand) {
	var hints sync.WaitGroup
	for range 60 {
		batch := s.log.commit(1+r.IntN(20), r)
		upTo := batch[len(batch)-1].Seq
		for range r.IntN(3) {
			mine := random(r.Uint64())
			hints.Go(func() {
				s.pause(mine)
				s.hub.Hint(upTo)
			})
		}
		switch r.IntN(20) {
		case 0:
			s.hub.Hint(0)
		case 1:
			s.hub.Hint(upTo + 1000) // not true
		}
		s.pause(r)
	}
	hints.Wait()
}

// reader subscribes at a random moment, and comes back behind the last item
// that it saw when it was too slow or history failed.
func (s *schedule) reader(r *rand.Rand) {
	for range r.IntN(20) {
		s.pause(r)
	}
	opt, match := s.options(r)
	var seen []int64
	// The head before and after it subscribed, where that decides on its start.
	lowest, start := int64(0), int64(0)
	for {
		live := opt.After == nil
		if live {
			lowest = s.log.head()
		} else if len(seen) == 0 {
			lowest, start = *opt.After, *opt.After
		}
		sub, err := s.hub.Subscribe(s.t.Context(), opt)
		if live {
			start = s.log.head()
		}
		if err == nil {
			seen, err = s.read(sub, seen, start, match, r)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, stream.ErrSlow) && !errors.Is(err, errFlaky) {
			s.t.Errorf("seed %d: closed with %v", s.seed, err)
			return
		}
		if len(seen) > 0 {
			opt.After, opt.History = &seen[len(seen)-1], s.log.history(match)
		}
		s.pause(r)
	}
	s.check(seen, lowest, start, match)
}

func (s *schedule) options(r *rand.Rand) (opt stream.Options[entry], match func(*entry) bool) {
	match = everything
	switch r.IntN(4) {
	case 0:
		opt.Key = tenants[r.IntN(len(tenants))]
		match = func(e *entry) bool { return e.Tenant == opt.Key }
	case 1:
		match = func(e *entry) bool { return e.Odd }
		opt.Match = match
	case 2:
		opt.Key = tenants[r.IntN(len(tenants))]
		match = func(e *entry) bool { return e.Tenant == opt.Key && e.Odd }
		opt.Match = func(e *entry) bool { return e.Odd }
	}
	if r.IntN(2) == 0 {
		opt.After = at(r.Int64N(s.log.head() + 1))
		opt.History = s.log.history(match)
	}
	return opt, match
}

// read takes items until all that exist in the end were seen.
func (s *schedule) read(sub *stream.Subscription[entry], seen []int64, start int64, match func(*entry) bool, r *rand.Rand) ([]int64, error) {
	done, last := s.done, int64(-1)
	for {
		if last == 0 || len(seen) > 0 && last > 0 && seen[len(seen)-1] >= last {
			return seen, nil
		}
		select {
		case e, ok := <-sub.C():
			if !ok {
				return seen, sub.Err()
			}
			seen = append(seen, e.Value.Seq)
		case <-done:
			if done = nil; len(seen) > 0 {
				start = seen[0] - 1 // it began before start
			}
			last = s.lastMatching(start, match)
		}
		if r.IntN(5) == 0 {
			s.pause(r)
		}
	}
}

// lastMatching is the position that a reader must reach; 0 for none.
func (s *schedule) lastMatching(start int64, match func(*entry) bool) int64 {
	if want := s.log.matching(start, match); len(want) > 0 {
		return want[len(want)-1]
	}
	return 0
}

// check compares with the log. Where a live subscriber begins is anywhere
// between the heads before and after it subscribed.
func (s *schedule) check(seen []int64, lowest, start int64, match func(*entry) bool) {
	want := s.log.matching(lowest, match)
	if len(seen) < len(want) {
		if skipped := want[:len(want)-len(seen)]; skipped[len(skipped)-1] > start {
			s.t.Errorf("seed %d: begins behind position %d, which was committed after the start at %d", s.seed, skipped[len(skipped)-1], start)
			return
		}
		want = want[len(want)-len(seen):]
	}
	if !slices.Equal(seen, want) {
		s.t.Errorf("seed %d: saw %v\nwant %v", s.seed, seen, want)
	}
}

// Subscribers come and go while items are fed; the hub neither blocks nor leaks.
func TestSubscribersComeAndGo(t *testing.T) {
	t.Parallel()
	l := &memoryLog{}
	hub := running(t, l, 8)
	var stop atomic.Bool
	var crowd sync.WaitGroup
	for n := range uint64(8) {
		crowd.Go(func() {
			r := random(n)
			for !stop.Load() {
				ctx, cancel := context.WithCancel(t.Context())
				opt := stream.Options[entry]{}
				if r.IntN(2) == 0 {
					opt = stream.Options[entry]{After: at(max(0, l.head()-r.Int64N(200))), History: l.history(everything)}
				}
				if r.IntN(2) == 0 {
					opt.Key = "red"
				}
				s, err := hub.Subscribe(ctx, opt)
				if err != nil {
					t.Errorf("Subscribe: %v", err)
				} else {
					for range r.IntN(20) {
						if _, ok := <-s.C(); !ok {
							break
						}
					}
				}
				cancel()
			}
		})
	}
	r := random(99)
	for range 3000 {
		hub.Feed(l.commit(1+r.IntN(5), r))
	}
	stop.Store(true)
	hubFeedsUntil(hub, l, r, &crowd)
}

// hubFeedsUntil keeps items coming until the last reader has what it waits for.
func hubFeedsUntil(hub *stream.Hub[entry], l *memoryLog, r *rand.Rand, crowd *sync.WaitGroup) {
	done := make(chan struct{})
	go func() {
		crowd.Wait()
		close(done)
	}()
	for {
		select {
		case <-done:
			return
		default:
			hub.Feed(l.commit(10, r))
		}
	}
}
