package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/testkit"
)

func ordered(c *models.Channel) { c.Ordering = models.OrderPerEntity }

func batched(most int, wait time.Duration) func(*models.Channel) {
	return func(c *models.Channel) { c.Batching = &models.Batching{MaxEvents: most, MaxWait: wait} }
}

// publishOf publishes n events of an entity at once, and gives their ids in order.
func (b *bundle) publishOf(entity string, n int) []string {
	b.t.Helper()
	in := make([]engine.PublishInput, n)
	for i := range in {
		in[i] = engine.PublishInput{TenantID: b.tenant, Type: "order.placed", EntityID: entity, Data: json.RawMessage(fmt.Sprint(i))}
	}
	events, err := b.engine.PublishAll(b.t.Context(), in)
	b.must(err)
	ids := make([]string, n)
	for i := range events {
		ids[i] = events[i].ID.String()
	}
	return ids
}

// only keeps the ids that are listed, in the order of all.
func only(all, listed []string) (kept []string) {
	for _, id := range all {
		if slices.Contains(listed, id) {
			kept = append(kept, id)
		}
	}
	return kept
}

func TestOrderIsKeptOverRetries(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(10 * time.Second)})
		b.change(ordered)
		b.sender.fail(temporary())
		stuck := b.publishOf("CONT-1", 3)
		b.recorded(1)
		free := b.publishOf("CONT-2", 3)
		none := b.publishOf("", 2)
		b.recorded(5) // other entities, and events of none, are not held up
		if n := b.sender.counts(); n[stuck[0]] != 1 || n[stuck[1]] != 0 || n[stuck[2]] != 0 {
			t.Fatalf("what stands behind one that failed was sent: %v", n)
		}
		later := b.publishOf("CONT-1", 1)
		b.clock.Advance(10 * time.Second)
		b.recorded(4)
		sent := b.sender.ids()
		if got, want := only(sent, append(stuck, later...)), slices.Concat(stuck[:1], stuck, later); !slices.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
		if got := only(sent, free); !slices.Equal(got, free) {
			t.Errorf("sent %v, want %v", got, free)
		}
		if got := only(sent, none); len(got) != 2 {
			t.Errorf("sent %v", got)
		}
	})
}

func TestOutOfRetriesLetsTheNextGo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy()})
		b.change(ordered)
		b.sender.fail(temporary())
		ids := b.publishOf("CONT-1", 2)
		failed := b.recorded(2)[0]
		if got := b.sender.ids(); !slices.Equal(got, ids) {
			t.Errorf("sent %v, want %v", got, ids)
		}
		d, err := b.store.DeliveriesByID(t.Context(), []models.ID{failed.DeliveryID})
		b.must(err)
		if reason := d[failed.DeliveryID].Reason; reason == nil || !strings.Contains(*reason, "the next event of its entity goes on") {
			t.Errorf("it failed for the reason %v, which does not say that the next goes on", reason)
		}
	})
}

// A canceled delivery lets the next go too, and a retry of one that waits behind
// another is refused.
func TestCancelLetsTheNextGo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Hour)})
		b.change(ordered)
		b.sender.fail(temporary())
		b.publishOf("CONT-1", 2)
		failed := b.recorded(1)[0]
		waiting, err := b.store.Deliveries(t.Context(), models.Page{First: 10},
			models.DeliveryFilter{TenantID: &b.tenant, Statuses: []models.DeliveryStatus{models.DeliveryPending}})
		b.must(err)
		if len(waiting.Nodes) != 1 || waiting.Nodes[0].NextAttemptAt != nil {
			t.Fatalf("%+v", waiting.Nodes)
		}
		_, err = b.engine.Retry(t.Context(), waiting.Nodes[0].ID)
		if models.CodeOf(err) != models.CodeConflict || !strings.Contains(err.Error(), failed.DeliveryID.String()) {
			t.Errorf("a retry out of turn gave %v, want a CONFLICT that names the one before", err)
		}
		_, err = b.engine.Cancel(t.Context(), failed.DeliveryID)
		b.must(err)
		if a := b.recorded(1)[0]; a.DeliveryID != waiting.Nodes[0].ID {
			t.Errorf("sent %s", a.DeliveryID)
		}
	})
}

func TestBatchesAreFullOrInTime(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.change(batched(3, time.Minute))
		ids := b.publishOf("", 7)
		full := b.recorded(6)
		if n := len(b.sender.ids()); n != 2 {
			t.Fatalf("%d messages left, want the two that are full", n)
		}
		b.clock.Advance(time.Minute)
		all := append(full, b.recorded(1)...)
		messages := map[models.ID][]string{}
		for _, a := range all {
			messages[a.RequestID] = append(messages[a.RequestID], a.EventID.String())
		}
		var sizes []int
		var sent []string
		for _, a := range all {
			if a.RequestID == a.ID {
				sizes = append(sizes, len(messages[a.ID]))
			}
			sent = append(sent, a.EventID.String())
		}
		slices.Sort(sizes)
		if !slices.Equal(sizes, []int{1, 3, 3}) {
			t.Errorf("the messages have %v events, want 3, 3 and 1", sizes)
		}
		slices.Sort(sent)
		slices.Sort(ids)
		if !slices.Equal(sent, ids) {
			t.Errorf("sent %v, want %v", sent, ids)
		}
	})
}

func TestABatchIsRetriedAsItWas(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(10 * time.Second)})
		b.change(batched(3, time.Minute))
		b.sender.fail(temporary())
		b.publishOf("", 3)
		first := b.recorded(3)
		b.publishOf("", 2) // does not join what was sent before
		b.clock.Advance(10 * time.Second)
		again := b.recorded(3)
		for i := range again {
			if again[i].EventID != first[i].EventID || again[i].Number != 2 || again[i].RequestID == first[0].RequestID {
				t.Errorf("the second time %+v", again[i])
			}
			if again[i].RequestID != again[0].ID || again[i].RequestBody != again[0].RequestBody {
				t.Errorf("the attempts of a message do not share it")
			}
		}
		sent := b.sender.ids()
		if len(sent) != 2 || sent[0] != sent[1] || !strings.HasPrefix(sent[0], "msg_") {
			t.Errorf("the message's ids were %v, want the same twice", sent)
		}
		page, err := b.store.Attempts(t.Context(), models.Page{First: 10}, models.AttemptFilter{TenantID: &b.tenant})
		b.must(err)
		for _, a := range page.Nodes {
			if a.RequestBody == "" || a.Target == "" {
				t.Errorf("attempt %s reads back without the content of its message", a.ID)
			}
		}
	})
}

// A node that dies after it has sent leaves a batch that goes out as the same message.
func TestADeadNodesBatchKeepsItsID(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		dead := setup(t, url, options{idle: true})
		dead.change(batched(3, time.Minute))
		dead.publishOf("", 3)
		work, err := dead.store.Claim(t.Context(), models.ClaimRequest{Owner: dead.node, Now: dead.clock.Now(), Until: dead.clock.Now().Add(20 * time.Second),
			Lanes: []models.LaneQuota{{Lane: models.Lane{ChannelID: dead.channel, WebhookID: dead.webhook}, Max: 10,
				Batching: &models.Batching{MaxEvents: 3, MaxWait: time.Minute}}}})
		if err != nil || len(work) != 3 || work[0].MessageID.IsZero() {
			t.Fatalf("claimed %+v, %v", work, err)
		}
		heir := dead.other(options{})
		heir.publishOf("", 2) // do not join it
		heir.clock.Advance(21 * time.Second)
		heir.recorded(3)
		if sent := heir.sender.ids(); len(sent) != 1 || sent[0] != work[0].MessageID.String() {
			t.Errorf("the message's ids were %v, want %s", sent, work[0].MessageID)
		}
	})
}

func TestOrderedBatches(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(10 * time.Second)})
		b.change(ordered)
		b.change(batched(4, time.Second))
		b.sender.fail(temporary())
		want := b.publishOf("CONT-1", 10)
		b.clock.Advance(time.Second)
		b.recorded(4)
		b.clock.Advance(10 * time.Second)
		b.recorded(4)
		var got []string
		for len(got) < 6 {
			b.clock.Advance(time.Second)
			for _, a := range b.recorded(1) {
				got = append(got, a.EventID.String())
			}
		}
		if !slices.Equal(got, want[4:]) {
			t.Errorf("sent %v, want %v", got, want[4:])
		}
	})
}

func TestATestEventToABatchingChannelIsABatchOfOne(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.change(batched(10, time.Hour))
		attempts, err := b.engine.SendTest(t.Context(), engine.TestInput{
			TenantID: b.tenant, ChannelID: &b.channel, EventType: "order.placed", Data: json.RawMessage(`{}`)})
		b.must(err)
		if body := attempts[0].RequestBody; !strings.HasPrefix(body, `{"events":[{"id":"evt_`) {
			t.Errorf("sent %s", body)
		}
	})
}

// A channel that is gone ends a whole batch at once.
func TestAPermanentFailureEndsABatch(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Second)})
		b.change(batched(3, time.Minute))
		b.sender.fail(&channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Message: "the endpoint answered 400"})
		b.publishOf("", 3)
		for _, a := range b.recorded(3) {
			if a.Status != models.AttemptFailed || a.NextAttemptAt != nil {
				t.Errorf("%+v", a)
			}
		}
		c, err := b.store.ChannelLive(t.Context(), b.channel)
		b.must(err)
		if c.ConsecutiveFailures != 1 {
			t.Errorf("a message counts as %d failures, want 1", c.ConsecutiveFailures)
		}
	})
}
