package engine

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"carillon/models"
)

const (
	// threadsMost bounds the threads that a node remembers.
	threadsMost = 10_000
	// threadWait bounds how long a message waits for the first of its entity.
	threadWait = 30 * time.Second
	// threadTouch is how stale the time of a thread's last use may be.
	threadTouch = 24 * time.Hour
)

var errThreadBusy = errors.New("the first message of its entity is still under way")

// threads knows below which message those of an entity go. Of the messages of an
// entity that has none yet, one is sent at a time, so that they make one.
type threads struct {
	load  func(ctx context.Context, channel models.ID, entity, target string) (models.Thread, error)
	clock Clock

	mu    sync.Mutex
	known map[threadKey]*list.Element
	used  *list.List                  // of models.Thread with their keys, the newest in front
	first map[threadKey]chan struct{} // closed when the first one is on disk, or has failed
}

type threadKey struct {
	channel        models.ID
	entity, target string
}

type knownThread struct {
	threadKey
	models.Thread
}

func newThreads(cfg *Config) *threads {
	return &threads{load: cfg.Store.Thread, clock: cfg.Clock, known: map[threadKey]*list.Element{}, used: list.New(),
		first: map[threadKey]chan struct{}{}}
}

// threader is a configuration whose messages may go into threads.
type threader interface{ Threads() bool }

// threadOf is the thread that a message belongs into; ok is false where it does not.
func threadOf(c *models.Channel, work []models.Work) (key threadKey, ok bool) {
	config, can := c.Config.(threader)
	if !can || !config.Threads() || work[0].Event.EntityID == "" {
		return key, false
	}
	for i := range work {
		if work[i].Event.EntityID != work[0].Event.EntityID {
			return key, false
		}
	}
	return threadKey{channel: c.ID, entity: work[0].Event.EntityID, target: c.Config.Target()}, true
}

// enter finds the thread of a message. Where there is none yet, the message is the
// first of its entity until leave, and others wait for it. leave may always be called.
func (t *threads) enter(ctx context.Context, c *models.Channel, work []models.Work) (thread models.Thread, leave func(), err error) {
	leave = func() {}
	key, ok := threadOf(c, work)
	if !ok {
		return thread, leave, nil
	}
	tick, stop := t.clock.Until(t.clock.Now().Add(threadWait))
	defer stop()
	for {
		thread, before := t.begin(key)
		if thread.Thread != "" {
			return thread, leave, nil
		}
		if before == nil {
			break
		}
		select {
		case <-before:
		case <-tick:
			return thread, leave, errThreadBusy
		case <-ctx.Done():
			return thread, leave, ctx.Err()
		}
	}
	leave = func() { t.end(key) }
	thread, err = t.load(ctx, key.channel, key.entity, key.target)
	if err != nil || thread.Thread != "" {
		if err == nil {
			t.remember(key, thread)
		}
		leave()
		leave = func() {}
	}
	return thread, leave, err
}

// begin gives the thread if it is known, or else what to wait for; where that is
// nil, the caller is the first.
func (t *threads) begin(key threadKey) (thread models.Thread, before <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.known[key]; one != nil {
		t.used.MoveToFront(one)
		return one.Value.(*knownThread).Thread, nil
	}
	if first := t.first[key]; first != nil {
		return thread, first
	}
	t.first[key] = make(chan struct{})
	return thread, nil
}

func (t *threads) end(key threadKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.first[key])
	delete(t.first, key)
}

func (t *threads) remember(key threadKey, thread models.Thread) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(key)
	t.known[key] = t.used.PushFront(&knownThread{threadKey: key, Thread: thread})
	if t.used.Len() > threadsMost {
		t.drop(t.used.Back().Value.(*knownThread).threadKey)
	}
}

func (t *threads) drop(key threadKey) {
	if one := t.known[key]; one != nil {
		t.used.Remove(one)
		delete(t.known, key)
	}
}

// news is what is to be stored of a message's thread; nil for nothing. It is read
// anew after that, because another node may have been the first.
func (t *threads) news(c *models.Channel, was models.Thread, sent *try) *models.Thread {
	if was.Entity == "" || sent.failure != nil {
		return nil
	}
	now := t.clock.Now().UTC().Truncate(time.Microsecond)
	is := models.Thread{Entity: was.Entity, Target: was.Target, Thread: was.Thread, UsedAt: now}
	switch made := sent.receipt.Thread; {
	case made != "" && made != was.Thread:
		is.Thread, is.Replaces = made, was.Thread
	case was.Thread == "" || now.Sub(was.UsedAt) < threadTouch:
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(threadKey{channel: c.ID, entity: was.Entity, target: was.Target})
	return &is
}
