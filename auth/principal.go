// Package auth says who asks: it reads API keys and sessions, turns them into Principals and
// knows what a Principal may do and see. It knows no verb, no transport and no
// SQL; the rooms above ask a Principal before they act.
package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon/models"
)

// Principal is whoever asks: the holder of a key or of a session, or the
// command line. It is shared between requests and must not be changed. A nil
// Principal is nobody and may do nothing.
type Principal struct {
	KeyID     models.ID // the key, or the one that made the session; zero for the server itself
	KeyName   string
	SessionID models.ID  // zero but for a session
	TenantID  *models.ID // nil for an administrator
	Scopes    []models.Scope
	ExpiresAt *time.Time // nil for a key without an end
}

// System is the command line: it may do everything.
func System() *Principal {
	return &Principal{KeyName: "command line", Scopes: []models.Scope{models.ScopeAdmin}}
}

// Start is the server itself, which sees to keys at its start.
func Start() *Principal {
	return &Principal{KeyName: "server start", Scopes: []models.Scope{models.ScopeAdmin}}
}

// Allows says whether the principal has one of the scopes. ADMIN has all of
// them, and MANAGE includes READ.
func (p *Principal) Allows(anyOf ...models.Scope) bool {
	if p == nil {
		return false
	}
	for _, scope := range p.Scopes {
		switch {
		case scope == models.ScopeAdmin, slices.Contains(anyOf, scope):
			return true
		case scope == models.ScopeManage && slices.Contains(anyOf, models.ScopeRead):
			return true
		}
	}
	return false
}

// Need is nil where Allows is true; else UNAUTHENTICATED for nobody and
// FORBIDDEN for a key without the scopes.
func (p *Principal) Need(anyOf ...models.Scope) error {
	if p == nil {
		return nobody()
	}
	if p.Allows(anyOf...) {
		return nil
	}
	names := make([]string, len(anyOf))
	for i, scope := range anyOf {
		names[i] = string(scope)
	}
	return &models.Error{Code: models.CodeForbidden,
		Message: fmt.Sprintf("this needs a key with the scope %s", strings.Join(names, " or "))}
}

// NotByPortal refuses what a tenant's session may not do whatever its scopes:
// FORBIDDEN, with what it is as a verb phrase.
func (p *Principal) NotByPortal(doing string) error {
	if !p.Portal() {
		return nil
	}
	return &models.Error{Code: models.CodeForbidden, Message: "a portal session cannot " + doing + "; use an API key"}
}

// Portal says whether this is a tenant's session.
func (p *Principal) Portal() bool { return p != nil && !p.SessionID.IsZero() && p.TenantID != nil }

// Sees says whether things of the tenant exist for the principal.
func (p *Principal) Sees(tenant models.ID) bool {
	if p == nil {
		return false
	}
	return p.TenantID == nil && p.Allows(models.ScopeAdmin) || p.TenantID != nil && *p.TenantID == tenant
}

// Tenant is the tenant that an input is about. A tenant's key implies its own,
// and naming another is NOT_FOUND; an administrator must name one.
func (p *Principal) Tenant(field string, requested *models.ID) (models.ID, error) {
	tenant, err := p.Filter(requested)
	if err != nil {
		return models.ID{}, err
	}
	if tenant == nil {
		return models.ID{}, models.Invalid(field, "is needed, because an administrator's key belongs to no tenant")
	}
	return *tenant, nil
}

// Filter is the tenant that a list is limited to: as Tenant, but nil, which
// takes all tenants, for an administrator who names none.
func (p *Principal) Filter(requested *models.ID) (*models.ID, error) {
	switch {
	case p == nil:
		return nil, nobody()
	case requested == nil && (p.TenantID != nil || p.Allows(models.ScopeAdmin)):
		return p.TenantID, nil
	case requested != nil && p.Sees(*requested):
		return requested, nil
	case requested != nil:
		return nil, models.NotFound("tenant", *requested)
	}
	return nil, p.Need(models.ScopeAdmin)
}

func nobody() error {
	return unauthenticated("an API key is needed; send it in the header Authorization: Bearer <key>")
}

func unauthenticated(message string) error {
	return &models.Error{Code: models.CodeUnauthenticated, Message: message}
}

// made is the refusal of a credential that opens nothing and never did, as far as
// anybody knows.
type made struct{ error }

func (m made) Unwrap() error { return m.error }

// MadeUp says whether an error of Authenticate is about a credential that may have
// been made up; what was revoked or has expired is not.
func MadeUp(err error) bool {
	var m made
	return errors.As(err, &m)
}

// contextKey is the type of this package's one context key.
type contextKey struct{}

// With gives the context the principal that a request is made by.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From is the principal of the request; nil for nobody.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(contextKey{}).(*Principal)
	return p
}
