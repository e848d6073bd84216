package graph

import (
	"context"
	"sync"
	"time"

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

func (l *live) wait() { l.running.Wait() }

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

// follow hands on what a subscription brings until its client leaves, it ends,
// or the key no longer opens.
func follow[T any](
	ctx context.Context, l *live, subscribe func(context.Context) (*stream.Subscription[T], error),
) (<-chan T, error) {
	inner, cancel := context.WithCancel(ctx)
	sub, err := subscribe(inner)
	if err != nil {
		cancel()
		return nil, err
	}
	out := make(chan T)
	l.running.Go(func() {
		defer close(out)
		defer cancel()
		err := relay(ctx, l, sub, out)
		if err != nil && ctx.Err() == nil && l.cfg.EndSubscription != nil {
			l.cfg.EndSubscription(ctx, err)
		}
	})
	return out, nil
}

// relay waits for either side, and asks for the key meanwhile: a reader that
// takes nothing is not let through on a key that was revoked.
func relay[T any](ctx context.Context, l *live, sub *stream.Subscription[T], out chan<- T) error {
	check := time.NewTicker(l.cfg.Recheck)
	defer check.Stop()
	var item T
	in, to := sub.C(), (chan<- T)(nil) // one of the two is nil: nothing to send, or something
	for {
		select {
		case v, open := <-in:
			if !open {
				return sub.Err()
			}
			item, in, to = v, nil, out
		case to <- item:
			in, to = sub.C(), nil
		case <-check.C:
			if err := l.keys.check(ctx, auth.From(ctx)); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}
