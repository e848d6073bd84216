package engine_test

import (
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/testkit"
)

// A node that stood still past its lease wakes up with a result that is late:
// what another node recorded meanwhile stays as it is.
func TestANodeThatStoodStillOverwritesNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		still := setup(t, url, options{policy: policy(time.Hour)})
		still.sender.hang()
		still.sender.fail(&channels.Error{Code: models.ErrRejected, Message: "the receiver answered 500", Class: channels.Temporary})
		event := still.publish(`{}`)
		still.awaitSend(1)

		// The other node's time goes on, this one's does not.
		second := *still
		second.clock, second.sender = testkit.NewClock(), newSender()
		second.clock.Advance(21 * time.Second)
		second.open(options{})
		second.start(options{})
		if a := second.recorded(1)[0]; a.EventID != event.ID || a.Status != models.AttemptSucceeded {
			t.Fatalf("the other node recorded %+v", a)
		}
		done := second.delivery(event)

		still.stop() // the attempt ends now, with a failure
		if d := second.delivery(event); d.Status != models.DeliverySucceeded || d.AttemptCount != 1 || !d.CompletedAt.Equal(*done.CompletedAt) {
			t.Errorf("the late result made it %+v", d)
		}
		attempts, err := second.store.AttemptsOfDelivery(t.Context(), done.ID, models.Page{First: 10})
		second.must(err)
		if len(attempts.Nodes) != 1 {
			t.Errorf("%d attempts are recorded, want the other node's alone", len(attempts.Nodes))
		}
	})
}
