package engine

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"carillon/models"
)

// TestInput names one channel, or a webhook whose every channel is tried.
type TestInput struct {
	TenantID  models.ID // of the channel or webhook
	ChannelID *models.ID
	WebhookID *models.ID
	EventType string
	Data      json.RawMessage // the catalog's example when left out
}

// SendTest sends one event now, outside of the queue, and answers with what
// came back from each channel. Whatever comes back changes nothing: nothing is
// retried, nothing is disabled. Paused and disabled channels are tried too,
// since a test is how one finds out that they work again.
func (e *Engine) SendTest(ctx context.Context, in TestInput) ([]models.Attempt, error) {
	t, err := e.routes.of(ctx, in.TenantID)
	if err != nil {
		return nil, err
	}
	lanes, err := testLanes(t, in)
	if err != nil {
		return nil, err
	}
	event, err := e.testEvent(ctx, in)
	if err != nil {
		return nil, err
	}
	ways := make([]*place, len(lanes))
	for i, lane := range lanes {
		ways[i] = t.place(lane)
		if err := e.versions.choose(ctx, t, ways[i], new(models.Delivery)); err != nil {
			return nil, err
		}
	}
	run := models.TestRun{
		Event:      event,
		Deliveries: make([]models.Delivery, len(lanes)),
		Attempts:   make([]models.Attempt, len(lanes)),
	}
	var sends sync.WaitGroup
	for i, lane := range lanes {
		sends.Go(func() {
			run.Deliveries[i], run.Attempts[i] = e.testOne(ctx, ways[i], lane, &run.Event)
		})
	}
	sends.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	run, err = e.store.RecordTest(ctx, run)
	return run.Attempts, err
}

func testLanes(t *table, in TestInput) ([]models.Lane, error) {
	switch {
	case in.ChannelID != nil && in.WebhookID != nil:
		return nil, models.Invalid("webhookId", "stands beside channelId; give one of the two")
	case in.ChannelID != nil:
		if t.Channels[*in.ChannelID] == nil {
			return nil, models.NotFound("channel", *in.ChannelID)
		}
		return []models.Lane{{ChannelID: *in.ChannelID}}, nil
	case in.WebhookID != nil:
		for i := range t.Webhooks {
			if w := &t.Webhooks[i]; w.ID == *in.WebhookID {
				return t.lanesOf(w), nil
			}
		}
		return nil, models.NotFound("webhook", *in.WebhookID)
	}
	return nil, models.Invalid("channelId", "is needed; give channelId or webhookId")
}

// testEvent is the event to send, with the catalog's example where no data is given.
func (e *Engine) testEvent(ctx context.Context, in TestInput) (models.Event, error) {
	data := in.Data
	if len(data) == 0 {
		if err := models.CheckEventType("eventType", in.EventType); err != nil {
			return models.Event{}, err
		}
		entry, _, err := e.cfg.Catalog.Lookup(ctx, in.EventType)
		if err != nil {
			return models.Event{}, err
		}
		if data = entry.Type.Example; len(data) == 0 {
			return models.Event{}, models.Invalid("data", "is needed: the catalog has no example for %s", in.EventType)
		}
	}
	event, err := e.event(ctx, "", PublishInput{TenantID: in.TenantID, Type: in.EventType, Data: data})
	if err != nil {
		return models.Event{}, renamed(err, "type", "eventType")
	}
	event.Test = true
	return event, nil
}

// testOne makes one attempt that is complete with its delivery.
func (e *Engine) testOne(ctx context.Context, to *place, lane models.Lane, event *models.Event) (models.Delivery, models.Attempt) {
	d := models.Delivery{
		ID: models.NewID(models.PrefixDelivery), TenantID: event.TenantID, EventID: event.ID, EventType: event.Type,
		WebhookID: lane.WebhookID, ChannelID: lane.ChannelID, CreatedAt: event.CreatedAt, Test: true,
	}
	work := models.Work{Delivery: d, Event: *event, Trigger: models.TriggerTest}
	if to.channel.Batching != nil {
		work.MessageID = models.NewID(models.PrefixMessage)
	}
	t, stopped := e.try(ctx, to, []models.Work{work}, "")
	if stopped {
		return d, models.Attempt{}
	}
	d.Template = t.template
	a := t.attempts[0] // whatever else came back is not kept
	now := e.clock.Now().UTC().Truncate(time.Microsecond)
	d.AttemptCount, d.CompletedAt = 1, &now
	d.Status = models.DeliverySucceeded
	if a.Status == models.AttemptFailed {
		d.Status = models.DeliveryFailed
	}
	return d, a
}

// renamed is err with another name for the field that it is about.
func renamed(err error, from, to string) error {
	var e *models.Error
	if errors.As(err, &e) && e.Field == from {
		named := *e
		named.Field = to
		return &named
	}
	return err
}
