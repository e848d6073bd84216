package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a Catalog over a map, with a clock that the test moves.
type bench struct {
	*Catalog
	mu      sync.Mutex
	types   map[string]models.EventType
	reads   int
	err     error
	reading func() // runs within each read, after the row was read
	now     time.Time
}

func setup() *bench {
	b := &bench{types: map[string]models.EventType{}, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	b.put("contact.created", `{"type":"object"}`)
	b.Catalog = New(b.load, func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	})
	return b
}

func (b *bench) load(_ context.Context, name string) (models.EventType, error) {
	b.mu.Lock()
	b.reads++
	found, ok := b.types[name]
	err, reading := b.err, b.reading
	b.mu.Unlock()
	if reading != nil {
		reading()
	}
	if err == nil && !ok {
		err = models.NotFound("event type", name)
	}
	return found, err
}

func (b *bench) put(name, schema string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.types[name] = models.EventType{Name: name, Version: "1", Schema: json.RawMessage(schema)}
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) want(t *testing.T, name string, known bool, reads int) Entry {
	t.Helper()
	entry, ok, err := b.Lookup(t.Context(), name)
	if err != nil || ok != known || b.reads != reads {
		t.Fatalf("%s: known %v after %d reads, %v; want %v after %d", name, ok, b.reads, err, known, reads)
	}
	return entry
}

func TestLookup(t *testing.T) {
	t.Parallel()
	b := setup()
	b.put("anything", "")
	entry := b.want(t, "contact.created", true, 1)
	if entry.Type.Name != "contact.created" || entry.Schema == nil || entry.Schema.Check("data", json.RawMessage("1")) == nil {
		t.Errorf("got %+v", entry)
	}
	if entry := b.want(t, "anything", true, 2); entry.Schema != nil {
		t.Errorf("got %+v", entry)
	}
	b.want(t, "unknown", false, 3)
	for range 5 {
		b.want(t, "contact.created", true, 3)
		b.want(t, "unknown", false, 3)
	}
}

func TestAnswersEnd(t *testing.T) {
	t.Parallel()
	b := setup()
	first := b.want(t, "contact.created", true, 1)
	b.want(t, "unknown", false, 2)
	b.pass(trustFor)
	b.put("unknown", "")
	if entry := b.want(t, "contact.created", true, 3); entry.Schema != first.Schema {
		t.Error("an unchanged schema was compiled anew")
	}
	b.want(t, "unknown", true, 4)
	b.put("contact.created", `{"type":"array"}`)
	b.pass(trustFor)
	if entry := b.want(t, "contact.created", true, 5); entry.Schema == first.Schema {
		t.Error("a changed schema was not compiled")
	}
}

func TestInvalidate(t *testing.T) {
	t.Parallel()
	b := setup()
	first := b.want(t, "contact.created", true, 1)
	b.want(t, "new", false, 2)
	b.put("new", "")
	b.Invalidate()
	b.want(t, "new", true, 3)
	if entry := b.want(t, "contact.created", true, 4); entry.Schema != first.Schema {
		t.Error("an unchanged schema was compiled anew")
	}
	b.want(t, "contact.created", true, 4)
}

// A reading that began before the change must not be kept after it.
func TestInvalidateDuringARead(t *testing.T) {
	t.Parallel()
	b := setup()
	b.reading = func() {
		b.reading = nil
		b.put("new", "")
		b.Invalidate()
	}
	b.want(t, "new", false, 1)
	b.want(t, "new", true, 2)
}

func TestOneCallerReadsAnew(t *testing.T) {
	t.Parallel()
	b := setup()
	b.want(t, "contact.created", true, 1)
	b.pass(trustFor)
	b.reading = func() {
		b.reading = nil
		b.want(t, "contact.created", true, 2) // meanwhile, from memory
	}
	b.want(t, "contact.created", true, 2)
}

func TestDatabaseFailure(t *testing.T) {
	t.Parallel()
	b := setup()
	b.want(t, "contact.created", true, 1)
	down := errors.New("connection refused")
	b.err = down
	if _, _, err := b.Lookup(t.Context(), "other"); !errors.Is(err, down) || models.CodeOf(err) != models.CodeInternal {
		t.Errorf("got %v", err)
	}
	b.pass(trustFor)
	if _, _, err := b.Lookup(t.Context(), "contact.created"); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	b.want(t, "contact.created", true, 3)
	b.err = nil
	b.pass(retryAfter)
	b.want(t, "contact.created", true, 4)
}

// A stored schema that no longer compiles is the server's fault, not the publisher's.
func TestStoredSchemaThatDoesNotCompile(t *testing.T) {
	t.Parallel()
	b := setup()
	b.put("bad", `{"type":"strin"}`)
	for range 2 {
		if _, _, err := b.Lookup(t.Context(), "bad"); err == nil || models.CodeOf(err) != models.CodeInternal {
			t.Errorf("got %v", err)
		}
	}
	if b.reads != 1 {
		t.Errorf("%d reads", b.reads)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	b := setup()
	b.want(t, "contact.created", true, 1)
	for i := range cacheSize + 10 {
		b.want(t, fmt.Sprintf("made-up-%d", i), false, i+2)
	}
	if n := b.others.Len(); n != cacheSize {
		t.Errorf("%d names are kept", n)
	}
	b.want(t, "contact.created", true, cacheSize+11)
}

func TestLookupConcurrently(t *testing.T) {
	t.Parallel()
	b := setup()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				if _, ok, err := b.Lookup(t.Context(), "contact.created"); !ok || err != nil {
					t.Errorf("got %v, %v", ok, err)
				}
				switch {
				case i%40 == 0:
					b.Invalidate()
				case worker == 0:
					b.pass(time.Second)
				}
			}
		})
	}
	wg.Wait()
}
