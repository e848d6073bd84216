package main

import (
	"context"
	"fmt"
)

// fanout measures events that go to many channels each.
func fanout(ctx context.Context, s *site) error {
	const channels = 100
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
	tenant, err := one.tenant()
	if err != nil {
		return err
	}
	ids, err := one.channels(tenant, urls)
	if err != nil {
		return err
	}
	if _, err := one.webhook(tenant, "bench", "*", ids...); err != nil {
		return err
	}
	body := publishOne(tenant)
	rate, err := s.saturate(ctx, "fanout", load{
		to: []*server{one}, connections: 8, fan: channels, body: func(_, n int) []byte { return body(n) },
	}, r)
	if err != nil {
		return err
	}
	s.row(figure{measure: "one event to 100 channels, deliveries", reference: reference}, perSecond(rate), 8000, rate,
		fmt.Sprintf("%d channels, each a host of its own; 8 connections", channels))
	return nil
}
