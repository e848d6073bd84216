package stream

import "carillon/models"

// Following tells who follows the log here.
func (h *Hub[T]) Following() models.Following {
	h.audience.mu.Lock()
	defer h.audience.mu.Unlock()
	return models.Following{Subscribers: len(h.members), Dropped: h.audience.slow}
}

// Following tells who looks at the board.
func (b *Board[T]) Following() models.Following {
	b.audience.mu.Lock()
	defer b.audience.mu.Unlock()
	return models.Following{Subscribers: len(b.members), Dropped: b.audience.slow}
}
