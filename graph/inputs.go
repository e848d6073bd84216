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
		Routes:      changeSlice(in.Routes),
	}
}

func createChannel(in model.CreateChannelInput) control.CreateChannel {
	created := control.CreateChannel{TenantID: in.TenantID.Value(), Name: in.Name, Config: in.Config}
	if policy := in.RetryPolicy.Value(); policy != nil {
		created.RetryPolicy = retryPolicy(policy)
	}
	return created
}

func updateChannel(in model.UpdateChannelInput) control.UpdateChannel {
	update := control.UpdateChannel{ID: in.ID, Name: change(in.Name), Config: change(in.Config)}
	if policy, given := in.RetryPolicy.ValueOK(); given {
		update.RetryPolicy = control.Change[control.RetryPolicy]{Given: true, Value: retryPolicy(policy)}
	}
	return update
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
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
