package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"carillon/models"
)

// signalsAtOnce bounds what is published in one go.
const signalsAtOnce = 100

// signalsOn is the idempotency key of a signal: published again, after a crash or by
// two nodes at once, it still is one event.
func signalsOn(id models.ID) string { return models.OperationalPrefix + id.String() }

// signalLoop publishes what the server has to tell of itself, until ctx ends: what
// this node has stored at once, what another one left behind at the next poll.
func (e *Engine) signalLoop(ctx context.Context) {
	for ctx.Err() == nil {
		next := e.clock.Now().Add(e.cfg.Poll)
		more, err := e.publishSignals(ctx)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				e.log.Warn("operational events could not be published yet", "error", err)
			}
			e.rest(ctx, e.clock.Now().Add(faultPause), nil)
		case !more:
			e.rest(ctx, next, e.signals)
		}
	}
}

// rouseSignals lets those be published that were stored just now.
func (e *Engine) rouseSignals() {
	select {
	case e.signals <- struct{}{}:
	default: // it is awake already
	}
}

func (e *Engine) publishSignals(ctx context.Context) (more bool, err error) {
	waiting, err := e.store.Signals(ctx, signalsAtOnce)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	var events []models.Event
	ids := make([]models.ID, len(waiting))
	for i := range waiting {
		of, err := e.eventsOf(ctx, &waiting[i])
		if err != nil {
			return false, err
		}
		events = append(events, of...)
		ids[i] = waiting[i].ID
	}
	if err := e.publishOwn(ctx, events); err != nil {
		return false, err
	}
	return len(waiting) == signalsAtOnce, e.store.DropSignals(ctx, ids)
}

// publishOwn stores events of the server's own. One that is there already under its
// key, or whose tenant is gone, is done with.
func (e *Engine) publishOwn(ctx context.Context, events []models.Event) error {
	if len(events) == 0 {
		return nil
	}
	_, err := e.commit(ctx, events, false)
	switch code := models.CodeOf(err); {
	case err == nil:
		return nil
	case code != models.CodeConflict && code != models.CodeNotFound:
		return err
	case len(events) == 1:
		return nil
	}
	var failed error
	for i := range events { // one of them is at fault
		failed = errors.Join(failed, e.publishOwn(ctx, events[i:i+1]))
	}
	return failed
}

// eventsOf are those that a signal becomes: its tenant's, and the platform's.
func (e *Engine) eventsOf(ctx context.Context, s *models.Signal) (events []models.Event, err error) {
	tenants, err := e.store.TenantsByID(ctx, []models.ID{s.TenantID})
	if err != nil {
		return nil, err
	}
	tenant, lives := tenants[s.TenantID]
	if !lives {
		return nil, nil
	}
	platform, targets := e.platform.id(ctx), []models.ID{s.TenantID}
	if !platform.IsZero() && platform != s.TenantID {
		targets = append(targets, platform)
	}
	for _, to := range targets {
		wanted, err := e.wants(ctx, to, s.Type)
		if err != nil {
			return nil, err
		}
		if !wanted {
			continue
		}
		event, err := e.eventOf(s, to, &tenant, to == platform)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

func (e *Engine) eventOf(s *models.Signal, to models.ID, of *models.Tenant, platform bool) (models.Event, error) {
	data := s.Data
	data.Summary, data.URL = summary(s, of, platform), e.page(s)
	if platform {
		data.Tenant = &models.SignalTenant{ID: of.ID, Name: of.Name, ExternalID: of.ExternalID}
	}
	text, err := json.Marshal(&data)
	if err != nil {
		return models.Event{}, fmt.Errorf("write the data of %s: %w", s.Type, err)
	}
	return models.Event{
		ID: models.NewID(models.PrefixEvent), TenantID: to, Type: s.Type, Version: models.DefaultVersion, EntityID: s.EntityID,
		Data: text, IdempotencyKey: signalsOn(s.ID), Timestamp: s.At.UTC().Truncate(time.Millisecond),
		CreatedAt: e.clock.Now().UTC().Truncate(time.Microsecond),
	}, nil
}

// wants says whether the event is to be made in a tenant. A failed delivery is told
// only where a webhook takes it: there may be very many.
func (e *Engine) wants(ctx context.Context, tenant models.ID, eventType string) (bool, error) {
	if eventType != models.TypeDeliveryFailed {
		return true, nil
	}
	t, err := e.routes.of(ctx, tenant)
	if models.CodeOf(err) == models.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return len(t.matchesOf(eventType).lanes) > 0, nil
}

// tells says whether anybody hears that deliveries of a tenant fail. It asks memory
// in general; where it cannot tell, whoever publishes asks once more.
func (e *Engine) tells(ctx context.Context, tenant models.ID) bool {
	for _, to := range []models.ID{tenant, e.platform.id(ctx)} {
		if to.IsZero() {
			continue
		}
		if wanted, err := e.wants(ctx, to, models.TypeDeliveryFailed); wanted || err != nil {
			return true
		}
	}
	return false
}
