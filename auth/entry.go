package auth

import (
	"context"
	"time"

	"carillon/models"
)

// Entry begins an entry of the audit log about something that the principal
// does by a request of ctx. The tenant is the principal's own until another is set.
func (p *Principal) Entry(ctx context.Context, action models.AuditAction, now time.Time) *models.AuditEntry {
	e := &models.AuditEntry{
		ID: models.NewID(models.PrefixAudit), TenantID: p.TenantID, Action: action, CreatedAt: now,
		ActorKind: p.actorKind(), ActorName: p.KeyName, ActorID: given(p.KeyID), SessionID: given(p.SessionID),
	}
	if address := Address(ctx); address.IsValid() {
		text := address.String()
		e.Address = &text
	}
	return e
}

func (p *Principal) actorKind() models.AuditActor {
	switch {
	case p.KeyID.IsZero() && p.SessionID.IsZero():
		return models.AuditServer
	case p.TenantID == nil:
		return models.AuditAdministrator
	case p.Portal():
		return models.AuditPortal
	}
	return models.AuditKey
}

// given is nil for the zero id.
func given(id models.ID) *models.ID {
	if id.IsZero() {
		return nil
	}
	return &id
}
