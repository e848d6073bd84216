package channels

import "sync"

// maxPrepared bounds each half of what is kept.
const maxPrepared = 4096

// prepared keeps what is worked out of a configuration once, by the
// configuration's address: it is never changed once it is in use, a new one
// takes its place. The map that is full becomes the old one, and what is still
// used moves over.
type prepared[C, E any] struct {
	prepare func(*C) (*E, error)

	mu       sync.RWMutex
	now, old map[*C]*E
}

func newPrepared[C, E any](prepare func(*C) (*E, error)) *prepared[C, E] {
	return &prepared[C, E]{prepare: prepare, now: map[*C]*E{}}
}

func (p *prepared[C, E]) of(config *C) (*E, error) {
	p.mu.RLock()
	e, ok := p.now[config]
	p.mu.RUnlock()
	if ok {
		return e, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok = p.now[config]; ok {
		return e, nil
	}
	if e, ok = p.old[config]; !ok {
		var err error
		if e, err = p.prepare(config); err != nil {
			return nil, err
		}
	}
	if len(p.now) >= maxPrepared {
		p.old, p.now = p.now, make(map[*C]*E, maxPrepared)
	}
	p.now[config] = e
	return e, nil
}
