package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"carillon/pgserver"
	"carillon/testkit"
)

// TestBehindPgBouncer: two servers behind one PgBouncer that hands each
// transaction another session are one Carillon too, although neither can listen.
func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	server := testkit.Server(t)
	pooler := testkit.Bouncer(t, server, "pool_mode = transaction", "default_pool_size = 20", "server_login_retry = 1")
	database := pooler.URL("postgres")
	var a, b *node
	var starting sync.WaitGroup // both migrate at once
	starting.Go(func() { a = start(t, database, "MAX_PAYLOAD=64KiB") })
	starting.Go(func() { b = start(t, database, "MAX_PAYLOAD=64KiB") })
	starting.Wait()
	if a == nil || b == nil {
		t.FailNow()
	}
	t.Run("stories", func(t *testing.T) {
		for name, story := range acrossNodes() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				onA := newWorld(t, a)
				story(onA, onA.at(b))
			})
		}
		t.Run("what changes on A is soon seen on B", func(t *testing.T) {
			t.Parallel()
			onA := newWorld(t, a)
			seenSoon(onA, onA.at(b))
		})
		for _, s := range scenarios() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				s.tell(newWorld(t, b))
			})
		}
	})
	restartBehindPooler(newWorld(t, a), b, server)
	for _, n := range []*node{a, b} {
		n.terminate()
		n.await()
	}
}

// restartBehindPooler: the database crashes, and what each node tells the other
// goes on when it is back.
func restartBehindPooler(w *world, other *node, server *pgserver.Server) {
	seen := newTally()
	w.webhook("*", w.channel(seen.receiver(w.t).URL, retries("100ms", "1s")))
	onB := w.at(other)
	shown := onB.watch(nil).events()
	l := startLoad(w, "load", true)
	l.more(100)
	server.Crash()
	w.node.awaitStatus("/readyz", http.StatusServiceUnavailable)
	if err := server.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	l.more(100)
	w.node.awaitStatus("/readyz", http.StatusOK)
	l.stop()
	seen.await(w.t, l.answered, patience)
	showsAll(w, shown, l.answered)
}

// seenSoon: B sends what A put on its way again, and shows what A canceled, long
// before it would have looked for itself.
func seenSoon(a, b *world) {
	receiver := testkit.NewReceiver(a.t, testkit.Statuses(500))
	channel := a.channel(receiver.URL, retries("1h"))
	a.webhook("*", channel)
	s, err := b.api.Subscribe(b.t, `subscription { deliveryUpdated {`+deliveryFields+`} }`, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer s.Close()
	updates := make(chan delivery, 1000)
	go func() {
		defer close(updates)
		for {
			var out struct{ DeliveryUpdated delivery }
			if s.Next(b.ctx, &out) != nil {
				return
			}
			updates <- out.DeliveryUpdated
		}
	}()
	event := a.publish("order.paid", `{}`)
	receiver.Wait(1, patience)
	for a.delivery(event).Status != "RETRYING" {
		if a.ctx.Err() != nil {
			a.t.Fatal("the delivery is not retried")
		}
	}
	begin := time.Now()
	a.call("cancelDelivery", a.delivery(event).ID)
	for d := range updates {
		if d.Event.ID == event && d.Status == "CANCELED" {
			break
		}
	}
	if took := time.Since(begin); took > 3*time.Second {
		a.t.Errorf("what A canceled was seen on B after %s", took)
	}
}
