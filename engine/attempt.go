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

// place is where a message goes, with what its template may see of the way there.
type place struct {
	tenant  *models.Tenant
	webhook *models.Webhook // nil for a test event sent to a channel
	channel *models.Channel
	// template is what the message is rendered by; nil for the built-in one of the kind.
	template *models.Template
	lost     *channels.Error // there is no such template any more; nil in general
}

// deliver makes one attempt with a message and records it. It runs by itself; its
// worker is free as soon as the message is answered.
func (e *Engine) deliver(m *message) {
	ctx := e.hard
	to, err := e.placeOf(ctx, &m.work[0])
	if err != nil {
		e.log.Warn("a delivery was put back: its channel or template could not be read",
			"delivery_id", m.work[0].Delivery.ID, "error", err)
	}
	if to == nil {
		// Whatever else waits for it is put back at once.
		e.hands.dismissed(m)
		e.giveBack(context.WithoutCancel(ctx), append(e.hands.evict(m.channel), m.work...))
		e.hands.done(m)
		return
	}
	thread, leave, err := e.threads.enter(ctx, to.channel, m.work)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("a delivery was put back: its thread could not be read", "delivery_id", m.work[0].Delivery.ID, "error", err)
		}
		e.putBack(ctx, m)
		return
	}
	defer leave()
	t, stopped := e.try(ctx, to, m.work, thread.Thread)
	if stopped {
		e.putBack(ctx, m)
		return
	}
	hold := e.hands.sent(m, to.channel, t.failure, t.attempts[0].StartedAt)
	e.cfg.Observer.Attempted(t.attempts, hold != nil)
	if hold != nil && hold.Sub(e.clock.Now()) > e.cfg.Lease/4 {
		e.giveBack(context.WithoutCancel(ctx), e.hands.evict(m.channel))
	}
	c := e.conclude(ctx, m, t, hold, to)
	c.Thread = e.threads.news(to.channel, thread, t)
	e.record(ctx, c)
	e.hands.done(m)
}

// putBack gives back a message that was not sent after all.
func (e *Engine) putBack(ctx context.Context, m *message) {
	e.hands.dismissed(m)
	e.giveBack(context.WithoutCancel(ctx), m.work)
	e.hands.done(m)
}

// abandon gives back what this node may not send any more.
func (e *Engine) abandon(m *message) {
	e.giveBack(context.WithoutCancel(e.hard), m.work)
	e.hands.done(m)
}

// placeOf is where the work goes, or nil when its lane has been closed since
// it was taken in hand (paused, disabled, deleted), so that it waits again.
func (e *Engine) placeOf(ctx context.Context, work *models.Work) (*place, error) {
	lane := work.Delivery.Lane()
	t, err := e.routes.of(ctx, work.Delivery.TenantID)
	if err == nil {
		t, err = e.sureOf(ctx, t, lane)
	}
	if err != nil || !t.open(lane) {
		return nil, err
	}
	to := t.place(lane)
	if err := e.versions.choose(ctx, t, to, &work.Delivery); err != nil {
		return nil, err
	}
	return to, nil
}

// sureOf reads a table anew that says a lane is closed, where it is not quite
// new: the database has shown the lane open.
func (e *Engine) sureOf(ctx context.Context, t *table, lane models.Lane) (*table, error) {
	if t.open(lane) || e.clock.Now().Sub(t.readAt) <= closedAge {
		return t, nil
	}
	e.routes.forget([]models.ID{t.Tenant.ID})
	return e.routes.of(ctx, t.Tenant.ID)
}

// try is how a message went.
type try struct {
	attempts []models.Attempt // of each delivery in it
	receipt  channels.Receipt
	failure  *channels.Error // nil for success
	template models.TemplateRef
}

// try renders and sends a message. stopped says that the node's stop cut it
// short, so that nothing is known and nothing is recorded.
func (e *Engine) try(ctx context.Context, to *place, work []models.Work, thread string) (t *try, stopped bool) {
	message, err := e.message(to, work)
	message.Thread = thread
	receipt := channels.Receipt{Target: to.channel.Config.Target()}
	if err == nil {
		receipt, err = e.cfg.Sender.Send(ctx, message)
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil, true
	}
	var failure *channels.Error
	if err != nil {
		failure = channels.AsError(err)
	}
	latency, body := e.clock.Now().Sub(message.Time), receipt.RequestBody
	if body == "" {
		body = string(message.Content.Body)
	}
	attempts := make([]models.Attempt, len(work))
	for i := range work {
		a := &attempts[i]
		*a = attemptOf(to.channel, &work[i], &receipt, failure)
		a.StartedAt, a.Latency, a.RequestBody, a.RequestID = message.Time, latency, body, attempts[0].ID
	}
	return &try{attempts: attempts, receipt: receipt, failure: failure, template: refTo(to.template)}, false
}

// message renders what leaves: one event, or all in a batch, whose id stays the
// same however often it is sent.
func (e *Engine) message(to *place, work []models.Work) (channels.Message, error) {
	first := &work[0]
	m := channels.Message{
		Channel: to.channel, ID: first.Event.ID.String(), Key: first.Delivery.ID.String(),
		Time: e.clock.Now().UTC().Truncate(time.Microsecond), Begun: first.Delivery.CreatedAt,
		Progress: progressOf(first), Doubtful: first.Rescued, Test: first.Event.Test,
	}
	v := templates.View{
		Template: to.template, Batch: !first.MessageID.IsZero(), Events: make([]*models.Event, len(work)),
		Tenant: to.tenant, Webhook: to.webhook, Channel: to.channel, Delivery: &first.Delivery, Attempt: first.Delivery.AttemptCount + 1,
	}
	for i := range work {
		v.Events[i] = &work[i].Event
	}
	if v.Batch {
		m.ID = first.MessageID.String()
		m.Key = m.ID
	}
	if _, unknown := to.channel.Config.(*models.UnknownConfig); unknown {
		return m, nil // there is no template for it; the sender says that it cannot
	}
	if to.lost != nil {
		return m, to.lost
	}
	var err error
	if m.Content, err = e.cfg.Templates.Render(&v); err != nil {
		return m, &channels.Error{Class: channels.Permanent, Code: models.ErrTemplate, Message: "the template could not be rendered: " + err.Error()}
	}
	return m, nil
}

// progressOf is what is known of each recipient. Where a person sends again, who
// was refused is asked once more: the person may have mended why. Who has the
// message never gets it twice.
func progressOf(work *models.Work) []models.Recipient {
	d := &work.Delivery
	again := work.Trigger == models.TriggerManual || d.Bulk && d.AttemptCount == d.RetryBase
	if !again || len(d.Progress) == 0 {
		return d.Progress
	}
	kept := make([]models.Recipient, 0, len(d.Progress))
	for _, r := range d.Progress {
		if r.State != models.RecipientRefused {
			kept = append(kept, r)
		}
	}
	return kept
}

func attemptOf(channel *models.Channel, work *models.Work, receipt *channels.Receipt, failure *channels.Error) models.Attempt {
	a := models.Attempt{
		ID:              models.NewID(models.PrefixAttempt),
		TenantID:        work.Delivery.TenantID,
		DeliveryID:      work.Delivery.ID,
		EventID:         work.Event.ID,
		EventType:       work.Event.Type,
		WebhookID:       work.Delivery.WebhookID,
		ChannelID:       channel.ID,
		ChannelKind:     channel.Kind,
		Number:          work.Delivery.AttemptCount + 1,
		Trigger:         work.Trigger,
		Status:          models.AttemptSucceeded,
		Target:          receipt.Target,
		RequestHeaders:  receipt.RequestHeaders,
		ResponseCode:    receipt.ResponseCode,
		ResponseHeaders: receipt.ResponseHeaders,
		ResponseBody:    receipt.ResponseBody,
	}
	if failure != nil {
		a.Status = models.AttemptFailed
		a.Error = &models.AttemptError{Code: failure.Code, Message: failure.Message, Retryable: failure.Class != channels.Permanent}
	}
	return a
}

// conclude decides and writes the decision down.
func (e *Engine) conclude(ctx context.Context, m *message, t *try, hold *time.Time, to *place) models.Completion {
	channel := to.channel
	o := &outcome{failure: t.failure, hold: hold, now: e.clock.Now().UTC().Truncate(time.Microsecond), random: e.cfg.Random()}
	c := models.Completion{
		Owner: e.cfg.Node, Policy: channel.RetryPolicy, Hold: hold,
		Parts: make([]models.CompletionPart, len(t.attempts)),
		Sent:  submission(m, t, channel, o.now), Suppress: t.receipt.Suppress,
	}
	for i := range c.Suppress {
		if c.Suppress[i].CreatedAt.IsZero() {
			c.Suppress[i].CreatedAt = o.now
		}
	}
	o.sent = c.Sent != nil
	for i := range t.attempts {
		work := &m.work[i]
		d := work.Delivery
		if d.AttemptCount == 0 {
			d.Template = t.template // of every later attempt too
		}
		d.AttemptCount++
		d = decide(d, o, &channel.RetryPolicy, work.Ordered)
		t.attempts[i].NextAttemptAt = d.NextAttemptAt
		c.Parts[i] = models.CompletionPart{Delivery: d, Attempt: t.attempts[i]}
		progress(&c.Parts[i], t.receipt.Progress)
		if givenUp(&d) && e.tells(ctx, d.TenantID) {
			c.Parts[i].Signal = failed(&d, &work.Event, to.webhook, channel, t.failure.Message)
		}
		c.Ordered = c.Ordered || work.Ordered
	}
	if t.failure != nil {
		c.DisableChannel = t.failure.Disable
		c.Disabled = disabled(channel, t.failure, o.now)
		c.Uncounted = hold != nil && t.failure.Code == models.ErrRateLimited
	}
	return c
}

// record writes the completion, again and again while the database is away. What
// ended because of a stop is written once more all the same, within a bound: who
// has the message by then is in it.
func (e *Engine) record(ctx context.Context, c models.Completion) {
	pause := recordPause
	for {
		held, err := e.complete(ctx, c)
		if err == nil {
			e.recorded(c.Parts, held)
			e.settleEarly(ctx, &c)
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

// recorded tells of attempts that are on disk now; what was held then counts.
func (e *Engine) recorded(parts []models.CompletionPart, held []bool) {
	lost := 0
	for i := range parts {
		e.logAttempt(&parts[i], held[i])
		if !held[i] {
			lost++
		}
	}
	if lost > 0 {
		e.cfg.Observer.LeasesLost(lost)
		kept := make([]models.CompletionPart, 0, len(parts)-lost)
		for i := range parts {
			if held[i] {
				kept = append(kept, parts[i])
			}
		}
		parts = kept
	}
	e.cfg.Observer.Recorded(parts)
}

func (e *Engine) complete(ctx context.Context, c models.Completion) ([]bool, error) {
	if ctx.Err() != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer cancel()
		ctx = bounded
	}
	return e.store.Complete(ctx, c)
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
	if c.Delivery.Reason != nil && c.Delivery.Status == models.DeliveryFailed {
		attrs = append(attrs, slog.String("reason", *c.Delivery.Reason))
	}
	if a.NextAttemptAt != nil {
		attrs = append(attrs, slog.Time("next_attempt_at", *a.NextAttemptAt))
	}
	if !held {
		attrs = append(attrs, slog.Bool("lease_lost", true))
	}
	e.log.LogAttrs(e.hard, level, "attempt", attrs...)
}
