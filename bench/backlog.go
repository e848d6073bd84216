package main

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// backlog measures what a busy channel notices of a paused one of the same
// tenant, for which a great many deliveries wait.
func backlog(ctx context.Context, s *site) error {
	r := newReceiver()
	defer r.close()
	url, err := r.listen()
	if err != nil {
		return err
	}
	one, err := s.serve()
	if err != nil {
		return err
	}
	tenant, err := one.lanes([]string{url})
	if err != nil {
		return err
	}
	before, err := s.busy(ctx, one, r, tenant, "empty")
	if err != nil {
		return err
	}
	waiting := s.size(50_000, 1_000_000)
	if err := s.pile(ctx, one, tenant, url, waiting); err != nil {
		return err
	}
	now, err := s.busy(ctx, one, r, tenant, "waiting")
	if err != nil {
		return err
	}
	sizes := fmt.Sprintf("%d waiting", waiting)
	s.share(figure{measure: "publishEvent, delivered, with deliveries waiting on a paused channel", cpu: now.cpu},
		before.rate, now.rate, 0.9, sizes)
	s.compare(figure{measure: "p99 with deliveries waiting on a paused channel"}, before.took, now.took, sizes+", 500 events/s")
	return nil
}

// busy is what one channel that works does.
type busy struct {
	rate float64
	cpu  string // while it was taken
	took []time.Duration
}

// busy measures throughput and latency of the channel that works.
func (s *site) busy(ctx context.Context, one *server, r *receiver, tenant, label string) (b busy, err error) {
	body := func(n int) []byte {
		return publish(event{tenant: tenant, kind: laneKind(0), entity: anyEntity, n: n})
	}
	r.seen = nil
	b.rate, err = s.saturate(ctx, label+" saturated", load{
		to: []*server{one}, body: func(_, n int) []byte { return body(n) },
	}, r)
	if err != nil {
		return b, err
	}
	b.cpu = s.last.String()
	b.took, err = s.measure(ctx, label+" paced", pace{to: one, perSecond: 500, warm: time.Second, body: body}, r)
	return b, err
}

// pile makes a channel, pauses it, and publishes to it.
func (s *site) pile(ctx context.Context, one *server, tenant, url string, waiting int) error {
	const batch = 1000
	channel, err := one.channel(tenant, "paused", url, nil)
	if err != nil {
		return err
	}
	if _, err := one.webhook(tenant, "paused", "bench.paused", channel); err != nil {
		return err
	}
	if err := one.change("pauseChannel", channel); err != nil {
		return err
	}
	begin := time.Now()
	if err := flood(one.address, 4, waiting/batch, publishMany(tenant, "bench.paused", batch)); err != nil {
		return err
	}
	progress("%s on %s: %d published to a paused channel, %s", s.name, s.kind, waiting,
		perSecond(float64(waiting)/time.Since(begin).Seconds()))
	return s.settle(ctx)
}

// share reports a rate that is to be so great a part of another one.
func (s *site) share(f figure, before, now, part float64, sizes string) {
	f.measure += ", " + s.kind
	f.got = fmt.Sprintf("%s, %s", perSecond(now), times(now/before))
	f.reach, f.reached = fmt.Sprintf("%.2f times and more", part), now >= part*before
	f.reference, f.with, f.cpu = perSecond(before)+" without", sizes, cmp.Or(f.cpu, s.last.String())
	s.report.add(f)
}
