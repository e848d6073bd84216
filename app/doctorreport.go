package app

import (
	"encoding/json"
	"fmt"
	"strings"
)

// verdict is what one check came to.
type verdict string

const (
	fine    verdict = "ok"
	warning verdict = "warning"
	failed  verdict = "failed"
	skipped verdict = "skipped"
)

// finding is one line of the doctor's report.
type finding struct {
	Check  string  `json:"check"`
	Status verdict `json:"status"`
	Found  string  `json:"found"`
	Advice string  `json:"advice,omitempty"` // what to do about it
}

// report gathers findings, and shows each as it comes unless it is for programs.
type report struct {
	to   *screen
	json bool
	list []finding
	err  error // of writing
}

func (r *report) add(status verdict, check, found, advice string) {
	f := finding{Check: check, Status: status, Found: found, Advice: advice}
	r.list = append(r.list, f)
	if r.json || r.err != nil {
		return
	}
	text := plain(found)
	if advice != "" {
		text += " → " + plain(advice)
	}
	as := map[verdict]style{fine: green, failed: red, warning: red, skipped: faint}[status]
	shown := r.to.paint(as, string(status)) + strings.Repeat(" ", 8-len(status))
	r.err = r.to.printf("%s %-12s %s\n", shown, check, text)
}

func (r *report) ok(check, format string, args ...any) {
	r.add(fine, check, fmt.Sprintf(format, args...), "")
}

func (r *report) warn(check, advice, format string, args ...any) {
	r.add(warning, check, fmt.Sprintf(format, args...), advice)
}

func (r *report) fail(check, advice, format string, args ...any) {
	r.add(failed, check, fmt.Sprintf(format, args...), advice)
}

func (r *report) skip(check, advice, format string, args ...any) {
	r.add(skipped, check, fmt.Sprintf(format, args...), advice)
}

// count is how many findings have a status.
func (r *report) count(status verdict) (n int) {
	for _, f := range r.list {
		if f.Status == status {
			n++
		}
	}
	return n
}

// end writes what is for programs; the error says that something failed.
func (r *report) end() error {
	if r.err != nil {
		return r.err
	}
	bad := r.count(failed)
	if r.json {
		text, err := json.Marshal(struct {
			OK     bool      `json:"ok"`
			Checks []finding `json:"checks"`
		}{bad == 0, r.list})
		if err != nil {
			return err
		}
		if err := r.to.printf("%s\n", plainJSON(text)); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d checks failed", bad, len(r.list))
	}
	return nil
}

// inBytes writes a size as people read it.
func inBytes(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
