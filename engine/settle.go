package engine

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"carillon/models"
)

// Report takes in what a provider says became of a message. It may come early,
// late, twice, on any node, and about messages that nobody knows.
func (e *Engine) Report(ctx context.Context, r models.Report) error {
	if !tells(&r) || r.TenantID.IsZero() {
		return nil
	}
	message, err := e.store.RecordReport(ctx, r, e.clock.Now().UTC().Truncate(time.Microsecond))
	if err != nil || message.IsZero() {
		return err
	}
	return e.settle(ctx, r.TenantID, message)
}

// tells says that a report is of any use.
func tells(r *models.Report) bool {
	switch r.State {
	case models.ReportDelivered, models.ReportFailed, models.ReportUndelivered:
		return r.ID != ""
	}
	return false
}

// settleEarly looks for reports that came before it was recorded that the message
// was sent. Where that fails, the first look finds them.
func (e *Engine) settleEarly(ctx context.Context, c *models.Completion) {
	if c.Sent == nil {
		return
	}
	some, err := e.store.Reported(ctx, c.Sent.ID)
	if err == nil && some {
		err = e.settle(ctx, c.Parts[0].Delivery.TenantID, c.Sent.ID)
	}
	if err != nil && ctx.Err() == nil {
		e.log.Warn("early delivery reports could not be read; they are looked for later", "delivery_id", c.Parts[0].Delivery.ID, "error", err)
	}
}

// settle lets the deliveries of a message pass on, if enough is reported.
func (e *Engine) settle(ctx context.Context, tenant, message models.ID) error {
	t, err := e.routes.of(ctx, tenant)
	if models.CodeOf(err) == models.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	now, random := e.clock.Now().UTC().Truncate(time.Microsecond), e.cfg.Random()
	told := e.tells(ctx, tenant) // not while the transaction is open
	var becomes models.Settled
	err = e.store.Settle(ctx, message, now, func(is models.Settling) models.Settled {
		becomes = models.Settled{}
		if c := t.Channels[is.Deliveries[0].ChannelID]; c != nil { // else it is being deleted
			becomes = settled(&is, c, now, random)
			becomes.Signals = t.failures(&becomes, c, told)
		}
		return becomes
	})
	if err != nil {
		return err
	}
	for i := range becomes.Deliveries {
		e.logSettled(&becomes.Deliveries[i])
	}
	return nil
}

// logSettled writes the one line of what became of a delivery after its attempt.
func (e *Engine) logSettled(d *models.Delivery) {
	level := slog.LevelInfo
	if d.Status != models.DeliverySucceeded {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("event_id", d.EventID.String()), slog.String("delivery_id", d.ID.String()),
		slog.String("channel_id", d.ChannelID.String()), slog.String("tenant_id", d.TenantID.String()),
		slog.String("status", string(d.Status)),
	}
	if d.Reason != nil {
		attrs = append(attrs, slog.String("reason", *d.Reason))
	}
	if d.NextAttemptAt != nil {
		attrs = append(attrs, slog.Time("next_attempt_at", *d.NextAttemptAt))
	}
	e.log.LogAttrs(e.hard, level, "delivery report", attrs...)
}

// settled is pure: what is reported of a message makes the next states of its
// deliveries, once all of it is reported, or for too long nothing is.
func settled(is *models.Settling, c *models.Channel, now time.Time, random float64) models.Settled {
	v := verdictOn(is.Deliveries[0].Progress, is.Reports)
	late := !now.Before(is.SentAt.Add(reportLimit))
	if len(v.pending) > 0 && !late {
		return models.Settled{LookAt: nextLook(is.SentAt, now)}
	}
	ordered := c.Ordering == models.OrderPerEntity
	out := models.Settled{Deliveries: slices.Clone(is.Deliveries), Failure: strings.Join(slices.Concat(v.failed, v.undelivered), "; ")}
	var retry *time.Time
	for i := range out.Deliveries {
		d := &out.Deliveries[i]
		d.Progress = v.kept
		switch {
		case len(v.failed) > 0:
			*d = complete(*d, models.DeliveryFailed, now, strings.Join(v.failed, "; ")+passing(ordered))
		case len(v.pending) > 0:
			*d = complete(*d, models.DeliveryFailed, now, "no delivery report came within 48h; the provider had taken it"+passing(ordered))
		case len(v.undelivered) > 0:
			*d = again(*d, v.undelivered, c, now, random, ordered)
		default:
			d.Progress = nil
			*d = complete(*d, models.DeliverySucceeded, now, "")
		}
		if d.NextAttemptAt != nil { // a message is repeated as a whole
			if retry == nil {
				retry = d.NextAttemptAt
			}
			d.NextAttemptAt = retry
		}
	}
	return out
}

// again is a delivery that was taken and did not arrive: it goes by the schedule.
func again(d models.Delivery, undelivered []string, c *models.Channel, now time.Time, random float64, ordered bool) models.Delivery {
	why := strings.Join(undelivered, "; ")
	wait, ok := c.RetryPolicy.Wait(d.AttemptCount-d.RetryBase, random)
	if !ok {
		return complete(d, models.DeliveryFailed, now, outOfRetries(&d, why)+passing(ordered))
	}
	return retryAt(d, now.Add(wait))
}

// verdict is what the reports say of the recipients.
type verdict struct {
	pending, failed, undelivered []string
	// kept is the progress without those that did not get it: they are sent to
	// again, where it is sent again at all.
	kept []models.Recipient
}

// maxNamed bounds the recipients that a reason names.
const maxNamed = 5

func verdictOn(progress []models.Recipient, reports map[string]models.Report) (v verdict) {
	for _, r := range progress {
		worst, seen := models.Report{State: models.ReportDelivered}, true
		for _, id := range r.IDs {
			one, ok := reports[id]
			seen = seen && ok
			if ok && (one.State == models.ReportFailed || one.State == models.ReportUndelivered && worst.State == models.ReportDelivered) {
				worst = one
			}
		}
		switch {
		case r.State != models.RecipientTaken || len(r.IDs) == 0:
			v.kept = append(v.kept, r)
		case !seen:
			v.pending = append(v.pending, r.Address)
		case worst.State == models.ReportFailed:
			v.failed = named(v.failed, r.Address, worst.Detail)
		case worst.State == models.ReportUndelivered:
			v.undelivered = named(v.undelivered, r.Address, worst.Detail)
		default:
			v.kept = append(v.kept, r)
		}
	}
	return v
}

func named(list []string, address, detail string) []string {
	switch {
	case len(list) > maxNamed:
		return list
	case len(list) == maxNamed:
		return append(list, "and others")
	case detail == "":
		return append(list, address+" did not get it")
	}
	return append(list, address+" did not get it: "+detail)
}
