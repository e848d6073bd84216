package store

import (
	"fmt"
	"slices"

	"carillon/models"
)

// publishBatch is what one transaction stores of the jobs in it.
type publishBatch struct {
	events     []*models.Event // within the answers of the jobs; insert sets Seq
	placements []placed
	ordered    []placed      // apart from placements: their entity is ordered
	waiting    map[uid]bool  // those of ordered that insert has parked
	repeats    []repeat      // whose positions may not be known yet
	news       models.Commit // of the deliveries, which have no positions
}

// repeat is an answer that waits for the position of the event that it repeats.
type repeat struct{ of, answer *models.Event }

// placed is a new delivery as it is to be stored.
type placed struct {
	*models.Placement
	owner uid   // zero where nobody holds its lease
	event int   // the place of its event among those of the batch, from 1; 0 for one that is stored already
	seq   int64 // of an event that is stored already
}

// planPublish answers the jobs as if the transaction had succeeded: an item is
// new, or repeats one that used its key before, in this transaction or in an
// earlier one. Where any job is refused, it bears its error and nothing is to be stored.
func planPublish(jobs []*publishJob, used map[keyID]keyUse) (*publishBatch, error) {
	p := planner{used: used, own: make(map[keyID]keyUse)}
	var refused bool
	for _, j := range jobs {
		j.out = make([]models.Published, len(j.in.Items))
		for i := range j.in.Items {
			if j.err = p.item(&j.in, i, &j.out[i]); j.err != nil {
				refused = true
				break
			}
		}
	}
	if refused {
		return nil, errRefused
	}
	p.batch.tell(p.batch.placements)
	return &p.batch, nil
}

type planner struct {
	used, own map[keyID]keyUse
	batch     publishBatch
}

func (p *planner) item(in *models.Publication, i int, out *models.Published) error {
	item := &in.Items[i]
	if item.Again {
		out.Event = item.Event
		p.place(in, item, 0)
		return nil
	}
	if item.Event.IdempotencyKey != "" {
		use := useOf(item)
		first, known := p.used[use.keyID]
		if !known {
			first, known = p.own[use.keyID]
		}
		switch {
		case known && first.fingerprint != use.fingerprint:
			return keyConflict(in, i)
		case known:
			*out = models.Published{Event: first.stored(&item.Event), Repeat: true}
			p.batch.repeats = append(p.batch.repeats, repeat{of: first.event, answer: &out.Event})
			return nil
		}
		use.event = &out.Event
		p.own[use.keyID] = use
	}
	out.Event = item.Event
	p.batch.events = append(p.batch.events, &out.Event)
	p.place(in, item, len(p.batch.events))
	return nil
}

func (p *planner) place(in *models.Publication, item *models.PublicationItem, event int) {
	for k := range item.Placements {
		new := placed{Placement: &item.Placements[k], event: event}
		if event == 0 {
			new.seq = item.Event.Seq
		}
		switch {
		case new.Entity != "":
			p.batch.ordered = append(p.batch.ordered, new)
			continue
		case new.Leased:
			new.owner = uid(in.Owner)
		}
		p.batch.placements = append(p.batch.placements, new)
	}
}

// stored is the first event of the key. A key outlives its event: of one that
// was erased, what repeats it knows the content, and the key's row the id.
func (k keyUse) stored(repeat *models.Event) models.Event {
	if k.event.Type != "" {
		return *k.event
	}
	first := *repeat
	first.ID, first.CreatedAt = k.event.ID, k.event.CreatedAt
	return first
}

func keyConflict(in *models.Publication, i int) error {
	field := "idempotencyKey"
	if len(in.Items) > 1 {
		field = fmt.Sprintf("events.%d.%s", i, field)
	}
	return models.Conflict(field, "was used before for an event with other content; repeat that event unchanged, or give another key")
}

// commit numbers the events from base on.
func (b *publishBatch) commit(base int64) models.Commit {
	if len(b.ordered) > 0 {
		b.tell(b.ordered)
	}
	c := b.news
	c.Events = make([]models.Event, len(b.events))
	for i, e := range b.events {
		e.Seq = base + 1 + int64(i)
		c.Events[i] = *e
	}
	for _, r := range b.repeats {
		r.answer.Seq = r.of.Seq
	}
	return c
}

// tell adds to the news.
func (b *publishBatch) tell(list []placed) {
	b.news.Updates = slices.Grow(b.news.Updates, len(list))
	lanes := laneDuesOf(b.news.Lanes)
	for _, p := range list {
		d := p.Delivery
		switch due := p.Due; {
		case p.Leased && p.Entity == "":
			d.Status, d.NextAttemptAt = models.DeliveryDelivering, nil
		case b.waiting[uidOf(d.ID)]:
			d.Status, d.NextAttemptAt = waitingStatus(&d), nil
			lanes.add(d.Lane(), fromMicros(parked), 1)
		default:
			d.Status, d.NextAttemptAt = waitingStatus(&d), &due
			lanes.add(d.Lane(), due, 1)
		}
		b.news.Updates = append(b.news.Updates, d)
	}
	b.news.Lanes = lanes.list
}

// waitingStatus is what is stored of a delivery that is in the queue.
func waitingStatus(d *models.Delivery) models.DeliveryStatus {
	if d.AttemptCount > 0 {
		return models.DeliveryRetrying
	}
	return models.DeliveryPending
}

// storedStatus never is DELIVERING: that follows from the lease.
func storedStatus(d *models.Delivery) models.DeliveryStatus {
	if d.Status == models.DeliveryDelivering {
		return waitingStatus(d)
	}
	return d.Status
}
