package graph

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"carillon/auth"
	"carillon/engine"
	"carillon/models"
)

// auditable is what the audit log tells of a thing that the engine is asked to
// change. The engine knows no principals, so the entry is made here; the store
// writes it in the transaction of the change.
type auditable struct {
	action models.AuditAction
	tenant *models.ID
	target *models.ID
	detail map[string]any
}

func (r *resolver) audited(ctx context.Context, a auditable) (context.Context, error) {
	e := auth.From(ctx).Entry(ctx, a.action, r.cfg.Now().UTC())
	e.TenantID, e.Target = a.tenant, a.target
	var err error
	e.Detail, err = json.Marshal(a.detail)
	return models.WithAudit(ctx, e), err
}

// onDelivery is a change of a delivery, which the caller must see.
func (r *resolver) onDelivery(ctx context.Context, action models.AuditAction, id models.ID) (context.Context, error) {
	d, err := r.delivery(ctx, id)
	if d, err = known(d, err, "delivery", id); err != nil {
		return ctx, err
	}
	return r.audited(ctx, auditable{action: action, tenant: &d.TenantID, target: &id,
		detail: map[string]any{"eventType": d.EventType, "eventId": d.EventID.String(), "channelId": d.ChannelID.String()}})
}

func (r *resolver) onEvent(ctx context.Context, action models.AuditAction, id models.ID) (context.Context, error) {
	e, err := r.event(ctx, id)
	if e, err = known(e, err, "event", id); err != nil {
		return ctx, err
	}
	return r.audited(ctx, auditable{action: action, tenant: &e.TenantID, target: &id, detail: map[string]any{"eventType": e.Type}})
}

func (r *resolver) onRecovery(ctx context.Context, action models.AuditAction, id models.ID) (context.Context, error) {
	rec, err := r.ownRecovery(ctx, id)
	if err != nil {
		return ctx, err
	}
	a := auditable{action: action, target: &id, detail: map[string]any{}}
	if !rec.TenantID.IsZero() {
		a.tenant = &rec.TenantID
	}
	return r.audited(ctx, a)
}

// onTest is a test event for a channel or a webhook.
func (r *resolver) onTest(ctx context.Context, in *engine.TestInput) (context.Context, error) {
	target := in.ChannelID
	if target == nil {
		target = in.WebhookID
	}
	return r.audited(ctx, auditable{action: models.AuditEventTest, tenant: &in.TenantID, target: target,
		detail: map[string]any{"eventType": in.EventType}})
}

// toldRecovery is what the filter of a recovery names; its target is set once it has an id.
func toldRecovery(f *models.DeliveryFilter) map[string]any {
	told := map[string]any{}
	for field, id := range map[string]*models.ID{"eventId": f.EventID, "webhookId": f.WebhookID, "channelId": f.ChannelID} {
		if id != nil {
			told[field] = id.String()
		}
	}
	for field, at := range map[string]*time.Time{"from": f.From, "to": f.To} {
		if at != nil {
			told[field] = at
		}
	}
	if text := strings.Join(f.EventTypes, " "); text != "" && len(text) <= toldTypes {
		told["eventTypes"] = f.EventTypes
	}
	return told
}

// toldTypes is how many bytes of event types the audit log names of a filter.
const toldTypes = 1000

// auditEntry shows one to those who may read the log, behind the tenant wall.
func (r *resolver) auditEntry(ctx context.Context, id models.ID) (*models.AuditEntry, error) {
	p := auth.From(ctx)
	if !p.Allows(models.ScopeManage) {
		return nil, nil
	}
	found, err := r.cfg.Reader.AuditEntriesByID(ctx, []models.ID{id})
	if err != nil {
		return nil, err
	}
	e, ok := found[id]
	if !ok || p.TenantID != nil && (e.TenantID == nil || *e.TenantID != *p.TenantID) {
		return nil, nil
	}
	seenBy(p, &e)
	from(ctx).metAuditEntry(&e)
	return &e, nil
}

// auditPage reads a part of the log as the caller may see it.
func (r *resolver) auditPage(ctx context.Context, page models.Page, f models.AuditFilter) (models.Connection[models.AuditEntry], error) {
	if f.Action != nil {
		if err := models.CheckAuditAction("filter.action", *f.Action); err != nil {
			return models.Connection[models.AuditEntry]{}, err
		}
	}
	list, err := r.cfg.Reader.AuditLog(ctx, page, f)
	for i := range list.Nodes {
		seenBy(auth.From(ctx), &list.Nodes[i])
	}
	return list, err
}

// seenBy hides from a tenant who of the platform acted, and from where.
func seenBy(p *auth.Principal, e *models.AuditEntry) {
	if p.TenantID == nil || e.ActorKind == models.AuditKey || e.ActorKind == models.AuditPortal {
		return
	}
	e.ActorID, e.SessionID, e.Address = nil, nil, nil
	e.ActorKind, e.ActorName = models.AuditAdministrator, "administrator"
}
