package channels

import "sync"

// maxOwners bounds each half of what twilioOwners remembers.
const maxOwners = 8192

// twilioOwners remembers which delivery each of the last messages was made for,
// so that a look-up does not take the message of another delivery with the same
// text for its own. The map that is full becomes the old one.
type twilioOwners struct {
	mu       sync.Mutex
	now, old map[string]string // by the message's sid, the delivery's key
}

// note keeps the delivery that a message was made for.
func (o *twilioOwners) note(sid, key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.now == nil || len(o.now) >= maxOwners {
		o.now, o.old = make(map[string]string), o.now
	}
	o.now[sid] = key
}

// another says that the message is known to be of another delivery.
func (o *twilioOwners) another(sid, key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	owner, ok := o.now[sid]
	if !ok {
		owner, ok = o.old[sid]
	}
	return ok && owner != key
}
