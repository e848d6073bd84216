package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"carillon/models"
)

// PublishInput is an event as a client gives it; what is left out takes its default.
type PublishInput struct {
	TenantID       models.ID
	Type           string
	Version        *string         // the catalog's, else models.DefaultVersion
	Data           json.RawMessage // is JSON: the API has read it
	EntityID       string
	Tags           []string
	IdempotencyKey string
	Timestamp      *time.Time // now
	// Trace is that of the event itself, where it names one; else the one of the
	// request counts.
	Trace models.Trace
}

// maxReroutes bounds how often one publication is routed anew because webhooks
// keep changing under it.
const maxReroutes = 10

// Publish stores one event with its deliveries and returns once both are on
// disk. A repeat of an idempotency key returns the first event.
func (e *Engine) Publish(ctx context.Context, in PublishInput) (models.Event, error) {
	stored, err := e.watched(ctx, func(trace models.Trace) ([]models.Event, error) {
		event, err := e.foreign(ctx, "", in)
		if err != nil {
			return nil, err
		}
		event.Trace = cmp.Or(in.Trace, trace)
		return e.commit(ctx, []models.Event{event}, false)
	})
	if err != nil {
		return models.Event{}, err
	}
	return stored[0], nil
}

// watched is a publication as those hear of it who look on.
func (e *Engine) watched(ctx context.Context, publish func(models.Trace) ([]models.Event, error)) ([]models.Event, error) {
	begun := e.clock.Now()
	trace, end := e.cfg.Tracer.Publish(ctx)
	events, err := publish(trace)
	e.cfg.Observer.Published(e.clock.Now().Sub(begun), err)
	end(events, err)
	return events, err
}

// PublishAll stores up to models.MaxBatch events, all or none. The fields in
// its errors begin with events.N.
func (e *Engine) PublishAll(ctx context.Context, in []PublishInput) ([]models.Event, error) {
	return e.watched(ctx, func(trace models.Trace) ([]models.Event, error) { return e.publishAll(ctx, in, trace) })
}

func (e *Engine) publishAll(ctx context.Context, in []PublishInput, trace models.Trace) ([]models.Event, error) {
	if n := len(in); n == 0 || n > models.MaxBatch {
		return nil, models.Invalid("events", "has %d entries; give 1 to %d", n, models.MaxBatch)
	}
	events := make([]models.Event, len(in))
	for i := range in {
		event, err := e.foreign(ctx, fmt.Sprintf("events.%d.", i), in[i])
		if err != nil {
			return nil, err
		}
		events[i] = event
		events[i].Trace = cmp.Or(in[i].Trace, trace)
	}
	return e.commit(ctx, events, false)
}

// foreign makes a valid event of a client's input: none of those that are the
// server's own.
func (e *Engine) foreign(ctx context.Context, path string, in PublishInput) (models.Event, error) {
	if err := models.CheckNotOperational("type", in.Type); err != nil {
		return models.Event{}, models.Under(strings.TrimSuffix(path, "."), err)
	}
	return e.event(ctx, path, in)
}

// event makes a valid event of the input; the fields in its errors begin with path.
func (e *Engine) event(ctx context.Context, path string, in PublishInput) (models.Event, error) {
	under := strings.TrimSuffix(path, ".")
	if err := models.CheckEventType("type", in.Type); err != nil {
		return models.Event{}, models.Under(under, err)
	}
	entry, known, err := e.cfg.Catalog.Lookup(ctx, in.Type)
	if err != nil {
		return models.Event{}, err
	}
	if err := e.permits(in.Type, entry.Type.ArchivedAt != nil, known); err != nil {
		return models.Event{}, models.Under(under, err)
	}
	event, err := e.compose(in)
	if err != nil {
		return models.Event{}, models.Under(under, err)
	}
	switch {
	case in.Version != nil:
		event.Version = *in.Version
	case known:
		event.Version = entry.Type.Version
	}
	if err := event.Validate(); err != nil {
		return models.Event{}, models.Under(under, err)
	}
	if known && entry.Schema != nil {
		if err := entry.Schema.Check(path+"data", event.Data); err != nil {
			return models.Event{}, err
		}
	}
	return event, nil
}

// permits says whether events of the type are taken.
func (e *Engine) permits(eventType string, archived, known bool) error {
	switch {
	case !e.cfg.StrictTypes || known && !archived:
		return nil
	case archived:
		return models.Invalid("type", "%q is archived in the catalog", eventType)
	}
	return models.Invalid("type", "%q is not in the catalog, and this server takes no others (CARILLON_STRICT_EVENT_TYPES)", eventType)
}

// compose fills in what does not depend on the catalog.
func (e *Engine) compose(in PublishInput) (models.Event, error) {
	data, err := models.NormalizeJSON("data", in.Data, e.cfg.MaxPayload)
	if err != nil {
		return models.Event{}, err
	}
	now := e.clock.Now().UTC()
	event := models.Event{
		ID:             models.NewID(models.PrefixEvent),
		TenantID:       in.TenantID,
		Type:           in.Type,
		Version:        models.DefaultVersion,
		EntityID:       in.EntityID,
		Tags:           in.Tags,
		Data:           data,
		IdempotencyKey: in.IdempotencyKey,
		Timestamp:      now.Truncate(time.Millisecond),
		CreatedAt:      now.Truncate(time.Microsecond),
	}
	if in.Timestamp != nil {
		event.Timestamp = in.Timestamp.UTC().Truncate(time.Millisecond)
	}
	return event, nil
}

// commit routes and stores the events as one publication, and hands what is
// leased to this node to its workers. again routes events anew that are stored already.
func (e *Engine) commit(ctx context.Context, events []models.Event, again bool) ([]models.Event, error) {
	for range maxReroutes {
		p, err := e.route(ctx, events, again)
		if err != nil {
			return nil, err
		}
		published, err := e.store.Publish(ctx, p.Publication)
		if errors.Is(err, models.ErrStaleRoutes) {
			e.letGo(p, nil)
			for tenant := range p.Generations {
				e.routes.forget([]models.ID{tenant})
			}
			continue
		}
		if err != nil {
			// A caller that went away may have left its events in a commit; the
			// leases then run out and the work is claimed like a dead node's.
			e.letGo(p, nil)
			return nil, err
		}
		e.letGo(p, published)
		e.countFailed(p, published)
		e.countStored(p, published)
		return collect(published), nil
	}
	return nil, fmt.Errorf("the tenant's webhooks kept changing while the event was routed")
}

// routed is a publication with the channels of its placements.
type routed struct {
	models.Publication
	channels [][]*models.Channel // of each item, in the order of its placements
	failed   [][]models.ID       // of each item, the webhooks whose filters failed on it; nil for none at all
}

// route matches the events and places their deliveries: leased to this node
// where it has room, waiting otherwise. again says that the events are stored already.
func (e *Engine) route(ctx context.Context, events []models.Event, again bool) (*routed, error) {
	now := e.clock.Now().UTC().Truncate(time.Microsecond)
	p := &routed{
		Publication: models.Publication{
			Owner:       e.cfg.Node,
			Generations: make(map[models.ID]int64, 1),
			Items:       make([]models.PublicationItem, len(events)),
		},
		channels: make([][]*models.Channel, len(events)),
	}
	if again {
		p.Audit = models.AuditOf(ctx)
	}
	for i := range events {
		event := &events[i]
		t, err := e.routes.of(ctx, event.TenantID)
		if err != nil {
			e.letGo(p, nil)
			return nil, err
		}
		p.Generations[event.TenantID] = t.Generation
		item := &p.Items[i]
		item.Event, item.Again = *event, again
		if event.IdempotencyKey != "" {
			item.Fingerprint = event.Fingerprint()
		}
		found, err := t.match(ctx, event)
		if err != nil {
			e.letGo(p, nil)
			return nil, err
		}
		p.noteFailed(i, found.failed)
		lanes := found.lanes
		item.Placements = make([]models.Placement, len(lanes))
		p.channels[i] = make([]*models.Channel, len(lanes))
		for j, lane := range lanes {
			p.channels[i][j] = t.Channels[lane.ChannelID]
			item.Placements[j] = e.place(t, event, lane, now)
		}
	}
	return p, nil
}

// noteFailed keeps whose filters failed on an item, until it is stored.
func (p *routed) noteFailed(item int, webhooks []models.ID) {
	if len(webhooks) == 0 {
		return
	}
	if p.failed == nil {
		p.failed = make([][]models.ID, len(p.Items))
	}
	p.failed[item] = webhooks
}

// countFailed counts failures of filters on events that are new.
func (e *Engine) countFailed(p *routed, published []models.Published) {
	for i := range p.failed {
		if !published[i].Repeat {
			e.filterErrors.add(p.failed[i])
			e.cfg.Observer.FiltersFailed(len(p.failed[i]))
		}
	}
}

// countStored tells how much has come of a publication.
func (e *Engine) countStored(p *routed, published []models.Published) {
	events, repeats, deliveries := 0, 0, 0
	for i := range published {
		if published[i].Repeat {
			repeats++
			continue
		}
		if !p.Items[i].Again {
			events++
		}
		deliveries += len(p.Items[i].Placements)
	}
	e.cfg.Observer.Stored(events, repeats, deliveries)
}

func (e *Engine) place(t *table, event *models.Event, lane models.Lane, now time.Time) models.Placement {
	placement := models.Placement{
		Delivery: models.Delivery{
			ID: models.NewID(models.PrefixDelivery), TenantID: event.TenantID,
			EventID: event.ID, EventType: event.Type, WebhookID: lane.WebhookID, ChannelID: lane.ChannelID,
			Status: models.DeliveryPending, CreatedAt: now,
		},
		Due: now,
	}
	c := t.Channels[lane.ChannelID]
	if c.Owned() {
		// Whoever works the channel claims it, in its order and at its pace.
		if c.Batching != nil {
			placement.Due = now.Add(c.Batching.MaxWait)
		}
		if c.Ordering == models.OrderPerEntity {
			placement.Entity = event.EntityID
		}
		return placement
	}
	// What waits in the queue goes first, unless the line is short: then that is
	// claimed soon too, and two nodes would else let everything wait behind what
	// the other one left waiting. What may not leave is not taken in hand.
	if t.open(lane) && (!e.backlog.has(lane) || e.hands.spare(lane.ChannelID)) {
		if got, _, _ := e.hands.reserve(c, false, 1, len(event.Data)); got == 1 {
			placement.Leased = true
			placement.Due = now.Add(e.cfg.Lease)
		}
	}
	return placement
}

// letGo turns reservations into work where the publication was stored, and
// gives back the room of the others.
func (e *Engine) letGo(p *routed, published []models.Published) {
	for i := range p.Items {
		item := &p.Items[i]
		for j := range item.Placements {
			placement := &item.Placements[j]
			switch {
			case !placement.Leased:
			case published == nil || published[i].Repeat:
				e.hands.unreserve(placement.Delivery.ChannelID, false, 1, len(item.Event.Data))
			default:
				e.hands.take(p.channels[i][j], []models.Work{{
					Delivery: placement.Delivery, Event: published[i].Event,
					Trigger: models.TriggerAutomatic, LeaseUntil: placement.Due,
				}}, len(item.Event.Data))
			}
		}
	}
}

func collect(published []models.Published) []models.Event {
	events := make([]models.Event, len(published))
	for i := range published {
		events[i] = published[i].Event
	}
	return events
}
