package engine_test

import (
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/testkit"
)

// outage publishes events whose only attempt fails.
func (b *bundle) outage(n int) {
	b.t.Helper()
	for range n {
		b.sender.fail(&channels.Error{Class: channels.Temporary, Code: models.ErrConnect, Message: "nobody is there"})
	}
	for range n {
		b.publish(`{}`)
	}
	b.recorded(n)
}

// recovered moves the clock on until the recovery is complete, and counts the
// attempts that were recorded meanwhile.
func (b *bundle) recovered(id models.ID) (r models.Recovery, attempts int) {
	b.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	push := time.NewTicker(5 * time.Millisecond)
	defer push.Stop()
	for r.CompletedAt == nil {
		select {
		case c := <-b.commits:
			attempts += len(c.Attempts)
			for i := range c.Recoveries {
				if c.Recoveries[i].ID == id {
					r = c.Recoveries[i]
				}
			}
		case <-push.C:
			b.clock.Advance(100 * time.Millisecond)
		case <-limit.C:
			b.t.Fatalf("the recovery is not complete: %+v", r)
		}
	}
	return r, attempts
}

func TestRecoverySendsWhatHasFailed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		const n = 450
		b := setup(t, url, options{policy: policy()})
		b.outage(n)
		r, err := b.engine.Recover(t.Context(), models.DeliveryFilter{TenantID: &b.tenant})
		b.must(err)
		if r.Total != n || r.TenantID != b.tenant {
			t.Fatalf("the recovery is %+v, want a total of %d", r, n)
		}
		r, sent := b.recovered(r.ID)
		if r.Done != n {
			t.Errorf("the recovery did %d, want %d", r.Done, n)
		}
		for _, a := range b.recorded(n - sent) {
			if a.Status != models.AttemptSucceeded || a.Number != 2 {
				t.Errorf("after the recovery: attempt %d is %s", a.Number, a.Status)
			}
		}
		if _, err := b.engine.CancelRecovery(t.Context(), r.ID); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("a complete recovery was canceled: %v", err)
		}
	})
}

func TestRecoveryIsTakenOverAfterRestart(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy()})
		b.outage(3)
		b.stop()
		r, err := b.engine.Recover(t.Context(), models.DeliveryFilter{})
		b.must(err)
		again := b.other(options{})
		if r, _ = again.recovered(r.ID); r.Done != 3 {
			t.Errorf("the next run did %d, want 3", r.Done)
		}
	})
}
