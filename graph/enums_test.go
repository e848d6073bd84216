package graph_test

import (
	"testing"

	"carillon/graph"
	"carillon/graph/scalar"
)

// Every value of the schema's enums can be read, so that the two lists do not
// drift apart.
func TestEnumsOfTheSchemaAreRead(t *testing.T) {
	t.Parallel()
	schema := graph.New(graph.Config{}).Schema().Schema()
	for name, read := range map[string]func(any) error{
		"Scope":            reads(scalar.UnmarshalScope),
		"WebhookStatus":    reads(scalar.UnmarshalWebhookStatus),
		"ChannelKind":      reads(scalar.UnmarshalChannelKind),
		"ChannelStatus":    reads(scalar.UnmarshalChannelStatus),
		"HttpMethod":       reads(scalar.UnmarshalHttpMethod),
		"SigningScheme":    reads(scalar.UnmarshalSigningScheme),
		"SlackMode":        reads(scalar.UnmarshalSlackMode),
		"SmtpTls":          reads(scalar.UnmarshalSmtpTls),
		"SmsProvider":      reads(scalar.UnmarshalSmsProvider),
		"DeliveryStatus":   reads(scalar.UnmarshalDeliveryStatus),
		"AttemptStatus":    reads(scalar.UnmarshalAttemptStatus),
		"Ordering":         reads(scalar.UnmarshalOrdering),
		"TemplatePartName": reads(scalar.UnmarshalTemplatePartName),
		"AuditActorKind":   reads(scalar.UnmarshalAuditActorKind),
	} {
		for _, value := range schema.Types[name].EnumValues {
			if err := read(value.Name); err != nil {
				t.Errorf("%s.%s: %v", name, value.Name, err)
			}
		}
	}
}

func reads[T any](read func(any) (T, error)) func(any) error {
	return func(v any) error {
		_, err := read(v)
		return err
	}
}
