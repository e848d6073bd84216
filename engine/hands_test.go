package engine

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"carillon/models"
)

func work(channel models.ID) models.Work {
	return models.Work{Delivery: models.Delivery{ID: models.NewID(models.PrefixDelivery), ChannelID: channel},
		Event: models.Event{Data: json.RawMessage(`{}`)}}
}

func TestReserveLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	h := newHands(4, 100, 1<<20, nil)
	greedy, modest := models.NewID(models.PrefixChannel), models.NewID(models.PrefixChannel)
	first := h.reserve(greedy, 1000, 0)
	if first != 50 {
		t.Errorf("one channel was given %d of 100, want half", first)
	}
	if again := h.reserve(greedy, 1000, 0); again != 0 {
		t.Errorf("it was given %d more", again)
	}
	if second := h.reserve(modest, 1000, 0); second != 25 {
		t.Errorf("the next channel was given %d, want half of the rest", second)
	}
	h.unreserve(greedy, first, 0)
	if third := h.reserve(modest, 1000, 0); third == 0 {
		t.Error("room that was given back is not given out")
	}
}

func TestReserveOneByOneEqualsAtOnce(t *testing.T) {
	t.Parallel()
	for capacity := range 40 {
		h := newHands(1, capacity, 1<<20, nil)
		one := newHands(1, capacity, 1<<20, nil)
		id := models.NewID(models.PrefixChannel)
		n := 0
		for one.reserve(id, 1, 0) == 1 {
			n++
		}
		if all := h.reserve(id, 1000, 0); all != n {
			t.Errorf("capacity %d: %d at once, %d one by one", capacity, all, n)
		}
	}
}

func TestReserveBoundsBytes(t *testing.T) {
	t.Parallel()
	h := newHands(4, 1000, 10_000, nil)
	a, b := models.NewID(models.PrefixChannel), models.NewID(models.PrefixChannel)
	if n := h.reserve(a, 1, 1<<20); n != 1 {
		t.Errorf("the first event was refused for its size: it could never be sent")
	}
	if n := h.reserve(b, 1, 1); n != 0 {
		t.Errorf("%d more were taken beyond the bound", n)
	}
}

// A channel that hangs must not keep the workers from another one.
func TestHangingChannelLeavesWorkers(t *testing.T) {
	t.Parallel()
	hanging, healthy := models.NewID(models.PrefixChannel), models.NewID(models.PrefixChannel)
	release := make(chan struct{})
	sent := make(chan struct{}, 100)
	h := newHands(8, 1000, 1<<20, func(w models.Work) {
		if w.Delivery.ChannelID == hanging {
			<-release
			return
		}
		sent <- struct{}{}
	})
	h.start()
	for range 100 {
		h.reserve(hanging, 1, 2)
		h.take(work(hanging))
	}
	for range 100 {
		h.reserve(healthy, 1, 2)
		h.take(work(healthy))
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
	channel := models.NewID(models.PrefixChannel)
	var got []models.ID
	var all sync.WaitGroup
	all.Add(200)
	h := newHands(1, 1000, 1<<20, func(w models.Work) {
		got = append(got, w.Delivery.ID)
		all.Done()
	})
	want := make([]models.ID, 200)
	for i := range want {
		w := work(channel)
		want[i] = w.Delivery.ID
		if h.reserve(channel, 1, 2) != 1 {
			t.Fatal("no room")
		}
		h.take(w)
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
	h := newHands(1, 10, 1<<20, func(models.Work) {})
	w := work(models.NewID(models.PrefixChannel))
	for range 2 {
		h.reserve(w.Delivery.ChannelID, 1, 2)
		h.take(w)
	}
	if h.held != 1 {
		t.Errorf("%d are held, want 1", h.held)
	}
}

func TestLostLeasesAreNotBegun(t *testing.T) {
	t.Parallel()
	begun := make(chan models.ID, 10)
	h := newHands(1, 10, 1<<20, func(w models.Work) { begun <- w.Delivery.ID })
	channel := models.NewID(models.PrefixChannel)
	lost, kept := work(channel), work(channel)
	for _, w := range []models.Work{lost, kept} {
		h.reserve(channel, 1, 2)
		h.take(w)
	}
	later := time.Unix(1000, 0)
	asked := h.expiring(later)
	if len(asked) != 2 {
		t.Fatalf("%d leases end soon, want 2", len(asked))
	}
	h.extended(asked, []models.ID{kept.Delivery.ID}, later)
	h.start()
	if id := <-begun; id != kept.Delivery.ID {
		t.Error("a delivery was begun whose lease is another's")
	}
	h.close()
	<-h.idle()
}

func TestCloseHandsOutWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	h := newHands(1, 10, 1<<20, func(models.Work) {})
	channel := models.NewID(models.PrefixChannel)
	for range 3 {
		h.reserve(channel, 1, 2)
		h.take(work(channel))
	}
	if n := len(h.close()); n != 3 {
		t.Errorf("%d were handed out, want 3", n)
	}
	<-h.idle()
	if h.reserve(channel, 1, 2) != 0 {
		t.Error("something was taken after the close")
	}
}
