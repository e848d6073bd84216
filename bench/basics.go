package main

import (
	"context"
	"fmt"
	"time"
)

// basics measures the way of single events and of batches to one endpoint:
// throughput, latency, what a delivery costs, memory.
func basics(ctx context.Context, s *site) error {
	r := newReceiver()
	defer r.close()
	url, err := r.listen()
	if err != nil {
		return err
	}
	reference, err := s.references(ctx, url)
	if err != nil {
		return err
	}
	one, err := s.serve()
	if err != nil {
		return err
	}
	reachOne, reachMany := 7000.0, 11000.0
	if s.kind == sqlite {
		reachOne, reachMany = 5000, 7000
	}
	tenant, err := one.route(url, nil)
	if err != nil {
		return err
	}
	row := figure{measure: "publishEvent, 64 connections, delivered", reference: reference}
	if err := s.throughput(ctx, one, r, row, publishOne(tenant), 1, reachOne); err != nil {
		return err
	}
	row.measure = "publishEvents of 100, 64 connections, delivered"
	if err := s.throughput(ctx, one, r, row, publishMany(tenant, anyKind, 100), 100, reachMany); err != nil {
		return err
	}
	if s.kind == postgres { // SQLite has no aim
		if err := s.quiet(ctx, one, r, tenant); err != nil {
			return err
		}
	}
	one.stop()
	return s.memory(r, url)
}

// throughput publishes so many events as fill the time, and waits until all are
// received: from the first published to the last received.
func (s *site) throughput(ctx context.Context, one *server, r *receiver, row figure, body func(int) []byte, per int, reach float64) error {
	// A first, short round warms up and tells how many requests fill the time.
	warm := max(2000/per, 64)
	begin := time.Now()
	if err := round(one, r, body, per, warm); err != nil {
		return err
	}
	requests := max(int(float64(warm)/time.Since(begin).Seconds()*float64(s.seconds)), warm)
	close, err := s.watch(ctx, fmt.Sprintf("publish %d", per))
	if err != nil {
		return err
	}
	begin = time.Now()
	if err := round(one, r, body, per, requests); err != nil {
		return err
	}
	rate := float64(requests*per) / time.Since(begin).Seconds()
	if err := close(); err != nil {
		return err
	}
	s.row(row, perSecond(rate), reach, rate, fmt.Sprintf("%d events", requests*per))
	if per > 1 {
		return nil
	}
	per1000 := 1000 / float64(requests)
	server, database := s.last.servers*per1000, s.last.database*per1000
	s.report.add(figure{
		measure: "CPU for 1,000 deliveries, " + s.kind, got: fmt.Sprintf("%.3f s", server+database),
		reach: "under 0.25 s", reached: server+database < 0.25, with: fmt.Sprintf("server %.3f s, database %.3f s", server, database),
	})
	return nil
}

// row reports a rate that is to reach so much a second.
func (s *site) row(f figure, got string, reach, rate float64, with string) {
	f.measure += ", " + s.kind
	f.got, f.with, f.cpu = got, with, s.last.String()
	if reach > 0 {
		f.reach, f.reached = perSecond(reach)+" and more", rate >= reach
	}
	s.report.add(f)
}

func round(one *server, r *receiver, body func(int) []byte, per, requests int) error {
	due := r.received.Load() + int64(requests*per)
	if err := flood(one.address, 64, requests, body); err != nil {
		return err
	}
	return r.whole(due)
}

// quiet measures the latency under a light load.
func (s *site) quiet(ctx context.Context, one *server, r *receiver, tenant string) error {
	took, err := s.measure(ctx, "quiet", pace{to: one, perSecond: 100, warm: time.Second, body: publishOne(tenant)}, r)
	if err != nil {
		return err
	}
	p50, p99 := percentile(took, 50), percentile(took, 99)
	row := figure{with: fmt.Sprintf("100 events/s, %d events", len(took)), cpu: s.last.String()}
	row.measure, row.got, row.reach, row.reached = "publish to received, p50", millis(p50), "under 2 ms", p50 < 2*time.Millisecond
	s.report.add(row)
	row.measure, row.got, row.reach, row.reached = "publish to received, p99", millis(p99), "under 5 ms", p99 < 5*time.Millisecond
	s.report.add(row)
	return nil
}

// memory sends a burst to a fresh server and reads the most it has had in memory.
func (s *site) memory(r *receiver, url string) error {
	one, err := s.serve()
	if err != nil {
		return err
	}
	tenant, err := one.route(url, nil)
	if err != nil {
		return err
	}
	r.seen = nil
	if err := round(one, r, publishMany(tenant, anyKind, 100), 100, 200); err != nil {
		return err
	}
	peak := float64(peakMemory(one.pid())) / (1 << 20)
	s.report.add(figure{
		measure: "the server's peak memory, " + s.kind, got: fmt.Sprintf("%.0f MiB", peak),
		reach: "under 150 MiB", reached: peak < 150, with: "a burst of 20,000 events to a fresh server",
	})
	return nil
}
