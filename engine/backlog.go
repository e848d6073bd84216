package engine

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"carillon/models"
)

const (
	minRefresh = 200 * time.Millisecond
	faultPause = time.Second
	// pollShare keeps the slow poll to a fiftieth of the time, however many lanes
	// there are; longTook bounds what a reading is taken to have lasted, which a
	// process that stood still would make much of.
	pollShare = 50
	longTook  = 200 * time.Millisecond
)

// backlog knows which lanes have deliveries waiting in the database and when
// the first of each is due. It has them claimed as soon as they are due and
// there is room. What it knows comes from this node's commits, the other nodes'
// notices and, as a net under both, a slow poll.
type backlog struct {
	e    *Engine
	wake chan struct{}

	mu      sync.Mutex
	lanes   map[models.Lane]*laneState
	later   agenda[*laneState] // due in the future
	ready   fifo[*laneState]   // due now, in turn
	refused map[models.ID][]*laneState
	stale   bool          // a refresh was asked for
	read    time.Time     // when the lanes were last read
	took    time.Duration // that long
	closed  bool
	blocked bool // the last round found no room
}

type laneState struct {
	lane  models.Lane
	due   time.Time // while it is in a claim: of what came meanwhile
	place int       // in the agenda; waits elsewhere below 0
	again bool      // more came while it was in a claim, which may not have seen it
	// fresh is how many deliveries came since the last claim; at ripe of them
	// there may be a full message. 0 is not known, and one is enough.
	fresh, ripe int
}

// Where a lane is that is not in the agenda.
const (
	dueNow  = -1      // in ready
	claimed = nowhere // in a claim
	noRoom  = -3      // in refused
)

func newBacklog(e *Engine) *backlog {
	return &backlog{
		e: e, wake: make(chan struct{}, 1), stale: true,
		lanes: map[models.Lane]*laneState{}, refused: map[models.ID][]*laneState{},
	}
}

// has says whether deliveries of the lane are due and wait.
func (b *backlog) has(lane models.Lane) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.lanes[lane]
	return s != nil && s.place < 0
}

// waiting notes lanes with new work.
func (b *backlog) waiting(lanes []models.LaneDue) {
	if len(lanes) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range lanes {
		b.note(l)
	}
	b.rouse()
}

func (b *backlog) note(l models.LaneDue) {
	s := b.lanes[l.Lane]
	if s == nil {
		s = &laneState{lane: l.Lane, due: farFuture}
		b.lanes[l.Lane] = s
		heap.Push(&b.later, s)
	}
	now := b.e.clock.Now()
	if s.fresh += l.Fresh; l.Fresh > 0 && s.fresh >= s.ripe && now.Before(l.Due) {
		l.Due = now
	}
	if until, yes := b.e.owners.other(l.Lane.ChannelID, now); yes && l.Due.Before(until) {
		l.Due = until // unless its owner lets go before
	}
	switch {
	case s.place >= 0 && l.Due.Before(s.due):
		s.due = l.Due
		heap.Fix(&b.later, s.place)
	case s.place == claimed:
		s.again = true
		if l.Due.Before(s.due) {
			s.due = l.Due
		}
	}
}

// farFuture is later than anything can be due.
var farFuture = time.Unix(1<<40, 0)

// freed hears that other nodes have let go of channels: what waits for them is
// anybody's now.
func (b *backlog) freed(channels []models.ID) {
	if len(channels) == 0 {
		return
	}
	free := make(map[models.ID]bool, len(channels))
	for _, id := range channels {
		free[id] = true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.e.clock.Now()
	for lane, s := range b.lanes {
		if free[lane.ChannelID] && s.place >= 0 && now.Before(s.due) {
			s.due = now
			heap.Fix(&b.later, s.place)
		}
	}
	b.rouse()
}

// refresh asks for the lanes to be read anew.
func (b *backlog) refresh() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stale = true
	b.rouse()
}

// close ends all claiming.
func (b *backlog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.rouse()
}

func (b *backlog) rouse() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *backlog) run(ctx context.Context) {
	for ctx.Err() == nil {
		until, done := b.step(ctx)
		if done {
			return
		}
		if !until.IsZero() {
			b.sleep(ctx, until)
		}
	}
}

// sleep waits for news, room, or the time.
func (b *backlog) sleep(ctx context.Context, until time.Time) {
	tick, stop := b.e.clock.Until(until)
	defer stop()
	select {
	case <-ctx.Done():
	case <-b.wake:
	case <-b.e.hands.room:
	case <-tick:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked = false
}

// fault tells of a failure of the database and waits before the next try,
// whatever news there is.
func (b *backlog) fault(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		b.e.log.Warn(what, "error", err)
	}
	tick, stop := b.e.clock.Until(b.e.clock.Now().Add(faultPause))
	defer stop()
	select {
	case <-ctx.Done():
	case <-tick:
	}
}

// step reads the lanes where that is due, claims once, and says until when there
// is nothing to do; the zero time is at once.
func (b *backlog) step(ctx context.Context) (until time.Time, done bool) {
	b.mu.Lock()
	now := b.e.clock.Now()
	closed := b.closed
	since := now.Sub(b.read)
	read := since >= b.poll() || b.stale && since >= b.refreshed()
	b.mu.Unlock()
	if closed {
		return time.Time{}, true
	}
	if read {
		if err := b.readLanes(ctx, now); err != nil {
			b.fault(ctx, "waiting deliveries could not be listed", err)
			return time.Time{}, false
		}
	}
	states := b.due(now)
	if len(states) == 0 {
		return now.Add(b.rest(now)), false
	}
	worked, err := b.claim(ctx, states)
	if err != nil {
		b.fault(ctx, "waiting deliveries could not be claimed", err)
		return time.Time{}, false
	}
	if worked {
		return time.Time{}, false
	}
	return now.Add(b.rest(now)), false
}

// poll is how often the lanes are read although nobody said that they changed.
func (b *backlog) poll() time.Duration { return max(b.e.cfg.Poll, pollShare*b.took) }

// refreshed is the least time between two readings of the lanes.
func (b *backlog) refreshed() time.Duration { return max(minRefresh, 2*b.took) }

func (b *backlog) readLanes(ctx context.Context, now time.Time) error {
	b.mu.Lock()
	b.stale = false
	b.mu.Unlock()
	lanes, err := b.e.store.Lanes(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.stale = true
		return err
	}
	b.read, b.took = now, min(b.e.clock.Now().Sub(now), longTook)
	for _, l := range lanes {
		b.note(l)
	}
	return nil
}

// due takes the lanes that are due, in turn, as many as one claim takes.
func (b *backlog) due(now time.Time) (states []*laneState) {
	roomy := b.e.hands.roomAgain()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, channel := range roomy {
		for _, s := range b.refused[channel] {
			b.put(s)
		}
		delete(b.refused, channel)
	}
	for len(b.later) > 0 && !b.later[0].due.After(now) {
		b.put(heap.Pop(&b.later).(*laneState))
	}
	if b.blocked {
		return nil
	}
	for range min(b.ready.len(), claimLanes) {
		s := b.ready.pop()
		s.place, s.again, s.due = claimed, false, farFuture
		states = append(states, s)
	}
	return states
}

func (b *backlog) put(s *laneState) {
	s.place = dueNow
	b.ready.push(s)
}

// rest is how long nothing will be due, as far as is known.
func (b *backlog) rest(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	since := now.Sub(b.read)
	wait := max(b.poll()-since, time.Millisecond)
	if b.stale {
		wait = min(wait, max(b.refreshed()-since, time.Millisecond))
	}
	if len(b.later) > 0 {
		wait = min(wait, max(b.later[0].due.Sub(now), time.Millisecond))
	}
	if !b.blocked && b.ready.len() > 0 {
		wait = time.Millisecond
	}
	return wait
}

func (s *laneState) when() time.Time { return s.due }
func (s *laneState) index() *int     { return &s.place }
