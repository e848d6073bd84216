package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stored measures publishing onto a long history: events that were delivered
// days ago, each with its delivery and attempt.
func stored(ctx context.Context, s *site) error {
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
	tenant, err := one.route(url, nil)
	if err != nil {
		return err
	}
	body := publishOne(tenant)
	publishing := load{to: []*server{one}, body: func(_, n int) []byte { return body(n) }}
	before, err := s.saturate(ctx, "empty", publishing, r)
	if err != nil {
		return err
	}
	one.stop()
	n := s.size(100_000, 3_000_000)
	begin := time.Now()
	h, err := s.writeHistory(ctx, n)
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	progress("%s on %s: %d events written in %s", s.name, s.kind, n, time.Since(begin).Round(time.Second))
	if one, err = s.serve(); err != nil {
		return err
	}
	if err := h.check(one, tenant); err != nil {
		return fmt.Errorf("check history: %w", err)
	}
	if err := s.counted(ctx); err != nil {
		return err
	}
	if err := h.checkTotal(one, tenant, n+int(r.received.Load())); err != nil {
		return fmt.Errorf("check history: %w", err)
	}
	publishing.to = []*server{one}
	now, err := s.saturate(ctx, "stored", publishing, r)
	if err != nil {
		return err
	}
	s.share(figure{measure: "publishEvent, delivered, onto a long history"}, before, now, 0.85,
		fmt.Sprintf("%d events stored, with their deliveries and attempts", n))
	return nil
}

// history is what was written.
type history struct {
	size, entities int
	from           time.Time
}

// check counts through the API: the events of some entities, with the
// deliveries and attempts of some of these.
func (h history) check(one *server, tenant string) error {
	const samples = 10
	each := h.size / h.entities
	for i := range samples {
		name := fmt.Sprintf("history-%d", i*(h.entities/samples))
		var got struct {
			Events struct {
				Nodes []struct {
					Test       bool
					Deliveries struct {
						Nodes []struct {
							Status   string
							Attempts struct {
								Nodes []struct{ Status, RequestBody string }
							}
						}
					}
				}
			}
		}
		err := one.do(`query($f: EventFilter) { events(first: 101, filter: $f) { nodes { test deliveries(first: 2) { nodes {
			status attempts(first: 2) { nodes { status requestBody } } } } } } }`,
			settings{"f": settings{"tenantId": tenant, "entityId": name}}, &got)
		if err != nil {
			return err
		}
		if n := len(got.Events.Nodes); n != each {
			return fmt.Errorf("%s has %d events, not %d", name, n, each)
		}
		for _, e := range got.Events.Nodes {
			if len(e.Deliveries.Nodes) != 1 || e.Deliveries.Nodes[0].Status != "SUCCEEDED" {
				return fmt.Errorf("%s has an event with deliveries %+v", name, e.Deliveries)
			}
			attempts := e.Deliveries.Nodes[0].Attempts.Nodes
			if len(attempts) != 1 || attempts[0].Status != "SUCCEEDED" || len(attempts[0].RequestBody) < 900 {
				return fmt.Errorf("%s has a delivery with attempts %+v", name, attempts)
			}
		}
	}
	return nil
}

// checkTotal counts all attempts through the API: the history's, and those made since.
func (h history) checkTotal(one *server, tenant string, want int) error {
	const day = 24 * time.Hour
	from := h.from.UTC().Truncate(day)
	var got struct {
		DeliveryStats []struct{ Succeeded, Failed int }
	}
	err := one.do(`query($from: Time!, $to: Time!, $f: DeliveryAttemptFilter) {
		deliveryStats(from: $from, to: $to, interval: "24h", filter: $f) { succeeded failed } }`,
		settings{"from": from.Format(time.RFC3339), "to": from.Add(4 * day).Format(time.RFC3339), "f": settings{"tenantId": tenant}}, &got)
	if err != nil {
		return err
	}
	succeeded, failed := 0, 0
	for _, bucket := range got.DeliveryStats {
		succeeded, failed = succeeded+bucket.Succeeded, failed+bucket.Failed
	}
	if succeeded != want || failed != 0 {
		return fmt.Errorf("deliveryStats has %d succeeded and %d failed attempts, not %d and none", succeeded, failed, want)
	}
	return nil
}

// counted waits until the server has counted what it found, for its statistics.
func (s *site) counted(ctx context.Context) (err error) {
	const behind = `SELECT (SELECT position FROM log_heads WHERE name = 'attempts') - position FROM log_heads WHERE name = 'stats'`
	begin := time.Now()
	for last := int64(-1); ; {
		left, err := s.number(ctx, behind)
		if err != nil {
			return err
		}
		if left < 1000 {
			progress("%s on %s: counted after %s", s.name, s.kind, time.Since(begin).Round(100*time.Millisecond))
			return nil
		}
		if last == left {
			return errors.New("the server does not count its attempts")
		}
		last = left
		wait(ctx, 5*time.Second)
	}
}
