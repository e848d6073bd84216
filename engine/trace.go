package engine

import (
	"context"

	"carillon/models"
)

// Tracer follows events from their publication to each attempt. Its methods never
// wait, and are safe for concurrent use.
type Tracer interface {
	// Publish begins a publication. Its events are stored with the trace; end hears
	// of them, or of why there are none.
	Publish(ctx context.Context) (trace models.Trace, end func(events []models.Event, err error))
	// Attempt begins an attempt with a message. The trace goes along with it to its
	// receiver; end hears of what came of it, which is nothing where a stop cut it short.
	Attempt(ctx context.Context, c *models.Channel, work []models.Work) (_ context.Context, trace models.Trace, end func([]models.Attempt))
}

// untraced is a Tracer that follows nothing.
type untraced struct{}

func (untraced) Publish(context.Context) (models.Trace, func([]models.Event, error)) {
	return "", func([]models.Event, error) {}
}

func (untraced) Attempt(ctx context.Context, _ *models.Channel, _ []models.Work) (context.Context, models.Trace, func([]models.Attempt)) {
	return ctx, "", func([]models.Attempt) {}
}
