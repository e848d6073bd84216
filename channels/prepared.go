package channels

import (
	"runtime"
	"sync"
	"weak"
)

// maxPrepared bounds each half of what is kept.
const maxPrepared = 4096

// prepared keeps what is worked out of a configuration once, by the
// configuration's address: it is never changed once it is in use, a new one
// takes its place. What is kept goes with its configuration, so that a server
// whose configuration changes all day does not keep those of the morning; it must
// therefore not point to it. The map that is full becomes the old one, and what is
// still used moves over.
type prepared[C, E any] struct {
	prepare func(*C) (*E, error)

	mu       sync.RWMutex
	now, old map[weak.Pointer[C]]*E
}

func newPrepared[C, E any](prepare func(*C) (*E, error)) *prepared[C, E] {
	return &prepared[C, E]{prepare: prepare, now: map[weak.Pointer[C]]*E{}}
}

func (p *prepared[C, E]) of(config *C) (*E, error) {
	key := weak.Make(config)
	p.mu.RLock()
	e, ok := p.now[key]
	p.mu.RUnlock()
	if ok {
		return e, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok = p.now[key]; ok {
		return e, nil
	}
	if e, ok = p.old[key]; !ok {
		var err error
		if e, err = p.prepare(config); err != nil {
			return nil, err
		}
		runtime.AddCleanup(config, p.forget, key)
	}
	if len(p.now) >= maxPrepared {
		p.old, p.now = p.now, make(map[weak.Pointer[C]]*E, maxPrepared)
	}
	p.now[key] = e
	return e, nil
}

func (p *prepared[C, E]) forget(key weak.Pointer[C]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.now, key)
	delete(p.old, key)
}
