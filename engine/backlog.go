package engine

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"carillon/models"
)

// Bounds of one claim.
const (
	claimLanes = 256  // lanes in one statement
	claimRows  = 1024 // rows that one statement aims at
	guessBytes = 1024 // of an event that was not read yet
	minRefresh = 200 * time.Millisecond
	faultPause = time.Second
)

// backlog knows which lanes have deliveries waiting in the database and when
// the first of each is due. It claims them as soon as they are due and there is
// room. What it knows comes from this node's commits, the other nodes' notices
// and, as a net under both, a slow poll.
type backlog struct {
	e    *Engine
	wake chan struct{}

	mu      sync.Mutex
	lanes   map[models.Lane]*laneState
	later   laneHeap         // due in the future
	ready   fifo[*laneState] // due now, in turn
	stale   bool             // a refresh was asked for
	read    time.Time        // when the lanes were last read
	closed  bool
	blocked bool // the last round found no room
}

type laneState struct {
	lane  models.Lane
	due   time.Time
	index int  // in the heap; -1 in ready or in a claim
	again bool // more came while it was in a claim, which may not have seen it
}

func newBacklog(e *Engine) *backlog {
	return &backlog{e: e, wake: make(chan struct{}, 1), lanes: map[models.Lane]*laneState{}, stale: true}
}

// has says whether deliveries of the lane are due and wait.
func (b *backlog) has(lane models.Lane) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.lanes[lane]
	return s != nil && s.index < 0
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
	switch {
	case s == nil:
		s = &laneState{lane: l.Lane, due: l.Due}
		b.lanes[l.Lane] = s
		heap.Push(&b.later, s)
	case s.index >= 0 && l.Due.Before(s.due):
		s.due = l.Due
		heap.Fix(&b.later, s.index)
	case s.index < 0:
		s.again = true
	}
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
	read := now.Sub(b.read) >= b.e.cfg.Poll || b.stale && now.Sub(b.read) >= minRefresh
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
	quotas, states := b.plan(now)
	if len(quotas) > 0 {
		if err := b.claim(ctx, quotas, states); err != nil {
			b.fault(ctx, "waiting deliveries could not be claimed", err)
			return time.Time{}, false
		}
		return time.Time{}, false
	}
	return now.Add(b.rest(now)), false
}

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
	b.read = now
	for _, l := range lanes {
		b.note(l)
	}
	return nil
}

// plan takes the lanes that are due, in turn, and reserves room for each.
func (b *backlog) plan(now time.Time) (quotas []models.LaneQuota, states []*laneState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.later) > 0 && !b.later[0].due.After(now) {
		s := heap.Pop(&b.later).(*laneState)
		s.index = -1
		b.ready.push(s)
	}
	if b.blocked || b.ready.len() == 0 {
		return nil, nil
	}
	share := max(claimRows/b.ready.len(), 4)
	for range min(b.ready.len(), claimLanes) {
		s := b.ready.pop()
		n := b.e.hands.reserve(s.lane.ChannelID, share, guessBytes)
		if n == 0 {
			b.ready.push(s)
			continue
		}
		s.again = false
		quotas = append(quotas, models.LaneQuota{Lane: s.lane, Max: n})
		states = append(states, s)
	}
	if len(quotas) == 0 {
		b.blocked = true
		b.e.hands.want()
	}
	return quotas, states
}

// claim takes what the plan reserved room for.
func (b *backlog) claim(ctx context.Context, quotas []models.LaneQuota, states []*laneState) error {
	now := b.e.clock.Now().UTC().Truncate(time.Microsecond)
	work, err := b.e.store.Claim(ctx, models.ClaimRequest{
		Owner: b.e.cfg.Node, Now: now, Until: b.e.leaseEnd(), Lanes: quotas,
	})
	got := make(map[models.Lane]int, len(quotas))
	for i := range work {
		got[work[i].Delivery.Lane()]++
		b.e.hands.takeSized(work[i], guessBytes)
	}
	var drained []models.Lane
	for _, q := range quotas {
		if rest := q.Max - got[q.Lane]; rest > 0 {
			b.e.hands.unreserve(q.Lane.ChannelID, rest, guessBytes)
			drained = append(drained, q.Lane)
		}
	}
	var next []models.LaneDue
	if err == nil && len(drained) > 0 {
		next, err = b.e.store.NextDue(ctx, drained)
	}
	if err != nil {
		drained = nil // nothing is known: they are claimed again
	}
	b.settle(states, drained, next)
	return err
}

// settle puts the lanes of a claim back: those that were emptied by the time
// when their next delivery is due, the others in turn.
func (b *backlog) settle(states []*laneState, drained []models.Lane, next []models.LaneDue) {
	b.mu.Lock()
	defer b.mu.Unlock()
	empty := make(map[models.Lane]bool, len(drained))
	for _, lane := range drained {
		empty[lane] = true
	}
	for _, s := range states {
		if s.again || !empty[s.lane] {
			b.ready.push(s)
			continue
		}
		delete(b.lanes, s.lane)
	}
	for _, l := range next {
		b.note(l)
	}
}

// rest is how long nothing will be due, as far as is known.
func (b *backlog) rest(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait := max(b.e.cfg.Poll-now.Sub(b.read), time.Millisecond)
	if b.stale {
		wait = min(wait, max(minRefresh-now.Sub(b.read), time.Millisecond))
	}
	if len(b.later) > 0 {
		wait = min(wait, max(b.later[0].due.Sub(now), time.Millisecond))
	}
	if !b.blocked && b.ready.len() > 0 {
		wait = time.Millisecond
	}
	return wait
}

// laneHeap orders lanes by the time when they are due.
type laneHeap []*laneState

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h laneHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *laneHeap) Push(x any) {
	s := x.(*laneState)
	s.index = len(*h)
	*h = append(*h, s)
}

func (h *laneHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return s
}
