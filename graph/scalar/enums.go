package scalar

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"carillon/models"
)

// Enums are read here because variables reach the resolvers unchecked for
// case: "http" is not HTTP.

// MarshalScope writes a Scope.
func MarshalScope(v models.Scope) graphql.Marshaler { return quoted(v) }

// UnmarshalScope reads a Scope.
func UnmarshalScope(v any) (models.Scope, error) {
	return oneOf(v, models.ScopeAdmin, models.ScopeManage, models.ScopePublish, models.ScopeRead)
}

// MarshalWebhookStatus writes a WebhookStatus.
func MarshalWebhookStatus(v models.WebhookStatus) graphql.Marshaler { return quoted(v) }

// UnmarshalWebhookStatus reads a WebhookStatus.
func UnmarshalWebhookStatus(v any) (models.WebhookStatus, error) {
	return oneOf(v, models.WebhookActive, models.WebhookPaused)
}

// MarshalChannelKind writes a ChannelKind.
func MarshalChannelKind(v models.ChannelKind) graphql.Marshaler { return quoted(v) }

// UnmarshalChannelKind reads a ChannelKind.
func UnmarshalChannelKind(v any) (models.ChannelKind, error) {
	return oneOf(v, models.KindHTTP, models.KindSlack, models.KindEmail, models.KindSMS)
}

// MarshalChannelStatus writes a ChannelStatus.
func MarshalChannelStatus(v models.ChannelStatus) graphql.Marshaler { return quoted(v) }

// UnmarshalChannelStatus reads a ChannelStatus.
func UnmarshalChannelStatus(v any) (models.ChannelStatus, error) {
	return oneOf(v, models.ChannelActive, models.ChannelPaused, models.ChannelDisabled)
}

// MarshalHttpMethod writes an HttpMethod.
func MarshalHttpMethod(v models.HttpMethod) graphql.Marshaler { return quoted(v) }

// UnmarshalHttpMethod reads an HttpMethod.
func UnmarshalHttpMethod(v any) (models.HttpMethod, error) {
	return oneOf(v, models.MethodPost, models.MethodPut, models.MethodPatch)
}

// MarshalSigningScheme writes a SigningScheme.
func MarshalSigningScheme(v models.SigningScheme) graphql.Marshaler { return quoted(v) }

// UnmarshalSigningScheme reads a SigningScheme.
func UnmarshalSigningScheme(v any) (models.SigningScheme, error) {
	return oneOf(v, models.SigningStandardWebhooks, models.SigningEd25519, models.SigningHMAC,
		models.SigningSecretHeader, models.SigningSecretQuery, models.SigningNone)
}

// MarshalSlackMode writes a SlackMode.
func MarshalSlackMode(v models.SlackMode) graphql.Marshaler { return quoted(v) }

// UnmarshalSlackMode reads a SlackMode.
func UnmarshalSlackMode(v any) (models.SlackMode, error) {
	return oneOf(v, models.SlackIncomingWebhook, models.SlackBotToken)
}

// MarshalSmtpTls writes an SmtpTls.
func MarshalSmtpTls(v models.SmtpTls) graphql.Marshaler { return quoted(v) }

// UnmarshalSmtpTls reads an SmtpTls.
func UnmarshalSmtpTls(v any) (models.SmtpTls, error) {
	return oneOf(v, models.TLSImplicit, models.TLSStart, models.TLSNone)
}

// MarshalSmsProvider writes an SmsProvider.
func MarshalSmsProvider(v models.SmsProvider) graphql.Marshaler { return quoted(v) }

// UnmarshalSmsProvider reads an SmsProvider.
func UnmarshalSmsProvider(v any) (models.SmsProvider, error) {
	return oneOf(v, models.ProviderTwilio, models.ProviderSMPP)
}

// MarshalDeliveryStatus writes a DeliveryStatus.
func MarshalDeliveryStatus(v models.DeliveryStatus) graphql.Marshaler { return quoted(v) }

// UnmarshalDeliveryStatus reads a DeliveryStatus.
func UnmarshalDeliveryStatus(v any) (models.DeliveryStatus, error) {
	return oneOf(v, models.DeliveryPending, models.DeliveryDelivering, models.DeliveryRetrying, models.DeliverySent,
		models.DeliverySucceeded, models.DeliveryFailed, models.DeliveryCanceled)
}

// MarshalAttemptStatus writes an AttemptStatus.
func MarshalAttemptStatus(v models.AttemptStatus) graphql.Marshaler { return quoted(v) }

// UnmarshalAttemptStatus reads an AttemptStatus.
func UnmarshalAttemptStatus(v any) (models.AttemptStatus, error) {
	return oneOf(v, models.AttemptSucceeded, models.AttemptFailed)
}

// MarshalOrdering writes an Ordering.
func MarshalOrdering(v models.Ordering) graphql.Marshaler { return quoted(v) }

// UnmarshalOrdering reads an Ordering.
func UnmarshalOrdering(v any) (models.Ordering, error) {
	return oneOf(v, models.OrderNone, models.OrderPerEntity)
}

// MarshalTemplatePartName writes a PartName.
func MarshalTemplatePartName(v models.PartName) graphql.Marshaler { return quoted(v) }

// UnmarshalTemplatePartName reads a PartName.
func UnmarshalTemplatePartName(v any) (models.PartName, error) {
	return oneOf(v, models.PartBody, models.PartContentType, models.PartSubject, models.PartText, models.PartHTML)
}

func oneOf[T ~string](v any, values ...T) (T, error) {
	s, ok := v.(string)
	if ok && slices.Contains(values, T(s)) {
		return T(s), nil
	}
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = string(value)
	}
	return "", models.Invalid("", "is not one of %s", strings.Join(names, ", "))
}

// MarshalAuditActorKind writes an AuditActor.
func MarshalAuditActorKind(v models.AuditActor) graphql.Marshaler { return quoted(v) }

// UnmarshalAuditActorKind reads an AuditActor.
func UnmarshalAuditActorKind(v any) (models.AuditActor, error) {
	return oneOf(v, models.AuditAdministrator, models.AuditKey, models.AuditPortal, models.AuditServer)
}
