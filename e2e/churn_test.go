package e2e

import (
	"testing"

	"carillon/testkit"
)

// TestNodesComeAndGo: of three nodes one after the other is killed or stopped
// and started again, while all of the others take events and deliver. What was
// answered arrives; a node that stops in good order makes nothing come twice.
func TestNodesComeAndGo(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	nodes := []*node{start(t, database), start(t, database), start(t, database)}
	w := newWorld(t, nodes[0])
	seen := newTally()
	mark := w.mark()
	w.webhook("*", w.channel(seen.receiver(t).URL, retries("100ms", "1s", "1s")))
	loads := make([]*load, len(nodes))
	for i, n := range nodes {
		loads[i] = newLoad(w.at(n), "load")
	}
	all := func(n int) {
		t.Helper()
		for _, l := range loads {
			l.more(n)
		}
	}
	all(50)
	kills := 0
	for round, i := range []int{2, 0, 1, 0} {
		old := nodes[i]
		if round%2 == 0 {
			kills++
			old.kill()
		} else {
			old.terminate()
			old.await()
		}
		for j, l := range loads {
			if j != i {
				l.more(50) // the others go on
			}
		}
		nodes[i] = start(t, database)
		loads[i].moveTo(w.at(nodes[i]).api)
		all(50)
	}
	answered := map[string]bool{}
	for _, l := range loads {
		l.stop()
		for id := range l.answered {
			answered[id] = true
		}
	}
	w = w.at(nodes[2])
	seen.await(t, answered, leaseTime)
	w.awaitSuccess(mark, answered)
	checkSettled(w, answered)
	doubles := seen.doubles()
	t.Logf("%d events were answered, %d messages came twice after %d kills", len(answered), doubles, kills)
	if most := kills * 300; doubles > most {
		t.Errorf("%d messages came twice, at most %d are acceptable", doubles, most)
	}
	for _, n := range nodes {
		n.terminate()
		n.await()
	}
}
