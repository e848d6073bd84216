package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// drain measures how fast what waits for many channels leaves once it may.
func drain(ctx context.Context, s *site) error {
	const channels, webhooks = 1000, 10
	deliveries := s.size(20_000, 100_000)
	r := newReceiver()
	defer r.close()
	urls, err := r.listenAll(channels)
	if err != nil {
		return err
	}
	reference, err := s.references(ctx, urls[0])
	if err != nil {
		return err
	}
	one, err := s.serve()
	if err != nil {
		return err
	}
	tenant, paused, err := one.pausedWebhooks(urls, webhooks)
	if err != nil {
		return err
	}
	for i := range webhooks { // an event makes a delivery for each channel of its webhook
		if err := flood(one.address, 4, deliveries/channels, func(n int) []byte {
			return publish(event{tenant: tenant, kind: laneKind(i), entity: anyEntity, n: n})
		}); err != nil {
			return err
		}
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	due := r.received.Load() + int64(deliveries)
	close, err := s.watch(ctx, "drain")
	if err != nil {
		return err
	}
	begin := time.Now()
	for _, webhook := range paused {
		if err := one.change("resumeWebhook", webhook); err != nil {
			return err
		}
	}
	err = r.await(due)
	rate := float64(deliveries) / time.Since(begin).Seconds()
	if err := errors.Join(err, close(), r.whole(due)); err != nil {
		return err
	}
	s.row(figure{measure: "draining what waits", reference: reference}, perSecond(rate), 6000, rate,
		fmt.Sprintf("%d deliveries over %d channels, each a host of its own", deliveries, channels))
	return nil
}

// pausedWebhooks makes a channel for each URL and shares them out to webhooks
// that are paused.
func (s *server) pausedWebhooks(urls []string, n int) (tenant string, ids []string, err error) {
	if tenant, err = s.tenant(); err != nil {
		return "", nil, err
	}
	channels, err := s.channels(tenant, urls)
	if err != nil {
		return "", nil, err
	}
	ids = make([]string, n)
	each := len(channels) / n
	return tenant, ids, atOnce(n, func(i int) (err error) {
		ids[i], err = s.webhook(tenant, fmt.Sprintf("webhook %d", i), laneKind(i), channels[i*each:(i+1)*each]...)
		if err != nil {
			return err
		}
		return s.change("pauseWebhook", ids[i])
	})
}
