package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"carillon/models"
)

// Claim leases due deliveries of the lanes to the owner, oldest first in each.
// A delivery is claimed by one only, and not while its webhook or its channel is
// paused, disabled, held or deleted.
//
// Of a lane that batches, deliveries are put into messages: see LaneQuota. What
// was put into one before is claimed with all that is left of it, on any lane. The
// deliveries of a message stand together, in the order of publishing.
func (s *Store) Claim(ctx context.Context, r models.ClaimRequest) ([]models.Work, error) {
	r.Lanes = slices.DeleteFunc(slices.Clone(r.Lanes), func(q models.LaneQuota) bool { return q.Max <= 0 })
	if len(r.Lanes) == 0 {
		return nil, nil
	}
	var work []models.Work
	err := s.retryDeadlocks(ctx, func() (err error) {
		if s.postgres() {
			work, err = s.claimPostgres(ctx, &r)
		} else {
			work, err = s.claimLite(ctx, &r)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	if len(work) > 0 {
		s.committed(claimed(work))
	}
	return work, nil
}

// claimTx is one transaction of a database.
type claimTx interface {
	// first leases what is due in lanes that do not batch, and locks what messages
	// can be made of in those that do.
	first(plain, batching []models.LaneQuota) ([]models.Work, []candidate, error)
	// followers locks what waits behind others of its entity, the next of each.
	followers(heads []candidate, most int) ([]candidate, error)
	// lease leases what was put into messages, and all that is due of messages that
	// were made before.
	lease(taken []candidate, made []uid) ([]models.Work, error)
}

// claimIn makes and takes messages.
func claimIn(tx claimTx, r *models.ClaimRequest) ([]models.Work, error) {
	var plain, batching []models.LaneQuota
	for _, q := range r.Lanes {
		if q.Batching == nil {
			plain = append(plain, q)
		} else {
			batching = append(batching, q)
		}
	}
	work, window, err := tx.first(plain, batching)
	if err != nil {
		return nil, err
	}
	made := messagesOf(work)
	var taken []candidate
	for i, q := range batching {
		p := packLane(window, i, &q, micros(r.Now))
		if err := p.fill(tx); err != nil {
			return nil, err
		}
		taken, made = append(taken, p.taken...), append(made, p.made...)
	}
	if len(taken)+len(made) > 0 {
		more, err := tx.lease(taken, made)
		if err != nil {
			return nil, err
		}
		work = append(work, more...)
	}
	return byMessage(work), nil
}

func messagesOf(work []models.Work) (made []uid) {
	for i := range work {
		if id := work[i].MessageID; !id.IsZero() {
			made = append(made, uidOf(id))
		}
	}
	return made
}

// byMessage puts the deliveries of each message together, in the order of
// publishing, and messages behind what leaves by itself, oldest first.
func byMessage(work []models.Work) []models.Work {
	oldest := make(map[models.ID]int64)
	for i := range work {
		w := &work[i]
		if first, known := oldest[w.MessageID]; !known || w.Event.Seq < first {
			oldest[w.MessageID] = w.Event.Seq
		}
	}
	delete(oldest, models.ID{})
	if len(oldest) == 0 {
		return work
	}
	slices.SortStableFunc(work, func(a, b models.Work) int {
		if a.MessageID.IsZero() || b.MessageID.IsZero() {
			return cmp.Compare(alone(&b), alone(&a))
		}
		return cmp.Or(cmp.Compare(oldest[a.MessageID], oldest[b.MessageID]), a.MessageID.Compare(b.MessageID),
			cmp.Compare(a.Event.Seq, b.Event.Seq), a.Delivery.ID.Compare(b.Delivery.ID))
	})
	return work
}

func alone(w *models.Work) int {
	if w.MessageID.IsZero() {
		return 1
	}
	return 0
}

func claimed(work []models.Work) models.Commit {
	c := models.Commit{Updates: make([]models.Delivery, len(work))}
	for i := range work {
		c.Updates[i] = work[i].Delivery
	}
	return c
}

// The columns that scanWork reads, of the row q as it was claimed, its delivery d
// and its event e.
const workColumns = "q.manual, q.rescued, q.bulk, q.ordered, q.message_id, " + plainDeliveryColumns + ", " + eventColumns

func scanWork(row scanner, until time.Time) (models.Work, error) {
	var d deliveryRow
	var e eventRow
	var manual, rescued, ordered bool
	var message uid
	dest := append([]any{&manual, &rescued, &d.bulk, &ordered, &message}, d.plainDest()...)
	if err := row.Scan(append(dest, e.dest()...)...); err != nil {
		return models.Work{}, fmt.Errorf("read claimed delivery: %w", err)
	}
	d.leased = true
	w := models.Work{Trigger: models.TriggerAutomatic, LeaseUntil: until, Rescued: rescued,
		MessageID: message.id(models.PrefixMessage), Ordered: ordered}
	if manual {
		w.Trigger = models.TriggerManual
	}
	var err error
	if w.Delivery, err = d.model(); err != nil {
		return w, err
	}
	w.Event, err = e.model()
	return w, err
}
