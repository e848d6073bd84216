package store

import (
	"slices"

	"carillon/models"
)

// completePlan is what one transaction stores of the jobs in it.
type completePlan struct {
	jobs     []*completeJob    // of which something is recorded, in their order
	attempts []*models.Attempt // that are recorded
	states   []models.Delivery // as they shall be
	final    []uid             // leave the queue
	waiting  []models.Delivery // stay in it until NextAttemptAt
	resets   []uid             // channels that only succeeded: their count of failures ends
	changed  []*channelHealth  // channels that failed
	news     models.Commit     // without positions
}

// planComplete tells the jobs which of them hold their leases, and gathers
// what those change. Of two that complete one delivery, the first holds it.
func planComplete(jobs []*completeJob, owners map[uid]uid, canceled map[uid]models.Delivery) *completePlan {
	p := &completePlan{}
	done := make(map[uid]bool, len(jobs))
	var lanes laneDues
	for _, j := range jobs {
		j.out = make([]bool, len(j.in.Parts))
		any := false
		for i := range j.in.Parts {
			part := &j.in.Parts[i]
			id := uidOf(part.Delivery.ID)
			owner, queued := owners[id]
			former, wasCanceled := canceled[id]
			switch {
			case done[id]:
				continue
			case queued && owner == uid(j.in.Owner):
				p.add(part, &lanes)
			case wasCanceled && former.AttemptCount < part.Attempt.Number:
				former.AttemptCount = part.Attempt.Number
				p.states = append(p.states, former)
			default:
				continue
			}
			done[id], j.out[i], any = true, true, true
			p.attempts = append(p.attempts, &part.Attempt)
		}
		if any {
			p.jobs = append(p.jobs, j)
		}
	}
	p.news.Lanes = lanes.list
	return p
}

// add is a delivery whose lease is held.
func (p *completePlan) add(part *models.CompletionPart, lanes *laneDues) {
	d := part.Delivery
	if d.Status.Final() {
		d.NextAttemptAt = nil
		if d.CompletedAt == nil {
			at := part.Attempt.StartedAt.Add(part.Attempt.Latency)
			d.CompletedAt = &at
		}
		p.final = append(p.final, uidOf(d.ID))
	} else {
		d.Status, d.CompletedAt = storedStatus(&d), nil
		if d.NextAttemptAt == nil { // nothing else would bring it back
			at := part.Attempt.StartedAt
			d.NextAttemptAt = &at
		}
		p.waiting = append(p.waiting, d)
		lanes.add(d.Lane(), *d.NextAttemptAt)
	}
	p.states = append(p.states, d)
	p.news.Updates = append(p.news.Updates, d)
}

// failuresOf are those that join the failures: all that has failed but tests.
func failuresOf(states []models.Delivery) (failed []*models.Delivery) {
	for i := range states {
		if d := &states[i]; d.Status == models.DeliveryFailed && !d.Test {
			failed = append(failed, d)
		}
	}
	return failed
}

// reasonOf is why it came to an end otherwise than well, as it is stored.
func reasonOf(d *models.Delivery) *string {
	if d.Reason == nil || d.Status != models.DeliveryFailed && d.Status != models.DeliveryCanceled {
		return nil
	}
	reason := clean(*d.Reason)
	return &reason
}

// judge counts the outcomes for the health of the channels, in the order of the jobs.
func (p *completePlan) judge(tx completeTx) error {
	failed, succeeded := p.channels()
	p.resets = succeeded
	if len(failed) == 0 {
		return nil
	}
	health, err := tx.health(failed)
	if err != nil {
		return err
	}
	for _, j := range p.jobs {
		if h := health[channelOf(j)]; h != nil {
			h.count(&j.in)
		}
	}
	for _, id := range failed {
		if h := health[id]; h != nil {
			p.changed = append(p.changed, h)
			if h.disabled {
				p.news.Tenants = append(p.news.Tenants, h.tenant.id(models.PrefixTenant))
			}
		}
	}
	p.news.Tenants = sortedIDs(p.news.Tenants)
	return nil
}

// channels lists those with a failure and those without, sorted.
func (p *completePlan) channels() (failed, succeeded []uid) {
	bad := make(map[uid]bool)
	for _, j := range p.jobs {
		id := channelOf(j)
		bad[id] = bad[id] || !countsAsSuccess(j)
	}
	for id, isBad := range bad {
		if isBad {
			failed = append(failed, id)
		} else {
			succeeded = append(succeeded, id)
		}
	}
	slices.SortFunc(failed, uid.compare)
	slices.SortFunc(succeeded, uid.compare)
	return failed, succeeded
}

// channelOf is the one that a message went to.
func channelOf(j *completeJob) uid { return uidOf(j.in.Parts[0].Attempt.ChannelID) }

// commit numbers the attempts from base on.
func (p *completePlan) commit(base int64) models.Commit {
	c := p.news
	c.Attempts = make([]models.Attempt, len(p.attempts))
	for i, a := range p.attempts {
		a.Seq = base + 1 + int64(i)
		c.Attempts[i] = *a
	}
	return c
}
