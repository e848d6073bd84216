package engine

import (
	"context"

	"carillon/models"
)

// Replay routes a stored event anew, through the webhooks of today: each gets a
// delivery of its own beside those that the event has already.
func (e *Engine) Replay(ctx context.Context, id models.ID) (models.Event, error) {
	found, err := e.store.EventsByID(ctx, []models.ID{id})
	if err != nil {
		return models.Event{}, err
	}
	event, ok := found[id]
	switch {
	case !ok:
		return models.Event{}, models.NotFound("event", id)
	case event.Test:
		return models.Event{}, models.Conflict("id", "%s is a test event; send another test event instead", id)
	}
	if _, err := e.commit(ctx, []models.Event{event}, true); err != nil {
		return models.Event{}, err
	}
	return event, nil
}
