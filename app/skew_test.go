package app

import (
	"net/netip"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// TestClocksOfNodesDiffer: of two nodes one machine is an hour ahead, the other
// one an hour behind. The database's clock decides.
func TestClocksOfNodesDiffer(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	nodes := []node{bootSkewed(t, url, time.Hour), bootSkewed(t, url, -time.Hour)}
	gate := make(chan struct{})
	receiver := testkit.NewReceiver(t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		if r.Number <= len(nodes) {
			return testkit.Answer{Status: 500, Gate: gate}
		}
		return testkit.Answer{}
	}))
	tenant := nodes[0].route(t, receiver.URL)
	nodes[0].do(t, `mutation($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }`, testkit.Vars{"i": map[string]any{
		"id": nodes[0].channel(t, tenant), "retryPolicy": map[string]any{"schedule": []string{"2s"}, "jitter": 0}}}, nil)
	var events []string
	for _, n := range nodes {
		events = append(events, n.publish(t, tenant))
	}
	receiver.Wait(len(nodes), patience)
	for i, event := range events { // each is leased, whoever looks
		for _, n := range nodes {
			if got := n.event(t, event); got.status() != "DELIVERING" || !recent(got.CreatedAt) || !recent(got.Timestamp) {
				t.Errorf("event of node %d: %+v", i+1, got)
			}
		}
	}
	close(gate)
	requests := receiver.Wait(2*len(nodes), patience)
	first := map[string]time.Time{}
	for _, r := range requests {
		if at, again := first[r.ID()]; !again {
			first[r.ID()] = r.At
		} else if wait := r.At.Sub(at); wait < 2*time.Second || wait > 2*time.Second+patience/2 {
			t.Errorf("the retry came after %s, want 2s", wait)
		}
	}
	for i, event := range events {
		for n := nodes[i]; ; {
			got := n.event(t, event)
			if got.status() != "SUCCEEDED" {
				continue
			}
			d := got.Deliveries.Nodes[0]
			if !recent(*d.CompletedAt) || d.Attempts.Nodes[0].StartedAt.After(d.Attempts.Nodes[1].StartedAt) ||
				!recent(d.Attempts.Nodes[0].StartedAt) || !recent(*d.Attempts.Nodes[0].NextAttemptAt) {
				t.Errorf("event of node %d: %+v", i+1, got)
			}
			break
		}
	}
}

func bootSkewed(t *testing.T, url string, skew time.Duration) node {
	t.Helper()
	cfg := Config{DatabaseURL: url, AllowNetworks: Networks{netip.MustParsePrefix("127.0.0.0/8")},
		Listen: "127.0.0.1:0", AdminKey: testAdmin, EncryptionKey: models.NewSecret(testKey)}
	a, err := start(t.Context(), cfg, Output{}, func() time.Time { return time.Now().Add(skew) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, a) })
	return node{a, testkit.NewClient(t, a.URL(), testAdmin.Reveal())}
}

// recent says that a time is the database's, whose clock is that of the tests.
func recent(at time.Time) bool { return time.Since(at).Abs() < 10*time.Minute }

func (n node) channel(t *testing.T, tenant string) string {
	t.Helper()
	var got struct {
		Channels struct{ Nodes []struct{ ID string } }
	}
	n.do(t, `query($t: ID!) { channels(filter: {tenantId: $t}) { nodes { id } } }`, testkit.Vars{"t": tenant}, &got)
	return got.Channels.Nodes[0].ID
}

type eventSeen struct {
	CreatedAt, Timestamp time.Time
	Deliveries           struct {
		Nodes []struct {
			Status      string
			CompletedAt *time.Time
			Attempts    struct {
				Nodes []struct {
					StartedAt     time.Time
					NextAttemptAt *time.Time
				}
			}
		}
	}
}

func (e *eventSeen) status() string { return e.Deliveries.Nodes[0].Status }

func (n node) event(t *testing.T, id string) eventSeen {
	t.Helper()
	var got struct{ Event eventSeen }
	n.do(t, `query($e: ID!) { event(id: $e) { createdAt timestamp deliveries { nodes { status completedAt
		attempts { nodes { startedAt nextAttemptAt } } } } } }`, testkit.Vars{"e": id}, &got)
	return got.Event
}
