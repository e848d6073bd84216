package store

import (
	"context"
	"slices"

	"carillon/models"
)

// loggedAttempt is an attempt's place in the log and in its message.
type loggedAttempt struct {
	id, delivery, request uid
	seq                   int64
}

const loggedColumns = "id, delivery_id, request_id, seq"

func scanLogged(row scanner) (a loggedAttempt, err error) {
	err = row.Scan(&a.id, &a.delivery, &a.request, &a.seq)
	return a, err
}

// readContents finds the attempts that keep the content of a message for others.
// The attempts of one message enter the log together, the one with the content
// first: so its neighbour tells whether there are others, and these are near.
func (s *Store) readContents(ctx context.Context, p *past) error {
	ids := p.deliveries()
	if len(ids) == 0 {
		return nil
	}
	in, list := s.inIDs("delivery_id", ids)
	attempts, err := collect(s.via(s.read.WithContext(ctx).Table("attempts"), "attempts", "attempts_delivery").
		Select(loggedColumns).Where(in, list), scanLogged)
	if err != nil {
		return err
	}
	near, err := s.neighbours(ctx, attempts)
	if err != nil {
		return err
	}
	var shared []loggedAttempt
	for _, a := range attempts {
		if a.request == a.id {
			// One whose neighbour is erased may have others behind it.
			if next, ok := near[a.seq+1]; !ok || next.request == a.id {
				shared = append(shared, a)
			}
		}
	}
	return s.readMates(ctx, p, shared)
}

// neighbours are the attempts and those right behind them, by position.
func (s *Store) neighbours(ctx context.Context, attempts []loggedAttempt) (map[int64]loggedAttempt, error) {
	near := make(map[int64]loggedAttempt, 2*len(attempts))
	for _, a := range attempts {
		near[a.seq] = a
	}
	var missing []int64
	for _, a := range attempts {
		if _, ok := near[a.seq+1]; !ok && a.request == a.id {
			missing = append(missing, a.seq+1)
		}
	}
	for step := range slices.Chunk(missing, listStep) {
		found, err := collect(s.read.WithContext(ctx).Table("attempts").Select(loggedColumns).Where("seq IN ?", step), scanLogged)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			near[a.seq] = a
		}
	}
	return near, nil
}

// readMates reads the log behind each content, as far as its message can reach.
func (s *Store) readMates(ctx context.Context, p *past, shared []loggedAttempt) error {
	slices.SortFunc(shared, func(a, b loggedAttempt) int { return int(a.seq - b.seq) })
	byID := make(map[uid]int, len(shared))
	contents := make([]content, len(shared))
	for i, a := range shared {
		byID[a.id] = i
		contents[i].event = p.eventOf[a.delivery]
	}
	for i := 0; i < len(shared); {
		from, to := shared[i].seq, shared[i].seq+models.MaxBatchEvents
		for i++; i < len(shared) && shared[i].seq <= to; i++ {
			to = shared[i].seq + models.MaxBatchEvents
		}
		found, err := collect(s.read.WithContext(ctx).Table("attempts").Select(loggedColumns).
			Where("seq > ? AND seq < ? AND request_id <> id", from, to), scanLogged)
		if err != nil {
			return err
		}
		for _, a := range found {
			if k, ok := byID[a.request]; ok {
				contents[k].mates = append(contents[k].mates, a.delivery)
			}
		}
	}
	for _, c := range contents {
		if len(c.mates) > 0 {
			p.contents = append(p.contents, c)
		}
	}
	return nil
}
