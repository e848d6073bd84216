package engine

import (
	"time"

	"carillon/models"
)

// reportLimit is how long a delivery report is awaited.
const reportLimit = 48 * time.Hour

// lookTimes are when the provider is asked, after it has taken a message.
func lookTimes() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour, reportLimit}
}

// nextLook is when a message is looked at that was sent then.
func nextLook(sent, now time.Time) time.Time {
	for _, after := range lookTimes() {
		if at := sent.Add(after); at.After(now) {
			return at
		}
	}
	return now.Add(time.Hour) // it has ended, or will
}

// originator is a configuration whose provider reports what became of messages.
type originator interface{ Origin() string }

// submission is what the provider has taken of a message; nil where no report is
// awaited.
func submission(m *message, t *try, c *models.Channel, now time.Time) *models.Submission {
	config, ok := c.Config.(originator)
	if !ok || t.failure != nil || !t.receipt.Awaits {
		return nil
	}
	s := &models.Submission{ID: m.work[0].MessageID, Origin: config.Origin(), At: now, LookAt: nextLook(now, now)}
	if s.ID.IsZero() {
		s.ID = m.work[0].Delivery.ID
	}
	for _, r := range t.receipt.Progress {
		if r.State == models.RecipientTaken && len(r.IDs) > 0 {
			s.Taken = append(s.Taken, r)
		}
	}
	if len(s.Taken) == 0 {
		return nil // nothing that could be reported on
	}
	return s
}

// progress notes how far a message got. What is all done needs no memory: when it
// is sent again, then to everybody.
func progress(part *models.CompletionPart, after []models.Recipient) {
	d := &part.Delivery
	switch {
	case d.Status == models.DeliverySucceeded:
		part.Progressed = len(d.Progress) > 0
		d.Progress = nil
	case after != nil:
		part.Progressed = true
		d.Progress = after
	}
}
