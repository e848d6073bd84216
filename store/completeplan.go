package store

import (
	"slices"
	"time"

	"carillon/models"
)

// completePlan is what one transaction stores of the jobs in it.
type completePlan struct {
	jobs     []*completeJob    // of which something is recorded, in their order
	attempts []*models.Attempt // that are recorded
	states   []models.Delivery // as they shall be
	final    []uid             // leave the queue
	removed  []orderedRow      // those of them whose entity is ordered
	freed    time.Time         // when they leave, which is when the next may go
	unheld   bool              // the order of some was not held: its jobs have been told to
	waiting  []models.Delivery // stay in it until NextAttemptAt, or until a report comes
	resets   []uid             // channels that only succeeded: their count of failures ends
	changed  []*channelHealth  // channels that failed or are held
	progress []models.Delivery // whose progress is another than before
	kept     []statement       // what else is kept of the messages
	lanes    laneDues          // in which something waits now
	news     models.Commit     // without positions
}

// planComplete tells the jobs which of them hold their leases, and gathers
// what those change. Of two that complete one delivery, the first holds it.
func planComplete(jobs []*completeJob, leases map[uid]lease, canceled map[uid]models.Delivery) *completePlan {
	p := &completePlan{}
	done := make(map[uid]bool, len(jobs))
	for _, j := range jobs {
		j.out = make([]bool, len(j.in.Parts))
		var retry *time.Time
		bears, sent := len(p.attempts), false
		for i := range j.in.Parts {
			part := &j.in.Parts[i]
			id := uidOf(part.Delivery.ID)
			row, queued := leases[id]
			former, wasCanceled := canceled[id]
			switch {
			case done[id]:
				continue
			case queued && row.owner == uid(j.in.Owner):
				p.add(part, &retry)
				p.tell(part.Signal)
				sent = sent || part.Delivery.Status == models.DeliverySent
				p.order(j, part, row)
			case wasCanceled && former.AttemptCount < part.Attempt.Number:
				former.AttemptCount = part.Attempt.Number
				if !templated(&former) {
					former.Template = part.Delivery.Template
				}
				p.states = append(p.states, former)
			default:
				continue
			}
			done[id], j.out[i] = true, true
			p.attempts = append(p.attempts, &part.Attempt)
		}
		if recorded := p.attempts[bears:]; len(recorded) > 0 {
			p.jobs = append(p.jobs, j)
			shareContent(recorded, &j.in.Parts[0].Attempt)
			p.keep(j, sent)
		}
	}
	return p
}

// order notes a row that leaves the queue.
func (p *completePlan) order(j *completeJob, part *models.CompletionPart, row lease) {
	if row.entity == "" {
		return
	}
	if !j.in.Ordered {
		p.unheld, j.in.Ordered = true, true
	}
	if part.Delivery.Status.Final() {
		p.removed = append(p.removed, row.orderedRow)
	}
}

// shareContent lets all attempts of a message that are recorded refer to one which
// is. Each shows what was sent and answered.
func shareContent(recorded []*models.Attempt, first *models.Attempt) {
	bearer := recorded[0]
	for _, a := range recorded {
		if a.RequestID != first.ID || a == first {
			continue // it left by itself, or bears the content
		}
		a.CopyContent(first)
		if bearer != first {
			a.RequestID = bearer.ID
		}
	}
}

// add is a delivery whose lease is held. What is to be repeated of one message is
// due at one time, so that it is repeated as a whole.
func (p *completePlan) add(part *models.CompletionPart, retry **time.Time) {
	d := part.Delivery
	if part.Progressed {
		p.progress = append(p.progress, d)
	}
	switch {
	case d.Status == models.DeliverySent:
		d.NextAttemptAt, d.CompletedAt = nil, nil
		p.waiting = append(p.waiting, d)
	case d.Status.Final():
		d.NextAttemptAt = nil
		if d.CompletedAt == nil {
			at := part.Attempt.StartedAt.Add(part.Attempt.Latency)
			d.CompletedAt = &at
		}
		p.final = append(p.final, uidOf(d.ID))
		if d.CompletedAt.After(p.freed) {
			p.freed = *d.CompletedAt
		}
	default:
		d.Status, d.CompletedAt = storedStatus(&d), nil
		if d.NextAttemptAt == nil { // nothing else would bring it back
			at := part.Attempt.StartedAt
			d.NextAttemptAt = &at
		}
		if *retry == nil {
			*retry = d.NextAttemptAt
		}
		d.NextAttemptAt = *retry
		p.waiting = append(p.waiting, d)
		p.lanes.add(d.Lane(), *d.NextAttemptAt, 0)
	}
	p.states = append(p.states, d)
	p.news.Updates = append(p.news.Updates, d)
}

// dueOf is when a row that stays in the queue may be claimed.
func dueOf(d *models.Delivery) int64 {
	if d.NextAttemptAt == nil {
		return awaiting
	}
	return micros(*d.NextAttemptAt)
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
	reason := models.CleanText(*d.Reason)
	return &reason
}

// judge counts the outcomes for the health of the channels, in the order of the jobs.
func (p *completePlan) judge(tx completeTx) error {
	failed, succeeded := p.channels()
	p.resets = succeeded
	p.news.Tenants = sortedIDs(p.news.Tenants)
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
			if h.heldNow {
				p.news.Holds = append(p.news.Holds, models.Hold{ChannelID: id.id(models.PrefixChannel), Until: *h.held})
			}
			if h.disabled {
				p.news.Tenants = append(p.news.Tenants, h.tenant.id(models.PrefixTenant))
				p.tellDisabled(h)
			}
		}
	}
	p.news.Tenants = sortedIDs(p.news.Tenants)
	return nil
}

// channels lists those with a failure or a hold and those without, sorted.
func (p *completePlan) channels() (failed, succeeded []uid) {
	bad := make(map[uid]bool)
	for _, j := range p.jobs {
		id := channelOf(j)
		bad[id] = bad[id] || !countsAsSuccess(j) || j.in.Hold != nil
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
	c.Lanes = p.lanes.list
	c.Attempts = make([]models.Attempt, len(p.attempts))
	for i, a := range p.attempts {
		a.Seq = base + 1 + int64(i)
		c.Attempts[i] = *a
	}
	return c
}
