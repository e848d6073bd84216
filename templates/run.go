package templates

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Bounds of one rendering. Steps and bytes are counted, so an ordinary template
// never meets the clock, however busy the machine is; only one that has taken
// freeSteps is timed.
const (
	maxTime   = 50 * time.Millisecond
	freeSteps = 10_000
	maxSteps  = 250_000
	maxBuilt  = 4 << 20   // bytes that functions build on the way
	maxOutput = 256 << 10 // bytes of one part, besides those of the events' data
	maxBatch  = 64 << 20  // bytes of one part of a built-in template, which takes any batch
	maxUsual  = 16 << 10  // bytes that are made room for at once
	maxCalls  = 32        // templates that call templates
)

// run is one rendering of one part.
type run struct {
	part    *part
	buf     []byte
	at      *site // where it is, for errors
	steps   int
	built   int
	room    int // bytes of the output besides maxOutput
	expired atomic.Bool
	timer   *time.Timer
	rehears bool    // compiled only: nothing is to run
	marks   *[]mark // where each value stands in the output; nil when nobody asks
}

// mark says that the output from offset on was written by a place.
type mark struct {
	offset int
	at     *site
}

// frame is `.` and `$` at the head of a template: every function gets it, and
// with it the run whose budget it spends.
type frame struct {
	run   *run
	dot   any
	calls int
}

var errRehearsal = errors.New("nothing is to run")

// render gives the part's output. Room is the size of the events' data: a
// template that passes them on is as long as they are, and a batch is long.
func (p *part) render(root any, room int) ([]byte, error) {
	r := &run{part: p, room: room, buf: make([]byte, 0, p.size)}
	if err := r.execute(root); err != nil {
		return nil, err
	}
	if p.format.isJSON() {
		if at := badJSON(r.buf); at >= 0 {
			return nil, p.explain(root, room, at)
		}
	}
	if n := int32(min(len(r.buf), maxUsual)); n > p.usual.Load() {
		p.usual.Store(n)
	}
	return r.buf, nil
}

func (r *run) execute(root any) error {
	err := r.part.exec.Execute(r, &frame{run: r, dot: root})
	if r.timer != nil {
		r.timer.Stop()
	}
	if err == nil {
		return nil
	}
	var known *RenderError
	if errors.As(err, &known) {
		return known
	}
	return r.fail(r.at, "%s", wording(err))
}

func (r *run) fail(at *site, format string, args ...any) error {
	e := &RenderError{Part: r.part.name, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		e.Line, e.Column = place(r.part.source, at.offset)
	}
	return e
}

// Write takes the literal text of the template.
func (r *run) Write(p []byte) (int, error) {
	if len(r.buf)+len(p) > r.longest() {
		return 0, r.tooLong()
	}
	r.buf = append(r.buf, p...)
	return len(p), nil
}

var _ io.Writer = (*run)(nil)

func (r *run) tooLong() error {
	return r.fail(r.at, "the output is longer than %d KiB and the events' data", (r.longest()-r.room)>>10)
}

// longest bounds the output of the part, in bytes.
func (r *run) longest() int {
	if r.part.most > 0 {
		return r.part.most + r.room
	}
	return maxOutput + r.room
}

// step counts work against the budget.
func (r *run) step(n int) error {
	if r.rehears {
		return errRehearsal
	}
	r.steps += n
	if r.steps <= freeSteps {
		return nil
	}
	if r.timer == nil && !r.part.trusted {
		r.timer = time.AfterFunc(maxTime, func() { r.expired.Store(true) })
	}
	if r.steps > maxSteps {
		return r.fail(r.at, "the template takes more than %d steps", maxSteps)
	}
	if r.expired.Load() {
		return r.fail(r.at, "the template takes longer than %d ms", maxTime.Milliseconds())
	}
	return nil
}

// spend counts bytes that a function is about to build, before it does.
func (r *run) spend(bytes int) error {
	if bytes < 0 || bytes > maxBuilt-r.built {
		return fmt.Errorf("the template builds more than %d MiB of text on its way", maxBuilt>>20)
	}
	r.built += bytes
	return r.step(bytes >> 6)
}
