package engine

import (
	"slices"
	"time"

	"carillon/models"
)

// before is the message that the work follows: what became of that is on disk
// already, but it is still in hand.
func (h *hands) before(work []models.Work) *message {
	m := h.holds[work[0].Delivery.ID]
	if h.closed || m == nil {
		return nil
	}
	for i := range m.work {
		if d := &m.work[i].Delivery; d.ID == work[0].Delivery.ID && (m.over || d.AttemptCount < work[0].Delivery.AttemptCount) {
			return m
		}
	}
	return nil
}

// unknown leaves out what is in hand already, which has this node's lease either
// way: it is kept for the attempt that is under way.
func (h *hands) unknown(work []models.Work) []models.Work {
	if h.closed {
		return nil
	}
	inHand := func(w models.Work) bool { return h.holds[w.Delivery.ID] != nil }
	if !slices.ContainsFunc(work, inHand) {
		return work
	}
	return slices.DeleteFunc(slices.Clone(work), inHand)
}

// expiring lists the deliveries in hand whose lease ends before t.
func (h *hands) expiring(t time.Time) []models.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []models.ID
	for id, m := range h.holds {
		if !m.lost[id] && m.until.Before(t) {
			ids = append(ids, id)
		}
	}
	return ids
}

// extended notes which of the asked leases now last until t; the others are lost.
func (h *hands) extended(asked, kept []models.ID, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := make(map[models.ID]bool, len(kept))
	for _, id := range kept {
		got[id] = true
	}
	for _, id := range asked {
		m := h.holds[id]
		switch {
		case m == nil:
		case got[id]:
			m.until = t
		case m.begun: // what was sent was sent
		case m.lost == nil:
			m.lost = map[models.ID]bool{id: true}
		default:
			m.lost[id] = true
		}
	}
}
