package models

import (
	"slices"
	"strings"
)

// AuditAction is what was done: the kind of thing, a dot, and a verb.
type AuditAction string

// The actions of the audit log.
const (
	AuditTenantCreate     AuditAction = "tenant.create"
	AuditTenantUpdate     AuditAction = "tenant.update"
	AuditTenantDelete     AuditAction = "tenant.delete" // of no tenant, so that it outlives the tenant
	AuditTenantExport     AuditAction = "tenant.export"
	AuditTenantImport     AuditAction = "tenant.import"
	AuditKeyCreate        AuditAction = "key.create"
	AuditKeyRevoke        AuditAction = "key.revoke"
	AuditSessionCreate    AuditAction = "session.create" // of a portal
	AuditEventTypeCreate  AuditAction = "event_type.create"
	AuditEventTypeUpdate  AuditAction = "event_type.update"
	AuditEventTypeArchive AuditAction = "event_type.archive"
	AuditEventTypeImport  AuditAction = "event_type.import"
	AuditWebhookCreate    AuditAction = "webhook.create"
	AuditWebhookUpdate    AuditAction = "webhook.update"
	AuditWebhookDelete    AuditAction = "webhook.delete"
	AuditWebhookPause     AuditAction = "webhook.pause"
	AuditWebhookResume    AuditAction = "webhook.resume"
	AuditChannelCreate    AuditAction = "channel.create"
	AuditChannelUpdate    AuditAction = "channel.update"
	AuditChannelDelete    AuditAction = "channel.delete"
	AuditChannelPause     AuditAction = "channel.pause"
	AuditChannelResume    AuditAction = "channel.resume"
	AuditSecretRead       AuditAction = "channel.secret.read"
	AuditSecretRotate     AuditAction = "channel.secret.rotate"
	AuditSuppressionLift  AuditAction = "channel.suppression.lift"
	AuditTemplateCreate   AuditAction = "template.create"
	AuditTemplateUpdate   AuditAction = "template.update"
	AuditTemplateDelete   AuditAction = "template.delete"
	AuditDeliveryRetry    AuditAction = "delivery.retry"
	AuditDeliveryCancel   AuditAction = "delivery.cancel"
	AuditRecoveryCreate   AuditAction = "recovery.create"
	AuditRecoveryCancel   AuditAction = "recovery.cancel"
	AuditEventReplay      AuditAction = "event.replay"
	AuditEventTest        AuditAction = "event.test"       // its target is the channel or the webhook
	AuditEncryptionRekey  AuditAction = "encryption.rekey" // of no tenant
)

// AuditActions lists every action.
func AuditActions() []AuditAction {
	return []AuditAction{
		AuditTenantCreate, AuditTenantUpdate, AuditTenantDelete, AuditTenantExport, AuditTenantImport,
		AuditKeyCreate, AuditKeyRevoke, AuditSessionCreate,
		AuditEventTypeCreate, AuditEventTypeUpdate, AuditEventTypeArchive, AuditEventTypeImport,
		AuditWebhookCreate, AuditWebhookUpdate, AuditWebhookDelete, AuditWebhookPause, AuditWebhookResume,
		AuditChannelCreate, AuditChannelUpdate, AuditChannelDelete, AuditChannelPause, AuditChannelResume,
		AuditSecretRead, AuditSecretRotate, AuditSuppressionLift,
		AuditTemplateCreate, AuditTemplateUpdate, AuditTemplateDelete,
		AuditDeliveryRetry, AuditDeliveryCancel, AuditRecoveryCreate, AuditRecoveryCancel, AuditEventReplay, AuditEventTest,
		AuditEncryptionRekey,
	}
}

// AuditGroup is what stands before the star of a pattern such as channel.*; ok is
// false for the name of one action.
func AuditGroup(action string) (prefix string, ok bool) {
	prefix, ok = strings.CutSuffix(action, "*")
	return prefix, ok && strings.HasSuffix(prefix, ".")
}

// CheckAuditAction refuses what matches no action at all.
func CheckAuditAction(field, action string) error {
	prefix, group := AuditGroup(action)
	if slices.ContainsFunc(AuditActions(), func(a AuditAction) bool {
		return string(a) == action || group && strings.HasPrefix(string(a), prefix)
	}) {
		return nil
	}
	return Invalid(field, "%q is no action; give one such as channel.update, or all of a kind: channel.*", action)
}
