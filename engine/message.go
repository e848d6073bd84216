package engine

import (
	"time"

	"carillon/models"
)

// message is what leaves at once: one delivery, or those of a batch.
type message struct {
	channel models.ID
	bulk    bool
	work    []models.Work
	one     [1]models.Work // what work holds where it is one
	bytes   int
	until   time.Time          // the leases end then
	taken   time.Time          // in hand
	lost    map[models.ID]bool // deliveries that another node has now, or that were canceled
	begun   bool
	over    bool          // it was not sent, and is being given back
	next    []models.Work // of the same deliveries, claimed again before this message was done with
}

func newMessage(work []models.Work) *message {
	m := &message{channel: work[0].Delivery.ChannelID, bulk: work[0].Delivery.Bulk, work: work, until: work[0].LeaseUntil}
	if len(work) == 1 {
		m.one[0] = work[0]
		m.work = m.one[:]
	}
	for i := range work {
		m.bytes += len(work[i].Event.Data)
	}
	return m
}

// drop takes the deliveries out whose leases were lost.
func (m *message) drop() {
	if len(m.lost) == 0 {
		return
	}
	kept := make([]models.Work, 0, len(m.work))
	for i := range m.work {
		if !m.lost[m.work[i].Delivery.ID] {
			kept = append(kept, m.work[i])
		}
	}
	m.work = kept
}
