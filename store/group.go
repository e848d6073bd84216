package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// groupRows and groupBytes bound what one transaction of a group takes.
	groupRows  = 1000
	groupBytes = 8 << 20
	// After a group of so many callers the next one waits that long: under load a
	// transaction costs more than what is in it, the more so where several nodes share a log.
	lingerFrom = 8
	lingerTime = time.Millisecond
	// groupTimeout ends a transaction whose database does not answer.
	groupTimeout = 30 * time.Second
)

var errClosed = errors.New("the store is closed")

// group lets concurrent callers share transactions: one goroutine takes all
// that waits, commits it, and takes what came meanwhile. So a lone caller waits
// for its own commit only, and many callers for two at most.
type group[T, R any] struct {
	// commit must answer every job, by its out or its err.
	commit func(ctx context.Context, jobs []*job[T, R])
	size   func(*T) (rows, bytes int)

	wake    chan struct{} // holds one token while something waits
	stopped chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	waiting []*job[T, R]
	closed  bool
}

// job is what one caller handed in, and its answer.
type job[T, R any] struct {
	in   T
	out  R
	err  error
	done chan struct{} // closed when out and err are set
	gone atomic.Bool   // the caller waits no more
}

func newGroup[T, R any](size func(*T) (rows, bytes int), commit func(context.Context, []*job[T, R])) *group[T, R] {
	g := &group[T, R]{commit: commit, size: size, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	go g.run()
	return g
}

// do waits until in is committed or refused. When ctx ends before, in may still
// be committed.
func (g *group[T, R]) do(ctx context.Context, in T) (out R, err error) {
	if err := ctx.Err(); err != nil {
		return out, err
	}
	j := &job[T, R]{in: in, done: make(chan struct{})}
	if !g.enqueue(j) {
		return out, errClosed
	}
	select {
	case <-j.done:
		return j.out, j.err
	case <-ctx.Done():
		j.gone.Store(true)
		return out, ctx.Err()
	}
}

func (g *group[T, R]) enqueue(j *job[T, R]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.waiting = append(g.waiting, j)
	g.signal()
	return true
}

func (g *group[T, R]) signal() {
	select {
	case g.wake <- struct{}{}:
	default: // it is awake already
	}
}

// close commits what waits, and ends.
func (g *group[T, R]) close() {
	g.mu.Lock()
	g.closed = true
	g.signal()
	g.mu.Unlock()
	<-g.stopped
}

func (g *group[T, R]) run() {
	defer close(g.stopped)
	for {
		runtime.Gosched() // who is about to hand something in goes first
		jobs, closed := g.take()
		switch {
		case len(jobs) > 0:
			g.serve(jobs)
			if len(jobs) >= lingerFrom {
				g.linger()
			}
		case closed:
			return
		default:
			<-g.wake
		}
	}
}

// linger lets more come for the next transaction, where many do anyway.
func (g *group[T, R]) linger() {
	timer := time.NewTimer(lingerTime)
	defer timer.Stop()
	<-timer.C
}

func (g *group[T, R]) serve(jobs []*job[T, R]) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	g.commit(ctx, jobs)
	for _, j := range jobs {
		close(j.done)
	}
}

// take takes what waits, as far as one transaction goes, and drops what nobody
// waits for.
func (g *group[T, R]) take() (jobs []*job[T, R], closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken, rows, bytes := 0, 0, 0
	for _, j := range g.waiting {
		if !j.gone.Load() {
			r, b := g.size(&j.in)
			if len(jobs) > 0 && (rows+r > groupRows || bytes+b > groupBytes) {
				break
			}
			rows, bytes = rows+r, bytes+b
			jobs = append(jobs, j)
		}
		taken++
	}
	rest := copy(g.waiting, g.waiting[taken:])
	clear(g.waiting[rest:]) // so that answered jobs can be collected
	g.waiting = g.waiting[:rest]
	return jobs, g.closed
}
