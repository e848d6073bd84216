package demo

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"carillon/models"
)

// receiver is one that messages are sent to. It takes them, but for those that
// its plan refuses, and none while a person lets it fail.
type receiver struct {
	name        string
	kind        models.ChannelKind
	description string
	signed      bool          // checks Standard Webhooks signatures
	down        refusal       // what it says while it fails
	plan        plan          // nil refuses nothing
	pace        time.Duration // how long it takes to answer, on average

	mu      sync.Mutex
	failing bool
	counted int
	tried   *lru.Cache[string, *tries]
}

// refusal is an answer that takes nothing: an HTTP status or an SMTP reply.
type refusal struct {
	status int
	text   string
}

// plan says whether a try of a message is refused: the ordinal of the message at
// its receiver and the number of the try count from 1.
type plan func(ordinal, try int) bool

// first refuses the first messages, each so many times.
func first(messages, times int) plan {
	return func(ordinal, try int) bool { return ordinal <= messages && try <= times }
}

// onceEvery refuses the first try of every nth message.
func onceEvery(n int) plan {
	return func(ordinal, try int) bool { return ordinal%n == 0 && try == 1 }
}

// tries is what a receiver remembers of a message.
type tries struct{ ordinal, count int }

// maxTried bounds the messages that a receiver remembers; one that it forgot
// counts as new.
const maxTried = 2000

func newTried() *lru.Cache[string, *tries] {
	cache, err := lru.New[string, *tries](maxTried)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return cache
}

// judge says how a message is answered; nil takes it. The key is the same in all
// tries of one message.
func (r *receiver) judge(key string) *refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, ok := r.tried.Get(key)
	if !ok {
		r.counted++
		seen = &tries{ordinal: r.counted}
		r.tried.Add(key, seen)
	}
	seen.count++
	if r.failing || r.plan != nil && r.plan(seen.ordinal, seen.count) {
		return &r.down
	}
	return nil
}

// set lets the receiver fail, or mends it.
func (r *receiver) set(failing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failing = failing
}

// work takes the time that an answer takes: that of real receivers varies, and
// now and then one is slow.
func (r *receiver) work(ctx context.Context) {
	pause := r.pace/2 + rand.N(r.pace)
	if rand.IntN(25) == 0 {
		pause *= 4
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (r *receiver) state() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing {
		return "failing"
	}
	return "answering"
}

// Names of the receivers, which are part of their addresses.
const (
	warehouseName  = "warehouse"
	invoicingName  = "invoicing"
	analyticsName  = "analytics"
	partnerName    = "partner-feed"
	storefrontName = "old-storefront"
	billingName    = "billing"
	tryName        = "try"
	slackName      = "slack"
	mailName       = "mail"
	smsName        = "sms"
)

// receivers are all that there are, as they begin.
func receivers() []*receiver {
	broken := refusal{http.StatusInternalServerError, `{"error":"the service is not well"}`}
	list := []*receiver{
		{name: warehouseName, pace: 25 * time.Millisecond, kind: models.KindHTTP, signed: true, plan: onceEvery(5), down: broken,
			description: "Gets the orders to ship, those of one order in their order. Refuses the first try of every fifth message."},
		{name: invoicingName, pace: 60 * time.Millisecond, kind: models.KindHTTP, signed: true, plan: first(6, 3),
			down:        refusal{http.StatusInternalServerError, `{"error":"the ledger is closed"}`},
			description: "Gets paid orders. Refused its first 6 messages until they were out of retries; recover them in bulk."},
		{name: analyticsName, pace: 40 * time.Millisecond, kind: models.KindHTTP, signed: true, down: broken,
			description: "Gets everything, up to 25 events in a message."},
		{name: partnerName, pace: 80 * time.Millisecond, kind: models.KindHTTP, signed: true, down: broken,
			description: "For stock levels. Its channel begins paused: resume it, and what waited is sent."},
		{name: storefrontName, pace: 15 * time.Millisecond, kind: models.KindHTTP, signed: true, failing: true,
			down:        refusal{http.StatusGone, `{"error":"this shop front is gone"}`},
			description: "A shop front that is gone: while it fails it answers 410, which disables its channel. Mend it, resume the channel, and what waited is sent."},
		{name: billingName, pace: 35 * time.Millisecond, kind: models.KindHTTP, signed: true, plan: onceEvery(4), down: broken,
			description: "Gets the deals that were won above 5,000. Refuses the first try of every fourth message; ten failures in a row disable its channel."},
		{name: tryName, pace: 10 * time.Millisecond, kind: models.KindHTTP, down: broken,
			description: "Takes whatever comes, signed or not: for channels of your own."},
		{name: slackName, pace: 70 * time.Millisecond, kind: models.KindSlack, plan: onceEvery(9),
			down:        refusal{http.StatusInternalServerError, `{"ok":false,"error":"internal_error"}`},
			description: "Stands in for Slack: a bot with threads, and an incoming webhook. Refuses the first try of every ninth message."},
		{name: mailName, pace: 20 * time.Millisecond, kind: models.KindEmail, plan: onceEvery(5),
			down:        refusal{451, "Not now, please try again later"},
			description: "A mail server. Puts off the first try of every fifth message, as greylisting does."},
		{name: smsName, pace: 50 * time.Millisecond, kind: models.KindSMS,
			down:        refusal{http.StatusServiceUnavailable, `{"code":20503,"message":"Service unavailable","status":503}`},
			description: "Stands in for Twilio, and reports what became of each text. Every tenth does not reach its number."},
	}
	for _, r := range list {
		r.tried = newTried()
	}
	return list
}
