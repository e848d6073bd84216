package engine_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// TestAKindThatThisVersionLacks has a channel that a newer version made beside
// one of a kind that is known.
func TestAKindThatThisVersionLacks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy()})
		now := b.clock.Now()
		pager := models.Channel{
			ID: models.NewID(models.PrefixChannel), TenantID: b.tenant, Name: "pager", Kind: "PAGER",
			Config:      &models.UnknownConfig{Of: "PAGER", Public: json.RawMessage(`{"number":"4711"}`)},
			RetryPolicy: policy(time.Hour), Limits: models.DefaultLimits(models.KindHTTP), Ordering: models.OrderNone,
			Status: models.ChannelActive, CreatedAt: now, UpdatedAt: now,
		}
		b.must(b.store.CreateChannel(t.Context(), pager))
		b.addWebhook("pages", pager.ID)
		event := b.publish(`{}`)
		for _, a := range b.recorded(2) {
			if a.ChannelID == b.channel {
				if a.Status != models.AttemptSucceeded {
					t.Errorf("the other channel's attempt failed: %+v", a.Error)
				}
				continue
			}
			if a.Error == nil || a.Error.Code != models.ErrConfig || !a.Error.Retryable || !strings.Contains(a.Error.Message, "PAGER") {
				t.Errorf("the attempt came to %+v", a.Error)
			}
		}
		deliveries, err := b.store.DeliveriesOfEvent(t.Context(), event.ID, models.Page{First: 10})
		b.must(err)
		for _, d := range deliveries.Nodes {
			want := models.DeliverySucceeded
			if d.ChannelID == pager.ID {
				want = models.DeliveryRetrying
			}
			if d.Status != want {
				t.Errorf("the delivery to %s is %s, want %s", d.ChannelID, d.Status, want)
			}
		}
	})
}
