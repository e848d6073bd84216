package catalog

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"carillon/models"
)

// Entry is an event type with its compiled schema.
type Entry struct {
	Type   models.EventType
	Schema *Schema // nil accepts anything
}

// An answer is trusted for trustFor; changes are told by Invalidate before, and
// this is the net for what was not told. A reading that failed is not tried
// again for retryAfter where an older answer stands in.
const (
	trustFor   = 5 * time.Second
	retryAfter = time.Second
	cacheSize  = 2000 // types, and as many names again that are none
)

// Catalog answers from memory which event types there are. It is safe for
// concurrent use.
type Catalog struct {
	load func(ctx context.Context, name string) (models.EventType, error)
	now  func() time.Time

	mu     sync.Mutex
	epoch  uint64                      // grows with every Invalidate
	types  *lru.Cache[string, *answer] // apart, so that made-up names
	others *lru.Cache[string, *answer] // cannot push out real ones
}

// answer is what one reading told of a name.
type answer struct {
	entry Entry
	known bool
	err   error // the stored schema does not compile
	until time.Time
	epoch uint64
}

// New is a catalog over load, which tells NOT_FOUND for a name that is no
// event type.
func New(load func(ctx context.Context, name string) (models.EventType, error), now func() time.Time) *Catalog {
	return &Catalog{load: load, now: now, types: newCache(), others: newCache()}
}

func newCache() *lru.Cache[string, *answer] {
	cache, err := lru.New[string, *answer](cacheSize)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return cache
}

// Invalidate makes the next Lookup of every name ask the database, because the
// catalog has changed here or on another node.
func (c *Catalog) Invalidate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.others.Purge() // types keep their compiled schemas, for those that did not change
}

// Lookup is the event type of that name, archived ones too; false where there
// is none.
func (c *Catalog) Lookup(ctx context.Context, name string) (Entry, bool, error) {
	now := c.now()
	former, epoch, fresh := c.peek(name, now)
	if fresh {
		return former.entry, former.known, former.err
	}
	read, err := c.read(ctx, name, former)
	if err != nil {
		return Entry{}, false, err
	}
	read.until, read.epoch = now.Add(trustFor), epoch
	c.keep(name, read)
	return read.entry, read.known, read.err
}

// peek is the answer in memory and whether it can be given. Where its time is
// over but no change was told, one caller reads anew and the others get it still.
func (c *Catalog) peek(name string, now time.Time) (former *answer, epoch uint64, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	former, ok := c.types.Get(name)
	if !ok {
		former, ok = c.others.Get(name)
	}
	if !ok || former.epoch != c.epoch {
		return former, c.epoch, false
	}
	if now.Before(former.until) {
		return former, c.epoch, true
	}
	former.until = now.Add(retryAfter)
	return former, c.epoch, false
}

func (c *Catalog) read(ctx context.Context, name string, former *answer) (*answer, error) {
	t, builtIn := OperationalByName(name)
	var err error
	if !builtIn {
		t, err = c.load(ctx, name)
	}
	if models.CodeOf(err) == models.CodeNotFound {
		return &answer{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up event type %s: %w", name, err)
	}
	read := &answer{entry: Entry{Type: t}, known: true}
	if former != nil && former.known && bytes.Equal(former.entry.Type.Schema, t.Schema) {
		read.entry.Schema, read.err = former.entry.Schema, former.err
		return read, nil
	}
	if len(t.Schema) == 0 {
		return read, nil
	}
	if read.entry.Schema, err = Compile(t.Schema); err != nil {
		// It compiled when it was stored: not the fault of whoever publishes.
		read.err = fmt.Errorf("compile the stored schema of event type %s: %s", name, err.Error())
	}
	return read, nil
}

// keep remembers what was read, unless a change was told since the reading
// began: then it may be what was before.
func (c *Catalog) keep(name string, read *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if read.epoch != c.epoch {
		return
	}
	if read.known {
		c.others.Remove(name)
		c.types.Add(name, read)
		return
	}
	c.types.Remove(name)
	c.others.Add(name, read)
}
