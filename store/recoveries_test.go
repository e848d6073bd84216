package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"carillon/models"
)

// fail publishes events in a lane whose only delivery fails for good.
func (r *room) fail(t *testing.T, lane models.Lane, n int) (deliveries []models.ID) {
	t.Helper()
	items := make([]models.PublicationItem, n)
	for i := range items {
		items[i] = r.leased()
		items[i].Event.EntityID = "one"
		d := &items[i].Placements[0].Delivery
		d.ChannelID, d.WebhookID = lane.ChannelID, lane.WebhookID
		deliveries = append(deliveries, d.ID)
	}
	r.publish(t, items...)
	for _, item := range items {
		c := r.outcome(item, models.DeliveryFailed)
		c.Parts[0].Delivery.CompletedAt = &r.now
		r.complete(t, c)
	}
	return deliveries
}

func (r *room) recovery(t *testing.T, f models.DeliveryFilter) models.Recovery {
	t.Helper()
	rec := models.Recovery{ID: models.NewID(models.PrefixRecovery), Filter: f, CreatedAt: r.now}
	if f.TenantID != nil {
		rec.TenantID = *f.TenantID
	}
	rec, err := r.CreateRecovery(t.Context(), rec)
	must(t, err)
	return rec
}

func (r *room) step(t *testing.T, limit int) (models.Recovery, bool) {
	t.Helper()
	rec, worked, err := r.RecoverStep(t.Context(), models.RecoveryStep{Node: r.node, Now: r.now, Until: r.now.Add(time.Minute), Limit: limit})
	must(t, err)
	return rec, worked
}

func TestRecoveryPutsFailuresBackInSteps(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		failed := r.fail(t, r.lane, 5)
		r.now = r.now.Add(time.Minute)
		rec := r.recovery(t, models.DeliveryFilter{TenantID: &r.tenant})
		if rec.Total != 5 || rec.Done != 0 {
			t.Fatalf("the recovery counts %d, done %d; want 5 and 0", rec.Total, rec.Done)
		}
		r.now = r.now.Add(time.Second)
		r.fail(t, r.lane, 1) // after it began
		r.heard()

		rec, worked := r.step(t, 3)
		if !worked || rec.Done != 3 || rec.CompletedAt != nil {
			t.Fatalf("after the first step: worked %t, %+v", worked, rec)
		}
		r.saysSo(t, failed[:3], rec)
		rec, _ = r.step(t, 3)
		if rec.Done != 5 || rec.CompletedAt == nil || !rec.CompletedAt.Equal(r.now) {
			t.Fatalf("after the second step: %+v", rec)
		}
		r.saysSo(t, failed[3:], rec)
		if _, worked := r.step(t, 3); worked {
			t.Error("a recovery that is complete goes on")
		}
		if left := countRows(t, r.url, "failures"); left != 1 {
			t.Errorf("%d failures are left, want the one that came later", left)
		}
		if found, err := r.Recovery(t.Context(), rec.ID); err != nil || found.Done != 5 || *found.Filter.TenantID != r.tenant {
			t.Errorf("read again: %+v, %v", found, err)
		}
	})
}

// dueOf is when the one of n is due that comes at place i: all are by now, in their order.
func dueOf(now time.Time, i, n int) time.Time {
	return now.Add(time.Duration(i+1-n) * time.Microsecond)
}

// saysSo checks what one step did and told.
func (r *room) saysSo(t *testing.T, ids []models.ID, rec models.Recovery) {
	t.Helper()
	told := r.heard()
	if len(told) != 1 || len(told[0].Updates) != len(ids) || len(told[0].Lanes) != 1 || len(told[0].Recoveries) != 1 {
		t.Fatalf("a step told %+v", told)
	}
	lane := told[0].Lanes[0]
	if !lane.Lane.Bulk || lane.Lane.ChannelID != r.lane.ChannelID || !lane.Due.Equal(dueOf(r.now, 0, len(ids))) {
		t.Errorf("the lane that was told is %+v", lane)
	}
	if told[0].Recoveries[0].Done != rec.Done {
		t.Errorf("the recovery was told as %+v", told[0].Recoveries[0])
	}
	for i, id := range ids {
		d := r.delivery(t, id)
		if d.Status != models.DeliveryRetrying || d.RetryBase != 1 || d.CompletedAt != nil || d.Reason != nil || !d.Bulk {
			t.Errorf("delivery %d is %+v", i, d)
		}
		if due := dueOf(r.now, i, len(ids)); d.NextAttemptAt == nil || !d.NextAttemptAt.Equal(due) {
			t.Errorf("delivery %d is due at %v, want %v", i, d.NextAttemptAt, due)
		}
	}
}

func TestRecoveryKeepsToItsFilter(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other := r.newLane(t, "second")
		r.refresh(t)
		mine, theirs := r.fail(t, r.lane, 4), r.fail(t, other, 4)
		event := r.delivery(t, mine[2]).EventID
		for _, c := range []struct {
			filter models.DeliveryFilter
			want   []models.ID
		}{
			{models.DeliveryFilter{TenantID: &r.tenant, EventID: &event}, mine[2:3]},
			{models.DeliveryFilter{ChannelID: &other.ChannelID}, theirs},
			{models.DeliveryFilter{TenantID: &r.tenant, WebhookID: &r.lane.WebhookID, Statuses: []models.DeliveryStatus{models.DeliveryFailed}},
				[]models.ID{mine[0], mine[1], mine[3]}},
			{models.DeliveryFilter{EventTypes: []string{"other"}}, nil},
		} {
			r.heard()
			if rec := r.recovery(t, c.filter); rec.Total != len(c.want) {
				t.Errorf("%+v counts %d, want %d", c.filter, rec.Total, len(c.want))
			}
			rec, worked := r.step(t, 10)
			if !worked || rec.Done != len(c.want) || rec.CompletedAt == nil {
				t.Errorf("%+v: worked %t, %+v", c.filter, worked, rec)
			}
			var got []models.ID
			for _, commit := range r.heard() {
				for _, d := range commit.Updates {
					got = append(got, d.ID)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v put back %v, want %v", c.filter, got, c.want)
			}
		}
	})
}

func TestRecoverySkipsWhatCannotBeSent(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other := r.newLane(t, "second")
		r.refresh(t)
		gone, kept := r.fail(t, other, 2), r.fail(t, r.lane, 2)
		must(t, r.DeleteWebhook(t.Context(), other.WebhookID, r.now))
		r.recovery(t, models.DeliveryFilter{TenantID: &r.tenant})
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: kept[0], Due: r.now, Manual: true}}))
		rec, _ := r.step(t, 10)
		if rec.Done < 3 || rec.CompletedAt == nil {
			t.Errorf("the recovery is %+v", rec)
		}
		if d := r.delivery(t, gone[0]); d.Status != models.DeliveryFailed {
			t.Errorf("a delivery whose webhook is gone is %s", d.Status)
		}
		if d := r.delivery(t, kept[0]); d.Bulk {
			t.Error("a delivery that somebody retried was put behind the others")
		}
		if d := r.delivery(t, kept[1]); d.Status != models.DeliveryRetrying || !d.Bulk {
			t.Errorf("a delivery that can be sent is %+v", d)
		}
	})
}

func TestRecoveriesTakeTurnsAndKeepTheirLease(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other := r.newLane(t, "second")
		r.refresh(t)
		r.fail(t, r.lane, 4)
		r.fail(t, other, 4)
		first := r.recovery(t, models.DeliveryFilter{ChannelID: &r.lane.ChannelID})
		second := r.recovery(t, models.DeliveryFilter{ChannelID: &other.ChannelID})
		for i, want := range []models.ID{first.ID, second.ID, first.ID} {
			if rec, _ := r.step(t, 1); rec.ID != want {
				t.Errorf("step %d worked on %s, want %s", i, rec.ID, want)
			}
			r.now = r.now.Add(time.Second)
		}
		node := r.node
		r.Store, r.node = r.open(t, r.hear)
		if rec, worked := r.step(t, 1); worked {
			t.Errorf("another node's recovery was taken: %+v", rec)
		}
		r.now = r.now.Add(2 * time.Minute)
		if _, worked := r.step(t, 1); !worked {
			t.Error("a dead node's recovery was not taken over")
		}
		_, worked, err := r.RecoverStep(t.Context(), models.RecoveryStep{Node: node, Now: r.now, Until: r.now.Add(time.Minute), Limit: 9})
		if must(t, err); !worked {
			t.Error("the recovery that was not taken over cannot be gone on with")
		}
	})
}

func TestRecoveryIsCanceled(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.fail(t, r.lane, 3)
		rec := r.recovery(t, models.DeliveryFilter{TenantID: &r.tenant})
		r.step(t, 1)
		r.heard()
		got, err := r.CancelRecovery(t.Context(), rec.ID, r.now)
		if must(t, err); got.CanceledAt == nil || got.Done != 1 {
			t.Errorf("canceled: %+v", got)
		}
		if told := r.heard(); len(told) != 1 || len(told[0].Recoveries) != 1 {
			t.Errorf("a cancellation told %+v", told)
		}
		if _, worked := r.step(t, 1); worked {
			t.Error("a canceled recovery goes on")
		}
		if _, err := r.CancelRecovery(t.Context(), rec.ID, r.now); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("canceled twice: %v", err)
		}
		done := r.recovery(t, models.DeliveryFilter{EventTypes: []string{}})
		r.step(t, 1)
		if _, err := r.CancelRecovery(t.Context(), done.ID, r.now); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("canceled when complete: %v", err)
		}
		if _, err := r.CancelRecovery(t.Context(), models.NewID(models.PrefixRecovery), r.now); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("canceled though unknown: %v", err)
		}
		must(t, r.DeleteTenant(t.Context(), r.tenant, r.now))
		if _, err := r.Recovery(t.Context(), rec.ID); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("a recovery of a deleted tenant: %v", err)
		}
	})
}

func TestRecoveryKeepsTheOrderOfEntities(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		failed := r.fail(t, r.lane, 3)
		_, err := r.UpdateChannel(t.Context(), r.lane.ChannelID, func(c *models.Channel) error {
			c.Ordering = models.OrderPerEntity
			return nil
		})
		must(t, err)
		r.recovery(t, models.DeliveryFilter{TenantID: &r.tenant})
		r.step(t, 2)
		r.step(t, 2)
		for i, id := range failed {
			d := r.delivery(t, id)
			if d.Status != models.DeliveryRetrying || !d.Bulk || (i == 0) != (d.NextAttemptAt != nil) {
				t.Errorf("delivery %d of an entity is %+v", i, d)
			}
		}
	})
}

// TestRecoveryMeetsRetries lets people put back what a recovery does too: each
// delivery comes back once, and nobody sees an error.
func TestRecoveryMeetsRetries(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		failed := r.fail(t, r.lane, 60)
		r.recovery(t, models.DeliveryFilter{TenantID: &r.tenant})
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, id := range failed {
				err := r.Requeue(t.Context(), []models.Requeue{{DeliveryID: id, Due: r.now, Manual: true}})
				if err != nil && models.CodeOf(err) != models.CodeConflict {
					t.Errorf("retry: %v", err)
				}
			}
		})
		for worked := true; worked; {
			var err error
			_, worked, err = r.RecoverStep(t.Context(), models.RecoveryStep{Node: r.node, Now: r.now, Until: r.now.Add(time.Minute), Limit: 5})
			if err != nil {
				t.Errorf("recover: %v", err)
				break
			}
		}
		wg.Wait()
		if n := countRows(t, r.url, "queue"); n != len(failed) {
			t.Errorf("%d deliveries wait, want %d", n, len(failed))
		}
		if n := countRows(t, r.url, "failures"); n != 0 {
			t.Errorf("%d failures are left", n)
		}
	})
}
