package telemetry

import "context"

// Tracing follows events.
type Tracing struct{}

func (t *Tracing) operation(ctx context.Context, _, _ string) (context.Context, func(string)) {
	return ctx, nil
}
