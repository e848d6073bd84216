package store_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
	"carillon/testkit"
)

// listen hears what the room's other store commits; stop waits for its end.
func listen(t *testing.T, r *room) (heard <-chan models.Notice, stop func()) {
	t.Helper()
	s, _ := r.open(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	notices := make(chan models.Notice, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Listen(ctx, func(n models.Notice) { notices <- n }); !errors.Is(err, context.Canceled) {
			t.Errorf("listening ended with %v", err)
		}
	}()
	return notices, func() { cancel(); <-done }
}

// hear reads notices until one is wanted.
func hear(t *testing.T, heard <-chan models.Notice, want func(models.Notice) bool) models.Notice {
	t.Helper()
	for {
		select {
		case n := <-heard:
			if want(n) {
				return n
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the notice did not come")
		}
	}
}

func interrupted(n models.Notice) bool { return n.Interrupted }

func TestNoticesReachTheOtherNode(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	heard, stop := listen(t, r)
	defer stop()
	hear(t, heard, interrupted)

	r.publish(t, r.leased()) // behind which nothing of the room's making is told any more
	hear(t, heard, func(n models.Notice) bool { return n.EventsUpTo == 1 })
	waiting, leased := r.item(), r.leased()
	r.publish(t, waiting, leased)
	n := hear(t, heard, func(n models.Notice) bool { return true })
	want := models.Notice{Node: r.node, EventsUpTo: 3, Lanes: []models.LaneDue{{Lane: r.lane, Due: r.now, Fresh: 1}},
		Updates: []models.ID{waiting.Placements[0].Delivery.ID, leased.Placements[0].Delivery.ID}}
	if !reflect.DeepEqual(n, want) {
		t.Errorf("publishing told %+v\nwant %+v", n, want)
	}
	r.complete(t, r.outcome(leased, models.DeliverySucceeded))
	if n = hear(t, heard, func(n models.Notice) bool { return true }); !reflect.DeepEqual(n, models.Notice{Node: r.node, AttemptsTo: 1}) {
		t.Errorf("completing told %+v", n)
	}
	r.claim(t, 1)
	if n = hear(t, heard, func(n models.Notice) bool { return true }); !slices.Equal(n.Updates, want.Updates[:1]) || len(n.Lanes) > 0 {
		t.Errorf("claiming told %+v", n)
	}
	r.newLane(t, "second")
	if n = hear(t, heard, func(n models.Notice) bool { return true }); !slices.Contains(n.Tenants, r.tenant) {
		t.Errorf("a new channel told %+v", n)
	}
	run, err := r.RecordTest(t.Context(), r.testRun(1))
	must(t, err)
	var events, attempts int64
	hear(t, heard, func(n models.Notice) bool {
		events, attempts = max(events, n.EventsUpTo), max(attempts, n.AttemptsTo)
		return events == run.Event.Seq && attempts == run.Attempts[0].Seq
	})
}

// TestLargeNoticesAreSplit publishes more deliveries at once than one notice holds.
func TestLargeNoticesAreSplit(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	heard, stop := listen(t, r)
	defer stop()
	hear(t, heard, interrupted)
	items := make([]models.PublicationItem, 1000)
	want := make(map[models.ID]bool)
	for i := range items {
		items[i] = r.item()
		want[items[i].Placements[0].Delivery.ID] = true
	}
	r.publish(t, items...)
	var upTo int64
	for len(want) > 0 {
		n := hear(t, heard, func(models.Notice) bool { return true })
		upTo = max(upTo, n.EventsUpTo)
		for _, id := range n.Updates {
			delete(want, id)
		}
	}
	if upTo != 1000 {
		hear(t, heard, func(n models.Notice) bool { return n.EventsUpTo == 1000 })
	}

	many := r.item()
	d := many.Placements[0].Delivery
	many.Placements = nil
	for range 12_000 {
		d.ID = models.NewID(models.PrefixDelivery)
		many.Placements = append(many.Placements, models.Placement{Delivery: d, Due: r.now})
	}
	r.publish(t, many)
	hear(t, heard, interrupted)
}

func TestListenConnectsAgain(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	heard, stop := listen(t, r)
	defer stop()
	hear(t, heard, interrupted)
	terminateOthers(t, r.url)
	hear(t, heard, interrupted)
	publishAgain(t, r)
	hear(t, heard, func(n models.Notice) bool { return n.EventsUpTo == 1 })
}

// terminateOthers breaks every connection to the database but its own.
func terminateOthers(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { must(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	must(t, err)
}

// publishAgain publishes until one of the broken connections of the pool is no
// longer in the way.
func publishAgain(t *testing.T, r *room) {
	t.Helper()
	for range 20 {
		if _, err := r.Publish(t.Context(), r.publication(r.item())); err == nil {
			return
		}
	}
	t.Fatal("publishing does not recover")
}

func TestCommittersRecover(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	item := r.leased()
	r.publish(t, item)
	terminateOthers(t, r.url)
	publishAgain(t, r)
	for range 20 {
		if held, err := r.Complete(t.Context(), r.outcome(item, models.DeliverySucceeded)); err == nil && held[0] {
			return
		}
	}
	t.Error("completing does not recover")
}

func TestListenOnSQLiteWaits(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.SQLite(t))
	_, stop := listen(t, r)
	stop()
}
