package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"carillon/models"
)

// platformAge is how long it is remembered which tenant the platform's is, or that
// there is none of that name yet.
const platformAge = time.Minute

// platform is the tenant that hears the operational events of all tenants.
type platform struct {
	name  string // its id or external id; empty for none
	store Store
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	known  models.ID // zero for none
	until  time.Time
	warned bool
}

func newPlatform(cfg *Config) *platform {
	return &platform{name: cfg.Platform, store: cfg.Store, now: cfg.Clock.Now, log: cfg.Log}
}

// id is the tenant's, or zero. Where the database cannot tell, what was known counts.
func (p *platform) id(ctx context.Context) models.ID {
	if p.name == "" {
		return models.ID{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Before(p.until) {
		return p.known
	}
	found, err := p.find(ctx)
	switch {
	case err == nil:
		p.known, p.warned = found, false
	case models.CodeOf(err) == models.CodeNotFound:
		p.known = models.ID{}
		if !p.warned {
			p.warned = true
			p.log.Warn("there is no tenant with the id or external id of CARILLON_PLATFORM_TENANT; it is looked for again", "platform_tenant", p.name)
		}
	default:
		return p.known
	}
	p.until = now.Add(platformAge)
	return p.known
}

func (p *platform) find(ctx context.Context) (models.ID, error) {
	if id, err := models.ParseIDOf(models.PrefixTenant, p.name); err == nil {
		found, err := p.store.TenantsByID(ctx, []models.ID{id})
		if _, lives := found[id]; lives || err != nil {
			return id, err
		}
	}
	t, err := p.store.TenantNamed(ctx, p.name)
	return t.ID, err
}
