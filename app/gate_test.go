package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"carillon/auth"
	"carillon/models"
)

// gated is a gate whose clock the test moves.
type gated struct {
	*gate
	t   *testing.T
	now time.Time
}

func newGated(t *testing.T, change func(*Config)) *gated {
	t.Helper()
	cfg, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg)
	}
	g := &gated{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	g.gate = newGate(cfg, func() time.Time { return g.now })
	return g
}

// passes is how many requests of these pass at once.
func (g *gated) passes(from context.Context) (n int) {
	g.t.Helper()
	for ; n < 100_000; n++ {
		if err := g.Request(from); err != nil {
			if models.CodeOf(err) != models.CodeRateLimited {
				g.t.Errorf("got %v", err)
			}
			return n
		}
	}
	return n
}

func at(address string) context.Context {
	return auth.WithAddress(context.Background(), netip.MustParseAddr(address))
}

func by(p *auth.Principal, from context.Context) context.Context { return auth.With(from, p) }

func aKey() *auth.Principal { return &auth.Principal{KeyID: models.NewID(models.PrefixApiKey)} }

func aSession() *auth.Principal {
	tenant := models.NewID(models.PrefixTenant)
	return &auth.Principal{KeyID: models.NewID(models.PrefixApiKey), SessionID: models.NewID(models.PrefixSession), TenantID: &tenant}
}

func TestTheLimitsAsTheyAre(t *testing.T) {
	t.Parallel()
	g := newGated(t, nil)
	if n := g.passes(by(aKey(), at("192.0.2.1"))); n != 100_000 {
		t.Errorf("%d requests of a key pass", n)
	}
	session := aSession()
	if n := g.passes(by(session, at("192.0.2.1"))); n != 100 {
		t.Errorf("%d requests of a session pass", n)
	}
	if n := g.passes(by(session, at("192.0.2.2"))); n != 0 {
		t.Errorf("%d requests of it pass from elsewhere", n)
	}
	another := aSession()
	another.KeyID = session.KeyID
	if n := g.passes(by(another, at("192.0.2.1"))); n != 100 {
		t.Errorf("%d requests of another session pass", n)
	}
	administrator := &auth.Principal{SessionID: models.NewID(models.PrefixSession)}
	if n := g.passes(by(administrator, at("192.0.2.1"))); n != 100_000 {
		t.Errorf("%d requests of an administrator's session pass", n)
	}
	for address, want := range map[string]int{"192.0.2.1": 40, "192.0.2.2": 40, "2001:db8::1": 40} {
		if n := g.passes(at(address)); n != want {
			t.Errorf("%d requests of nobody at %s pass, want %d", n, address, want)
		}
	}
	for address, want := range map[string]int{"::ffff:192.0.2.1": 0, "2001:db8::2": 0, "2001:db8:0:1::1": 40} {
		if n := g.passes(at(address)); n != want {
			t.Errorf("%d requests of nobody at %s pass afterwards, want %d", n, address, want)
		}
	}
	if n := g.passes(context.Background()); n != 40 {
		t.Errorf("%d requests of nobody at no address pass", n)
	}
	g.now = g.now.Add(time.Second)
	if n := g.passes(at("192.0.2.1")); n != 20 {
		t.Errorf("%d requests of nobody pass in a second", n)
	}
	if got := g.refused(); got["portal_rate"] != 3 || got["address_rate"] != 8 || got["key_rate"] != 0 {
		t.Errorf("counted %v", got)
	}
}

func TestALimitOfKeys(t *testing.T) {
	t.Parallel()
	g := newGated(t, func(c *Config) { c.RateLimit = 5 })
	key := aKey()
	if n := g.passes(by(key, at("192.0.2.1"))); n != 10 {
		t.Errorf("%d requests pass", n)
	}
	err := g.Request(by(key, at("192.0.2.2")))
	refused, ok := err.(*models.Error) //nolint:errorlint // it is no other
	if !ok || refused.RetryAfter != time.Second || !strings.Contains(refused.Message, "come again in 1s") {
		t.Errorf("got %v", err)
	}
	if n := g.passes(by(aKey(), at("192.0.2.1"))); n != 10 {
		t.Errorf("%d requests of another key pass", n)
	}
	none := newGated(t, func(c *Config) {
		c.RateLimitAddress, c.RateLimitPortal, c.FailedLogins, c.MaxSubscriptions = -1, -1, -1, -1
	})
	if n := none.passes(at("192.0.2.1")) + none.passes(by(aSession(), at("192.0.2.1"))); n != 200_000 {
		t.Errorf("%d pass without a limit", n)
	}
	wrong := wrongKey(t)
	for range 1000 {
		if err := none.Refused(at("192.0.2.1"), wrong); err != wrong { //nolint:errorlint // it is the same
			t.Fatalf("got %v", err)
		}
	}
}

// wrongKey is what an authenticator says of one.
func wrongKey(t *testing.T) error {
	t.Helper()
	keys := auth.NewAuthenticator(auth.Config{})
	defer keys.Close()
	_, err := keys.Authenticate(context.Background(), "nothing like a key")
	if !auth.MadeUp(err) {
		t.Fatalf("got %v", err)
	}
	return err
}

func TestFailedLogins(t *testing.T) {
	t.Parallel()
	g := newGated(t, nil)
	wrong := wrongKey(t)
	from := at("2001:db8::1")
	for i := range 30 {
		if err := g.Refused(from, wrong); err != wrong || g.suspect(from) { //nolint:errorlint // it is the same
			t.Fatalf("number %d: %v", i+1, err)
		}
	}
	last := time.Duration(0)
	for range 5 {
		var err *models.Error
		if !errors.As(g.Refused(at("2001:db8::2"), wrong), &err) { // the same network
			t.Fatal("it is no error of the API's")
		}
		if err.Code != models.CodeRateLimited || err.RetryAfter <= last || !strings.Contains(err.Message, "Bearer <key>; too many such came") {
			t.Errorf("got %s %s %s", err.Code, err.RetryAfter, err.Message)
		}
		last = err.RetryAfter
	}
	if !g.suspect(from) || g.suspect(at("192.0.2.1")) {
		t.Error("the wrong ones are suspected")
	}
	if err := g.Request(by(aSession(), from)); err != nil {
		t.Errorf("what opens is refused: %v", err)
	}
	if err := g.Refused(at("192.0.2.1"), wrong); err != wrong { //nolint:errorlint // it is the same
		t.Errorf("somebody else: %v", err)
	}
	g.now = g.now.Add(last + 2*time.Second)
	if err := g.Refused(from, wrong); err != wrong || g.suspect(from) { //nolint:errorlint // it is the same
		t.Errorf("after the wait: %v", err)
	}
	ended := &models.Error{Code: models.CodeUnauthenticated, Message: "this API key has been revoked"}
	for range 100 { // its holder is to hear of it, and may ask again
		if err := g.Refused(from, ended); err != ended { //nolint:errorlint // it is the same
			t.Fatalf("what was revoked: %v", err)
		}
	}
	if got := g.refused()["failed_logins"]; got != 5 {
		t.Errorf("counted %d", got)
	}
}

func TestSubscriptionsAtOnce(t *testing.T) {
	t.Parallel()
	g := newGated(t, func(c *Config) { c.MaxSubscriptions, c.MaxSubscriptionsAddress = 2, 3 })
	key := aKey()
	begin := func(from context.Context, want string) func() {
		t.Helper()
		leave, err := g.Subscription(from)
		if err == nil && want == "" {
			return leave
		}
		if models.CodeOf(err) != models.CodeRateLimited || want == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		return func() {}
	}
	one := begin(by(key, at("192.0.2.1")), "")
	begin(by(key, at("192.0.2.2")), "")
	begin(by(key, at("192.0.2.3")), "this key has as many")
	begin(by(aKey(), at("192.0.2.1")), "")
	begin(by(aSession(), at("192.0.2.1")), "")
	begin(by(aKey(), at("192.0.2.1")), "this address has as many")
	one()
	begin(by(key, at("192.0.2.1")), "")
	begin(at("192.0.2.1"), "") // nobody has none: the resolver says so
	want := map[string]uint64{"key_rate": 0, "portal_rate": 0, "address_rate": 0, "failed_logins": 0, "key_subscriptions": 1, "address_subscriptions": 1, "sockets": 0}
	if got := g.refused(); !reflect.DeepEqual(got, want) {
		t.Errorf("counted %v", got)
	}
}

func TestSocketsAtOnce(t *testing.T) {
	t.Parallel()
	g := newGated(t, nil)
	count := func(from context.Context) (n int) {
		t.Helper()
		for ; n < 20_000; n++ {
			if _, err := g.Socket(from); err != nil {
				if models.CodeOf(err) != models.CodeRateLimited {
					t.Errorf("got %v", err)
				}
				return n
			}
		}
		return n
	}
	session := aSession()
	for _, row := range []struct {
		who  string
		from context.Context
		want int
	}{
		{"a stranger", at("192.0.2.1"), ofStrangers}, {"another one", at("192.0.2.2"), ofStrangers}, {"a key", by(aKey(), at("192.0.2.1")), 20_000},
		{"a session", by(session, at("192.0.2.1")), ofPortal}, {"the same elsewhere", by(session, at("192.0.2.2")), 0},
	} {
		if n := count(row.from); n != row.want {
			t.Errorf("%s opens %d, want %d", row.who, n, row.want)
		}
	}
	g.strangers.Give(clientOf(at("192.0.2.1")))
	if n := count(at("192.0.2.1")); n != 1 {
		t.Errorf("after one has left %d open", n)
	}
}

func TestAFloodOfAddressesCostsBoundedMemory(t *testing.T) {
	t.Parallel()
	g, wrong := newGated(t, nil), wrongKey(t)
	for i := range 200_000 {
		from := at(fmt.Sprintf("2001:db8:%x:%x::1", i>>8, i&0xff))
		_ = g.Request(from)
		_ = g.Refused(from, wrong)
	}
	if n, m := g.nobodies.Len(), g.wrongKeys.Len(); n > 66_000 || m > 66_000 {
		t.Errorf("%d and %d addresses are kept", n, m)
	}
}
