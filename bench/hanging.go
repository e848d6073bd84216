package main

import (
	"context"
	"fmt"
	"time"
)

// hangTime is how long the endpoint that hangs takes for each answer.
const hangTime = 10 * time.Second

// hanging measures what 99 channels notice of one whose endpoint hangs. Every
// event goes to one channel, each in turn.
func hanging(ctx context.Context, s *site) error {
	const channels, perSecond = 100, 500
	healthy, sick := newReceiver(), newReceiver()
	defer healthy.close()
	defer sick.close()
	urls, err := healthy.listenAll(channels)
	if err != nil {
		return err
	}
	if urls[0], err = sick.listen(); err != nil {
		return err
	}
	one, err := s.serve()
	if err != nil {
		return err
	}
	tenant, err := one.lanes(urls)
	if err != nil {
		return err
	}
	steady := pace{
		to: one, perSecond: perSecond, warm: time.Second,
		body: func(n int) []byte {
			return publish(event{tenant: tenant, kind: laneKind(n % channels), entity: anyEntity, n: n})
		},
		meets: func(n int) bool { return n%channels != 0 },
	}
	var without, with []time.Duration
	for range s.size(1, 4) { // in turn, so that what else the machine does meets both
		steady.warm = time.Second
		took, err := s.measure(ctx, "without", steady, healthy)
		if err != nil {
			return err
		}
		without = append(without, took...)
		sick.delay.Store(int64(hangTime))
		steady.warm = hangTime + time.Second // until as many hang as ever will
		if took, err = s.measure(ctx, "with", steady, healthy); err != nil {
			return err
		}
		with = append(with, took...)
		sick.delay.Store(0)
	}
	s.compare(figure{measure: "p99 on 99 channels while 1 of 100 hangs for 10 s each time"}, without, with,
		fmt.Sprintf("%d events/s, %d times of each", perSecond, len(with)))
	return nil
}

// lanes makes a tenant with a webhook and a channel for each URL, and an event
// type for each of these.
func (s *server) lanes(urls []string) (tenant string, err error) {
	if tenant, err = s.tenant(); err != nil {
		return "", err
	}
	channels, err := s.channels(tenant, urls)
	if err != nil {
		return "", err
	}
	return tenant, atOnce(len(channels), func(i int) error {
		_, err := s.webhook(tenant, fmt.Sprintf("webhook %d", i), laneKind(i), channels[i])
		return err
	})
}

func laneKind(n int) string { return fmt.Sprintf("bench.lane%d", n) }

// compare reports a p99 that is to stay within 1.5 times of the one without.
func (s *site) compare(f figure, without, with []time.Duration, sizes string) {
	before, now := percentile(sorted(without), 99), percentile(sorted(with), 99)
	ratio := float64(now) / float64(before)
	f.measure += ", " + s.kind
	f.got = fmt.Sprintf("%s, %s", millis(now), times(ratio))
	f.reach, f.reached = "within 1.5 times", ratio <= 1.5
	f.reference, f.with, f.cpu = millis(before)+" without", sizes, s.last.String()
	s.report.add(f)
}
