package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"carillon/models"
)

// What is kept of a message beside the states of its deliveries. Each placeholder
// first appears in its turn, so that both databases number them alike.
const (
	keepProgress = `UPDATE deliveries SET progress = $1 WHERE id = $2`
	keepAwaited  = `INSERT INTO awaited (id, channel_id, sent_at, look_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET sent_at = excluded.sent_at, look_at = excluded.look_at`
	// A report may have come before.
	keepSubmission = `INSERT INTO submissions (tenant_id, origin, provider_id, sent_id, recipient, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, origin, provider_id) DO UPDATE SET sent_id = excluded.sent_id, recipient = excluded.recipient`
	// The first of an entity stays; what was known and is gone gives way, and so does
	// what is at another target.
	keepThread = `INSERT INTO threads (channel_id, entity, target, thread, used_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (channel_id, entity) DO UPDATE SET
			thread = CASE WHEN threads.thread = $6 OR threads.target <> excluded.target THEN excluded.thread ELSE threads.thread END,
			target = excluded.target, used_at = excluded.used_at`
	keepSuppression = `INSERT INTO suppressions (channel_id, address, reason, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (channel_id, address) DO NOTHING`
)

// statement is one to be run. Several transactions that touch some of the same
// rows do so in one order.
type statement struct {
	query, order string
	args         []any
}

// keep gathers what is kept of a message of which something is recorded; sent says
// that its reports are awaited now.
func (p *completePlan) keep(j *completeJob, sent bool) {
	channel, tenant := channelOf(j), j.in.Parts[0].Attempt.TenantID
	add := func(query, order string, args ...any) {
		p.kept = append(p.kept, statement{query: query, order: query + order, args: args})
	}
	if s := j.in.Sent; sent && s != nil {
		add(keepAwaited, s.ID.String(), uidOf(s.ID), channel, micros(s.At), micros(s.LookAt))
		for i := range s.Taken {
			for _, id := range s.Taken[i].IDs {
				add(keepSubmission, fmt.Sprintf("%s %q %q", tenant, s.Origin, id), uidOf(tenant), models.CleanText(s.Origin), models.CleanText(id), uidOf(s.ID),
					models.CleanText(s.Taken[i].Address), micros(s.At))
			}
		}
	}
	if t := j.in.Thread; t != nil {
		add(keepThread, fmt.Sprintf("%s %q", channel.id(models.PrefixChannel), t.Entity),
			channel, t.Entity, t.Target, models.CleanText(t.Thread), micros(t.UsedAt), t.Replaces)
	}
	for _, s := range j.in.Suppress {
		add(keepSuppression, fmt.Sprintf("%s %q", channel.id(models.PrefixChannel), s.Address),
			channel, models.CleanText(s.Address), models.CleanText(s.Reason), micros(s.CreatedAt))
	}
	if len(j.in.Suppress) > 0 {
		p.news.Tenants = append(p.news.Tenants, tenant)
	}
}

// statements are those of what is kept, in the order of locks.
func (p *completePlan) statements() ([]statement, error) {
	slices.SortStableFunc(p.kept, func(a, b statement) int { return cmp.Compare(a.order, b.order) })
	list := make([]statement, 0, len(p.progress)+len(p.kept))
	for i := range p.progress {
		text, err := progressOf(&p.progress[i])
		if err != nil {
			return nil, err
		}
		list = append(list, statement{query: keepProgress, args: []any{text, uidOf(p.progress[i].ID)}})
	}
	return append(list, p.kept...), nil
}

// progressOf is NULL for none.
func progressOf(d *models.Delivery) (*string, error) {
	if len(d.Progress) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(d.Progress)
	if err != nil {
		return nil, fmt.Errorf("write progress of delivery %s: %w", d.ID, err)
	}
	return stringPtr(string(text)), nil
}
