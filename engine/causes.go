package engine

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"carillon/channels"
	"carillon/models"
)

// maxSaid bounds a reason or an error in an operational event, in bytes.
const maxSaid = 1000

func said(text string) string {
	if len(text) <= maxSaid {
		return text
	}
	end := maxSaid
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// signalOf begins what is told of a channel.
func signalOf(eventType string, c *models.Channel, at time.Time) *models.Signal {
	return &models.Signal{
		ID: models.NewID(models.PrefixSignal), TenantID: c.TenantID, Type: eventType, EntityID: c.ID.String(), At: at,
		Data: models.SignalData{Channel: &models.SignalChannel{ID: c.ID, Name: c.Name, Kind: c.Kind}},
	}
}

// disabled is told if the failure disables the channel.
func disabled(c *models.Channel, failure *channels.Error, at time.Time) *models.Signal {
	s := signalOf(models.TypeChannelDisabled, c, at)
	s.Data.Error = said(failure.Message)
	return s
}

// failures are told of deliveries that are given up by what was reported of them.
func (t *table) failures(is *models.Settled, c *models.Channel, told bool) (signals []models.Signal) {
	for i := range is.Deliveries {
		if d := &is.Deliveries[i]; told && givenUp(d) {
			signals = append(signals, *failed(d, nil, t.webhook(d.WebhookID), c, is.Failure))
		}
	}
	return signals
}

// givenUp says that the delivery has failed, and is not one that itself tells of such things.
func givenUp(d *models.Delivery) bool {
	return d.Status == models.DeliveryFailed && !models.IsOperational(d.EventType)
}

// failed is told of a delivery that is given up.
func failed(d *models.Delivery, event *models.Event, w *models.Webhook, c *models.Channel, failure string) *models.Signal {
	s := signalOf(models.TypeDeliveryFailed, c, *d.CompletedAt)
	s.EntityID = d.ID.String()
	s.Data.Delivery = &models.SignalDelivery{ID: d.ID, Attempts: d.AttemptCount}
	s.Data.Event = &models.SignalEvent{ID: d.EventID, Type: d.EventType}
	if event != nil {
		s.Data.Event.EntityID = event.EntityID
	}
	if w != nil {
		s.Data.Webhook = &models.SignalWebhook{ID: w.ID, Name: w.Name}
	}
	since := d.CreatedAt
	s.Data.Since, s.Data.Error = &since, said(failure)
	if d.Reason != nil {
		s.Data.Reason = said(*d.Reason)
	}
	return s
}

// webhook finds one of the tenant's.
func (t *table) webhook(id models.ID) *models.Webhook {
	for i := range t.Webhooks {
		if t.Webhooks[i].ID == id {
			return &t.Webhooks[i]
		}
	}
	return nil
}

// page is where the console shows what a signal is about.
func (e *Engine) page(s *models.Signal) string {
	if e.cfg.URL == nil {
		return ""
	}
	base := e.cfg.URL()
	switch {
	case base == "":
		return ""
	case s.Data.Delivery != nil:
		return base + "/deliveries/" + s.Data.Delivery.ID.String()
	case s.Data.Channel != nil:
		return base + "/channels/" + s.Data.Channel.ID.String()
	}
	return base + "/channels"
}

// summary is one sentence for people.
func summary(s *models.Signal, tenant *models.Tenant, platform bool) string {
	text := sentence(s)
	if platform {
		text = tenant.Name + ": " + text
	}
	return text
}

func sentence(s *models.Signal) string {
	d := &s.Data
	name := ""
	if d.Channel != nil {
		name = d.Channel.Name
	}
	switch s.Type {
	case models.TypeChannelDisabled:
		return fmt.Sprintf("The channel %s was disabled: %s. Its deliveries wait until somebody resumes it.", name, strings.TrimRight(d.Reason, "."))
	case models.TypeChannelFailing:
		return fmt.Sprintf("The channel %s is failing: %d of %d attempts within %s.", name, value(d.Failed), value(d.Attempts), d.Window)
	case models.TypeChannelRecovered:
		if d.From == fromDisabled {
			return fmt.Sprintf("The channel %s works again. It had been disabled.", name)
		}
		return fmt.Sprintf("The channel %s works again. It had been failing.", name)
	case models.TypeDeliveryFailed:
		return fmt.Sprintf("A delivery of %s to the channel %s was given up: %s.", d.Event.Type, name, strings.TrimRight(d.Reason, "."))
	case models.TypeBacklogHigh:
		return fmt.Sprintf("Deliveries are late: the oldest has waited since %s.", d.OldestAt.UTC().Format("2006-01-02 15:04:05 MST"))
	case models.TypeBacklogNormal:
		return "Deliveries are in time again."
	}
	return s.Type
}

func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
