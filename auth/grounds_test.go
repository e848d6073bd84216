package auth

import (
	"errors"
	"sync"
	"testing"
	"time"

	"carillon/models"
)

// session makes a session of a new tenant by a new key.
func (b *bench) session(t testing.TB, change ...func(*Session)) (header string, made Session) {
	t.Helper()
	_, key := b.add(nil)
	made = sessionOf(func(s *Session) { s.KeyID, s.ExpiresAt = key, b.now.Add(time.Hour) })
	b.rows.mu.Lock()
	b.rows.tenants[*made.TenantID] = models.Tenant{ID: *made.TenantID}
	b.rows.mu.Unlock()
	for _, fn := range change {
		fn(&made)
	}
	return "Bearer " + issue(t, b.tokens, made).Reveal(), made
}

func (b *bench) deleteTenant(id models.ID) {
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	delete(b.rows.tenants, id)
}

func wantOpen(t *testing.T, b *bench, header string) *Principal {
	t.Helper()
	p, err := b.Authenticate(t.Context(), header)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSessionOpens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, made := b.session(t)
	p := wantOpen(t, b, header)
	if p.SessionID != made.ID || p.KeyID != made.KeyID || *p.TenantID != *made.TenantID || p.KeyName != "portal session" ||
		!p.ExpiresAt.Equal(made.ExpiresAt) || !p.Portal() || p.Allows(models.ScopePublish) || !p.Allows(models.ScopeManage) {
		t.Errorf("got %+v of %+v", p, made)
	}
	for range 10 {
		wantOpen(t, b, header)
	}
	if n := b.rows.count(); n != 2 {
		t.Errorf("%d reads, want one of the tenant and one of the key", n)
	}
	if b.Close(); len(b.rows.touched) != 0 {
		t.Error("the use of a session counts as the use of its key")
	}
}

func TestAdministratorSession(t *testing.T) {
	t.Parallel()
	b := setup(t, func(r *rows) { r.err = errors.New("nothing to look up") })
	header, _ := b.session(t, func(s *Session) { s.TenantID, s.KeyID, s.Scopes = nil, models.ID{}, []models.Scope{models.ScopeAdmin} })
	p := wantOpen(t, b, header)
	if p.Portal() || !p.Allows(models.ScopeAdmin) || !p.Sees(models.NewID(models.PrefixTenant)) || p.KeyName != "administrator session" {
		t.Errorf("got %+v", p)
	}
	b.pass(time.Hour)
	wantRefused(t, b, header, "expired")
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  func(*bench, *Session)
		word string
	}{
		"at its end":      {func(b *bench, _ *Session) { b.pass(time.Hour) }, "expired"},
		"with its tenant": {func(b *bench, s *Session) { b.deleteTenant(*s.TenantID); b.pass(knownFor) }, "ended"},
		"with its key":    {func(b *bench, s *Session) { b.revoke(s.KeyID); b.pass(knownFor) }, "ended"},
		"with its tenant, at once where it was deleted": {func(b *bench, s *Session) { b.deleteTenant(*s.TenantID); b.Forget() }, "ended"},
		"with its key, at once where it was revoked":    {func(b *bench, s *Session) { b.revoke(s.KeyID); b.Forget(s.KeyID) }, "ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			header, made := b.session(t)
			other, _ := b.session(t, func(s *Session) { s.ExpiresAt = b.now.Add(2 * time.Hour) })
			wantOpen(t, b, header)
			test.end(b, &made)
			wantRefused(t, b, header, test.word)
			wantOpen(t, b, other)
		})
	}
}

func TestSessionEndsWhenItsKeyExpires(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, key := b.add(func(k *models.ApiKey) { at := b.now.Add(time.Second); k.ExpiresAt = &at })
	header, _ := b.session(t, func(s *Session) { s.KeyID = key })
	wantOpen(t, b, header)
	b.pass(time.Second)
	wantRefused(t, b, header, "ended")
}

func TestSessionOfAnUnknownKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, _ := b.session(t, func(s *Session) { s.KeyID = models.NewID(models.PrefixApiKey) })
	wantRefused(t, b, header, "ended")
}

func TestForgedSessionsAskNoDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, _ := b.session(t)
	wantRefused(t, b, header[:len(header)-1]+"_", "not valid")
	if n := b.rows.count(); n != 0 {
		t.Errorf("%d reads", n)
	}
}

// A key that a person chose may begin like a session.
func TestKeysThatLookLikeSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	secret := models.NewSecret("cs_an-administrator-has.chosen-this-key-0123456789")
	b.put(models.ApiKey{ID: models.NewID(models.PrefixApiKey), Scopes: []models.Scope{models.ScopeAdmin}, Hash: b.hasher.Hash(secret)})
	if p := wantOpen(t, b, "Bearer "+secret.Reveal()); !p.SessionID.IsZero() {
		t.Errorf("got %+v", p)
	}
}

// A reading that began before the revocation must not be kept after it.
func TestForgetDuringAReadOfASession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, made := b.session(t)
	b.rows.reading = func() {
		b.rows.mu.Lock()
		b.rows.reading = nil
		b.rows.mu.Unlock()
		b.deleteTenant(*made.TenantID)
		b.Forget()
	}
	_, _ = b.Authenticate(t.Context(), header)
	wantRefused(t, b, header, "ended")
}

func TestSessionWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	b := setup(t, func(r *rows) { r.err = down })
	header, _ := b.session(t)
	if _, err := b.Authenticate(t.Context(), header); !errors.Is(err, down) || models.CodeOf(err) != models.CodeInternal {
		t.Fatalf("got %v", err)
	}
	b.rows.mu.Lock()
	b.rows.err = nil
	b.rows.mu.Unlock()
	wantOpen(t, b, header)
}

func TestConcurrentSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, made := b.session(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				if _, err := b.Authenticate(t.Context(), header); err != nil {
					t.Error(err)
				}
				if i%50 == 0 {
					b.Forget(made.KeyID)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkAuthenticate(b *testing.B) {
	r := &rows{keys: map[string]models.ApiKey{}, tenants: map[models.ID]models.Tenant{}, touched: make(chan touch, 10)}
	hasher, secret, tokens := NewHasher([]byte("pepper")), NewSecret(), NewSessions([]byte("session key"))
	key := models.ApiKey{ID: models.NewID(models.PrefixApiKey), Scopes: []models.Scope{models.ScopeAdmin}, Hash: hasher.Hash(secret)}
	r.keys[string(key.Hash)] = key
	session := sessionOf(func(s *Session) { s.KeyID = key.ID })
	r.tenants[*session.TenantID] = models.Tenant{ID: *session.TenantID}
	a := NewAuthenticator(Config{Store: r, Hasher: hasher, Sessions: tokens, Now: func() time.Time { return time.Unix(1, 0) }})
	defer a.Close()
	for name, credential := range map[string]models.Secret{"key": secret, "session": issue(b, tokens, session)} {
		b.Run(name, func(b *testing.B) {
			header := "Bearer " + credential.Reveal()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Authenticate(b.Context(), header); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
