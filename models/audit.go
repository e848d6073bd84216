package models

import (
	"context"
	"encoding/json"
	"time"
)

// AuditEntry says who changed or revealed what, when and from where. It is
// written once, in the transaction of what it is about, and never changes.
type AuditEntry struct {
	ID        ID
	TenantID  *ID // nil for what belongs to no tenant
	ActorKind AuditActor
	ActorID   *ID    // the key, or the one that made the session; nil for the server itself
	ActorName string // the key's name then, "portal session", "command line"
	SessionID *ID    // nil but for a session
	Action    AuditAction
	Target    *ID             // what it was done to; nil where there is no one thing
	Detail    json.RawMessage // an object; it holds no secret and no payload
	Address   *string         // the client's; nil where there is none
	CreatedAt time.Time
}

// AuditActor is the kind of whoever acted.
type AuditActor string

// The kinds of actors.
const (
	AuditAdministrator AuditActor = "ADMINISTRATOR" // a key without a tenant, or a session of one
	AuditKey           AuditActor = "KEY"           // a tenant's key
	AuditPortal        AuditActor = "PORTAL"        // a tenant's session
	AuditServer        AuditActor = "SERVER"        // the start, or the command line on the server's machine
)

// AuditFilter narrows the audit log. From is inclusive, To exclusive.
type AuditFilter struct {
	TenantID *ID
	Action   *string // an action, or a part up to a dot and a star: channel.*
	ActorID  *ID
	Target   *ID
	From, To *time.Time
}

// auditKey is the context key of the entry that goes with a change.
type auditKey struct{}

// WithAudit gives the context the entry that the store writes in the same
// transaction as the change which is made by it. The entry may be completed
// until then; nil takes it off.
func WithAudit(ctx context.Context, e *AuditEntry) context.Context {
	return context.WithValue(ctx, auditKey{}, e)
}

// AuditOf is the entry that goes with the change; nil for none.
func AuditOf(ctx context.Context) *AuditEntry {
	e, _ := ctx.Value(auditKey{}).(*AuditEntry)
	return e
}
