package graph

import (
	"context"
	"sync"
	"time"

	"github.com/vikstrous/dataloadgen"

	"carillon/models"
)

// loaders read what the fields of one response point at, in one statement for
// all of its nodes. What does not exist is nil.
type loaders struct {
	reader Reader

	tenants           loader[models.Tenant]
	apiKeys           loader[models.ApiKey]
	eventTypes        loader[models.EventType]
	webhooks          loader[models.Webhook]
	webhooksOfChannel loader[[]models.Webhook]
	channels          loader[models.Channel]
	events            loader[models.Event]
	deliveries        loader[models.Delivery]
	attempts          loader[models.Attempt]
	lastOfWebhook     loader[models.Attempt]
	lastOfChannel     loader[models.Attempt]
}

// gather is how long a loader waits for the other nodes of a page, and batch
// how many it takes together.
const (
	gather = time.Millisecond
	batch  = models.MaxPage
)

// loader is made when it is first used: most responses need none.
type loader[T any] struct {
	once sync.Once
	l    *dataloadgen.Loader[models.ID, *T]
}

func (l *loader[T]) load(ctx context.Context, read func(context.Context, []models.ID) (map[models.ID]T, error), id models.ID) (*T, error) {
	if id.IsZero() {
		return nil, nil
	}
	l.once.Do(func() {
		l.l = dataloadgen.NewMappedLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]*T, error) {
			found, err := read(ctx, ids)
			if err != nil {
				return nil, err
			}
			all := make(map[models.ID]*T, len(ids))
			for _, id := range ids {
				all[id] = nil
				if v, ok := found[id]; ok {
					all[id] = &v
				}
			}
			return all, nil
		}, dataloadgen.WithWait(gather), dataloadgen.WithBatchCapacity(batch))
	})
	return l.l.Load(ctx, id)
}

func (l *loaders) tenant(ctx context.Context, id models.ID) (*models.Tenant, error) {
	return l.tenants.load(ctx, l.reader.TenantsByID, id)
}

func (l *loaders) apiKey(ctx context.Context, id models.ID) (*models.ApiKey, error) {
	return l.apiKeys.load(ctx, l.reader.ApiKeysByID, id)
}

func (l *loaders) eventType(ctx context.Context, id models.ID) (*models.EventType, error) {
	return l.eventTypes.load(ctx, l.reader.EventTypesByID, id)
}

func (l *loaders) webhook(ctx context.Context, id models.ID) (*models.Webhook, error) {
	return l.webhooks.load(ctx, l.reader.WebhooksByID, id)
}

func (l *loaders) channel(ctx context.Context, id models.ID) (*models.Channel, error) {
	return l.channels.load(ctx, l.reader.ChannelsByID, id)
}

func (l *loaders) event(ctx context.Context, id models.ID) (*models.Event, error) {
	return l.events.load(ctx, l.reader.EventsByID, id)
}

func (l *loaders) delivery(ctx context.Context, id models.ID) (*models.Delivery, error) {
	return l.deliveries.load(ctx, l.reader.DeliveriesByID, id)
}

func (l *loaders) attempt(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return l.attempts.load(ctx, l.reader.AttemptsByID, id)
}

func (l *loaders) lastAttemptOfWebhook(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return l.lastOfWebhook.load(ctx, l.reader.LastAttemptsByWebhook, id)
}

func (l *loaders) lastAttemptOfChannel(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return l.lastOfChannel.load(ctx, l.reader.LastAttemptsByChannel, id)
}

func (l *loaders) webhooksByChannel(ctx context.Context, id models.ID) ([]models.Webhook, error) {
	found, err := l.webhooksOfChannel.load(ctx, l.reader.WebhooksByChannel, id)
	if err != nil || found == nil {
		return nil, err
	}
	return *found, nil
}

// must makes NOT_FOUND of what is missing where the schema allows no null: what
// a row points at may be erased between two statements.
func must[T any](v *T, err error) (T, error) {
	if err == nil && v == nil {
		err = &models.Error{Code: models.CodeNotFound, Message: "this no longer exists"}
	}
	if err != nil {
		var none T
		return none, err
	}
	return *v, nil
}
