package main

import "sync"

// recent remembers the ids that came last, so that a message that comes again is
// worked off once. It is bounded, and gone with the process: a service has a
// unique index in its database instead, over as many days as messages are tried
// again.
type recent struct {
	mu    sync.Mutex
	known map[string]bool
	ring  []string // in the order in which they came; the oldest makes room
	next  int
}

func newRecent(size int) *recent {
	return &recent{known: make(map[string]bool, size), ring: make([]string, size)}
}

// add says whether the id is new. Looking and adding are one step: of two doubles
// at the same time one alone is new.
func (r *recent) add(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[id] {
		return false
	}
	delete(r.known, r.ring[r.next])
	r.known[id], r.ring[r.next] = true, id
	r.next = (r.next + 1) % len(r.ring)
	return true
}

// remove forgets an id whose message was not taken after all.
func (r *recent) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
}
