package engine

import (
	"container/heap"
	"context"
	"time"

	"carillon/models"
)

// Bounds of one claim.
const (
	claimLanes = 256  // lanes in one statement
	claimRows  = 1024 // rows that one statement aims at
	guessBytes = 1024 // of an event that was not read yet
	bulkShare  = 8    // a lane of a recovery asks for one in so many of what others do
	// ripePart of a full message is worth a look whether it is full: some may
	// have waited before.
	ripePart = 4
)

// request is one lane of a claim.
type request struct {
	state   *laneState
	channel *models.Channel
	n       int // deliveries that room is reserved for
	got     int
}

// claim takes what is due of the lanes, as far as there is room and as this
// node may work their channels. worked is false where none of them had any room.
func (b *backlog) claim(ctx context.Context, states []*laneState) (worked bool, err error) {
	open, err := b.openLanes(ctx, states)
	if err == nil {
		open, err = b.ownLanes(ctx, open)
	}
	if err != nil {
		b.putBack(states)
		return false, err
	}
	requests := b.reserve(open)
	if len(requests) == 0 {
		return false, nil
	}
	return true, b.take(ctx, requests)
}

// putBack returns lanes of a claim that did not happen.
func (b *backlog) putBack(states []*laneState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range states {
		if s.place == claimed {
			b.put(s)
		}
	}
}

// openLanes finds the channels of the lanes that may send, and forgets the others.
func (b *backlog) openLanes(ctx context.Context, states []*laneState) (open []*request, err error) {
	if err := b.e.routes.learn(ctx, states); err != nil {
		return nil, err
	}
	for _, s := range states {
		t, err := b.e.routes.ofLane(ctx, s.lane)
		if err != nil {
			return nil, err
		}
		if t != nil {
			t, err = b.e.sureOf(ctx, t, s.lane)
		}
		if err != nil {
			return nil, err
		}
		if t == nil || !t.open(s.lane) {
			b.forget(s)
			continue
		}
		open = append(open, &request{state: s, channel: t.Channels[s.lane.ChannelID]})
	}
	return open, nil
}

func (b *backlog) forget(s *laneState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.lanes, s.lane)
	s.place = noRoom
}

// ownLanes keeps those whose channels are anybody's, or this node's alone.
func (b *backlog) ownLanes(ctx context.Context, open []*request) ([]*request, error) {
	now := b.e.clock.Now()
	var wanted []models.ID
	seen := map[models.ID]bool{}
	for _, r := range open {
		id := r.channel.ID
		if !r.channel.Owned() || seen[id] || !b.e.owners.lost(id, now) {
			continue
		}
		if _, other := b.e.owners.other(id, now); !other {
			seen[id] = true
			wanted = append(wanted, id)
		}
	}
	if err := b.e.owners.acquire(ctx, wanted); err != nil {
		return nil, err
	}
	kept := open[:0]
	for _, r := range open {
		if r.channel.Owned() && b.e.owners.lost(r.channel.ID, now) {
			until, _ := b.e.owners.other(r.channel.ID, now)
			b.postpone(r.state, later(until, now.Add(time.Millisecond)))
			continue
		}
		kept = append(kept, r)
	}
	return kept, nil
}

// postpone puts a lane of a claim off until a time, unless there was news of it
// meanwhile: then it is looked at again.
func (b *backlog) postpone(s *laneState, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !s.again || until.Before(s.due) {
		s.due = until
	}
	heap.Push(&b.later, s)
}

// reserve takes room for the lanes; those without any wait until there is some.
func (b *backlog) reserve(open []*request) (requests []*request) {
	if len(open) == 0 {
		return nil
	}
	share := max(claimRows/len(open), 4)
	full := 0
	for _, r := range open {
		n := share
		if r.channel.Batching != nil {
			n = max(n, r.channel.Batching.MaxEvents)
		}
		if r.state.lane.Bulk {
			n = max(n/bulkShare, 1)
		}
		got, why, until := b.e.hands.reserve(r.channel, r.state.lane.Bulk, n, guessBytes)
		switch why {
		case roomFound:
			r.n = got
			requests = append(requests, r)
		case channelHeld:
			b.postpone(r.state, until)
		case windowFull:
			b.refuse(r.state)
		case roomFull:
			full++
			b.putBack([]*laneState{r.state})
		}
	}
	if full > 0 && len(requests) == 0 {
		b.mu.Lock()
		b.blocked = true
		b.mu.Unlock()
		b.e.hands.want()
	}
	return requests
}

// refuse lets a lane wait until its channel has sent some of what is in hand.
func (b *backlog) refuse(s *laneState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.place = noRoom
	b.refused[s.lane.ChannelID] = append(b.refused[s.lane.ChannelID], s)
}

// take claims what room was reserved for, and puts it in line.
func (b *backlog) take(ctx context.Context, requests []*request) error {
	claim := models.ClaimRequest{
		Owner: b.e.cfg.Node, Now: b.e.clock.Now().UTC().Truncate(time.Microsecond), Until: b.e.leaseEnd(),
	}
	by := make(map[models.Lane]*request, len(requests))
	b.mu.Lock()
	for _, r := range requests {
		by[r.state.lane] = r
		r.state.fresh, r.state.ripe = 0, 0
		if r.channel.Batching != nil {
			r.state.ripe = max(r.channel.Batching.MaxEvents/ripePart, 1)
		}
		claim.Lanes = append(claim.Lanes, models.LaneQuota{Lane: r.state.lane, Max: r.n, Batching: r.channel.Batching})
	}
	b.mu.Unlock()
	work, err := b.e.store.Claim(ctx, claim)
	if n := rescuedIn(work); n > 0 {
		b.e.cfg.Observer.Rescued(n)
	}
	b.hand(work, by)
	var drained []models.Lane
	for _, r := range requests {
		if r.got < r.n {
			b.e.hands.unreserve(r.channel.ID, r.state.lane.Bulk, r.n-r.got, guessBytes)
			drained = append(drained, r.state.lane)
		}
	}
	var next []models.LaneDue
	if err == nil && len(drained) > 0 {
		next, err = b.e.store.NextDue(ctx, drained)
	}
	if err != nil {
		drained = nil // nothing is known: they are claimed again
	}
	b.settle(requests, drained, next)
	return err
}

// hand puts claimed work in line, message by message.
func (b *backlog) hand(work []models.Work, by map[models.Lane]*request) {
	for len(work) > 0 {
		n := 1
		if id := work[0].MessageID; !id.IsZero() {
			for n < len(work) && work[n].MessageID == id {
				n++
			}
		}
		part := work[:n:n]
		work = work[n:]
		r := by[part[0].Delivery.Lane()]
		reserved := min(n, max(r.n-r.got, 0))
		if n > reserved {
			b.e.hands.exceed(r.channel, r.state.lane.Bulk, n-reserved)
		}
		r.got += n
		b.e.hands.take(r.channel, part, reserved*guessBytes)
	}
}

// settle puts the lanes of a claim back: those that were emptied by the time
// when their next delivery is due, the others in turn.
func (b *backlog) settle(requests []*request, drained []models.Lane, next []models.LaneDue) {
	empty := make(map[models.Lane]bool, len(drained))
	for _, lane := range drained {
		empty[lane] = true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range requests {
		s := r.state
		switch {
		case !empty[s.lane], s.again && s.fresh >= s.ripe:
			b.put(s)
		case s.again: // too few to make a full message
			heap.Push(&b.later, s)
		default:
			delete(b.lanes, s.lane)
		}
	}
	for _, l := range next {
		b.note(l)
	}
}
