package store_test

import (
	"testing"
	"time"

	"carillon/models"
)

func TestFailuresAreKept(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		failed, fine, tested := r.leased(), r.leased(), r.leased()
		r.publish(t, failed, fine, tested)
		reason := "out of retries\x00"
		c := r.outcome(failed, models.DeliveryFailed)
		c.Parts[0].Delivery.CompletedAt, c.Parts[0].Delivery.Reason, c.Parts[0].Delivery.RetryBase = &r.now, &reason, 3
		r.complete(t, c)
		r.complete(t, r.outcome(fine, models.DeliverySucceeded))
		c = r.outcome(tested, models.DeliveryFailed)
		c.Parts[0].Delivery.Test = true
		r.complete(t, c)
		if n := countRows(t, r.url, "failures"); n != 1 {
			t.Errorf("%d failures are kept", n)
		}
		id := failed.Placements[0].Delivery.ID
		if d := r.delivery(t, id); d.Reason == nil || *d.Reason != "out of retries\uFFFD" || d.RetryBase != 3 {
			t.Errorf("the failed one is %+v", d)
		}
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: id, Due: r.now}}))
		if n := countRows(t, r.url, "failures"); n != 0 {
			t.Errorf("%d failures are left", n)
		}
		if d := r.delivery(t, id); d.Reason != nil || d.RetryBase != 1 {
			t.Errorf("the requeued one is %+v", d)
		}
	})
}

func TestWhyItWasCanceled(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		lanes := []models.Lane{r.lane, r.newLane(t, "second")}
		r.refresh(t)
		byHand, byWebhook, byChannel := r.item(), r.item(), r.leased()
		byChannel.Placements[0].Delivery.ChannelID = lanes[1].ChannelID
		byChannel.Placements[0].Delivery.WebhookID = lanes[1].WebhookID
		r.publish(t, byHand, byWebhook, byChannel)
		_, err := r.Cancel(t.Context(), byHand.Placements[0].Delivery.ID, r.now)
		must(t, err)
		must(t, r.DeleteWebhook(t.Context(), r.lane.WebhookID, r.now))
		_, err = r.UpdateWebhook(t.Context(), lanes[1].WebhookID, func(w *models.Webhook) error { w.Routes = nil; return nil })
		must(t, err)
		must(t, r.DeleteChannel(t.Context(), lanes[1].ChannelID, r.now))
		late := r.outcome(byChannel, models.DeliverySucceeded)
		late.Parts[0].Attempt.StartedAt = r.now.Add(time.Second)
		if !r.complete(t, late) {
			t.Error("the attempt of a canceled delivery was not recorded")
		}
		for item, want := range map[*models.PublicationItem]string{&byHand: "canceled by a person",
			&byWebhook: "its webhook was deleted", &byChannel: "its channel was deleted"} {
			if d := r.delivery(t, item.Placements[0].Delivery.ID); d.Reason == nil || *d.Reason != want {
				t.Errorf("%+v, want %q", d, want)
			}
		}
	})
}
