package limits

import "sync"

// Held bounds how much each of many clients may hold at once. It remembers who
// holds something and nobody else. A nil Held bounds nothing. It is safe for
// concurrent use.
type Held[K comparable] struct {
	most int
	mu   sync.Mutex
	held map[K]int
}

// NewHeld is nil, which bounds nothing, where most is not positive.
func NewHeld[K comparable](most int) *Held[K] {
	if most <= 0 {
		return nil
	}
	return &Held[K]{most: most, held: map[K]int{}}
}

// Take counts one in, unless the client holds all that it may.
func (h *Held[K]) Take(client K) bool {
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held[client] >= h.most {
		return false
	}
	h.held[client]++
	return true
}

// Give counts one out that Take has counted in.
func (h *Held[K]) Give(client K) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held[client]--; h.held[client] <= 0 {
		delete(h.held, client)
	}
}

// Len is how many clients hold something.
func (h *Held[K]) Len() int {
	if h == nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.held)
}
