package graph_test

import (
	"testing"
	"time"

	"carillon/control"
	"carillon/graph"
	"carillon/models"
)

func TestPaceReachesControl(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.do(t, admin(), `mutation { createChannel(input: {name: "x", config: {http: {url: "https://x"}},
		limits: {rate: 2}, batching: {maxEvents: 100, maxWait: "1m30s"}, ordering: PER_ENTITY}) { id } }`, ``).data(t)
	made := b.control.got.(control.CreateChannel)
	if *made.Limits.Rate.Value != 2 || made.Limits.Concurrency.Given || *made.Ordering != models.OrderPerEntity ||
		*made.Batching != (models.Batching{MaxEvents: 100, MaxWait: 90 * time.Second}) {
		t.Errorf("got %+v", made)
	}
	b.do(t, admin(), `mutation { createChannel(input: {name: "x", config: {http: {url: "https://x"}}, limits: null, batching: null, ordering: null}) { id } }`, ``).data(t)
	if made = b.control.got.(control.CreateChannel); made.Limits != nil || made.Batching != nil || made.Ordering != nil {
		t.Errorf("got %+v", made)
	}

	update := func(fields string) control.UpdateChannel {
		t.Helper()
		b.do(t, admin(), `mutation($in: UpdateChannelInput!) { updateChannel(input: $in) { id } }`,
			`{"in": {"id": "`+models.NewID(models.PrefixChannel).String()+`"`+fields+`}}`).data(t)
		return b.control.got.(control.UpdateChannel)
	}
	if u := update(``); u.Limits.Given || u.Batching.Given || u.Ordering.Given || u.RetryPolicy.Given {
		t.Errorf("what was left out is given: %+v", u)
	}
	if u := update(`, "limits": null, "batching": null, "ordering": null, "retryPolicy": null`); !u.Limits.Given || u.Limits.Value != nil || !u.Batching.Given || u.Batching.Value != nil ||
		!u.Ordering.Given || u.Ordering.Value != nil || !u.RetryPolicy.Given || u.RetryPolicy.Value != nil {
		t.Errorf("what is null is not cleared: %+v", u)
	}
	u := update(`, "limits": {"rate": null, "concurrency": 7}, "batching": {"maxEvents": 5, "maxWait": "0s"}, "ordering": "NONE"`)
	if l := u.Limits.Value; !l.Rate.Given || l.Rate.Value != nil || *l.Concurrency.Value != 7 || *u.Batching.Value != (models.Batching{MaxEvents: 5}) || *u.Ordering.Value != models.OrderNone {
		t.Errorf("got %+v", u)
	}
}

func TestPaceOfAChannelIsShown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := setup(t, func(cfg *graph.Config) { cfg.Now = func() time.Time { return now } })
	rate, until := 0.5, now.Add(time.Second)
	ch := models.Channel{ID: models.NewID(models.PrefixChannel), Ordering: models.OrderPerEntity,
		Limits: models.ChannelLimits{Rate: &rate, Concurrency: 3}, Batching: &models.Batching{MaxEvents: 10, MaxWait: time.Second}, HeldUntil: &until}
	b.reader.channels[ch.ID] = ch
	const query = `query($id: ID!) { channel(id: $id) { limits { rate concurrency } batching { maxEvents maxWait } ordering heldUntil } }`
	shows := func(want string) {
		t.Helper()
		if got := b.do(t, admin(), query, `{"id": "`+ch.ID.String()+`"}`).data(t); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	shows(`{"channel":{"limits":{"rate":0.5,"concurrency":3},"batching":{"maxEvents":10,"maxWait":"1s"},"ordering":"PER_ENTITY","heldUntil":"2026-11-21T12:00:01.000Z"}}`)
	ch.HeldUntil, ch.Batching, ch.Limits, ch.Ordering = &now, nil, models.DefaultLimits(models.KindHTTP), models.OrderNone
	b.reader.channels[ch.ID] = ch
	shows(`{"channel":{"limits":{"rate":null,"concurrency":100},"batching":null,"ordering":"NONE","heldUntil":null}}`)
}
