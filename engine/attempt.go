package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/templates"
)

// Pauses between tries to record what an attempt came to, while the database
// is away: it is kept in memory until it is on disk or the node stops.
const (
	recordPause    = 100 * time.Millisecond
	recordPauseMax = 2 * time.Second
)

// closedAge is how old a remembered table may be that says a lane is closed.
const closedAge = time.Second

// deliver makes one attempt and records it. It runs on a worker.
func (e *Engine) deliver(work models.Work) {
	ctx := e.hard
	channel, err := e.channelOf(ctx, &work)
	if err != nil {
		e.log.Warn("a delivery was put back: its channel could not be read",
			"delivery_id", work.Delivery.ID, "error", err)
	}
	if channel == nil {
		e.giveBack(context.WithoutCancel(ctx), []models.Work{work})
		return
	}
	attempt, failure, stopped := e.try(ctx, channel, &work)
	if stopped {
		e.giveBack(context.WithoutCancel(ctx), []models.Work{work})
		return
	}
	delivery := work.Delivery
	delivery.AttemptCount++
	e.record(ctx, e.conclude(delivery, attempt, failure, channel))
}

// channelOf is where the work goes, or nil when its lane has been closed since
// it was taken in hand (paused, disabled, deleted), so that it waits again.
func (e *Engine) channelOf(ctx context.Context, work *models.Work) (*models.Channel, error) {
	tenant, lane := work.Delivery.TenantID, work.Delivery.Lane()
	t, err := e.routes.of(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if !t.open(lane) && e.clock.Now().Sub(t.readAt) > closedAge {
		// The claim has seen the lane open: what is remembered may be old.
		e.routes.forget([]models.ID{tenant})
		if t, err = e.routes.of(ctx, tenant); err != nil {
			return nil, err
		}
	}
	if !t.open(lane) {
		return nil, nil
	}
	return t.Channels[lane.ChannelID], nil
}

// try renders and sends. stopped says that the node's stop cut it short, so
// that nothing is known and nothing is recorded.
func (e *Engine) try(ctx context.Context, channel *models.Channel, work *models.Work) (a models.Attempt, failure *channels.Error, stopped bool) {
	a = models.Attempt{
		ID:          models.NewID(models.PrefixAttempt),
		TenantID:    work.Delivery.TenantID,
		DeliveryID:  work.Delivery.ID,
		EventID:     work.Event.ID,
		EventType:   work.Event.Type,
		WebhookID:   work.Delivery.WebhookID,
		ChannelID:   channel.ID,
		ChannelKind: channel.Kind,
		Number:      work.Delivery.AttemptCount + 1,
		Trigger:     work.Trigger,
		Status:      models.AttemptSucceeded,
		StartedAt:   e.clock.Now().UTC().Truncate(time.Microsecond),
	}
	a.RequestID = a.ID
	body, contentType := templates.Standard(&work.Event)
	a.RequestBody = string(body)
	receipt, err := e.cfg.Sender.Send(ctx, channels.Message{
		Channel: channel, ID: work.Event.ID.String(), Time: a.StartedAt,
		ContentType: contentType, Body: body,
	})
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return a, nil, true //nolint:nilerr // the stop is the answer
	}
	a.Latency = e.clock.Now().Sub(a.StartedAt)
	a.Target = receipt.Target
	a.RequestHeaders = receipt.RequestHeaders
	a.ResponseCode = receipt.ResponseCode
	a.ResponseHeaders = receipt.ResponseHeaders
	a.ResponseBody = receipt.ResponseBody
	if err != nil {
		failure = channels.AsError(err)
		a.Status = models.AttemptFailed
		a.Error = &models.AttemptError{Code: failure.Code, Message: failure.Message, Retryable: failure.Class != channels.Permanent}
	}
	return a, failure, false
}

// conclude decides and writes the decision down.
func (e *Engine) conclude(d models.Delivery, a models.Attempt, failure *channels.Error, channel *models.Channel) models.Completion {
	now := e.clock.Now().UTC().Truncate(time.Microsecond)
	v := decide(&d, failure, &channel.RetryPolicy, now, e.cfg.Random())
	d.Status = v.Status
	if v.Next != nil {
		next := v.Next.Truncate(time.Microsecond)
		d.NextAttemptAt, a.NextAttemptAt = &next, &next
	} else {
		d.NextAttemptAt, d.CompletedAt = nil, &now
	}
	c := models.Completion{Owner: e.cfg.Node, Parts: []models.CompletionPart{{Delivery: d, Attempt: a}}, Policy: channel.RetryPolicy}
	if failure != nil {
		c.DisableChannel = failure.Disable
	}
	return c
}

// record writes the completion, again and again while the database is away.
func (e *Engine) record(ctx context.Context, c models.Completion) {
	pause := recordPause
	for {
		held, err := e.store.Complete(ctx, c)
		if err == nil {
			for i := range c.Parts {
				e.logAttempt(&c.Parts[i], held[i])
			}
			return
		}
		if ctx.Err() != nil {
			e.log.Error("an attempt could not be recorded before the stop; its delivery is made again",
				"delivery_id", c.Parts[0].Delivery.ID, "error", err)
			return
		}
		e.log.Warn("an attempt could not be recorded yet", "delivery_id", c.Parts[0].Delivery.ID, "error", err)
		tick, stop := e.clock.Until(e.clock.Now().Add(pause))
		select {
		case <-ctx.Done():
			stop()
		case <-tick:
		}
		pause = min(2*pause, recordPauseMax)
	}
}

// logAttempt writes the one line of an attempt.
func (e *Engine) logAttempt(c *models.CompletionPart, held bool) {
	level := slog.LevelInfo
	if c.Attempt.Status == models.AttemptFailed {
		level = slog.LevelWarn
	}
	if !e.log.Enabled(e.hard, level) {
		return
	}
	a := &c.Attempt
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("event_id", a.EventID.String()), slog.String("delivery_id", a.DeliveryID.String()),
		slog.String("channel_id", a.ChannelID.String()), slog.String("tenant_id", a.TenantID.String()),
		slog.Int("attempt", a.Number), slog.String("status", string(c.Delivery.Status)), slog.Duration("latency", a.Latency),
	)
	if a.ResponseCode != nil {
		attrs = append(attrs, slog.Int("code", *a.ResponseCode))
	}
	if a.Error != nil {
		attrs = append(attrs, slog.String("error", a.Error.Message))
	}
	if a.NextAttemptAt != nil {
		attrs = append(attrs, slog.Time("next_attempt_at", *a.NextAttemptAt))
	}
	if !held {
		attrs = append(attrs, slog.Bool("lease_lost", true))
	}
	e.log.LogAttrs(e.hard, level, "attempt", attrs...)
}
