package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
)

// Times that bound a check.
const (
	// due is the timeout of tries that must run into it.
	due = time.Second
	// grace is how much later than its time an adapter may return, on a machine
	// that does much else.
	grace = 3 * time.Second
	// plenty is the time of tries that are to end by themselves.
	plenty = 20 * time.Second
)

// check is one thing to prove. It is left out with its behaviour or its part.
type check struct {
	name      string
	behaviour Behaviour
	part      Part
	serial    bool // it measures the whole process
	run       func(*probe)
}

// probe is a check under way: it notes failures instead of ending the test, so
// that the suite can be tested itself.
type probe struct {
	Provider
	subject Subject
	ctx     context.Context
	label   string
	needles []string // what must never show

	mu    sync.Mutex
	noted []string
}

// failures runs the check on a fresh provider.
func (c *check) failures(t *testing.T, s Subject) []string {
	t.Helper()
	p := &probe{Provider: s.New(t), subject: s, ctx: t.Context()}
	p.label = fmt.Sprintf("%s %p", t.Name(), p)
	p.needles = needlesOf(p.Provider)
	func() {
		defer p.panicked("the suite")
		c.run(p)
	}()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.noted
}

func (p *probe) errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noted = append(p.noted, fmt.Sprintf(format, args...))
}

func (p *probe) panicked(who string) {
	if cause := recover(); cause != nil {
		p.errorf("%s panicked: %v", who, cause)
	}
}

// lacks says that the protocol does not have the part.
func (p *probe) lacks(part Part) bool {
	_, lacking := p.subject.Lacks[part]
	return lacking
}

// result is what one try came to.
type result struct {
	channels.Receipt
	err  error
	took time.Duration
}

// try sends without judging; ok is false where Send is not back within the time.
// All goroutines that come of it bear the probe's label.
func (p *probe) try(ctx context.Context, m channels.Message, within time.Duration) (r result, ok bool) {
	answer := make(chan result, 1)
	go pprof.Do(ctx, pprof.Labels(labelKey, p.label), func(ctx context.Context) {
		var r result
		begun := time.Now()
		defer func() {
			r.took = time.Since(begun)
			answer <- r
		}()
		defer p.panicked("Send")
		r.Receipt, r.err = p.Adapter().Send(ctx, m)
	})
	patience := time.NewTimer(within)
	defer patience.Stop()
	select {
	case r = <-answer:
		return r, true
	case <-patience.C:
		p.errorf("Send is not back after %s", within)
		return r, false
	}
}

// send is try with all that holds of every try.
func (p *probe) send(ctx context.Context, m channels.Message, within time.Duration) (result, bool) {
	before := p.snapshot(m)
	r, ok := p.try(ctx, m, within)
	if !ok {
		return r, false
	}
	if after := p.snapshot(m); after != before {
		p.errorf("Send changed the message, or its channel")
	}
	p.judge(ctx, &r)
	return r, true
}

// snapshot is all of a message, to tell whether it was changed.
func (p *probe) snapshot(m channels.Message) string {
	text, err := json.Marshal(m)
	if err != nil {
		p.errorf("the message cannot be written as JSON: %v", err)
	}
	var b strings.Builder
	b.Write(text)
	for _, secret := range m.Channel.Config.Secrets() {
		b.WriteString("|" + secret.Reveal())
	}
	return b.String()
}

// bounded gives a try the time due: by the channel's own timeout where there is
// one, else by the context.
func (p *probe) bounded() (context.Context, context.CancelFunc) {
	if s, ok := p.Provider.(Shortener); ok {
		s.Shorten(due)
		return context.WithCancel(p.ctx)
	}
	return context.WithTimeout(p.ctx, due)
}

// passes sends a message that must be taken.
func (p *probe) passes(why string) {
	p.Behave(Accept)
	taken := len(p.Received())
	r, ok := p.send(p.ctx, p.Message(), plenty)
	if ok && r.err != nil {
		p.errorf("%s: Send returned %v, want success", why, r.err)
	}
	if got := len(p.Received()) - taken; ok && got != 1 {
		p.errorf("%s: the provider took %d messages, want 1", why, got)
	}
}

// fresh is a good message under an id of its own.
func (p *probe) fresh() channels.Message {
	m := p.Message()
	m.ID, m.Key = models.NewID(models.PrefixEvent).String(), models.NewID(models.PrefixDelivery).String()
	return m
}
