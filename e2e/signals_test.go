package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/testkit"
)

// disabledChannels lists the channels that were told to be disabled, once for
// each time that it was told.
func (w *world) disabledChannels() (ids []string) {
	w.t.Helper()
	var out struct {
		Events struct{ Nodes []struct{ EntityID string } }
	}
	w.do(`{ events(first: 500, filter: {types: ["carillon.channel.disabled"]}) { nodes { entityId } } }`, nil, &out)
	for _, event := range out.Events.Nodes {
		ids = append(ids, event.EntityID)
	}
	slices.Sort(ids)
	return ids
}

// TestSignalsOutliveTheirNode: a node disables a channel and dies before it could
// publish that. Of two others one does, once.
func TestSignalsOutliveTheirNode(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	w := newWorld(t, start(t, database))
	answers := make(chan struct{})
	receiver := testkit.NewReceiver(t, testkit.Answers(func(testkit.Received) testkit.Answer {
		<-answers
		return testkit.Answer{Status: 410}
	}))
	operators := testkit.NewReceiver(t)
	channel := w.channel(receiver.URL, nil)
	w.webhook("order.*", channel)
	w.webhook("carillon.channel.*", w.channel(operators.URL, nil))

	conn, err := pgx.Connect(w.ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	run := func(statement string) {
		t.Helper()
		if _, err := conn.Exec(w.ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func(n int) {
		t.Helper()
		for limit := time.Now().Add(patience); ; {
			var found int
			if err := conn.QueryRow(w.ctx, "SELECT count(*) FROM signals").Scan(&found); err != nil {
				t.Fatal(err)
			}
			if found == n {
				return
			}
			if time.Now().After(limit) {
				t.Fatalf("%d signals wait, want %d", found, n)
			}
			<-time.After(20 * time.Millisecond)
		}
	}
	w.publish("order.placed", `{}`)
	receiver.Wait(1, patience)
	run("BEGIN")
	run("LOCK TABLE events IN EXCLUSIVE MODE") // nobody can publish
	close(answers)
	waiting(1)
	w.node.kill()

	var second, third *node
	var starting sync.WaitGroup
	starting.Go(func() { second = start(t, database) })
	starting.Go(func() { third = start(t, database) })
	starting.Wait()
	if second == nil || third == nil {
		t.FailNow()
	}
	w = w.at(second)
	if told := w.disabledChannels(); len(told) != 0 {
		t.Fatalf("told of %v while nobody can publish", told)
	}
	waiting(1)
	run("COMMIT")
	operators.Wait(1, patience)
	waiting(0)
	if told := w.at(third).disabledChannels(); !slices.Equal(told, []string{channel}) {
		t.Errorf("told of %v, want %s once", told, channel)
	}
	if state := w.channelState(channel); state.Status != "DISABLED" {
		t.Errorf("the channel is %s", state.Status)
	}
	if n := operators.Count(); n != 1 {
		t.Errorf("the operators heard %d times of it", n)
	}
}

// TestSignalsOverKills: on SQLite a node that is killed around the time at which
// it disables a channel tells of each once, when it is there again.
func TestSignalsOverKills(t *testing.T) {
	t.Parallel()
	database := testkit.SQLite(t)
	receiver := testkit.NewReceiver(t, testkit.Statuses(410))
	w := newWorld(t, start(t, database))
	random := rand.New(rand.NewPCG(7, 7))
	var channels []string
	for i := range 5 {
		before := receiver.Count()
		id := w.channel(receiver.URL, nil)
		channels = append(channels, id)
		eventType := fmt.Sprint("order.", i)
		w.webhook(eventType, id)
		w.publish(eventType, `{}`)
		receiver.Wait(before+1, patience)
		<-time.After(time.Duration(random.IntN(20)) * time.Millisecond)
		w.node.kill()
		w = w.at(start(t, database))
	}
	slices.Sort(channels)
	for limit := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
		told := w.disabledChannels()
		if slices.Equal(told, channels) {
			return
		}
		if len(told) > len(channels) || time.Now().After(limit) {
			t.Fatalf("told of %v, want each once of %v", told, channels)
		}
	}
}
