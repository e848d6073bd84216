package graph

import (
	"context"
	"slices"
	"sync"
	"time"

	"carillon/catalog"
	"carillon/models"
	"carillon/templates"
)

// loaders read what the nodes of one response point at. Every list and every
// read tells them what its nodes point at (met); the first field that asks for
// one of those reads them all, in one statement. So the number of statements
// does not depend on timing, and nobody waits for others to ask.
type loaders struct {
	reader Reader
	// patient waits for a database that is away: an item of a subscription that
	// was shown with errors would be missing from the stream, and nobody would
	// know which.
	patient bool

	tenants           loader[models.Tenant]
	apiKeys           loader[models.ApiKey]
	eventTypes        loader[models.EventType]
	webhooks          loader[models.Webhook]
	webhooksOfChannel loader[[]models.Webhook]
	channels          loader[models.Channel]
	templates         loader[models.Template]
	events            loader[models.Event]
	deliveries        loader[models.Delivery]
	attempts          loader[models.Attempt]
	lastOfWebhook     loader[models.Attempt]
	lastOfChannel     loader[models.Attempt]
	healths           healths
}

// loader keeps what was read of one kind. What does not exist is nil.
type loader[T any] struct {
	mu    sync.Mutex // held while reading: who asks meanwhile finds it there
	known map[models.ID]*T
	err   error // the database's; it is asked once a response

	expecting sync.Mutex
	expected  []models.ID
}

func (l *loader[T]) expect(id models.ID) {
	l.expecting.Lock()
	defer l.expecting.Unlock()
	l.expected = append(l.expected, id)
}

// take gives what is to be read together with id.
func (l *loader[T]) take(id models.ID) []models.ID {
	l.expecting.Lock()
	ids := l.expected
	l.expected = nil
	ids = append(ids, id)
	l.expecting.Unlock()
	unread := make(map[models.ID]bool, len(ids))
	return slices.DeleteFunc(ids, func(id models.ID) bool {
		_, known := l.known[id]
		skip := known || unread[id] || id.IsZero()
		unread[id] = true
		return skip
	})
}

// load reads id, and what is expected beside it. met hears of what was read.
func (l *loader[T]) load(
	ctx context.Context, id models.ID,
	read func(context.Context, []models.ID) (map[models.ID]T, error), met func(*T),
) (*T, error) {
	if id.IsZero() {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.known[id]; ok || l.err != nil {
		return v, l.err
	}
	if l.known == nil {
		l.known = make(map[models.ID]*T)
	}
	for ids := range slices.Chunk(l.take(id), models.MaxPage) {
		reads := read
		if from(ctx).patient {
			reads = insisting(read)
		}
		found, err := reads(ctx, ids)
		if err != nil {
			l.err = err
			return nil, err
		}
		for _, id := range ids {
			l.known[id] = nil
			if v, ok := found[id]; ok {
				l.known[id] = &v
				met(&v)
			}
		}
	}
	return l.known[id], nil
}

// A database that is away is asked again so often; each time it has so long to answer.
const (
	outagePause = 200 * time.Millisecond
	outageTry   = 10 * time.Second
)

// insisting reads again what could not be read, until that succeeds or ctx ends.
func insisting[T any](read func(context.Context, []models.ID) (T, error)) func(context.Context, []models.ID) (T, error) {
	return func(ctx context.Context, ids []models.ID) (found T, err error) {
		tick := time.NewTicker(outagePause)
		defer tick.Stop()
		for {
			trying, cancel := context.WithTimeout(ctx, outageTry)
			found, err = read(trying, ids)
			cancel()
			if err == nil {
				return found, nil
			}
			select {
			case <-ctx.Done():
				return found, err
			case <-tick.C:
			}
		}
	}
}

func (l *loaders) tenant(ctx context.Context, id models.ID) (*models.Tenant, error) {
	return l.tenants.load(ctx, id, l.reader.TenantsByID, func(*models.Tenant) {})
}

func (l *loaders) apiKey(ctx context.Context, id models.ID) (*models.ApiKey, error) {
	return l.apiKeys.load(ctx, id, l.reader.ApiKeysByID, l.metApiKey)
}

// eventType finds built-in ones too, without asking.
func (l *loaders) eventType(ctx context.Context, id models.ID) (*models.EventType, error) {
	if t, ok := catalog.OperationalByID(id); ok {
		return &t, nil
	}
	return l.eventTypes.load(ctx, id, l.reader.EventTypesByID, func(*models.EventType) {})
}

func (l *loaders) webhook(ctx context.Context, id models.ID) (*models.Webhook, error) {
	return l.webhooks.load(ctx, id, l.reader.WebhooksByID, l.metWebhook)
}

func (l *loaders) channel(ctx context.Context, id models.ID) (*models.Channel, error) {
	return l.channels.load(ctx, id, l.reader.ChannelsByID, l.metChannel)
}

// template finds built-in ones too, without asking.
func (l *loaders) template(ctx context.Context, id models.ID) (*models.Template, error) {
	if t, ok := templates.BuiltinByID(id); ok {
		return &t, nil
	}
	return l.templates.load(ctx, id, l.reader.TemplatesByID, l.metTemplate)
}

func (l *loaders) event(ctx context.Context, id models.ID) (*models.Event, error) {
	return l.events.load(ctx, id, l.reader.EventsByID, l.metEvent)
}

func (l *loaders) delivery(ctx context.Context, id models.ID) (*models.Delivery, error) {
	return l.deliveries.load(ctx, id, l.reader.DeliveriesByID, l.metDelivery)
}

func (l *loaders) attempt(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return l.attempts.load(ctx, id, l.reader.AttemptsByID, l.metAttempt)
}

func (l *loaders) lastAttemptOfWebhook(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return l.lastOfWebhook.load(ctx, id, l.reader.LastAttemptsByWebhook, l.metAttempt)
}

func (l *loaders) lastAttemptOfChannel(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return l.lastOfChannel.load(ctx, id, l.reader.LastAttemptsByChannel, l.metAttempt)
}

func (l *loaders) webhooksByChannel(ctx context.Context, id models.ID) ([]models.Webhook, error) {
	found, err := l.webhooksOfChannel.load(ctx, id, l.reader.WebhooksByChannel, func(of *[]models.Webhook) {
		each(*of, l.metWebhook)
	})
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
