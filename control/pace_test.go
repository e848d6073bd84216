package control_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

var endpoint = control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/hook"}}

func TestPaceOfANewChannel(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		plain := b.channel(t, b.acme, "plain")
		if !reflect.DeepEqual(plain.Limits, models.DefaultLimits(models.KindHTTP)) || plain.Batching != nil || plain.Ordering != models.OrderNone {
			t.Errorf("got %+v", plain)
		}
		made := must(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "c", Config: endpoint,
			Limits:   &control.ChannelLimits{Rate: control.Set(2.5)},
			Batching: &models.Batching{MaxEvents: 100, MaxWait: time.Second}, Ordering: pointer(models.OrderPerEntity)}))(t)
		if *made.Limits.Rate != 2.5 || made.Limits.Concurrency != models.DefaultConcurrency ||
			*made.Batching != (models.Batching{MaxEvents: 100, MaxWait: time.Second}) || made.Ordering != models.OrderPerEntity {
			t.Errorf("got %+v", made)
		}
		if stored := must(b.store.ChannelLive(t.Context(), made.ID))(t); !reflect.DeepEqual(stored, made) {
			t.Errorf("stored %+v, answered %+v", stored, made)
		}
	})
}

func TestPaceOfAChannelChanges(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		update := func(in control.UpdateChannel) models.Channel {
			t.Helper()
			in.ID = made.ID
			ch := must(b.UpdateChannel(ctx, b.admin, in))(t)
			if stored := must(b.store.ChannelLive(ctx, made.ID))(t); !reflect.DeepEqual(stored, ch) {
				t.Errorf("stored %+v, answered %+v", stored, ch)
			}
			return ch
		}
		limits := func(l control.ChannelLimits) models.ChannelLimits {
			t.Helper()
			return update(control.UpdateChannel{Limits: control.Set(l)}).Limits
		}
		if l := limits(control.ChannelLimits{Rate: control.Set(5.0), Concurrency: control.Set(3)}); *l.Rate != 5 || l.Concurrency != 3 {
			t.Errorf("got %+v", l)
		}
		if l := limits(control.ChannelLimits{Concurrency: control.Set(4)}); l.Rate == nil || *l.Rate != 5 || l.Concurrency != 4 {
			t.Errorf("the rate that was left out did not stay: %+v", l)
		}
		if l := limits(control.ChannelLimits{Rate: control.Clear[float64]()}); l.Rate != nil || l.Concurrency != 4 {
			t.Errorf("got %+v", l)
		}
		if l := limits(control.ChannelLimits{Rate: control.Set(7.0), Concurrency: control.Clear[int]()}); *l.Rate != 7 || l.Concurrency != models.DefaultConcurrency {
			t.Errorf("got %+v", l)
		}
		batch := models.Batching{MaxEvents: 10, MaxWait: time.Minute}
		ch := update(control.UpdateChannel{Batching: control.Set(batch), Ordering: control.Set(models.OrderPerEntity)})
		if *ch.Batching != batch || ch.Ordering != models.OrderPerEntity || *ch.Limits.Rate != 7 {
			t.Errorf("got %+v", ch)
		}
		if ch = update(control.UpdateChannel{Name: control.Set("d")}); *ch.Batching != batch || ch.Ordering != models.OrderPerEntity || *ch.Limits.Rate != 7 {
			t.Errorf("what was left out did not stay: %+v", ch)
		}
		ch = update(control.UpdateChannel{Limits: control.Clear[control.ChannelLimits](), Batching: control.Clear[models.Batching](), Ordering: control.Clear[models.Ordering]()})
		if !reflect.DeepEqual(ch.Limits, models.DefaultLimits(models.KindHTTP)) || ch.Batching != nil || ch.Ordering != models.OrderNone {
			t.Errorf("got %+v", ch)
		}
	})
}

func TestPaceThatIsRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		existing := b.channel(t, b.acme, "c")
		rate := func(r float64) control.CreateChannel {
			return control.CreateChannel{Limits: &control.ChannelLimits{Rate: control.Set(r)}}
		}
		concurrency := func(n int) control.CreateChannel {
			return control.CreateChannel{Limits: &control.ChannelLimits{Concurrency: control.Set(n)}}
		}
		batching := func(n int, wait time.Duration) control.CreateChannel {
			return control.CreateChannel{Batching: &models.Batching{MaxEvents: n, MaxWait: wait}}
		}
		for _, row := range []struct {
			field string
			in    control.CreateChannel
		}{
			{"limits.rate", rate(0)},
			{"limits.rate", rate(-1)},
			{"limits.rate", rate(math.NaN())},
			{"limits.rate", rate(models.MaxRate + 1)},
			{"limits.concurrency", concurrency(0)},
			{"limits.concurrency", concurrency(models.MaxConcurrency + 1)},
			{"batching.maxEvents", batching(0, time.Second)},
			{"batching.maxEvents", batching(models.MaxBatchEvents+1, time.Second)},
			{"batching.maxWait", batching(1, -time.Second)},
			{"batching.maxWait", batching(1, models.MaxBatchWait+1)},
			{"ordering", control.CreateChannel{Ordering: pointer(models.Ordering("BY_NAME"))}},
		} {
			in := row.in
			in.TenantID, in.Name, in.Config = &b.acme.ID, "new", endpoint
			wantError(t, errorOf(b.CreateChannel(ctx, b.admin, in)), models.CodeBadUserInput, row.field)
			change := control.UpdateChannel{ID: existing.ID, Limits: changeTo(in.Limits), Batching: changeTo(in.Batching), Ordering: changeTo(in.Ordering)}
			wantError(t, errorOf(b.UpdateChannel(ctx, b.admin, change)), models.CodeBadUserInput, row.field)
		}
		if stored := must(b.store.ChannelLive(ctx, existing.ID))(t); !reflect.DeepEqual(stored, existing) {
			t.Errorf("a refused update left %+v", stored)
		}
	})
}

// changeTo is left out for nil.
func changeTo[T any](v *T) control.Change[T] { return control.Change[T]{Given: v != nil, Value: v} }

func TestHoldsAreLifted(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		held := func() *time.Time { return must(b.store.ChannelLive(ctx, made.ID))(t).HeldUntil }
		hold := func(until time.Time) {
			t.Helper()
			must(b.store.UpdateChannel(ctx, made.ID, func(ch *models.Channel) error {
				ch.HeldUntil, ch.ConsecutiveFailures, ch.FailingSince = &until, 4, pointer(b.clock.Now())
				return nil
			}))(t)
		}
		until := b.clock.Now().Add(time.Hour)

		hold(until)
		must(b.PauseChannel(ctx, b.admin, made.ID))(t)
		must(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, Name: control.Set("d"), Config: control.Set(endpoint)}))(t)
		if got := held(); got == nil || !got.Equal(until) {
			t.Errorf("a pause and a new name lift the hold: %v", got)
		}
		for _, from := range []string{"paused", "active"} { // the second time it is held, and nothing else
			resumed := must(b.ResumeChannel(ctx, b.admin, made.ID))(t)
			if resumed.HeldUntil != nil || held() != nil || resumed.Status != models.ChannelActive || resumed.ConsecutiveFailures != 0 || resumed.FailingSince != nil {
				t.Errorf("resumed from %s it is %+v", from, resumed)
			}
			hold(until)
		}
		moved := control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.org/hook"}}
		changed := must(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, Config: control.Set(moved)}))(t)
		if changed.HeldUntil != nil || held() != nil {
			t.Errorf("a new address is held like the old one: %+v", changed)
		}

		hold(b.clock.Now().Add(-time.Second))
		commits := b.commitCount()
		must(b.ResumeChannel(ctx, b.admin, made.ID))(t)
		if b.commitCount() != commits {
			t.Error("a channel that is active and no longer held was changed")
		}
	})
}
