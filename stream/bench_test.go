package stream_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"carillon/stream"
)

// payload is about as large as an attempt.
type payload struct {
	entry
	_ [600]byte
}

const benchBatch = 50

func benchHub(b *testing.B) *stream.Hub[payload] {
	hub := stream.NewHub(stream.Config[payload]{
		Head: func(context.Context) (int64, error) { return 0, nil },
		Read: func(context.Context, int64, int64, int) ([]payload, error) { return nil, errFlaky },
		Seq:  func(p *payload) int64 { return p.Seq },
		Key:  func(p *payload) string { return p.Tenant },
	})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = hub.Run(ctx)
	}()
	b.Cleanup(func() { cancel(); <-done })
	return hub
}

// feed commits batches of items of a hundred tenants, one by one.
func feed(hub *stream.Hub[payload], from int64) int64 {
	batch := make([]payload, benchBatch)
	for i := range batch {
		from++
		batch[i].Seq, batch[i].Tenant = from, fmt.Sprint("tenant ", from%100)
	}
	hub.Feed(batch)
	return from
}

func BenchmarkFeedToNobody(b *testing.B) {
	hub := benchHub(b)
	batch := make([]payload, benchBatch)
	b.ReportAllocs()
	for b.Loop() {
		hub.Feed(batch)
	}
}

// One operation is 50 items, each read by all 500 subscribers, or by the 5 of
// its tenant, whom the hub finds by their match or by their key.
func BenchmarkFeedTo500(b *testing.B) {
	for _, mode := range []string{"all", "match", "key"} {
		b.Run(mode, func(b *testing.B) {
			hub := benchHub(b)
			var round sync.WaitGroup
			for n := range 500 {
				opt := stream.Options[payload]{}
				share := 1 // of every second round
				tenant := fmt.Sprint("tenant ", n%100)
				switch mode {
				case "all":
					share = benchBatch
				case "match":
					opt.Match = func(p *payload) bool { return p.Tenant == tenant }
				case "key":
					opt.Key = tenant
				}
				s, err := hub.Subscribe(b.Context(), opt)
				if err != nil {
					b.Fatal(err)
				}
				go func() {
					for left := share; ; {
						if _, ok := <-s.C(); !ok {
							return
						}
						if left--; left == 0 {
							left = share
							round.Done()
						}
					}
				}()
			}
			rounds := 250
			if mode == "all" {
				rounds = 500
			}
			var seq int64
			b.ReportAllocs()
			for b.Loop() {
				round.Add(rounds)
				seq = feed(hub, seq)
				round.Wait()
			}
			b.ReportMetric(float64(b.N*benchBatch)/b.Elapsed().Seconds(), "items/s")
		})
	}
}

// What a subscriber holds while nothing happens.
func BenchmarkIdleSubscriber(b *testing.B) {
	hub := benchHub(b)
	const crowd = 5000
	for b.Loop() {
		before := heap()
		ctx, cancel := context.WithCancel(b.Context())
		subs := make([]*stream.Subscription[payload], crowd)
		for i := range subs {
			s, err := hub.Subscribe(ctx, stream.Options[payload]{Key: "tenant"})
			if err != nil {
				b.Fatal(err)
			}
			subs[i] = s
		}
		b.ReportMetric(float64(heap()-before)/crowd, "bytes/subscriber")
		cancel()
		for _, s := range subs {
			for range s.C() {
			}
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
