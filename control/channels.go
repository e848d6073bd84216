package control

import (
	"context"
	"time"

	"carillon/auth"
	"carillon/models"
)

// channelStore tells CONFLICT on name, and on id for a channel that a webhook
// routes to; deleted ones are NOT_FOUND.
type channelStore interface {
	ChannelLive(ctx context.Context, id models.ID) (models.Channel, error)
	CreateChannel(ctx context.Context, ch models.Channel) error
	UpdateChannel(ctx context.Context, id models.ID, change func(*models.Channel) error) (models.Channel, error)
	DeleteChannel(ctx context.Context, id models.ID, now time.Time) error
	LiftSuppression(ctx context.Context, channel models.ID, address string) (models.Channel, error)
}

// CreateChannel needs MANAGE, as do all verbs on channels.
func (c *Control) CreateChannel(ctx context.Context, p *auth.Principal, in CreateChannel) (models.Channel, error) {
	tenant, err := c.tenant(p, in.TenantID)
	if err != nil {
		return models.Channel{}, err
	}
	config, err := in.Config.build()
	if err != nil {
		return models.Channel{}, err
	}
	now := c.now()
	ch := models.Channel{
		ID: models.NewID(models.PrefixChannel), TenantID: tenant, Name: in.Name, Kind: config.Kind(), Config: config,
		RetryPolicy: in.RetryPolicy.over(models.DefaultRetryPolicy()), Limits: in.Limits.over(models.DefaultLimits(config.Kind()), config.Kind()),
		TemplateID: value(in.TemplateID, models.ID{}), Batching: copied(in.Batching), Ordering: value(in.Ordering, models.OrderNone),
		Status: models.ChannelActive, CreatedAt: now, UpdatedAt: now,
	}
	if err := ch.Validate(c.rules); err != nil {
		return models.Channel{}, err
	}
	if err := c.checkChannelTemplate(ctx, &ch); err != nil {
		return models.Channel{}, err
	}
	if ctx, err = c.act(ctx, p, models.AuditChannelCreate, &ch.TenantID, ch.ID).with(ctx, named(ch.Name).plus("kind", ch.Kind)); err != nil {
		return models.Channel{}, err
	}
	if err := c.store.CreateChannel(ctx, ch); err != nil {
		return models.Channel{}, err
	}
	return ch, nil
}

// UpdateChannel changes what is given. Its kind stays.
func (c *Control) UpdateChannel(ctx context.Context, p *auth.Principal, in UpdateChannel) (models.Channel, error) {
	before, err := c.channel(ctx, p, in.ID)
	if err != nil {
		return models.Channel{}, err
	}
	// Checked here, so that the transaction does not wait for it.
	if in.TemplateID.Given || in.Config.Given {
		if err := in.apply(&before); err != nil {
			return models.Channel{}, err
		}
		if err := c.checkChannelTemplate(ctx, &before); err != nil {
			return models.Channel{}, err
		}
	}
	now := c.now()
	a := c.act(ctx, p, models.AuditChannelUpdate, &before.TenantID, in.ID)
	return update(ctx, a, c.store.UpdateChannel, in.ID, func(ch *models.Channel) error {
		settleSigning(ch, now)
		if err := in.apply(ch); err != nil {
			return err
		}
		ch.UpdatedAt = now
		return ch.Validate(c.rules)
	}, toldChannel(now))
}

func (in *UpdateChannel) apply(ch *models.Channel) error {
	if err := required("name", &ch.Name, in.Name); err != nil {
		return err
	}
	if in.RetryPolicy.Given {
		base := ch.RetryPolicy
		if in.RetryPolicy.Value == nil {
			base = models.DefaultRetryPolicy()
		}
		ch.RetryPolicy = in.RetryPolicy.Value.over(base)
	}
	in.applyPace(ch)
	in.TemplateID.apply(&ch.TemplateID)
	var config ChannelConfig
	if err := required("config", &config, in.Config); err != nil || !in.Config.Given {
		return err
	}
	changed, err := config.over(ch.Config)
	if err != nil {
		return err
	}
	if elsewhere(changed, ch.Config) {
		ch.HeldUntil = nil // who asked for the pause is no longer asked
	}
	ch.Config = changed
	return nil
}

// DeleteChannel is CONFLICT while a webhook routes to the channel.
func (c *Control) DeleteChannel(ctx context.Context, p *auth.Principal, id models.ID) error {
	ch, err := c.channel(ctx, p, id)
	if err != nil {
		return err
	}
	if ctx, err = c.act(ctx, p, models.AuditChannelDelete, &ch.TenantID, id).with(ctx, named(ch.Name).plus("kind", ch.Kind)); err != nil {
		return err
	}
	return c.store.DeleteChannel(ctx, id, c.now())
}

// PauseChannel lets its deliveries wait.
func (c *Control) PauseChannel(ctx context.Context, p *auth.Principal, id models.ID) (models.Channel, error) {
	paused := func(ch *models.Channel) bool { return ch.Status == models.ChannelPaused }
	return c.changeStatus(ctx, p, id, models.AuditChannelPause, paused, func(ch *models.Channel) error {
		ch.Status, ch.StatusReason = models.ChannelPaused, nil
		return nil
	})
}

// ResumeChannel sends what waited, and gives a channel that the server disabled
// or that its receiver holds a new beginning. One that cannot send does not go on:
// it may have been imported without its secrets, or the rules have changed.
func (c *Control) ResumeChannel(ctx context.Context, p *auth.Principal, id models.ID) (models.Channel, error) {
	return c.changeStatus(ctx, p, id, models.AuditChannelResume, c.goesOn, func(ch *models.Channel) error {
		ch.Status, ch.StatusReason = models.ChannelActive, nil
		ch.ConsecutiveFailures, ch.FailingSince, ch.HeldUntil = 0, nil, nil
		return ch.Validate(c.rules)
	})
}

// goesOn says that neither a person, the server nor the receiver keeps the
// channel quiet.
func (c *Control) goesOn(ch *models.Channel) bool {
	return ch.Status == models.ChannelActive && (ch.HeldUntil == nil || !ch.HeldUntil.After(c.now()))
}

// changeStatus writes nothing where all is done already.
func (c *Control) changeStatus(ctx context.Context, p *auth.Principal, id models.ID, action models.AuditAction,
	done func(*models.Channel) bool, change func(*models.Channel) error,
) (models.Channel, error) {
	ch, err := c.channel(ctx, p, id)
	if err != nil || done(&ch) {
		return ch, err
	}
	now := c.now()
	return update(ctx, c.act(ctx, p, action, &ch.TenantID, id), c.store.UpdateChannel, id, func(ch *models.Channel) error {
		if done(ch) {
			return errUnchanged
		}
		ch.UpdatedAt = now
		settleSigning(ch, now)
		return change(ch)
	}, toldChannel(now))
}

// ChannelSecret is the key that receivers check signatures with. That it was asked
// for is on disk before it is told.
func (c *Control) ChannelSecret(ctx context.Context, p *auth.Principal, id models.ID) (models.Secret, error) {
	ch, err := c.channel(ctx, p, id)
	if err != nil {
		return models.Secret{}, err
	}
	config, err := signs(&ch)
	if err != nil {
		return models.Secret{}, err
	}
	if ctx, err = c.act(ctx, p, models.AuditSecretRead, &ch.TenantID, id).with(ctx, named(ch.Name)); err != nil {
		return models.Secret{}, err
	}
	if err := c.store.Record(ctx); err != nil {
		return models.Secret{}, err
	}
	return config.Signing.Secret, nil
}

// channel finds one that the principal may change. Things never change hands,
// so that the answer still holds when the change is made.
func (c *Control) channel(ctx context.Context, p *auth.Principal, id models.ID) (models.Channel, error) {
	if err := p.Need(models.ScopeManage); err != nil {
		return models.Channel{}, err
	}
	if err := checkID("id", id, models.PrefixChannel); err != nil {
		return models.Channel{}, err
	}
	ch, err := c.store.ChannelLive(ctx, id)
	if models.CodeOf(err) == models.CodeNotFound || err == nil && !p.Sees(ch.TenantID) {
		return models.Channel{}, models.NotFound("channel", id)
	}
	return ch, err
}
