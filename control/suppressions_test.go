package control_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
)

const suppressed = "+15550101"

// suppress lets a delivery to the channel end so that its recipient is suppressed.
func (b *bundle) suppress(t *testing.T, on things) {
	t.Helper()
	table := must(b.store.RouteTable(t.Context(), on.tenant))(t)
	now, node := b.clock.Now(), uuid.New()
	event := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: on.tenant, Type: "a.type", Version: "1",
		Data: json.RawMessage("{}"), Timestamp: now, CreatedAt: now}
	d := models.Delivery{ID: models.NewID(models.PrefixDelivery), TenantID: on.tenant, EventID: event.ID, EventType: event.Type,
		WebhookID: on.webhook, ChannelID: on.channel, Status: models.DeliveryPending, CreatedAt: now}
	must(b.store.Publish(t.Context(), models.Publication{Owner: node, Generations: map[models.ID]int64{on.tenant: table.Generation},
		Items: []models.PublicationItem{{Event: event, Placements: []models.Placement{{Delivery: d, Leased: true, Due: now.Add(time.Minute)}}}}}))(t)
	d.Status, d.AttemptCount, d.CompletedAt = models.DeliverySucceeded, 1, &now
	id := models.NewID(models.PrefixAttempt)
	must(b.store.Complete(t.Context(), models.Completion{Owner: node,
		Suppress: []models.Suppression{{Address: suppressed, Reason: "unsubscribed", CreatedAt: now}},
		Parts: []models.CompletionPart{{Delivery: d, Attempt: models.Attempt{ID: id, RequestID: id, TenantID: on.tenant, DeliveryID: d.ID,
			EventID: event.ID, EventType: event.Type, WebhookID: on.webhook, ChannelID: on.channel, ChannelKind: models.KindSMS, Number: 1,
			Trigger: models.TriggerAutomatic, Status: models.AttemptSucceeded, StartedAt: now}}}}))(t)
}

func TestLiftSuppression(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		on := b.things(t, b.acme, "a.type")
		p := &auth.Principal{KeyID: newID(models.PrefixApiKey), TenantID: &b.acme.ID, Scopes: []models.Scope{models.ScopeManage}}
		lift := func(channel models.ID, address string) (models.Channel, error) {
			return b.LiftSuppression(t.Context(), p, control.LiftSuppression{ChannelID: channel, Address: address})
		}
		if c := must(b.store.ChannelLive(t.Context(), on.channel))(t); len(c.Suppressed) != 1 || c.Suppressed[0].Reason != "unsubscribed" {
			t.Fatalf("suppressed are %+v", c.Suppressed)
		}
		_, err := lift(on.webhook, suppressed)
		wantError(t, err, models.CodeBadUserInput, "channelId")
		_, err = lift(on.channel, "+15550199")
		wantError(t, err, models.CodeNotFound, "address")
		c, err := lift(on.channel, suppressed)
		if err != nil || c.ID != on.channel || len(c.Suppressed) != 0 {
			t.Errorf("left is %+v, %v", c.Suppressed, err)
		}
		_, err = lift(on.channel, suppressed)
		wantError(t, err, models.CodeNotFound, "address")
	})
}
