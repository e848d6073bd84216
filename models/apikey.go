package models

import (
	"slices"
	"time"
)

// Scope is what a key may do.
type Scope string

// The scopes of the contract.
const (
	ScopeAdmin   Scope = "ADMIN"   // everything, in every tenant
	ScopeManage  Scope = "MANAGE"  // webhooks, channels, retries of one tenant; reading is part of it
	ScopePublish Scope = "PUBLISH" // publishEvent and publishEvents alone
	ScopeRead    Scope = "READ"    // queries and subscriptions alone
)

// ApiKey is a credential; only the hash of its secret is stored.
type ApiKey struct {
	ID         ID
	Name       string
	TenantID   *ID // nil for an administrator key
	Scopes     []Scope
	Hint       string // the first characters of the secret, to recognise it by
	Hash       []byte // keyed hash of the secret; never leaves the server
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

// Live says whether the key opens anything at the time now.
func (k *ApiKey) Live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}

// Validate names the first field that is wrong.
func (k *ApiKey) Validate() error {
	if err := CheckName("name", k.Name); err != nil {
		return err
	}
	if len(k.Scopes) == 0 {
		return Invalid("scopes", "is empty; give at least one of ADMIN, MANAGE, PUBLISH, READ")
	}
	admin := slices.Contains(k.Scopes, ScopeAdmin)
	if admin && k.TenantID != nil {
		return Invalid("scopes", "ADMIN is for keys without a tenant; leave out tenantId or ADMIN")
	}
	if !admin && k.TenantID == nil {
		return Invalid("tenantId", "is needed for a key without the scope ADMIN")
	}
	return nil
}
