package main

import (
	"context"
	"fmt"
	"time"
)

// shareTime is more than two nodes take until each has its half of a channel:
// one that has just come takes the least until the other has counted it.
const shareTime = 3 * time.Second

// nodesConnections saturate two nodes, and so one: 64 for each of the two.
const nodesConnections = 128

// nodes measures whether two nodes on one database do as much as one.
func nodes(ctx context.Context, s *site) error {
	r := newReceiver()
	defer r.close()
	url, err := r.listen()
	if err != nil {
		return err
	}
	first, err := s.serve()
	if err != nil {
		return err
	}
	tenant, err := first.route(url, nil)
	if err != nil {
		return err
	}
	body := publishOne(tenant)
	same := load{connections: nodesConnections, body: func(_, n int) []byte { return body(n) }}
	var alone, together float64
	rounds := s.size(1, 3)
	for round := 1; round <= rounds; round++ { // in turn, so that what else the machine does meets both
		same.to = []*server{first}
		rate, err := s.saturate(ctx, "one node", same, r)
		if err != nil {
			return err
		}
		alone += rate / float64(rounds)
		second, err := s.serve()
		if err != nil {
			return err
		}
		wait(ctx, shareTime)
		same.to = []*server{first, second}
		if rate, err = s.saturate(ctx, "two nodes", same, r); err != nil {
			return err
		}
		together += rate / float64(rounds)
		second.stop()
		if round < rounds {
			wait(ctx, shareTime)
		}
	}
	s.share(figure{measure: "two nodes on one PostgreSQL, publishEvent, delivered"}, alone, together, 1,
		fmt.Sprintf("%d connections in all, %d rounds in turn", nodesConnections, rounds))
	return nil
}
