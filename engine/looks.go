package engine

import (
	"context"
	"sync"
	"time"

	"carillon/channels"
	"carillon/models"
)

const (
	looksAtOnce = 8
	// lookLease is how long a look that a dead node began keeps others off.
	lookLease = 5 * time.Minute
)

// lookLoop asks providers about messages that they took and did not report on,
// until ctx ends. A look is no attempt: it counts for nothing, takes no turn from
// messages, and is not held back by the pace of the channel.
func (e *Engine) lookLoop(ctx context.Context) {
	for ctx.Err() == nil {
		next := e.clock.Now()
		worked, err := e.looks(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Warn("messages without a delivery report could not be read yet", "error", err)
		}
		if worked && err == nil {
			continue
		}
		e.rest(ctx, next.Add(e.cfg.Poll), nil)
	}
}

// looks takes some looks that are due; worked says that there were any.
func (e *Engine) looks(ctx context.Context) (worked bool, err error) {
	now := e.clock.Now().UTC().Truncate(time.Microsecond)
	due, err := e.store.ClaimLooks(ctx, now, now.Add(lookLease), looksAtOnce)
	if err != nil || len(due) == 0 {
		return false, err
	}
	var under sync.WaitGroup
	for i := range due {
		under.Go(func() {
			if err := e.look(ctx, &due[i]); err != nil && ctx.Err() == nil {
				e.log.Warn("what became of a message could not be found out yet", "message_id", due[i].ID.UUID, "error", err)
			}
		})
	}
	under.Wait()
	return true, nil
}

// look asks about one message and settles it by the answer. A failure to ask says
// nothing of the message: it is asked again at the next time, as long as there is one.
func (e *Engine) look(ctx context.Context, a *models.Awaited) error {
	if len(a.Work) == 0 {
		return e.store.Settle(ctx, a.ID, e.clock.Now(), func(models.Settling) models.Settled { return models.Settled{} })
	}
	first := &a.Work[0]
	tenant := first.Delivery.TenantID
	t, err := e.routes.of(ctx, tenant)
	switch {
	case models.CodeOf(err) == models.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	c := t.Channels[first.Delivery.ChannelID]
	if c == nil {
		return nil // it is being deleted, with what waits for it
	}
	if err := e.ask(ctx, c, first); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e.log.Warn("a provider did not say what became of a message", "delivery_id", first.Delivery.ID, "channel_id", c.ID,
			"tenant_id", tenant, "error", err)
	}
	return e.settle(ctx, tenant, a.ID)
}

// ask keeps what the provider says; an error is its failure to say anything.
func (e *Engine) ask(ctx context.Context, c *models.Channel, first *models.Work) error {
	m := channels.Message{
		Channel: c, ID: first.Event.ID.String(), Key: first.Delivery.ID.String(),
		Time: e.clock.Now().UTC().Truncate(time.Microsecond), Begun: first.Delivery.CreatedAt, Progress: first.Delivery.Progress,
	}
	if !first.MessageID.IsZero() {
		m.ID = first.MessageID.String()
		m.Key = m.ID
	}
	asking, cancel := context.WithTimeout(ctx, c.Config.AttemptTimeout())
	defer cancel()
	reports, err := e.cfg.Sender.Check(asking, m)
	for _, r := range reports {
		if !tells(&r) {
			continue
		}
		r.TenantID = c.TenantID
		if config, ok := c.Config.(originator); ok && r.Origin == "" {
			r.Origin = config.Origin()
		}
		if _, err := e.store.RecordReport(ctx, r, m.Time); err != nil {
			return err
		}
	}
	return err
}
