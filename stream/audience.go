package stream

import "sync"

// audience is the subscribers that are listed for live items, by key, so that
// an item visits those of its own key and those of none.
type audience[T any] struct {
	mu    sync.Mutex
	key   func(*T) string // nil: nobody has a key
	every crowd[T]
	byKey map[string]*crowd[T]
	n     int
	slow  int64 // that were told to go since the start

	// scratch of deliver
	all     []int
	touched []*crowd[T]
}

// crowd is the subscribers of one key.
type crowd[T any] struct {
	subs []*Subscription[T]
	turn []int // which items of the batch at hand are for it
}

// add lists s. The lock is held.
func (a *audience[T]) add(s *Subscription[T]) {
	c := &a.every
	if s.key != "" && a.key != nil {
		if c = a.byKey[s.key]; c == nil {
			c = &crowd[T]{}
			if a.byKey == nil {
				a.byKey = map[string]*crowd[T]{}
			}
			a.byKey[s.key] = c
		}
	}
	s.crowd, s.slot = c, len(c.subs)
	c.subs = append(c.subs, s)
	a.n++
}

// remove takes s off the list and says whether it was there. The lock is held.
func (a *audience[T]) remove(s *Subscription[T]) bool {
	c := s.crowd
	if c == nil {
		return false
	}
	last := len(c.subs) - 1
	c.subs[s.slot] = c.subs[last]
	c.subs[s.slot].slot = s.slot
	c.subs[last] = nil
	c.subs = c.subs[:last]
	if last == 0 {
		c.subs = nil
		if c != &a.every {
			delete(a.byKey, s.key)
		}
	}
	s.crowd = nil
	a.n--
	return true
}

// deliver offers a batch to everybody concerned and unlists those that cannot
// take it: they are told why, and dropped is called for each. The lock is held.
func (a *audience[T]) deliver(o *offer[T], dropped func()) {
	if len(a.every.subs) > 0 {
		for i := len(a.all); i < len(o.batch); i++ {
			a.all = append(a.all, i)
		}
		a.show(&a.every, o, a.all[:len(o.batch)], dropped)
	}
	if len(a.byKey) == 0 {
		return
	}
	for i := range o.batch {
		if c := a.byKey[a.key(&o.batch[i])]; c != nil {
			if len(c.turn) == 0 {
				a.touched = append(a.touched, c)
			}
			c.turn = append(c.turn, i)
		}
	}
	for _, c := range a.touched {
		a.show(c, o, c.turn, dropped)
		c.turn = c.turn[:0]
	}
	clear(a.touched)
	a.touched = a.touched[:0]
}

// show walks backwards, because remove fills a gap with the last of the list.
func (a *audience[T]) show(c *crowd[T], o *offer[T], which []int, dropped func()) {
	for i := len(c.subs) - 1; i >= 0; i-- {
		s := c.subs[i]
		verdict := s.take(o, which)
		if verdict == taken {
			continue
		}
		a.remove(s)
		dropped()
		if verdict == ended {
			if s.Err() == nil {
				a.slow++
			}
			s.end(s.slow)
		}
	}
}

// offer is a batch on its way to an audience.
type offer[T any] struct {
	batch []T
	seq   func(*T) int64 // nil where items have no position
	kept  []*Item[T]
}

// item is a copy of one item that all subscribers share, so that one who is
// behind does not keep the whole batch in memory.
func (o *offer[T]) item(i int) *Item[T] {
	if o.kept == nil {
		o.kept = make([]*Item[T], len(o.batch))
	}
	if o.kept[i] == nil {
		o.kept[i] = &Item[T]{Value: o.batch[i]}
	}
	return o.kept[i]
}

// beyond drops the items up to the position from.
func (o *offer[T]) beyond(from int64, which []int) []int {
	if o.seq == nil {
		return which
	}
	for len(which) > 0 && o.seq(&o.batch[which[0]]) <= from {
		which = which[1:]
	}
	return which
}
