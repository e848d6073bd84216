package auth

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"carillon/models"
)

const (
	touchEvery   = time.Minute     // lastUsedAt is as exact as this
	touchQueue   = 256             // times that wait to be written; more are dropped
	touchTimeout = 5 * time.Second // for one of them
	closeGrace   = 2 * time.Second // for all that wait at the end
)

// usage writes lastUsedAt behind the requests' backs: it owns one goroutine and
// never holds a request up. A time that is lost costs a minute of exactness.
type usage struct {
	store Store
	log   *slog.Logger
	queue chan touch
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once

	ctx    context.Context
	cancel context.CancelFunc
}

type touch struct {
	key models.ID
	at  time.Time
}

func newUsage(store Store, log *slog.Logger) *usage {
	u := &usage{store: store, log: log, queue: make(chan touch, touchQueue),
		stop: make(chan struct{}), done: make(chan struct{})}
	u.ctx, u.cancel = context.WithCancel(context.Background())
	go u.run()
	return u
}

// note hands the time over, once in touchEvery for each key.
func (u *usage) note(e *entry, now time.Time) {
	last, this := e.touched.Load(), now.Unix()
	if this-last < int64(touchEvery/time.Second) || !e.touched.CompareAndSwap(last, this) {
		return
	}
	select {
	case u.queue <- touch{key: e.key.ID, at: now}:
	default:
		e.touched.CompareAndSwap(this, last) // the next use tries again
	}
}

func (u *usage) run() {
	defer close(u.done)
	for {
		select {
		case t := <-u.queue:
			u.write(t)
		case <-u.stop:
			u.rest()
			return
		}
	}
}

// rest writes what still waits at the end.
func (u *usage) rest() {
	for {
		select {
		case t := <-u.queue:
			u.write(t)
		default:
			return
		}
	}
}

func (u *usage) write(t touch) {
	ctx, cancel := context.WithTimeout(u.ctx, touchTimeout)
	defer cancel()
	err := u.store.TouchKey(ctx, t.key, t.at)
	if err != nil && u.ctx.Err() == nil && models.CodeOf(err) != models.CodeNotFound {
		u.log.Warn("could not record the last use of an API key", "key_id", t.key, "error", err)
	}
}

func (u *usage) close() {
	u.once.Do(func() {
		close(u.stop)
		grace := time.AfterFunc(closeGrace, u.cancel)
		defer grace.Stop()
		<-u.done
		u.cancel()
	})
	<-u.done
}
