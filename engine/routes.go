package engine

import (
	"context"
	"sync"
	"time"

	"carillon/models"
)

// routesAge is how old a route table may grow before it is read anew although
// nobody said that it changed: the net under lost notices. Publishing does not
// depend on it, because the store refuses a stale generation.
const routesAge = time.Minute

// maxMemo bounds the event types whose matches a table remembers.
const maxMemo = 1024

// routes keeps the route tables of the tenants that are active on this node.
type routes struct {
	load func(ctx context.Context, tenant models.ID) (models.RouteTable, error)
	now  func() time.Time

	find func(ctx context.Context, ids []models.ID) (map[models.ID]models.Channel, error)

	conditions *conditions

	mu      sync.RWMutex
	tables  map[models.ID]*table
	tenants map[models.ID]models.ID // of channels, which never changes
	epoch   uint64                  // grows with every forget, so that a slow load is not kept
}

// table is a route table with the matches already made.
type table struct {
	models.RouteTable
	readAt time.Time
	paused map[models.ID]bool // webhooks that are paused
	// conditions are those of the webhooks, in their order; nil for one without a filter.
	conditions []*condition

	mu   sync.RWMutex
	memo map[string]*matches
}

func newRoutes(s Store, c *conditions, now func() time.Time) *routes {
	return &routes{conditions: c, load: s.RouteTable, find: s.ChannelsByID, now: now, tables: map[models.ID]*table{}, tenants: map[models.ID]models.ID{}}
}

// of gives the tenant's table, from memory where it can.
func (r *routes) of(ctx context.Context, tenant models.ID) (*table, error) {
	r.mu.RLock()
	t, epoch := r.tables[tenant], r.epoch
	r.mu.RUnlock()
	now := r.now()
	if t != nil && now.Sub(t.readAt) < routesAge {
		return t, nil
	}
	loaded, err := r.load(ctx, tenant)
	if err != nil {
		return nil, err
	}
	t = newTable(loaded, r.conditions, now)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.epoch == epoch {
		r.tables[tenant] = t
	}
	for id := range t.Channels {
		r.tenants[id] = tenant
	}
	return t, nil
}

// ofLane gives the table of the tenant whose lane it is; nil for one of a
// channel that is gone.
func (r *routes) ofLane(ctx context.Context, lane models.Lane) (*table, error) {
	r.mu.RLock()
	tenant, known := r.tenants[lane.ChannelID]
	r.mu.RUnlock()
	if !known {
		return nil, nil
	}
	t, err := r.of(ctx, tenant)
	if models.CodeOf(err) == models.CodeNotFound {
		return nil, nil
	}
	return t, err
}

// learn finds out whose the channels of the lanes are.
func (r *routes) learn(ctx context.Context, lanes []*laneState) error {
	var unknown []models.ID
	r.mu.RLock()
	for _, s := range lanes {
		if _, known := r.tenants[s.lane.ChannelID]; !known {
			unknown = append(unknown, s.lane.ChannelID)
		}
	}
	r.mu.RUnlock()
	if len(unknown) == 0 {
		return nil
	}
	found, err := r.find(ctx, unknown)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range found {
		r.tenants[id] = found[id].TenantID
	}
	return nil
}

// forget drops tables that are no longer true.
func (r *routes) forget(tenants []models.ID) {
	if len(tenants) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	for _, id := range tenants {
		delete(r.tables, id)
	}
}

func (r *routes) forgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	clear(r.tables)
}

func newTable(rt models.RouteTable, c *conditions, readAt time.Time) *table {
	t := &table{RouteTable: rt, readAt: readAt, paused: map[models.ID]bool{}, conditions: make([]*condition, len(rt.Webhooks)), memo: map[string]*matches{}}
	for i := range rt.Webhooks {
		t.conditions[i] = c.of(&rt.Webhooks[i])
		if rt.Webhooks[i].Status == models.WebhookPaused {
			t.paused[rt.Webhooks[i].ID] = true
		}
	}
	return t
}

// place is where a lane leads; its channel must be there.
func (t *table) place(lane models.Lane) *place {
	to := &place{tenant: &t.Tenant, channel: t.Channels[lane.ChannelID]}
	for i := range t.Webhooks {
		if t.Webhooks[i].ID == lane.WebhookID {
			to.webhook = &t.Webhooks[i]
			break
		}
	}
	return to
}

// lanesOf lists the lanes of one webhook.
func (t *table) lanesOf(w *models.Webhook) []models.Lane {
	lanes := make([]models.Lane, 0, len(w.Routes))
	for _, route := range w.Routes {
		if t.Channels[route.ChannelID] != nil {
			lanes = append(lanes, models.Lane{ChannelID: route.ChannelID, WebhookID: w.ID})
		}
	}
	return lanes
}

// open says whether deliveries of the lane may leave.
func (t *table) open(lane models.Lane) bool {
	c := t.Channels[lane.ChannelID]
	return c != nil && c.Status == models.ChannelActive && !t.paused[lane.WebhookID]
}
