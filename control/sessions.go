package control

import (
	"context"
	"slices"
	"time"

	"carillon/auth"
	"carillon/models"
)

// How long a portal session may last.
const (
	minSession = time.Minute
	maxSession = 24 * time.Hour
)

// PortalSession is a short-lived key of one tenant, and the console's address
// with it. It is stored nowhere.
type PortalSession struct {
	URL       models.Secret
	Token     models.Secret
	ExpiresAt time.Time
}

// CreatePortalSession makes a session of any tenant for an administrator; for a
// tenant's key with MANAGE, one of its own tenant with no more than its own
// scopes. It ends with the tenant, and with the key that asks for it.
func (c *Control) CreatePortalSession(ctx context.Context, p *auth.Principal, in CreatePortalSession) (PortalSession, error) {
	if err := p.Need(models.ScopeManage); err != nil {
		return PortalSession{}, err
	}
	if err := p.NotByPortal("make portal sessions"); err != nil {
		return PortalSession{}, err
	}
	if err := c.sessionTenant(ctx, p, in.TenantID); err != nil {
		return PortalSession{}, err
	}
	scopes, err := sessionScopes(p, in.Scopes)
	if err != nil {
		return PortalSession{}, err
	}
	if in.TTL < minSession || in.TTL > maxSession {
		return PortalSession{}, models.Invalid("ttl", "%s is out of range; give %s to %s", models.FormatDuration(in.TTL),
			models.FormatDuration(minSession), models.FormatDuration(maxSession))
	}
	session := auth.Session{ID: models.NewID(models.PrefixSession), TenantID: &in.TenantID, Scopes: scopes,
		ExpiresAt: c.sessionEnd(p, in.TTL), KeyID: p.KeyID}
	token, err := c.sessions.Issue(session)
	if err != nil {
		return PortalSession{}, err
	}
	a := c.act(ctx, p, models.AuditSessionCreate, &in.TenantID, session.ID)
	if ctx, err = a.with(ctx, detail{"scopes": scopes, "expiresAt": session.ExpiresAt}); err != nil {
		return PortalSession{}, err
	}
	if err := c.store.Record(ctx); err != nil {
		return PortalSession{}, err
	}
	c.log.Info("a portal session was made", "session_id", session.ID, "tenant_id", in.TenantID, "by_key", p.KeyID)
	return PortalSession{Token: token, ExpiresAt: session.ExpiresAt,
		URL: models.NewSecret(c.url() + "/portal#token=" + token.Reveal())}, nil
}

// sessionTenant makes sure that the tenant is there, for the principal.
func (c *Control) sessionTenant(ctx context.Context, p *auth.Principal, tenant models.ID) error {
	if err := checkID("tenantId", tenant, models.PrefixTenant); err != nil {
		return err
	}
	if _, err := p.Tenant("tenantId", &tenant); err != nil {
		return err
	}
	found, err := c.store.TenantsByID(ctx, []models.ID{tenant})
	if err != nil {
		return err
	}
	if _, ok := found[tenant]; !ok {
		return models.NotFound("tenant", tenant)
	}
	return nil
}

// sessionScopes takes none at all for those that a console needs.
func sessionScopes(p *auth.Principal, asked []models.Scope) ([]models.Scope, error) {
	switch {
	case asked == nil:
		asked = []models.Scope{models.ScopeManage, models.ScopeRead}
	case len(asked) == 0:
		return nil, models.Invalid("scopes", "is empty; give at least one of MANAGE, PUBLISH, READ")
	case slices.Contains(asked, models.ScopeAdmin):
		return nil, models.Invalid("scopes", "ADMIN is for API keys without a tenant; give MANAGE, PUBLISH or READ")
	}
	return grant(p, asked)
}

// sessionEnd is no later than that of the key, or of the administrator's
// session, that asks: with its key a session ends.
func (c *Control) sessionEnd(p *auth.Principal, ttl time.Duration) time.Time {
	end := c.now().Add(ttl)
	if p.ExpiresAt != nil && p.ExpiresAt.Before(end) {
		end = *p.ExpiresAt
	}
	return end.UTC().Truncate(time.Millisecond)
}
