package engine

import (
	"encoding/json"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/testkit"
)

// handsOf is hands whose messages go to deliver, which tells how each ended.
func handsOf(workers, capacity, maxBytes int, deliver func(*message)) *hands {
	h := newHands(workers, capacity, maxBytes, testkit.NewClock())
	h.fenced = func(models.ID, time.Time) bool { return false }
	h.abandon = h.done
	h.deliver = func(m *message) {
		deliver(m)
		h.mu.Lock()
		c := h.lines[m.channel].config
		h.mu.Unlock()
		h.sent(m, c, nil, h.clock.Now())
		h.done(m)
	}
	return h
}

func sharedChannel() *models.Channel {
	return &models.Channel{ID: models.NewID(models.PrefixChannel), Limits: models.ChannelLimits{Concurrency: 1000}}
}

func (h *hands) work(c *models.Channel) models.Work {
	return models.Work{Delivery: models.Delivery{ID: models.NewID(models.PrefixDelivery), ChannelID: c.ID},
		Event: models.Event{Data: json.RawMessage(`{}`)}, LeaseUntil: h.clock.Now().Add(time.Minute)}
}

// room is how many of n deliveries find room.
func (h *hands) roomFor(c *models.Channel, n, size int) int {
	got, _, _ := h.reserve(c, false, n, size)
	return got
}

// put reserves room for the work and takes it.
func (h *hands) put(t *testing.T, c *models.Channel, work ...models.Work) {
	t.Helper()
	if n := h.roomFor(c, len(work), 2); n != len(work) {
		t.Fatalf("there is room for %d of %d", n, len(work))
	}
	h.take(c, work, 2*len(work))
}

func TestReserveLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	h := handsOf(4, 100, 1<<20, nil)
	greedy, modest := sharedChannel(), sharedChannel()
	first := h.roomFor(greedy, 1000, 0)
	if first != 50 {
		t.Errorf("one channel was given %d of 100, want half", first)
	}
	if again := h.roomFor(greedy, 1000, 0); again != 0 {
		t.Errorf("it was given %d more", again)
	}
	if second := h.roomFor(modest, 1000, 0); second != 25 {
		t.Errorf("the next channel was given %d, want half of the rest", second)
	}
	h.unreserve(greedy.ID, false, first, 0)
	if third := h.roomFor(modest, 1000, 0); third == 0 {
		t.Error("room that was given back is not given out")
	}
}

func TestReserveOneByOneEqualsAtOnce(t *testing.T) {
	t.Parallel()
	for capacity := range 40 {
		h, one := handsOf(1, capacity, 1<<20, nil), handsOf(1, capacity, 1<<20, nil)
		c := sharedChannel()
		n := 0
		for one.roomFor(c, 1, 0) == 1 {
			n++
		}
		if all := h.roomFor(c, 1000, 0); all != n {
			t.Errorf("capacity %d: %d at once, %d one by one", capacity, all, n)
		}
	}
}

func TestReserveBoundsBytes(t *testing.T) {
	t.Parallel()
	h := handsOf(4, 1000, 10_000, nil)
	if n := h.roomFor(sharedChannel(), 1, 1<<20); n != 1 {
		t.Errorf("the first event was refused for its size: it could never be sent")
	}
	if n := h.roomFor(sharedChannel(), 1, 1); n != 0 {
		t.Errorf("%d more were taken beyond the bound", n)
	}
}

// A channel that hangs must not keep the workers from another one.
func TestHangingChannelLeavesWorkers(t *testing.T) {
	t.Parallel()
	hanging, healthy := sharedChannel(), sharedChannel()
	release := make(chan struct{})
	sent := make(chan struct{}, 100)
	h := handsOf(8, 1000, 1<<20, func(m *message) {
		if m.channel == hanging.ID {
			<-release
			return
		}
		sent <- struct{}{}
	})
	h.start()
	for _, c := range []*models.Channel{hanging, healthy} {
		for range 100 {
			h.put(t, c, h.work(c))
		}
	}
	for range 100 {
		<-sent
	}
	close(release)
	h.close()
	<-h.idle()
}

func TestHandsKeepOrderAndCount(t *testing.T) {
	t.Parallel()
	c := sharedChannel()
	var got []models.ID
	var all sync.WaitGroup
	all.Add(200)
	h := handsOf(1, 1000, 1<<20, func(m *message) {
		got = append(got, m.work[0].Delivery.ID)
		all.Done()
	})
	want := make([]models.ID, 200)
	for i := range want {
		w := h.work(c)
		want[i] = w.Delivery.ID
		h.put(t, c, w)
	}
	h.start()
	all.Wait()
	h.close()
	<-h.idle()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("delivery %d came out of turn", i)
		}
	}
	if h.held != 0 || h.bytes != 0 || h.running != 0 || len(h.lines) != 0 || len(h.holds) != 0 {
		t.Errorf("something is left in hand: %d held, %d bytes, %d lines", h.held, h.bytes, len(h.lines))
	}
}

func TestTakingTwiceHoldsOnce(t *testing.T) {
	t.Parallel()
	h := handsOf(1, 10, 1<<20, func(*message) {})
	c := sharedChannel()
	w := h.work(c)
	h.put(t, c, w)
	h.put(t, c, w)
	if h.held != 1 || h.bytes != 2 {
		t.Errorf("%d are held, %d bytes; want one of 2", h.held, h.bytes)
	}
}

// What is claimed again right after its attempt was recorded must not be taken
// for what is still in hand.
func TestTheNextAttemptFollowsTheLast(t *testing.T) {
	t.Parallel()
	h := newHands(1, 10, 1<<20, testkit.NewClock())
	begun := make(chan *message, 10)
	h.deliver = func(m *message) { begun <- m }
	h.start()
	c := sharedChannel()
	w := h.work(c)
	h.put(t, c, w)
	first := <-begun
	h.sent(first, c, nil, h.clock.Now())
	again := w
	again.Delivery.AttemptCount++
	h.put(t, c, again)
	h.done(first)
	second := <-begun
	if got := second.work[0].Delivery.AttemptCount; got != 1 {
		t.Errorf("begun behind %d attempts, want 1", got)
	}
	h.dismissed(second)
	h.put(t, c, again) // given back, and claimed once more
	h.done(second)
	third := <-begun
	h.sent(third, c, nil, h.clock.Now())
	h.done(third)
	if h.held != 0 || h.bytes != 0 || len(h.holds) != 0 {
		t.Errorf("something is left in hand: %d held, %d bytes, %d holds", h.held, h.bytes, len(h.holds))
	}
}

func TestLostLeasesAreNotBegun(t *testing.T) {
	t.Parallel()
	begun := make(chan int, 10)
	h := handsOf(1, 40, 1<<20, func(m *message) { begun <- len(m.work) })
	c := sharedChannel()
	lost, batch := h.work(c), []models.Work{h.work(c), h.work(c), h.work(c)}
	h.put(t, c, lost)
	h.put(t, c, batch...)
	end := h.clock.Now().Add(time.Hour)
	asked := h.expiring(end)
	if len(asked) != 4 {
		t.Fatalf("%d leases end soon, want 4", len(asked))
	}
	h.extended(asked, []models.ID{batch[0].Delivery.ID, batch[2].Delivery.ID}, end)
	h.start()
	if n := <-begun; n != 2 {
		t.Errorf("%d deliveries were begun, want the two of the batch whose leases are held", n)
	}
	h.close()
	<-h.idle()
	if h.held != 0 || h.bytes != 0 || len(h.holds) != 0 {
		t.Errorf("something is left in hand: %d held, %d bytes, %d holds", h.held, h.bytes, len(h.holds))
	}
}

// A node that stood still for longer than its leases lets go of what it held.
func TestLeasesThatRanOutAreNotBegun(t *testing.T) {
	t.Parallel()
	h := handsOf(1, 40, 1<<20, func(*message) { t.Error("something was begun") })
	c := sharedChannel()
	h.put(t, c, h.work(c))
	h.clock.(*testkit.Clock).Advance(time.Minute)
	h.start()
	h.close()
	<-h.idle()
	if h.held != 0 {
		t.Errorf("%d are held, want none", h.held)
	}
}

func TestAnotherNodesChannelIsNotBegun(t *testing.T) {
	t.Parallel()
	h := handsOf(1, 40, 1<<20, func(*message) { t.Error("something was begun") })
	h.fenced = func(models.ID, time.Time) bool { return true }
	c := sharedChannel()
	c.Ordering = models.OrderPerEntity
	h.put(t, c, h.work(c))
	h.start()
	h.close()
	<-h.idle()
}

func TestCloseHandsOutWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	h := handsOf(1, 10, 1<<20, func(*message) {})
	c := sharedChannel()
	for range 3 {
		h.put(t, c, h.work(c))
	}
	if n := len(h.close()); n != 3 {
		t.Errorf("%d were handed out, want 3", n)
	}
	<-h.idle()
	if h.roomFor(c, 1, 2) != 0 {
		t.Error("something was taken after the close")
	}
}

func TestConcurrencyHolds(t *testing.T) {
	t.Parallel()
	var underWay, most atomic.Int32
	var all sync.WaitGroup
	all.Add(300)
	h := handsOf(50, 1000, 1<<20, func(*message) {
		defer all.Done()
		n := underWay.Add(1)
		defer underWay.Add(-1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		runtime.Gosched()
	})
	c := sharedChannel()
	c.Limits.Concurrency = 3
	for range 10 {
		for range 30 {
			h.put(t, c, h.work(c))
		}
		h.start()
		for h.active(c.ID) {
			runtime.Gosched()
		}
	}
	all.Wait()
	if n := most.Load(); n > 3 {
		t.Errorf("%d were under way at once, want 3 at most", n)
	}
	h.close()
	<-h.idle()
}

// Of a channel that nobody owns, each node has its share.
func TestNodesShareConcurrency(t *testing.T) {
	t.Parallel()
	h := handsOf(500, 10_000, 1<<20, nil)
	c := sharedChannel()
	c.Limits.Concurrency = 100
	for nodes, want := range map[int]int{1: 100, 3: 33, 1000: 1} {
		h.share(nodes)
		h.roomFor(c, 1, 1)
		if got := h.lines[c.ID].most; got != want {
			t.Errorf("of %d nodes each may have %d under way, want %d", nodes, got, want)
		}
	}
}

// What a recovery put back takes a quarter of the places at most, and one turn in a few.
func TestFreshGoesBeforeRecovered(t *testing.T) {
	t.Parallel()
	var order []bool
	var all sync.WaitGroup
	all.Add(20)
	h := handsOf(1, 1000, 1<<20, func(m *message) {
		order = append(order, m.bulk)
		all.Done()
	})
	c := sharedChannel()
	c.Limits.Concurrency = 80
	if n, why, _ := h.reserve(c, true, 100, 2); n != 20 || why != roomFound {
		t.Fatalf("a recovery was given %d places, want 20", n)
	}
	if n, why, _ := h.reserve(c, true, 1, 2); n != 0 || why != windowFull {
		t.Errorf("it was given %d more", n)
	}
	for range 4 {
		w := h.work(c)
		w.Delivery.Bulk = true
		h.take(c, []models.Work{w}, 2)
	}
	h.unreserve(c.ID, true, 16, 2)
	for range 16 {
		h.put(t, c, h.work(c))
	}
	h.start()
	all.Wait()
	h.close()
	<-h.idle()
	early := 0
	for _, bulk := range order[:16] {
		if bulk {
			early++
		}
	}
	if early != 2 {
		t.Errorf("%d of the first 16 messages were a recovery's, want 2: %v", early, order)
	}
}

func TestPacedLinesSendEvenly(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{}, 100)
	h := handsOf(50, 1000, 1<<20, func(*message) { begun <- struct{}{} })
	clock := h.clock.(*testkit.Clock)
	rate := 10.0
	c := sharedChannel()
	c.Limits.Rate = &rate
	go h.run(t.Context())
	h.start()
	for range 12 {
		h.put(t, c, h.work(c))
	}
	for i := range 12 {
		<-begun
		select {
		case <-begun:
			t.Fatalf("message %d left before its time", i+2)
		default:
		}
		clock.Advance(100 * time.Millisecond)
	}
	h.close()
	<-h.idle()
}

// A receiver that asks for a pause is left alone, and others are not.
func TestHeldChannelWaits(t *testing.T) {
	t.Parallel()
	h := newHands(50, 1000, 1<<20, testkit.NewClock())
	h.fenced = func(models.ID, time.Time) bool { return false }
	begun := make(chan *message, 100)
	h.deliver = func(m *message) { begun <- m }
	clock := h.clock.(*testkit.Clock)
	go h.run(t.Context())
	h.start()
	held, other := sharedChannel(), sharedChannel()
	h.put(t, held, h.work(held))
	first := <-begun
	hold := h.sent(first, held, &channels.Error{Class: channels.Throttled, Code: models.ErrRateLimited, After: time.Minute}, clock.Now())
	if hold == nil || !hold.Equal(clock.Now().Add(time.Minute)) {
		t.Fatalf("the channel is held until %v, want a minute", hold)
	}
	h.done(first)
	if _, why, until := h.reserve(held, false, 1, 2); why != channelHeld || !until.Equal(*hold) {
		t.Errorf("a claim for a held channel was told %v until %s", why, until)
	}
	h.put(t, other, h.work(other))
	if m := <-begun; m.channel != other.ID {
		t.Fatal("the held channel sent")
	}
	h.hold(other.ID, clock.Now().Add(time.Hour)) // as another node heard
	if _, why, _ := h.reserve(other, false, 1, 2); why != channelHeld {
		t.Errorf("a claim for a channel that another node holds was told %v", why)
	}
	clock.Advance(time.Minute)
	h.put(t, held, h.work(held))
	if m := <-begun; m.channel != held.ID {
		t.Error("another channel sent")
	}
}
