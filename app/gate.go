package app

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"sync/atomic"
	"time"

	"carillon/auth"
	"carillon/limits"
	"carillon/models"
)

// gate bounds what one client may have of this node: operations a second and
// subscriptions at once, of a key or a session and of an address, and wrong keys
// a minute. What stands in auth's context says whom to count.
type gate struct {
	now func() time.Duration

	// How often, in the order: keys, portal sessions, addresses without a key.
	keys, portals       *limits.Rate[models.ID]
	nobodies, wrongKeys *limits.Rate[netip.Addr]
	// Subscriptions at once, and WebSockets.
	ofKeys, ofPortals, socketsOfPortals *limits.Held[models.ID]
	ofAddresses, strangers              *limits.Held[netip.Addr]

	refusals [refusalReasons]atomic.Uint64
}

// refusal is why a client was turned away.
type refusal int

// The reasons, in the order of their names.
const (
	refusedKey refusal = iota
	refusedPortal
	refusedAddress
	refusedLogin
	refusedSubscriptionsOfKey
	refusedSubscriptionsOfAddress
	refusedSocket
	refusalReasons
)

func (r refusal) String() string {
	return [refusalReasons]string{"key_rate", "portal_rate", "address_rate", "failed_logins", "key_subscriptions", "address_subscriptions", "sockets"}[r]
}

// What a client may do at once is worth so long; so is what a wrong key costs.
const (
	rateBurst    = 2 * time.Second
	loginsWithin = time.Minute
	crowdedFor   = 5 * time.Second // until something may have ended
)

// What has no setting, because no honest client comes near it.
const (
	ofPortal    = 100   // subscriptions of a portal session at once, and WebSockets
	ofStrangers = 1_000 // WebSockets of an address that have sent no key (yet)
)

// newGate counts by a machine's clock, which does not turn back.
func newGate(cfg Config, machine func() time.Time) *gate {
	began := machine()
	return &gate{
		now:       func() time.Duration { return machine().Sub(began) },
		keys:      perSecond[models.ID](cfg.RateLimit),
		portals:   perSecond[models.ID](cfg.RateLimitPortal),
		nobodies:  perSecond[netip.Addr](cfg.RateLimitAddress),
		wrongKeys: within[netip.Addr](cfg.FailedLogins, loginsWithin, int(cfg.FailedLogins)),
		ofKeys:    limits.NewHeld[models.ID](cfg.MaxSubscriptions.most()),
		ofPortals: limits.NewHeld[models.ID](ofPortal), socketsOfPortals: limits.NewHeld[models.ID](ofPortal),
		ofAddresses: limits.NewHeld[netip.Addr](cfg.MaxSubscriptionsAddress.most()),
		strangers:   limits.NewHeld[netip.Addr](ofStrangers),
	}
}

func perSecond[K comparable](most Limit) *limits.Rate[K] {
	return within[K](most, time.Second, most.most()*int(rateBurst/time.Second))
}

func within[K comparable](most Limit, span time.Duration, burst int) *limits.Rate[K] {
	if most.most() == 0 {
		return nil
	}
	return limits.NewRate[K](limits.RateConfig{Every: span / time.Duration(most.most()), Burst: burst})
}

// Request counts an operation: of its key or session, else of its address.
func (g *gate) Request(ctx context.Context) error {
	switch p := auth.From(ctx); {
	case p == nil:
		wait := g.nobodies.Take(clientOf(ctx), g.now())
		return g.slower(refusedAddress, wait, "too many requests without a key came from this address; send a key")
	case p.Portal():
		wait := g.portals.Take(p.SessionID, g.now())
		return g.slower(refusedPortal, wait, "this portal session asks too often")
	default:
		wait := g.keys.Take(countedBy(p), g.now())
		return g.slower(refusedKey, wait, "this API key asks too often")
	}
}

func (g *gate) slower(why refusal, wait time.Duration, what string) error {
	if wait <= 0 {
		return nil
	}
	return g.refuse(why, wait, what)
}

func (g *gate) refuse(why refusal, wait time.Duration, what string) *models.Error {
	g.refusals[why].Add(1)
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return &models.Error{Code: models.CodeRateLimited, RetryAfter: wait,
		Message: fmt.Sprintf("%s; come again in %s", what, models.FormatDuration(wait))}
}

// Refused counts a wrong key. Nothing that opens is ever refused for it: other
// customers may share the address. What opened once, and ended, is no wrong key:
// its holder is to hear of the end.
func (g *gate) Refused(ctx context.Context, err error) error {
	if !auth.MadeUp(err) {
		return err
	}
	if wait := g.wrongKeys.Owe(clientOf(ctx), g.now()); wait > 0 {
		return g.refuse(refusedLogin, wait, err.Error()+"; too many such came from this address")
	}
	return err
}

// suspect says that too many wrong keys came from the address of ctx.
func (g *gate) suspect(ctx context.Context) bool {
	return g.wrongKeys.Over(clientOf(ctx), g.now())
}

// Subscription counts one of its key or session and of its address.
func (g *gate) Subscription(ctx context.Context) (leave func(), err error) {
	p, client := auth.From(ctx), clientOf(ctx)
	if p == nil {
		return func() {}, nil // it will be refused, for it has no key
	}
	own := g.ofKeys
	if p.Portal() {
		own = g.ofPortals
	}
	if !g.ofAddresses.Take(client) {
		return nil, g.refuse(refusedSubscriptionsOfAddress, crowdedFor, "this address has as many subscriptions as it may; end one")
	}
	if !own.Take(countedBy(p)) {
		g.ofAddresses.Give(client)
		return nil, g.refuse(refusedSubscriptionsOfKey, crowdedFor, "this key has as many subscriptions as it may; end one")
	}
	return func() {
		g.ofAddresses.Give(client)
		own.Give(countedBy(p))
	}, nil
}

// Socket counts a WebSocket: of its address until a key has come, then of the
// portal session. Those of keys are bounded by the connections there may be.
func (g *gate) Socket(ctx context.Context) (leave func(), err error) {
	switch p := auth.From(ctx); {
	case p == nil:
		client := clientOf(ctx)
		if !g.strangers.Take(client) {
			return nil, g.refuse(refusedSocket, crowdedFor, "this address has too many WebSockets that have sent no key")
		}
		return func() { g.strangers.Give(client) }, nil
	case p.Portal():
		if !g.socketsOfPortals.Take(p.SessionID) {
			return nil, g.refuse(refusedSocket, crowdedFor, "this portal session has as many WebSockets as it may; close one")
		}
		return func() { g.socketsOfPortals.Give(p.SessionID) }, nil
	}
	return func() {}, nil
}

// refused is how many were turned away since the start, by the reason's name.
func (g *gate) refused() map[string]uint64 {
	all := map[string]uint64{}
	for why := range refusalReasons {
		all[why.String()] = g.refusals[why].Load()
	}
	return all
}

// countedBy is what a principal counts by.
func countedBy(p *auth.Principal) models.ID {
	if !p.SessionID.IsZero() {
		return p.SessionID
	}
	return p.KeyID
}

// clientOf is what an address counts by; the zero one for all that have none.
func clientOf(ctx context.Context) netip.Addr { return limits.Network(auth.Address(ctx)) }
