package app

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"carillon/testkit"
)

// node is one server of this process, its client and its tenant.
type node struct {
	*App
	client *testkit.Client
}

func bootNode(t *testing.T, url string) node {
	t.Helper()
	a := boot(t, Config{DatabaseURL: url, AllowNetworks: Networks{netip.MustParsePrefix("127.0.0.0/8")}})
	return node{a, testkit.NewClient(t, a.URL(), testAdmin.Reveal())}
}

func (n node) do(t *testing.T, query string, vars testkit.Vars, out any) {
	t.Helper()
	if err := n.client.Do(t.Context(), query, vars, out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// route makes a tenant whose every event goes to a URL.
func (n node) route(t *testing.T, url string) (tenant string) {
	t.Helper()
	var made struct{ CreateTenant, CreateChannel struct{ ID string } }
	n.do(t, `mutation { createTenant(input: {name: "acme"}) { id } }`, nil, &made)
	tenant = made.CreateTenant.ID
	n.do(t, `mutation($t: ID!, $u: String!) { createChannel(input: {tenantId: $t, name: "c", config: {http: {url: $u}}}) { id } }`,
		testkit.Vars{"t": tenant, "u": url}, &made)
	n.do(t, `mutation($t: ID!, $c: ID!) { createWebhook(input: {tenantId: $t, name: "w", eventTypes: ["*"], routes: [{channelId: $c}]}) { id } }`,
		testkit.Vars{"t": tenant, "c": made.CreateChannel.ID}, nil)
	return tenant
}

func (n node) publish(t *testing.T, tenant string) (event string) {
	t.Helper()
	var made struct{ PublishEvent struct{ ID string } }
	n.do(t, `mutation($t: ID!) { publishEvent(input: {tenantId: $t, type: "a.b", data: {x: 1}}) { id } }`, testkit.Vars{"t": tenant}, &made)
	return made.PublishEvent.ID
}

// TestNodesSeeEachOther publishes on one node and watches on another.
func TestNodesSeeEachOther(t *testing.T) {
	t.Parallel()
	receiver := testkit.NewReceiver(t)
	url := testkit.Postgres(t)
	here, there := bootNode(t, url), bootNode(t, url)
	tenant := here.route(t, receiver.URL)

	updates, err := there.client.Subscribe(t, `subscription { deliveryUpdated { status event { id } } }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	attempts, err := there.client.SubscribeSSE(t, `subscription { deliveryAttempts { status event { id } } }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	awaitReaders(t, there)

	event := here.publish(t, tenant)
	var attempt struct {
		DeliveryAttempts struct {
			Status string
			Event  struct{ ID string }
		}
	}
	if err := attempts.Next(t.Context(), &attempt); err != nil || attempt.DeliveryAttempts.Event.ID != event {
		t.Errorf("attempt: %+v, %v; want event %s", attempt, err, event)
	}
	var update struct {
		DeliveryUpdated struct {
			Status string
			Event  struct{ ID string }
		}
	}
	for update.DeliveryUpdated.Status != "SUCCEEDED" {
		if err := updates.Next(t.Context(), &update); err != nil {
			t.Fatal(err)
		}
		if update.DeliveryUpdated.Event.ID != event {
			t.Errorf("update of another event: %+v", update)
		}
	}
}

// awaitReaders waits until a node's streams have somebody who listens.
func awaitReaders(t *testing.T, n node) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !n.rooms.live.updates.Watched() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("nobody listens")
		}
	}
}

// TestAStopFinishesWhatIsUnderWay closes while a message waits for its answer.
func TestAStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		gate := make(chan struct{})
		receiver := testkit.NewReceiver(t, testkit.Answers(func(testkit.Received) testkit.Answer { return testkit.Answer{Gate: gate} }))
		first := bootNode(t, url)
		tenant := first.route(t, receiver.URL)
		event := first.publish(t, tenant)
		receiver.Wait(1, patience)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			shut(t, first.App)
		}()
		for !first.draining.Load() {
			runtime.Gosched()
		}
		close(gate)
		<-closed

		second := bootNode(t, url)
		var got struct {
			Event struct {
				Deliveries struct {
					Nodes []struct {
						Status       string
						AttemptCount int
					}
				}
			}
		}
		second.do(t, `query($e: ID!) { event(id: $e) { deliveries { nodes { status attemptCount } } } }`, testkit.Vars{"e": event}, &got)
		nodes := got.Event.Deliveries.Nodes
		if len(nodes) != 1 || nodes[0].Status != "SUCCEEDED" || nodes[0].AttemptCount != 1 {
			t.Errorf("got %+v", got)
		}
	})
}
