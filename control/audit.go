package control

import (
	"context"
	"encoding/json"

	"carillon/auth"
	"carillon/models"
)

// auditStore writes the entry that the context has, in the transaction of the
// change that is made by it; every store of this package does so.
type auditStore interface {
	// Record writes it by itself.
	Record(ctx context.Context) error
}

// act is something that the principal does, with the entry of the audit log about it.
type act struct{ entry *models.AuditEntry }

// act begins one; tenant is nil for what belongs to no tenant, target the zero ID
// while it is not known.
func (c *Control) act(ctx context.Context, p *auth.Principal, action models.AuditAction, tenant *models.ID, target models.ID) act {
	a := act{p.Entry(ctx, action, c.now())}
	a.entry.TenantID = copied(tenant)
	a.about(target)
	return a
}

func (a act) about(target models.ID) {
	if !target.IsZero() {
		a.entry.Target = &target
	}
}

// with gives the context to the store that makes the change.
func (a act) with(ctx context.Context, d detail) (context.Context, error) {
	return models.WithAudit(ctx, a.entry), a.tell(d)
}

func (a act) tell(d detail) (err error) {
	a.entry.Detail, err = json.Marshal(d)
	return err
}

// detail is what an entry tells beside who, what and when: never a secret, a
// payload, a header's value or an address that could bear a credential.
type detail map[string]any

// named is the detail of a thing that people know by its name.
func named(name string) detail { return detail{"name": name} }

// plus adds a value, unless it is too long for the log.
func (d detail) plus(field string, v any) detail {
	if text, err := json.Marshal(v); err == nil && len(text) <= shownBytes {
		d[field] = v
	}
	return d
}

// shownBytes is how long a value may be in JSON to stand in the log.
const shownBytes = 256
