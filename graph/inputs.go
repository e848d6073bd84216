package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"carillon/auth"
	"carillon/control"
	"carillon/graph/model"
	"carillon/models"
)

// change tells a field that was left out from one that is null.
func change[T any](o graphql.Omittable[*T]) control.Change[T] {
	value, given := o.ValueOK()
	return control.Change[T]{Given: given, Value: value}
}

// changeSlice is change for lists and raw JSON, whose null is nil.
func changeSlice[S ~[]E, E any](o graphql.Omittable[S]) control.Change[S] {
	value, given := o.ValueOK()
	if value == nil {
		return control.Change[S]{Given: given}
	}
	return control.Set(value)
}

// changeBy is change for an input that is read field by field; read keeps nil.
func changeBy[In, T any](o graphql.Omittable[*In], read func(*In) *T) control.Change[T] {
	value, given := o.ValueOK()
	return control.Change[T]{Given: given, Value: read(value)}
}

func updateTenant(in model.UpdateTenantInput) control.UpdateTenant {
	return control.UpdateTenant{
		ID:         in.ID,
		Name:       change(in.Name),
		ExternalID: change(in.ExternalID),
		Metadata:   changeSlice(in.Metadata),
	}
}

func updateEventType(in model.UpdateEventTypeInput) control.UpdateEventType {
	return control.UpdateEventType{
		Name:        in.Name,
		Description: change(in.Description),
		Group:       change(in.Group),
		Version:     change(in.Version),
		Schema:      changeSlice(in.Schema),
		Example:     changeSlice(in.Example),
	}
}

func updateWebhook(in model.UpdateWebhookInput) control.UpdateWebhook {
	return control.UpdateWebhook{
		ID:          in.ID,
		Name:        change(in.Name),
		Description: change(in.Description),
		EventTypes:  changeSlice(in.EventTypes),
		Filter:      change(in.Filter),
		Routes:      changeSlice(in.Routes),
	}
}

func updateTemplate(in model.UpdateTemplateInput) control.UpdateTemplate {
	return control.UpdateTemplate{
		ID:          in.ID,
		Name:        change(in.Name),
		Description: change(in.Description),
		Parts:       changeSlice(in.Parts),
	}
}

func createChannel(in model.CreateChannelInput) control.CreateChannel {
	return control.CreateChannel{
		TenantID: in.TenantID.Value(), Name: in.Name, Config: *channelConfig(&in.Config),
		TemplateID:  in.TemplateID.Value(),
		RetryPolicy: retryPolicy(in.RetryPolicy.Value()),
		Limits:      channelLimits(in.Limits.Value()),
		Batching:    in.Batching.Value(),
		Ordering:    in.Ordering.Value(),
	}
}

func updateChannel(in model.UpdateChannelInput) control.UpdateChannel {
	return control.UpdateChannel{
		ID: in.ID, Name: change(in.Name), Config: changeBy(in.Config, channelConfig),
		TemplateID:  change(in.TemplateID),
		RetryPolicy: changeBy(in.RetryPolicy, retryPolicy),
		Limits:      changeBy(in.Limits, channelLimits),
		Batching:    change(in.Batching),
		Ordering:    change(in.Ordering),
	}
}

// channelConfig keeps nil.
func channelConfig(in *model.ChannelConfigInput) *control.ChannelConfig {
	if in == nil {
		return nil
	}
	return &control.ChannelConfig{
		HTTP: in.HTTP.Value(), Slack: slackConfig(in.Slack.Value()), Email: emailConfig(in.Email.Value()), Sms: smsConfig(in.Sms.Value()),
	}
}

func slackConfig(in *model.SlackConfigInput) *control.SlackConfig {
	if in == nil {
		return nil
	}
	return &control.SlackConfig{
		WebhookURL: secret(in.WebhookURL), BotToken: secret(in.BotToken), Channel: change(in.Channel), Username: change(in.Username),
		IconEmoji: change(in.IconEmoji), ThreadByEntity: change(in.ThreadByEntity),
	}
}

func emailConfig(in *model.EmailConfigInput) *control.EmailConfig {
	if in == nil {
		return nil
	}
	return &control.EmailConfig{
		SmtpServer: change(in.SMTPServer), TLS: change(in.TLS), Username: change(in.Username), Password: secret(in.Password),
		From: in.From, To: in.To, Cc: changeSlice(in.Cc), Bcc: changeSlice(in.Bcc), ReplyTo: change(in.ReplyTo), ListUnsubscribe: change(in.ListUnsubscribe),
	}
}

func smsConfig(in *model.SmsConfigInput) *control.SmsConfig {
	if in == nil {
		return nil
	}
	return &control.SmsConfig{
		Provider: in.Provider, AccountID: change(in.AccountID), AuthToken: secret(in.AuthToken), BaseURL: change(in.BaseURL),
		From: in.From, To: in.To, MaxSegments: change(in.MaxSegments), AwaitReceipt: change(in.AwaitReceipt),
	}
}

// secret is change for a text that is a secret from here on.
func secret(o graphql.Omittable[*string]) control.Change[models.Secret] {
	value, given := o.ValueOK()
	if value == nil {
		return control.Change[models.Secret]{Given: given}
	}
	return control.Change[models.Secret]{Given: given, Value: new(models.NewSecret(*value))}
}

func retryPolicy(in *model.RetryPolicyInput) *control.RetryPolicy {
	if in == nil {
		return nil
	}
	return &control.RetryPolicy{
		Schedule:             changeSlice(in.Schedule),
		Jitter:               change(in.Jitter),
		DisableAfterFailures: change(in.DisableAfterFailures),
		DisableAfter:         change(in.DisableAfter),
	}
}

func channelLimits(in *model.ChannelLimitsInput) *control.ChannelLimits {
	if in == nil {
		return nil
	}
	return &control.ChannelLimits{Rate: change(in.Rate), Concurrency: change(in.Concurrency)}
}

// ownTenant fills in the tenant that an input is about; zero where it names none.
func ownTenant(ctx context.Context, field string, tenant *models.ID) (err error) {
	var requested *models.ID
	if !tenant.IsZero() {
		requested = tenant
	}
	*tenant, err = auth.From(ctx).Tenant(field, requested)
	return err
}

// text is an argument whose null is empty.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// orNull is a field whose emptiness is null.
func orNull[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}
