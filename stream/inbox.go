package stream

import "sync"

// inbox is what a hub was told and has not dealt with yet. It is bounded: a
// batch that it has no room for is only remembered by its position.
type inbox[T any] struct {
	seq func(*T) int64

	mu    sync.Mutex
	queue [][]T // fed batches, ascending
	size  int   // items in queue
	known int64 // positions up to here exist, or were said to
	look  bool  // positions may exist that nobody told of
}

const (
	maxQueued  = 4096 // items; beyond, what is fed is read from the log in its turn
	manyQueued = 8    // batches; with more, gaps between them are read in one go
)

// task is the next thing to do: hand a batch on, look at Head, or read.
type task[T any] struct {
	batch []T
	look  bool
	upTo  int64
	sure  bool // a fed batch proves that upTo exists; a hint does not
}

func (b *inbox[T]) feed(batch []T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known = max(b.known, b.last(batch))
	if b.size < maxQueued {
		b.queue = append(b.queue, batch)
		b.size += len(batch)
	}
}

func (b *inbox[T]) hint(upTo int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known = max(b.known, upTo)
}

func (b *inbox[T]) ask() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look = true
}

// next takes the first fed batch if it follows on position; else it says what
// must be read first.
func (b *inbox[T]) next(position int64) task[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.queue) > 0 {
		batch := b.queue[0]
		if first := b.seq(&batch[0]); first > position+1 {
			if len(b.queue) > manyQueued {
				return task[T]{upTo: b.last(b.queue[len(b.queue)-1]), sure: true}
			}
			return task[T]{upTo: first - 1, sure: true}
		}
		b.queue[0] = nil
		b.queue = b.queue[1:]
		b.size -= len(batch)
		if b.last(batch) > position {
			return task[T]{batch: batch}
		}
	}
	b.queue = nil
	return task[T]{upTo: b.known, look: b.look}
}

// looked is to be called before Head is read.
func (b *inbox[T]) looked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look = false
}

// disbelieve corrects what a hint said. A true one may have come meanwhile and
// be lost below the false one, so the hub looks once more.
func (b *inbox[T]) disbelieve(head int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known, b.look = head, true
}

// clearIf forgets everything if still nobody wants it.
func (b *inbox[T]) clearIf(unwanted func() bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if unwanted() {
		b.queue, b.size, b.known, b.look = nil, 0, 0, false
	}
}

func (b *inbox[T]) last(items []T) int64 { return b.seq(&items[len(items)-1]) }
