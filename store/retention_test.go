package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// purgeOld runs a whole pass.
func (r *room) purgeOld(tb testing.TB, cutoff time.Time, limit int) (calls int) {
	tb.Helper()
	for {
		more, _, err := r.PurgeOld(tb.Context(), cutoff, limit)
		must(tb, err)
		if calls++; !more {
			return calls
		}
		if calls > 1000 {
			tb.Fatal("a pass does not come to its end")
		}
	}
}

// kept lists the events that are still there, oldest first.
func (r *room) kept(t *testing.T) (ids []models.ID) {
	t.Helper()
	events, err := r.EventsBetween(t.Context(), 0, 1<<40, models.EventFilter{IncludeTests: true}, 1000)
	must(t, err)
	for i := range events {
		ids = append(ids, events[i].ID)
	}
	return ids
}

func (r *room) succeed(t *testing.T, item models.PublicationItem) {
	t.Helper()
	r.complete(t, r.outcome(item, models.DeliverySucceeded))
}

func TestRetentionErasesWhatIsComplete(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		begin := r.now
		old := make([]models.PublicationItem, 7)
		for i := range old {
			old[i] = r.leased()
		}
		old[6].Placements = nil // taken by no webhook
		r.publish(t, old...)
		for i := range old[:3] {
			r.succeed(t, old[i])
		}
		r.fail(t, r.lane, 2)
		_, err := r.RecordTest(t.Context(), r.testRun(1))
		must(t, err)
		r.complete(t, r.outcome(old[3], models.DeliveryRetrying))
		_, err = r.Cancel(t.Context(), old[4].Placements[0].Delivery.ID, r.now)
		must(t, err)
		r.now = begin.Add(time.Hour)
		r.succeed(t, old[5]) // old, but complete for an hour less
		young := r.leased()
		r.publish(t, young)
		r.succeed(t, young)

		r.now = begin.Add(30 * 24 * time.Hour)
		r.purgeOld(t, begin, 3)
		if n := len(r.kept(t)); n != 11 {
			t.Errorf("%d of 11 events are left of what is not older than the cutoff", n)
		}
		r.purgeOld(t, begin.Add(time.Minute), 3)
		want := []models.ID{old[3].Event.ID, old[5].Event.ID, young.Event.ID}
		if kept := r.kept(t); !slices.Equal(kept, want) {
			t.Errorf("kept are %v, want %v", kept, want)
		}
		for table, want := range map[string]int{"deliveries": 3, "attempts": 3, "failures": 0, "queue": 1} {
			if n := countRows(t, r.url, table); n != want {
				t.Errorf("%d rows of %s are left, want %d", n, table, want)
			}
		}
		if _, _, err := r.EventSeq(t.Context(), old[0].Event.ID); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("the position of an event that is gone: %v", err)
		}
		r.purgeOld(t, r.now, 3)
		if kept := r.kept(t); !slices.Equal(kept, want[:1]) {
			t.Errorf("kept are %v, want the one that waits", kept)
		}
	})
}

// TestRetentionSaysHowFarBehindItIs by what it erases, not by what it leaves.
func TestRetentionSaysHowFarBehindItIs(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		begin := r.now
		for i := range 3 {
			r.now = begin.Add(time.Duration(i) * time.Hour)
			item := r.leased()
			item.Event.CreatedAt = r.now
			r.publish(t, item)
			if i > 0 { // the first waits
				r.succeed(t, item)
			}
		}
		cutoff := begin.Add(5 * time.Hour)
		for _, want := range []time.Duration{4 * time.Hour, 3 * time.Hour} {
			more, behind, err := r.PurgeOld(t.Context(), cutoff, 2)
			must(t, err)
			if !more || behind != want {
				t.Errorf("behind by %s, more %v; want %s and more", behind, more, want)
			}
		}
		if more, behind, err := r.PurgeOld(t.Context(), cutoff, 2); err != nil || !more || behind != 0 {
			t.Errorf("with nothing to erase: behind by %s, more %v, %v", behind, more, err)
		}
	})
}

func TestRetentionKeepsContentsOfMessages(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		// Each message is of two events, and every event has a delivery of its own besides.
		const n = 4
		items := make([]models.PublicationItem, 2*n)
		for i := range items {
			items[i] = r.leased()
			again := items[i].Placements[0]
			again.Delivery.ID = models.NewID(models.PrefixDelivery)
			items[i].Placements = append(items[i].Placements, again)
		}
		r.publish(t, items...)
		for i := range n {
			c := r.outcome(items[2*i], models.DeliverySucceeded)
			c.Parts[0].Attempt.RequestID = c.Parts[0].Attempt.ID
			part := r.outcome(items[2*i+1], models.DeliverySucceeded).Parts[0]
			part.Attempt.RequestID, part.Attempt.RequestBody = c.Parts[0].Attempt.ID, ""
			c.Parts = append(c.Parts, part)
			r.complete(t, c)
		}
		finish := func(i int) {
			t.Helper()
			one := items[i]
			one.Placements = one.Placements[1:]
			r.succeed(t, one)
		}
		finish(0) // of the first message both events are complete,
		finish(1)
		finish(2) // of the second the one with the content,
		finish(5) // of the third the other one
		r.now = r.now.Add(time.Hour)
		r.purgeOld(t, r.now, 100)
		var want []models.ID
		for _, i := range []int{2, 3, 4, 6, 7} {
			want = append(want, items[i].Event.ID)
		}
		if kept := r.kept(t); !slices.Equal(kept, want) {
			t.Errorf("kept are %v, want %v", kept, want)
		}
		for _, i := range []int{3, 4, 6, 7} {
			finish(i)
		}
		r.now = r.now.Add(time.Hour)
		r.purgeOld(t, r.now, 1) // which never sees a message as a whole
		r.purgeOld(t, r.now, 1)
		if kept := r.kept(t); len(kept) > 0 {
			t.Errorf("kept are %v, want none", kept)
		}
	})
}

func TestRetentionPassesByWhatIsBusy(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		if strings.HasPrefix(r.url, "sqlite:") {
			return // one writer at a time: nothing is busy
		}
		failed := r.fail(t, r.lane, 3)
		tx, err := rawDB(t, r.url).BeginTx(t.Context(), nil)
		must(t, err)
		defer tx.Rollback()
		_, err = tx.ExecContext(t.Context(), "SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE", failed[1].UUID.String())
		must(t, err)
		r.now = r.now.Add(time.Hour)
		r.purgeOld(t, r.now, 100)
		if kept := r.kept(t); len(kept) != 1 || kept[0] != r.delivery(t, failed[1]).EventID {
			t.Errorf("kept are %v, want the one that is busy", kept)
		}
		must(t, tx.Rollback())
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: failed[1], Due: r.now}}))
		r.purgeOld(t, r.now, 100)
		if kept := r.kept(t); len(kept) != 1 {
			t.Error("what waits was erased")
		}
	})
}

func TestIdempotencyKeysOutliveTheirEvents(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		first, waits := r.keyed("one", ""), r.keyed("two", "")
		first.Placements[0].Leased, first.Placements[0].Due = true, r.now.Add(time.Minute)
		r.publish(t, first, waits)
		r.succeed(t, first)
		begin := r.now
		r.now = begin.Add(40 * 24 * time.Hour)
		r.purgeOld(t, begin.Add(24*time.Hour), 1)
		if kept := r.kept(t); len(kept) != 1 {
			t.Fatalf("%d events are kept, want one", len(kept))
		}
		repeat := r.keyed("one", "")
		if got := r.publish(t, repeat); !got[0].Repeat || got[0].Event.ID != first.Event.ID {
			t.Errorf("the key is forgotten with its event: %+v", got[0])
		}
		r.purgeOld(t, begin.Add(24*time.Hour+time.Microsecond), 1)
		if got := r.publish(t, repeat); got[0].Repeat {
			t.Error("the key is kept for ever")
		}
		if got := r.publish(t, r.keyed("two", "")); !got[0].Repeat {
			t.Error("the key of an event that waits was erased")
		}
	})
}

func TestRetentionErasesCountsAndRecoveries(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		begin := r.now.Truncate(time.Hour)
		r.now = begin
		for i := range 5 {
			r.attempt(t, attempted{lane: r.lane, kind: "a.b", at: begin.Add(time.Duration(i) * time.Hour)})
		}
		r.roll(t, 100)
		done := r.recovery(t, models.DeliveryFilter{})
		r.step(t, 1)
		canceled, open := r.recovery(t, models.DeliveryFilter{}), r.recovery(t, models.DeliveryFilter{})
		_, err := r.CancelRecovery(t.Context(), canceled.ID, begin.Add(4*time.Hour))
		must(t, err)
		r.purgeOld(t, begin.Add(2*time.Hour+time.Minute), 1)
		if rows := r.statRows(t, "h"); rows != 3 {
			t.Errorf("%d hours are kept, want 3", rows)
		}
		found, err := r.RecoveriesByID(t.Context(), []models.ID{done.ID, canceled.ID, open.ID})
		must(t, err)
		if _, kept := found[done.ID]; kept || len(found) != 2 {
			t.Errorf("the recoveries %v are kept", found)
		}
	})
}
