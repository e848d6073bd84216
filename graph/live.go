package graph

import (
	"context"
	"sync"

	"carillon/auth"
	"carillon/models"
	"carillon/stream"
)

// live owns the running subscriptions: it opens them behind the tenant wall,
// and ends them with an error where their reader is too slow or their key no
// longer opens.
type live struct {
	cfg     Config
	keys    *keyWatch
	running sync.WaitGroup
}

func newLive(cfg Config) *live {
	return &live{cfg: cfg, keys: newKeyWatch(cfg)}
}

func (l *live) wait() {
	l.running.Wait()
	l.keys.wait()
}

func (l *live) attempts(ctx context.Context, filter *models.AttemptFilter, after *models.ID) (<-chan models.Attempt, error) {
	f, err := walled(ctx, filter, attemptWall)
	if err != nil {
		return nil, err
	}
	position, err := resume(ctx, after, l.cfg.Reader.AttemptSeq)
	if err != nil {
		return nil, err
	}
	return follow(ctx, l, func(ctx context.Context) (*stream.Subscription[models.Attempt], error) {
		return l.cfg.Attempts.Subscribe(ctx, stream.Options[models.Attempt]{
			After: position, Key: keyOf(f.TenantID), Match: f.Match,
			History: func(ctx context.Context, after, upTo int64, limit int) ([]models.Attempt, error) {
				return l.cfg.Reader.AttemptsBetween(ctx, after, upTo, f, limit)
			},
		})
	})
}

func (l *live) events(ctx context.Context, filter *models.EventFilter, after *models.ID) (<-chan models.Event, error) {
	f, err := walled(ctx, filter, eventWall)
	if err != nil {
		return nil, err
	}
	position, err := resume(ctx, after, l.cfg.Reader.EventSeq)
	if err != nil {
		return nil, err
	}
	return follow(ctx, l, func(ctx context.Context) (*stream.Subscription[models.Event], error) {
		return l.cfg.Events.Subscribe(ctx, stream.Options[models.Event]{
			After: position, Key: keyOf(f.TenantID), Match: f.Match,
			History: func(ctx context.Context, after, upTo int64, limit int) ([]models.Event, error) {
				return l.cfg.Reader.EventsBetween(ctx, after, upTo, f, limit)
			},
		})
	})
}

func (l *live) updates(ctx context.Context, filter *models.DeliveryFilter) (<-chan models.Delivery, error) {
	f, err := walled(ctx, filter, deliveryWall)
	if err != nil {
		return nil, err
	}
	return follow(ctx, l, func(ctx context.Context) (*stream.Subscription[models.Delivery], error) {
		return l.cfg.Updates.Subscribe(ctx, f.Match)
	})
}

// resume is the log position of the last item seen.
func resume(
	ctx context.Context, after *models.ID, position func(context.Context, models.ID) (int64, models.ID, error),
) (*int64, error) {
	if after == nil {
		return nil, nil
	}
	seq, tenant, err := position(ctx, *after)
	if err == nil && !auth.From(ctx).Sees(tenant) || err != nil && models.CodeOf(err) == models.CodeNotFound {
		return nil, models.Invalid("after", "there is no %s; leave it out to begin with what comes now", *after)
	}
	return &seq, err
}

// keyOf is what the hubs select by.
func keyOf(tenant *models.ID) string {
	if tenant == nil {
		return ""
	}
	return tenant.String()
}
