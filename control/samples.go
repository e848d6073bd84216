package control

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/templates"
)

// SampleType is the type of a sample event that was given none.
const SampleType = "sample.event"

// SampleEvent is an event that never was, with data of the author's own.
func SampleEvent(now time.Time, eventType string, data json.RawMessage) models.Event {
	return models.Event{
		ID: sampleID(models.PrefixEvent), Type: eventType, Version: models.DefaultVersion,
		EntityID: "sample-entity", Tags: []string{"sample"}, Data: data, Timestamp: exact(now), CreatedAt: exact(now),
	}
}

// sampleID is the same each time, so that previews can be compared.
func sampleID(p models.Prefix) models.ID { return models.ID{Prefix: p, UUID: uuid.UUID{15: 1}} }

// withSamples fills in who and where, and puts stars in the place of the
// channel's secret.
func withSamples(kind models.ChannelKind, v templates.View) templates.View {
	if v.Tenant == nil {
		externalID := "sample-customer"
		v.Tenant = &models.Tenant{ID: sampleID(models.PrefixTenant), Name: "Sample tenant", ExternalID: &externalID}
	}
	if v.Webhook == nil {
		v.Webhook = &models.Webhook{ID: sampleID(models.PrefixWebhook), Name: "Sample webhook"}
	}
	if v.Channel == nil {
		v.Channel = sampleChannel(kind)
	}
	if v.Delivery == nil {
		v.Delivery, v.Attempt = &models.Delivery{ID: sampleID(models.PrefixDelivery)}, 1
	}
	v.Channel, v.Batch = starred(v.Channel), v.Channel.Batching != nil
	return v
}

func sampleChannel(kind models.ChannelKind) *models.Channel {
	ch := &models.Channel{ID: sampleID(models.PrefixChannel), Name: "Sample channel", Kind: kind, Config: models.NewConfig(kind)}
	if config, ok := ch.Config.(*models.HttpConfig); ok {
		config.Signing.Secret = models.NewSecret("a sample") // to be starred
	}
	return ch
}

// starred is the channel as a template may show it to its author.
func starred(ch *models.Channel) *models.Channel {
	config, ok := ch.Config.(*models.HttpConfig)
	if !ok {
		return ch
	}
	shown, safe := *ch, *config
	safe.Signing.Secret = models.NewSecret(config.Signing.Secret.String())
	safe.Signing.Previous = models.Secret{}
	shown.Config = &safe
	return &shown
}
