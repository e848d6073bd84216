package channels

import (
	"sync"
	"time"
)

// Bounds of the connections that are kept. Servers close those that are idle for
// some minutes, and some count messages.
const (
	defaultIdlePerServer = 64
	idleServers          = 16 // servers that may keep all their idle connections
	maxMessages          = 500
	keeperTurn           = 10 * time.Second
	idleTurns            = 3  // about 30 s
	maxTurns             = 30 // about 5 min
	leaveTimeout         = time.Second
)

// smtpPool keeps sessions that wait for their next message. Its keeper turns
// now and then, and takes leave of those that waited or lived too long.
type smtpPool struct {
	perServer int
	stop      chan struct{}
	ended     chan struct{}

	mu     sync.Mutex
	idle   map[smtpKey][]*smtpSession // the one that was used last comes last
	count  int
	turn   int
	closed bool
}

func newSmtpPool(perServer int) *smtpPool {
	p := &smtpPool{perServer: perServer, idle: map[smtpKey][]*smtpSession{}, stop: make(chan struct{}), ended: make(chan struct{})}
	go p.keep()
	return p
}

// take is the session that was used last, so that the others grow old; nil for none.
func (p *smtpPool) take(key smtpKey) *smtpSession {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[key]
	if len(list) == 0 {
		return nil
	}
	s := list[len(list)-1]
	p.set(key, list[:len(list)-1])
	p.count--
	return s
}

// put keeps a session for the next message, or takes leave where there are enough.
func (p *smtpPool) put(s *smtpSession) {
	p.mu.Lock()
	key := s.server.key
	if s.born == 0 {
		s.born = p.turn + 1
	}
	if p.closed || len(p.idle[key]) >= p.perServer || p.count >= p.perServer*idleServers || p.turn+1-s.born >= maxTurns {
		p.mu.Unlock()
		s.leave()
		return
	}
	s.idle, s.kept = p.turn, true
	p.idle[key] = append(p.idle[key], s)
	p.count++
	p.mu.Unlock()
}

func (p *smtpPool) set(key smtpKey, list []*smtpSession) {
	if len(list) == 0 {
		delete(p.idle, key)
		return
	}
	p.idle[key] = list
}

func (p *smtpPool) keep() {
	defer close(p.ended)
	tick := time.NewTicker(keeperTurn)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			for _, s := range p.turned() {
				s.leave()
			}
		}
	}
}

// turned takes out what waited too long.
func (p *smtpPool) turned() (old []*smtpSession) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	for key, list := range p.idle {
		kept := list[:0]
		for _, s := range list {
			if p.turn-s.idle >= idleTurns {
				old = append(old, s)
			} else {
				kept = append(kept, s)
			}
		}
		clear(list[len(kept):])
		p.set(key, kept)
	}
	p.count -= len(old)
	return old
}

func (p *smtpPool) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	var all []*smtpSession
	for _, list := range p.idle {
		all = append(all, list...)
	}
	p.idle, p.count = map[smtpKey][]*smtpSession{}, 0
	p.mu.Unlock()
	close(p.stop)
	<-p.ended
	for _, s := range all {
		s.leave()
	}
}
