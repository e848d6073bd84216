package conformance

import (
	"errors"
	"slices"
	"sync"

	"carillon/channels"
	"carillon/models"
)

// verdicts are the usual ones, of the behaviours that fail.
func verdicts() map[Behaviour]Verdict {
	type codes = []models.AttemptErrorCode
	return map[Behaviour]Verdict{
		RefuseForGood: {channels.Permanent, codes{models.ErrRejected}},
		RefuseChannel: {channels.Permanent, codes{models.ErrRejected, models.ErrConfig}},
		FailForNow:    {channels.Temporary, codes{models.ErrRejected, models.ErrProvider}},
		Throttle:      {channels.Throttled, codes{models.ErrRateLimited}},
		Hang:          {channels.Temporary, codes{models.ErrTimeout}},
		Trickle:       {channels.Temporary, codes{models.ErrTimeout}},
		Drop:          {channels.Temporary, codes{models.ErrConnect}},
		EchoSecrets:   {channels.Temporary, codes{models.ErrRejected, models.ErrProvider}},
	}
}

func checks() []check {
	all := []check{
		{name: Oversize.String(), behaviour: Oversize, serial: true, run: oversize},
		{name: Accept.String(), run: accepted},
	}
	for b := range verdicts() {
		all = append(all, check{name: b.String(), behaviour: b, run: func(p *probe) { failing(p, b) }})
	}
	return append(all,
		check{name: "Deadline", behaviour: Hang, run: deadline},
		check{name: "Cancellation", behaviour: Hang, run: cancellation},
		check{name: "CanceledBefore", run: canceledBefore},
		check{name: "Concurrency", run: concurrency},
		check{name: "Repeat", part: Identity, run: repeat},
		check{name: "Progress", run: progress},
		check{name: "RoundTrip", run: roundTrip},
		check{name: "Validation", run: validation},
		check{name: "Foreign", run: foreign},
		check{name: "NeverShown", run: neverShown},
	)
}

// accepted wants a success with all that is to be recorded.
func accepted(p *probe) {
	m := p.Message()
	r, ok := p.send(p.ctx, m, plenty)
	if !ok {
		return
	}
	if r.err != nil {
		p.errorf("Send returned %v, want success", r.err)
	}
	if n := len(p.Received()); n != 1 {
		p.errorf("the provider took %d messages, want 1", n)
	}
	if r.Target != m.Channel.Config.Target() {
		p.errorf("the receipt's target is %q, the configuration's %q", r.Target, m.Channel.Config.Target())
	}
	for part, there := range map[Part]bool{
		ResponseCode: r.ResponseCode != nil, ResponseBody: r.ResponseBody != nil && *r.ResponseBody != "",
		RequestHeaders: len(r.RequestHeaders) > 0, ResponseHeaders: len(r.ResponseHeaders) > 0,
	} {
		if !there && !p.lacks(part) {
			p.errorf("the receipt has no %s", part)
		}
	}
	for i := range r.Suppress {
		p.errorf("a success suppresses the recipient %s", r.Suppress[i].Address)
	}
}

// failing wants the behaviour's verdict, within the time, and an adapter that
// sends the next message as if nothing had been.
func failing(p *probe, b Behaviour) {
	want, given := p.subject.Verdicts[b]
	if !given {
		want = verdicts()[b]
	}
	ctx, cancel := p.bounded()
	defer cancel()
	p.Behave(b)
	r, ok := p.send(ctx, p.Message(), due+grace)
	if !ok {
		return
	}
	var e *channels.Error
	if !errors.As(r.err, &e) {
		p.errorf("Send returned %v, want a classed failure", r.err)
		return
	}
	if e.Class != want.Class {
		p.errorf("the failure %q has the class %d, want %d", e, e.Class, want.Class)
	}
	if !slices.Contains(want.Codes, e.Code) {
		p.errorf("the failure %q has the code %s, want one of %v", e, e.Code, want.Codes)
	}
	if disables := e.Disable != ""; disables != (b == RefuseChannel) {
		p.errorf("the failure %q disables the channel: %t, want %t", e, disables, b == RefuseChannel)
	}
	if b == Throttle && e.After <= 0 && !p.lacks(Pause) {
		p.errorf("the failure %q does not say how long the provider wants to be left alone", e)
	}
	cancel()
	p.passes("after " + b.String())
}

// atOnce is how many messages are under way at once.
const atOnce = 32

// concurrency sends many messages of one channel at once; the race detector,
// where it runs, watches.
func concurrency(p *probe) {
	before := p.snapshot(p.Message())
	var wait sync.WaitGroup
	for range atOnce {
		m := p.fresh()
		wait.Go(func() {
			r, ok := p.try(p.ctx, m, plenty)
			if !ok {
				return
			}
			p.judge(p.ctx, &r)
			if r.err != nil {
				p.errorf("one of %d messages at once failed: %v", atOnce, r.err)
			}
		})
	}
	wait.Wait()
	if n := len(p.Received()); n != atOnce {
		p.errorf("the provider took %d of %d messages that were sent at once", n, atOnce)
	}
	if p.snapshot(p.Message()) != before {
		p.errorf("sending changed the channel")
	}
}

// repeat sends a message twice and wants the receiver to be able to tell.
func repeat(p *probe) {
	m := p.Message()
	for range 2 {
		if r, ok := p.send(p.ctx, m, plenty); !ok || r.err != nil {
			p.errorf("Send returned %v, want success", r.err)
			return
		}
		m.Time = m.Time.Add(plenty)
	}
	m.ID, m.Key = p.fresh().ID, p.fresh().Key
	if r, ok := p.send(p.ctx, m, plenty); !ok || r.err != nil {
		p.errorf("Send returned %v, want success", r.err)
	}
	ids := p.Received()
	if len(ids) != 3 {
		p.errorf("the provider took %d messages, want 3", len(ids))
		return
	}
	if ids[0] == "" || ids[0] != ids[1] {
		p.errorf("a message that was sent twice bears %q, then %q", ids[0], ids[1])
	}
	if ids[2] == ids[0] {
		p.errorf("another message bears %q, too", ids[2])
	}
}

// progress sends again what was taken already, for adapters that know recipients.
func progress(p *probe) {
	m := p.Message()
	r, ok := p.send(p.ctx, m, plenty)
	if !ok || r.err != nil || len(r.Progress) == 0 {
		return
	}
	taken := len(p.Received())
	for i := range r.Progress {
		if r.Progress[i].State != models.RecipientTaken {
			p.errorf("the message was taken, but the recipient %s is %s", r.Progress[i].Address, r.Progress[i].State)
		}
	}
	m.Progress = r.Progress
	again, ok := p.send(p.ctx, m, plenty)
	if !ok {
		return
	}
	if again.err != nil || len(again.Progress) != len(r.Progress) {
		p.errorf("sent again with its progress, Send returned %v and %d of %d recipients", again.err, len(again.Progress), len(r.Progress))
	}
	if n := len(p.Received()) - taken; n != 0 {
		p.errorf("recipients that had a message got it %d times more", n)
	}
}
