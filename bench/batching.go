package main

import (
	"bytes"
	"context"
	"sync/atomic"
)

// batching measures a channel that sends many events in a message.
func batching(ctx context.Context, s *site) error {
	const size = 100
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
	var messages atomic.Int64
	r.count = func(body []byte) int {
		messages.Add(1)
		return bytes.Count(body, []byte(`{"id":"evt_`))
	}
	one, err := s.serve()
	if err != nil {
		return err
	}
	tenant, err := one.route(url, settings{"batching": settings{"maxEvents": size, "maxWait": "1s"}})
	if err != nil {
		return err
	}
	before := r.received.Load()
	body := publishMany(tenant, anyKind, size)
	rate, err := s.saturate(ctx, "batching", load{
		to: []*server{one}, events: size, body: func(_, n int) []byte { return body(n) },
	}, r)
	if err != nil {
		return err
	}
	mean := float64(r.received.Load()-before) / float64(max(messages.Load(), 1))
	s.row(figure{measure: "batching, events", reference: reference}, perSecond(rate), 12_000, rate,
		list("up to 100 in a message, 1s at most", "publishEvents of 100, 64 connections", mean1(mean)+" events in a message on average"))
	return nil
}
