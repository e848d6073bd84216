package demo

import (
	"fmt"
	"testing"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		plan plan
		want string // of the messages 1 to 6, the tries that are refused
	}{
		{"none", nil, "000000"},
		{"first", first(2, 3), "330000"},
		{"onceEvery", onceEvery(3), "001001"},
	} {
		r := &receiver{plan: row.plan, down: refusal{500, "no"}, tried: newTried()}
		got := ""
		for i := range 6 {
			refused := 0
			for r.judge(fmt.Sprint(i)) != nil {
				refused++
			}
			got += fmt.Sprint(refused)
		}
		if got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestAReceiverFailsAndMends(t *testing.T) {
	t.Parallel()
	r := &receiver{down: refusal{410, "gone"}, tried: newTried()}
	r.set(true)
	if no := r.judge("a"); no == nil || no.status != 410 || r.state() != "failing" {
		t.Errorf("%+v, %s", no, r.state())
	}
	r.set(false)
	if no := r.judge("a"); no != nil || r.state() != "answering" {
		t.Errorf("%+v, %s", no, r.state())
	}
}

func TestWhatAReceiverRemembersIsBounded(t *testing.T) {
	t.Parallel()
	r := &receiver{tried: newTried()}
	for i := range 3 * maxTried {
		r.judge(fmt.Sprint(i))
	}
	if n := r.tried.Len(); n != maxTried {
		t.Errorf("%d messages are remembered", n)
	}
}

func TestReceiversAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range receivers() {
		if seen[r.name] || r.description == "" || r.kind == "" || r.pace == 0 || r.down.status == 0 {
			t.Errorf("%+v", r)
		}
		seen[r.name] = true
	}
}
