package conformance

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"time"

	"carillon/channels"
	"carillon/models"
)

// maxGrowth is what one try may take of memory, whatever it is answered.
const maxGrowth = 32 << 20

// oversize wants an endless answer to be cut, in memory and in time.
func oversize(p *probe) {
	p.Behave(Oversize)
	ctx, cancel := context.WithTimeout(p.ctx, plenty)
	defer cancel()
	growth := watchHeap()
	r, ok := p.send(ctx, p.Message(), plenty+grace)
	if grown := growth(); grown > maxGrowth {
		p.errorf("an endless answer took %d MiB of memory, want at most %d", grown>>20, maxGrowth>>20)
	}
	if !ok {
		return
	}
	if errors.Is(r.err, context.DeadlineExceeded) || r.took >= plenty {
		p.errorf("an endless answer was read for %s", r.took)
	}
	cancel()
	p.passes("after " + Oversize.String())
}

// watchHeap measures by how much the heap grows until the returned function is called.
func watchHeap() (growth func() uint64) {
	runtime.GC()
	base, stop := heap(), make(chan struct{})
	peak := base
	var wait sync.WaitGroup
	wait.Go(func() {
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-stop:
				return
			case <-look.C:
				peak = max(peak, heap())
			}
		}
	})
	return func() uint64 {
		close(stop)
		wait.Wait()
		return peak - base
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// deadline wants the caller's own end of time to be a timeout.
func deadline(p *probe) {
	p.Behave(Hang)
	ctx, cancel := context.WithTimeout(p.ctx, due/4)
	defer cancel()
	r, ok := p.send(ctx, p.Message(), due/4+grace)
	if e := channels.AsError(r.err); ok && (r.err == nil || e.Code != models.ErrTimeout || e.Class != channels.Temporary) {
		p.errorf("past the caller's deadline Send returned %v, want a temporary TIMEOUT", r.err)
	}
}

// cancellation stops tries at several points of their way, and wants them back
// at once with nothing left behind.
func cancellation(p *probe) {
	p.Behave(Hang)
	for _, after := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 200 * time.Millisecond} {
		ctx, cancel := context.WithCancel(p.ctx)
		stop := time.AfterFunc(after, cancel)
		r, ok := p.send(ctx, p.Message(), after+grace)
		stop.Stop()
		cancel()
		if !ok {
			break
		}
		if !errors.Is(r.err, context.Canceled) && (r.err == nil || !p.lacks(Stop)) {
			p.errorf("canceled after %s Send returned %v, want an error that wraps context.Canceled", after, r.err)
		}
	}
	p.passes("after a stop")
	p.nothingLeft()
}

// canceledBefore wants a try whose time is over not to begin.
func canceledBefore(p *probe) {
	ctx, cancel := context.WithCancel(p.ctx)
	cancel()
	r, ok := p.send(ctx, p.Message(), grace)
	if ok && !errors.Is(r.err, context.Canceled) {
		p.errorf("under a canceled context Send returned %v, want an error that wraps context.Canceled", r.err)
	}
	if n := len(p.Received()); n != 0 {
		p.errorf("under a canceled context %d messages were sent", n)
	}
	p.passes("after a stop")
}

// labelKey marks the goroutines that a probe's tries begin, and those that these
// begin: so they are told from those of tests that run at the same time.
const labelKey = "conformance"

// nothingLeft closes the adapter and waits for its goroutines to end.
func (p *probe) nothingLeft() {
	switch a := p.Adapter().(type) {
	case interface{ Close() }:
		a.Close()
	case interface{ Close() error }:
		if err := a.Close(); err != nil {
			p.errorf("Close returned %v", err)
		}
	}
	look, late := time.NewTicker(10*time.Millisecond), time.NewTimer(grace)
	defer look.Stop()
	defer late.Stop()
	for {
		left := p.goroutines()
		if left == "" {
			return
		}
		select {
		case <-look.C:
		case <-late.C:
			p.errorf("goroutines are left behind:\n%s", left)
			return
		}
	}
}

// goroutines lists those that bear the probe's label.
func (p *probe) goroutines() string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return err.Error()
	}
	var left []string
	for _, one := range strings.Split(all.String(), "\n\n") {
		if strings.Contains(one, strconv.Quote(labelKey)+":"+strconv.Quote(p.label)) {
			left = append(left, one)
		}
	}
	return strings.Join(left, "\n\n")
}
