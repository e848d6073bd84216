package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rows stands for the database's tables of keys and tenants.
type rows struct {
	mu      sync.Mutex
	keys    map[string]models.ApiKey // by hash
	tenants map[models.ID]models.Tenant
	reads   int
	err     error
	reading func() // runs within each read, before it answers
	touched chan touch
	hold    chan struct{} // where set, writes wait for it
}

func (r *rows) KeyByHash(_ context.Context, hash []byte) (models.ApiKey, error) {
	r.mu.Lock()
	r.reads++
	key, ok := r.keys[string(hash)]
	err, reading := r.err, r.reading
	r.mu.Unlock()
	if reading != nil {
		reading()
	}
	if err != nil {
		return models.ApiKey{}, err
	}
	if !ok {
		return models.ApiKey{}, models.NotFound("API key", "")
	}
	return key, nil
}

func (r *rows) ApiKeysByID(_ context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error) {
	return read(r, func() map[models.ID]models.ApiKey {
		found := map[models.ID]models.ApiKey{}
		for _, key := range r.keys {
			if slices.Contains(ids, key.ID) {
				found[key.ID] = key
			}
		}
		return found
	})
}

func (r *rows) TenantsByID(_ context.Context, ids []models.ID) (map[models.ID]models.Tenant, error) {
	return read(r, func() map[models.ID]models.Tenant {
		found := map[models.ID]models.Tenant{}
		for _, id := range ids {
			if tenant, ok := r.tenants[id]; ok {
				found[id] = tenant
			}
		}
		return found
	})
}

func read[T any](r *rows, find func() map[models.ID]T) (map[models.ID]T, error) {
	r.mu.Lock()
	r.reads++
	found, err, reading := find(), r.err, r.reading
	r.mu.Unlock()
	if reading != nil {
		reading()
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (r *rows) TouchKey(ctx context.Context, id models.ID, at time.Time) error {
	if r.hold != nil {
		select {
		case <-r.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.touched <- touch{key: id, at: at}
	return nil
}

func (r *rows) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reads
}

// bench is an Authenticator over rows, with a clock that the test moves.
type bench struct {
	*Authenticator
	rows   *rows
	hasher *Hasher
	tokens *Sessions
	mu     sync.Mutex
	now    time.Time
}

func setup(t *testing.T, change ...func(*rows)) *bench {
	t.Helper()
	b := &bench{
		rows:   &rows{keys: map[string]models.ApiKey{}, tenants: map[models.ID]models.Tenant{}, touched: make(chan touch, 100)},
		hasher: NewHasher([]byte("pepper")),
		tokens: NewSessions([]byte("session key")),
		now:    time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
	}
	for _, fn := range change {
		fn(b.rows)
	}
	b.Authenticator = NewAuthenticator(Config{Store: b.rows, Hasher: b.hasher, Sessions: b.tokens, Now: func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	}})
	t.Cleanup(b.Close)
	return b
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) add(change func(*models.ApiKey)) (header string, id models.ID) {
	tenant := models.NewID(models.PrefixTenant)
	secret := NewSecret()
	key := models.ApiKey{ID: models.NewID(models.PrefixApiKey), Name: "test", TenantID: &tenant,
		Scopes: []models.Scope{models.ScopeRead}, Hash: b.hasher.Hash(secret)}
	if change != nil {
		change(&key)
	}
	b.put(key)
	return "Bearer " + secret.Reveal(), key.ID
}

func (b *bench) put(key models.ApiKey) {
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	keys := maps.Clone(b.rows.keys)
	keys[string(key.Hash)] = key
	b.rows.keys = keys
}

func (b *bench) revoke(id models.ID) {
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	for hash, key := range b.rows.keys {
		if key.ID == id {
			at := b.now
			key.RevokedAt = &at
			b.rows.keys[hash] = key
		}
	}
}

func wantRefused(t *testing.T, b *bench, header, word string) {
	t.Helper()
	p, err := b.Authenticate(t.Context(), header)
	if p != nil || models.CodeOf(err) != models.CodeUnauthenticated || !strings.Contains(err.Error(), word) {
		t.Errorf("got %v, %v; want UNAUTHENTICATED with %q", p, err, word)
	}
	if _, key, _ := strings.Cut(header, " "); err != nil && key != "" && strings.Contains(err.Error(), key) {
		t.Errorf("the error repeats the key: %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, id := b.add(nil)
	p, err := b.Authenticate(t.Context(), header)
	if err != nil || p.KeyID != id || p.KeyName != "test" || p.TenantID == nil || !p.Allows(models.ScopeRead) {
		t.Fatalf("got %+v, %v", p, err)
	}
	if p, err := b.Authenticate(t.Context(), ""); p != nil || err != nil {
		t.Errorf("no header gives %v, %v", p, err)
	}
	wantRefused(t, b, "Bearer nonsense-that-nobody-made", "not known")
	wantRefused(t, b, "Basic Zm9vOmJhcg==", "Bearer <key>")
}

func TestAnswersAreCached(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, _ := b.add(nil)
	for range 10 {
		if _, err := b.Authenticate(t.Context(), header); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, b, "Bearer wrong", "not known")
	}
	if n := b.rows.count(); n != 2 {
		t.Errorf("%d reads, want one for each key", n)
	}
	b.pass(unknownFor)
	wantRefused(t, b, "Bearer wrong", "not known")
	if n := b.rows.count(); n != 3 {
		t.Errorf("%d reads, want the unknown key read anew", n)
	}
	b.pass(knownFor - unknownFor)
	if _, err := b.Authenticate(t.Context(), header); err != nil || b.rows.count() != 4 {
		t.Errorf("%d reads, %v; want the known key read anew", b.rows.count(), err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, _ := b.add(nil)
	if _, err := b.Authenticate(t.Context(), header); err != nil {
		t.Fatal(err)
	}
	for i := range cacheSize + 100 {
		_, _ = b.Authenticate(t.Context(), fmt.Sprintf("Bearer made-up-%d", i))
	}
	if n := b.unknown.Len(); n != cacheSize {
		t.Errorf("%d unknown keys are kept", n)
	}
	before := b.rows.count()
	if _, err := b.Authenticate(t.Context(), header); err != nil || b.rows.count() != before {
		t.Errorf("a flood of unknown keys pushed out a known one, %v", err)
	}
}

func TestExpiryIsCheckedOnEveryUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, _ := b.add(func(k *models.ApiKey) {
		at := b.now.Add(time.Second)
		k.ExpiresAt = &at
	})
	if _, err := b.Authenticate(t.Context(), header); err != nil {
		t.Fatal(err)
	}
	b.pass(time.Second)
	wantRefused(t, b, header, "expired")
	if n := b.rows.count(); n != 1 {
		t.Errorf("%d reads, want the cached key refused", n)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	revoked, id := b.add(nil)
	other, _ := b.add(nil)
	for _, header := range []string{revoked, other} {
		if _, err := b.Authenticate(t.Context(), header); err != nil {
			t.Fatal(err)
		}
	}
	b.revoke(id)
	if _, err := b.Authenticate(t.Context(), revoked); err != nil {
		t.Error("the answer was not cached")
	}
	b.Forget(id)
	wantRefused(t, b, revoked, "revoked")
	before := b.rows.count()
	if _, err := b.Authenticate(t.Context(), other); err != nil || b.rows.count() != before {
		t.Error("another key was forgotten too")
	}
	b.Forget()
	if _, err := b.Authenticate(t.Context(), other); err != nil || b.rows.count() != before+1 {
		t.Error("not every key was forgotten")
	}
}

// A read that began before the revocation must not be kept after it.
func TestForgetDuringARead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, id := b.add(nil)
	b.rows.reading = func() {
		b.rows.mu.Lock()
		b.rows.reading = nil
		b.rows.mu.Unlock()
		b.revoke(id)
		b.Forget(id)
	}
	_, _ = b.Authenticate(t.Context(), header)
	wantRefused(t, b, header, "revoked")
}

func TestDatabaseFailureIsNotCached(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	b := setup(t, func(r *rows) { r.err = down })
	header, _ := b.add(nil)
	if _, err := b.Authenticate(t.Context(), header); !errors.Is(err, down) || models.CodeOf(err) != models.CodeInternal {
		t.Fatalf("got %v", err)
	}
	b.rows.mu.Lock()
	b.rows.err = nil
	b.rows.mu.Unlock()
	if _, err := b.Authenticate(t.Context(), header); err != nil {
		t.Error(err)
	}
}

func TestLastUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, id := b.add(nil)
	first := b.now
	for range 90 { // 90 seconds, the cache expiring again and again
		if _, err := b.Authenticate(t.Context(), header); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Second)
	}
	b.Close()
	want := []touch{{id, first}, {id, first.Add(time.Minute)}}
	for _, w := range want {
		if got := <-b.rows.touched; got != w {
			t.Errorf("got %v, want %v", got, w)
		}
	}
	if n := len(b.rows.touched); n != 0 {
		t.Errorf("%d more", n)
	}
}

func TestRecentUseIsNotRecordedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, _ := b.add(func(k *models.ApiKey) {
		at := b.now.Add(-30 * time.Second) // by another node
		k.LastUsedAt = &at
	})
	if _, err := b.Authenticate(t.Context(), header); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if n := len(b.rows.touched); n != 0 {
		t.Errorf("%d times recorded", n)
	}
}

// A database that hangs holds up no request, and what is dropped is tried again.
func TestSlowRecordingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	const keys = touchQueue + 50
	b := setup(t, func(r *rows) {
		r.hold = make(chan struct{})
		r.touched = make(chan touch, 2*keys)
	})
	headers := make([]string, keys)
	for i := range headers {
		headers[i], _ = b.add(nil)
		if _, err := b.Authenticate(t.Context(), headers[i]); err != nil {
			t.Fatal(err)
		}
	}
	close(b.rows.hold)
	for range touchQueue {
		<-b.rows.touched
	}
	for _, header := range headers {
		if _, err := b.Authenticate(t.Context(), header); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	if n := len(b.rows.touched) + touchQueue; n != keys {
		t.Errorf("%d of %d keys recorded", n, keys)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	b := setup(t, func(r *rows) { r.touched = make(chan touch, 10_000) })
	header, id := b.add(nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				if _, err := b.Authenticate(t.Context(), header); err != nil {
					t.Error(err)
				}
				if i%50 == 0 {
					b.Forget(id)
				}
			}
		})
	}
	wg.Wait()
	b.Close()
	b.Close()
}

// Whose address has sent many wrong keys shares a few look-ups with its like, so
// that made-up keys cannot keep the database busy. What opens is served: a key
// that was seen before at once, another one in its turn.
func TestSuspectsShareAFewLookups(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old, _ := b.add(nil)
	if _, err := b.Authenticate(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	b.pass(knownFor) // what was read must be read anew
	fresh, _ := b.add(nil)
	others, _ := b.add(nil)
	type suspectKey struct{}
	b.suspect = func(ctx context.Context) bool { return ctx.Value(suspectKey{}) != nil }
	suspect := context.WithValue(t.Context(), suspectKey{}, true)

	reading, release := make(chan struct{}, 100), make(chan struct{})
	b.rows.reading = func() {
		reading <- struct{}{}
		<-release
	}
	var guesses sync.WaitGroup
	for i := range 50 {
		guesses.Go(func() { wantRefusedIn(t, suspect, b, fmt.Sprintf("Bearer made-up-%d", i), "not known") })
	}
	for range suspectLookups {
		<-reading
	}
	// All turns are taken. Who is no suspect, and what this node has seen before,
	// go to the database all the same.
	var served sync.WaitGroup
	for header, ctx := range map[string]context.Context{old: suspect, others: t.Context()} {
		served.Go(func() {
			if _, err := b.Authenticate(ctx, header); err != nil {
				t.Errorf("got %v", err)
			}
		})
		<-reading
	}
	given, cancel := context.WithCancel(suspect)
	cancel()
	if _, err := b.Authenticate(given, "Bearer given-up"); !errors.Is(err, context.Canceled) || models.CodeOf(err) != models.CodeInternal {
		t.Errorf("who has left: %v", err)
	}
	guesses.Go(func() {
		if _, err := b.Authenticate(suspect, fresh); err != nil {
			t.Errorf("a good key was refused for the wrong ones of others: %v", err)
		}
	})
	select {
	case <-reading:
		t.Error("more look-ups than there are turns")
	default:
	}
	close(release)
	served.Wait()
	guesses.Wait()
}

func wantRefusedIn(t *testing.T, ctx context.Context, b *bench, header, word string) {
	t.Helper()
	if _, err := b.Authenticate(ctx, header); models.CodeOf(err) != models.CodeUnauthenticated || !strings.Contains(err.Error(), word) {
		t.Errorf("got %v", err)
	}
}
