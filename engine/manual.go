package engine

import (
	"context"

	"carillon/models"
)

// Retry sends a delivery now: one that waits is not waited for any longer, one
// that is over begins its schedule anew.
func (e *Engine) Retry(ctx context.Context, id models.ID) (models.Delivery, error) {
	now := e.clock.Now().UTC()
	if err := e.store.Requeue(ctx, []models.Requeue{{DeliveryID: id, Due: now, Manual: true}}); err != nil {
		return models.Delivery{}, err
	}
	found, err := e.store.DeliveriesByID(ctx, []models.ID{id})
	if err != nil {
		return models.Delivery{}, err
	}
	d, ok := found[id]
	if !ok {
		return models.Delivery{}, models.NotFound("delivery", id)
	}
	return d, nil
}

// Cancel ends a delivery that is not over yet. An attempt that is under way is
// not cut short; it is recorded and changes nothing.
func (e *Engine) Cancel(ctx context.Context, id models.ID) (models.Delivery, error) {
	return e.store.Cancel(ctx, id, e.clock.Now().UTC())
}
