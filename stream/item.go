package stream

import (
	"context"
	"sync"
)

// Item is one item as all its readers have it, and what they have made of it.
// None of them may change the value. It is gone when the last has let go of it.
type Item[T any] struct {
	Value T

	mu   sync.Mutex
	made map[any]*making
}

// making is something on its way, or done.
type making struct {
	done   chan struct{}
	value  any
	shared bool

	// Guarded by the item's lock.
	wanted int // by so many readers
	cancel context.CancelFunc
}

// mostMade bounds what is kept beside an item, which a slow reader may hold for
// long. What goes beyond is made by each reader for itself.
const mostMade = 64

// Once gives what produce makes of an item. Readers with an equal key share it:
// the first makes it, and those who come meanwhile wait. The context of produce
// has the first one's values, and ends when all of them have left. Where produce
// says that what it made is for its caller alone, each of them makes its own.
// The zero value, and not ok, comes to a reader whose context ends while it waits.
func Once[T, V any](
	ctx context.Context, item *Item[T], key any, produce func(ctx context.Context) (v V, share bool),
) (v V, ok bool) {
	m, mine := item.claim(key)
	switch {
	case m == nil:
		v, _ = produce(ctx)
		return v, true
	case mine:
		defer close(m.done)
		ctx, stop := item.outlive(ctx, m)
		defer stop()
		if v, m.shared = produce(ctx); m.shared {
			m.value = v
		}
		return v, true
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		item.forgo(m)
		return v, false
	}
	if !m.shared {
		v, _ = produce(ctx)
		return v, true
	}
	v, _ = m.value.(V)
	return v, true
}

// claim gives what is made for the key; mine tells that the caller is to make it.
func (i *Item[T]) claim(key any) (m *making, mine bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if m = i.made[key]; m != nil {
		m.wanted++
		return m, false
	}
	if len(i.made) == mostMade {
		return nil, false
	}
	if i.made == nil {
		i.made = make(map[any]*making, 1)
	}
	m = &making{done: make(chan struct{}), wanted: 1}
	i.made[key] = m
	return m, true
}

// outlive is the maker's context, which lasts while anybody waits.
func (i *Item[T]) outlive(ctx context.Context, m *making) (_ context.Context, stop func()) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	i.mu.Lock()
	m.cancel = cancel
	i.mu.Unlock()
	leaves := context.AfterFunc(ctx, func() { i.forgo(m) })
	return lasting, func() {
		leaves()
		cancel()
	}
}

// forgo is a reader who leaves.
func (i *Item[T]) forgo(m *making) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if m.wanted--; m.wanted == 0 && m.cancel != nil {
		m.cancel()
	}
}
