package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/testkit"
)

func TestEventsByFilter(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		other := n.newTenant("Other")
		start := n.now
		add := func(tenant models.ID, entity string, change func(*models.Event)) {
			n.now = n.now.Add(time.Minute)
			n.publish(tenant, func(e *models.Event) {
				e.EntityID = entity
				if change != nil {
					change(e)
				}
			})
		}
		add(n.tenant, "1", nil)
		add(n.tenant, "2", func(e *models.Event) { e.Type, e.Tags = "lead.created", []string{"vip", "50%"} })
		add(other, "3", func(e *models.Event) { e.IdempotencyKey = "key" })
		add(n.tenant, "4", func(e *models.Event) { e.IdempotencyKey = "key" })
		w := n.newWebhook(n.tenant, "w", n.newChannel(n.tenant, "c").ID)
		n.test(w)

		ptr := func(s string) *string { return &s }
		at := func(minutes int) *time.Time { t := start.Add(time.Duration(minutes) * time.Minute); return &t }
		for want, filters := range map[string][]models.EventFilter{
			"4 3 2 1":  {{}, {From: at(1), To: at(5)}},
			" 4 3 2 1": {{IncludeTests: true}},
			"4 2 1":    {{TenantID: &n.tenant}},
			"3":        {{TenantID: &other}, {EntityID: ptr("3")}, {From: at(3), To: at(4)}, {TenantID: &other, IdempotencyKey: ptr("key")}},
			"2":        {{Types: []string{"lead.created", "x"}}, {Tag: ptr("vip")}, {Tag: ptr("50%")}, {TenantID: &n.tenant, From: at(2), To: at(3)}},
			"4 3":      {{IdempotencyKey: ptr("key")}, {From: at(3)}},
			"4":        {{TenantID: &n.tenant, IdempotencyKey: ptr("key")}},
			"2 1":      {{To: at(3)}},
			"": {{Types: []string{}}, {Tag: ptr("vi")}, {Tag: ptr("%")}, {TenantID: &other, EntityID: ptr("1")}, {EntityID: ptr("")},
				{IdempotencyKey: ptr("no")}, {From: at(100)}},
		} {
			for _, f := range filters {
				list := func(ctx context.Context, page models.Page) (models.Connection[models.Event], error) {
					return n.Events(ctx, page, f)
				}
				for size := 1; size < 7; size += 2 {
					if got := strings.Join(paged(t, size, list, func(e models.Event) string { return e.EntityID }), " "); got != want {
						t.Errorf("%+v in pages of %d lists %q, want %q", f, size, got, want)
					}
				}
				agrees(t, f.Match, func() (models.Connection[models.Event], error) { return n.Events(ctx, models.Page{First: 99}, f) },
					func() (models.Connection[models.Event], error) {
						return n.Events(ctx, models.Page{First: 99}, models.EventFilter{IncludeTests: true})
					})
			}
		}
	})
}

// agrees wants the database and the rule in memory to take the same.
func agrees[T any](t *testing.T, match func(*T) bool, filtered, all func() (models.Connection[T], error)) {
	t.Helper()
	got, err := filtered()
	if err != nil {
		t.Fatal(err)
	}
	every, err := all()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(every.Nodes, func(one T) bool { return !match(&one) })
	if len(want) == 0 && len(got.Nodes) == 0 {
		return
	}
	same(t, got.Nodes, want)
}

// history is a webhook with one delivery in each state, oldest first: SUCCEEDED,
// RETRYING, DELIVERING, PENDING.
func history(n *nouns) (w models.Webhook, events []models.Event, deliveries []models.Delivery, attempts []models.Attempt) {
	n.t.Helper()
	w = n.newWebhook(n.tenant, "w", n.newChannel(n.tenant, "c").ID)
	owner := uuid.New()
	for range 4 {
		e, d := n.publish(n.tenant, nil, w)
		events, deliveries = append(events, e), append(deliveries, d[0])
		if len(events) == 4 {
			break
		}
		work := n.claim(owner, d[0].Lane(), 10)
		if len(work) != 1 {
			n.t.Fatalf("claimed %d", len(work))
		}
		switch len(events) {
		case 1:
			a, _ := n.complete(owner, work[0], models.DeliverySucceeded)
			attempts = append(attempts, a)
		case 2:
			a, _ := n.complete(owner, work[0], models.DeliveryRetrying)
			attempts = append(attempts, a)
		}
	}
	return w, events, deliveries, attempts
}

func TestDeliveriesByFilter(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		w, events, deliveries, _ := history(n)
		tested := n.test(w)
		other := n.newTenant("Other")
		ow := n.newWebhook(other, "w", n.newChannel(other, "c").ID)
		n.now = n.now.Add(time.Second)
		n.publish(other, func(e *models.Event) { e.Type = "lead.created" }, ow)

		status := func(d models.Delivery) string { return string(d.Status) }
		channel, later := w.Routes[0].ChannelID, n.now
		const all = "PENDING DELIVERING RETRYING SUCCEEDED"
		for _, row := range []struct {
			want string
			f    models.DeliveryFilter
		}{
			{"PENDING " + all, models.DeliveryFilter{}},
			{all, models.DeliveryFilter{TenantID: &n.tenant}},
			{all, models.DeliveryFilter{WebhookID: &w.ID}},
			{all, models.DeliveryFilter{ChannelID: &channel, EventTypes: []string{"contact.created"}}},
			{all, models.DeliveryFilter{To: &later}},
			{"PENDING", models.DeliveryFilter{From: &later}},
			{"PENDING", models.DeliveryFilter{EventTypes: []string{"lead.created"}}},
			{"SUCCEEDED", models.DeliveryFilter{EventID: &events[0].ID}},
			{"FAILED", models.DeliveryFilter{EventID: &tested.EventID}},
			{"", models.DeliveryFilter{TenantID: &other, EventID: &events[0].ID}},
			{"", models.DeliveryFilter{Statuses: []models.DeliveryStatus{}}},
			{"", models.DeliveryFilter{EventTypes: []string{}}},
			{"PENDING", models.DeliveryFilter{TenantID: &n.tenant, Statuses: []models.DeliveryStatus{"PENDING"}}},
			{"DELIVERING", models.DeliveryFilter{Statuses: []models.DeliveryStatus{"DELIVERING"}}},
			{"RETRYING", models.DeliveryFilter{Statuses: []models.DeliveryStatus{"RETRYING"}}},
			{"SUCCEEDED", models.DeliveryFilter{Statuses: []models.DeliveryStatus{"SUCCEEDED", "FAILED", "CANCELED"}}},
			{"DELIVERING SUCCEEDED", models.DeliveryFilter{WebhookID: &w.ID, Statuses: []models.DeliveryStatus{"SUCCEEDED", "DELIVERING"}}},
			{"DELIVERING RETRYING", models.DeliveryFilter{WebhookID: &w.ID, Statuses: []models.DeliveryStatus{"RETRYING", "DELIVERING"}}},
		} {
			list := func(ctx context.Context, page models.Page) (models.Connection[models.Delivery], error) {
				return n.Deliveries(ctx, page, row.f)
			}
			for _, size := range []int{1, 2, 9} {
				if got := strings.Join(paged(t, size, list, status), " "); got != row.want {
					t.Errorf("%+v in pages of %d lists %q, want %q", row.f, size, got, row.want)
				}
			}
		}
		byID, err := n.DeliveriesByID(ctx, []models.ID{deliveries[1].ID, deliveries[2].ID, models.NewID(models.PrefixDelivery)})
		n.must(err)
		retrying, delivering := byID[deliveries[1].ID], byID[deliveries[2].ID]
		if len(byID) != 2 || retrying.NextAttemptAt == nil || retrying.AttemptCount != 1 || delivering.NextAttemptAt != nil || delivering.Status != models.DeliveryDelivering {
			t.Errorf("by id: %+v", byID)
		}
		_, err = n.Deliveries(ctx, models.Page{First: 1, After: models.EncodeCursor("1")}, models.DeliveryFilter{})
		refused(t, err, models.CodeBadUserInput, "after")
	})
}

func TestAttemptsByFilter(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		w, events, deliveries, attempts := history(n)
		n.now = n.now.Add(time.Second)
		later := n.now
		tested := n.test(w)
		other := n.newTenant("Other")
		channel, kind, failed := w.Routes[0].ChannelID, models.KindHTTP, models.AttemptFailed
		first, second, test := attempts[0].ID.String(), attempts[1].ID.String(), tested.ID.String()

		for _, row := range []struct {
			want []string
			f    models.AttemptFilter
		}{
			{[]string{second, first}, models.AttemptFilter{}},
			{[]string{test, second, first}, models.AttemptFilter{IncludeTests: true}},
			{[]string{second, first}, models.AttemptFilter{TenantID: &n.tenant, WebhookID: &w.ID, ChannelID: &channel, ChannelKind: &kind}},
			{[]string{second, first}, models.AttemptFilter{EventTypes: []string{"contact.created"}, To: &later}},
			{[]string{test}, models.AttemptFilter{From: &later, IncludeTests: true}},
			{[]string{second}, models.AttemptFilter{EventID: &events[1].ID}},
			{[]string{first}, models.AttemptFilter{DeliveryID: &deliveries[0].ID}},
			{[]string{second}, models.AttemptFilter{Status: &failed}},
			{nil, models.AttemptFilter{TenantID: &other}},
			{nil, models.AttemptFilter{TenantID: &other, EventID: &events[1].ID}},
			{nil, models.AttemptFilter{EventTypes: []string{}}},
			{nil, models.AttemptFilter{EventID: &tested.EventID}},
			{[]string{test}, models.AttemptFilter{EventID: &tested.EventID, IncludeTests: true}},
		} {
			list := func(ctx context.Context, page models.Page) (models.Connection[models.Attempt], error) {
				return n.Attempts(ctx, page, row.f)
			}
			for _, size := range []int{1, 2, 9} {
				if got := paged(t, size, list, func(a models.Attempt) string { return a.ID.String() }); !slices.Equal(got, row.want) {
					t.Errorf("%+v in pages of %d lists %v, want %v", row.f, size, got, row.want)
				}
			}
			agrees(t, row.f.Match, func() (models.Connection[models.Attempt], error) {
				return n.Attempts(ctx, models.Page{First: 99}, row.f)
			},
				func() (models.Connection[models.Attempt], error) {
					return n.Attempts(ctx, models.Page{First: 99}, models.AttemptFilter{IncludeTests: true})
				})
		}
		byID, err := n.AttemptsByID(ctx, []models.ID{attempts[1].ID, models.NewID(models.PrefixAttempt)})
		n.must(err)
		want := attempts[1]
		want.Seq, want.NextAttemptAt = byID[want.ID].Seq, byID[want.ID].NextAttemptAt
		same(t, byID, map[models.ID]models.Attempt{want.ID: want})
		if want.Seq != 2 {
			t.Errorf("its position is %d", want.Seq)
		}
		_, err = n.Attempts(ctx, models.Page{First: 1, After: models.EncodeCursor(first)}, models.AttemptFilter{})
		refused(t, err, models.CodeBadUserInput, "after")
	})
}

// What hangs below one event or delivery is listed oldest first, tests too.
func TestListsOfOneEventAndDelivery(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		var webhooks []models.Webhook
		for i := range 3 {
			webhooks = append(webhooks, n.newWebhook(n.tenant, fmt.Sprint("w", i), c.ID))
		}
		e, deliveries := n.publish(n.tenant, nil, webhooks...)
		var want []string
		for _, d := range deliveries {
			want = append(want, d.ID.String())
		}
		ofEvent := func(ctx context.Context, page models.Page) (models.Connection[models.Delivery], error) {
			return n.DeliveriesOfEvent(ctx, e.ID, page)
		}
		if got := paged(t, 2, ofEvent, func(d models.Delivery) string { return d.ID.String() }); !slices.Equal(got, want) {
			t.Errorf("deliveries %v, want %v", got, want)
		}

		owner := uuid.New()
		want = nil
		for range 3 {
			work := n.claim(owner, deliveries[0].Lane(), 1)
			a, _ := n.complete(owner, work[0], models.DeliveryRetrying)
			want = append(want, a.ID.String())
			n.now = n.now.Add(2 * time.Minute)
		}
		ofDelivery := func(ctx context.Context, page models.Page) (models.Connection[models.Attempt], error) {
			return n.AttemptsOfDelivery(ctx, deliveries[0].ID, page)
		}
		if got := paged(t, 2, ofDelivery, func(a models.Attempt) string { return a.ID.String() }); !slices.Equal(got, want) {
			t.Errorf("attempts %v, want %v", got, want)
		}
		tested := n.test(webhooks[0])
		attempts, err := n.AttemptsOfDelivery(ctx, tested.DeliveryID, models.Page{First: 5})
		n.must(err)
		found, err := n.DeliveriesOfEvent(ctx, tested.EventID, models.Page{First: 5})
		n.must(err)
		if len(attempts.Nodes) != 1 || len(found.Nodes) != 1 {
			t.Errorf("a test has %d attempts and %d deliveries", len(attempts.Nodes), len(found.Nodes))
		}
		_, err = n.AttemptsOfDelivery(ctx, tested.DeliveryID, models.Page{First: 5, After: "x"})
		refused(t, err, models.CodeBadUserInput, "after")
		_, err = n.DeliveriesOfEvent(ctx, tested.EventID, models.Page{First: 5, After: "x"})
		refused(t, err, models.CodeBadUserInput, "after")
	})
}

func TestLastAttemptsLeaveOutTests(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		w, _, _, attempts := history(n)
		idle := n.newWebhook(n.tenant, "idle", n.newChannel(n.tenant, "idle").ID)
		n.test(w)
		n.test(idle)
		channel := w.Routes[0].ChannelID

		byWebhook, err := n.LastAttemptsByWebhook(ctx, []models.ID{w.ID, idle.ID, models.NewID(models.PrefixWebhook)})
		n.must(err)
		byChannel, err := n.LastAttemptsByChannel(ctx, []models.ID{idle.Routes[0].ChannelID, channel})
		n.must(err)
		newest := attempts[len(attempts)-1].ID
		if len(byWebhook) != 1 || byWebhook[w.ID].ID != newest || len(byChannel) != 1 || byChannel[channel].ID != newest {
			t.Errorf("by webhook %v, by channel %v, want %s", byWebhook, byChannel, newest)
		}
	})
}

// A loader of nothing asks nothing; it answers what an empty map answers.
func TestLoadersOfNothing(t *testing.T) {
	t.Parallel()
	n := newNouns(t, testkit.SQLite(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a statement would fail
	for name, load := range map[string]func() (int, error){
		"tenants":    func() (int, error) { m, err := n.TenantsByID(ctx, nil); return len(m), err },
		"keys":       func() (int, error) { m, err := n.ApiKeysByID(ctx, nil); return len(m), err },
		"types":      func() (int, error) { m, err := n.EventTypesByID(ctx, nil); return len(m), err },
		"webhooks":   func() (int, error) { m, err := n.WebhooksByID(ctx, nil); return len(m), err },
		"by channel": func() (int, error) { m, err := n.WebhooksByChannel(ctx, nil); return len(m), err },
		"channels":   func() (int, error) { m, err := n.ChannelsByID(ctx, nil); return len(m), err },
		"events":     func() (int, error) { m, err := n.EventsByID(ctx, nil); return len(m), err },
		"deliveries": func() (int, error) { m, err := n.DeliveriesByID(ctx, nil); return len(m), err },
		"attempts":   func() (int, error) { m, err := n.AttemptsByID(ctx, nil); return len(m), err },
		"last":       func() (int, error) { m, err := n.LastAttemptsByWebhook(ctx, nil); return len(m), err },
	} {
		if found, err := load(); found != 0 || err != nil {
			t.Errorf("%s: %d, %v", name, found, err)
		}
	}
}

// The numbers of an event's data come back digit by digit.
func TestEventsByIDKeepDigits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		data := json.RawMessage(`{"b":12345678901234567890,"a":1.10,"e":1e400,"s":"\u0000<ä>"}`)
		e, _ := n.publish(n.tenant, func(e *models.Event) { e.Data, e.Tags = data, []string{"a", "ü"} })
		got, err := n.EventsByID(t.Context(), []models.ID{e.ID, models.NewID(models.PrefixEvent)})
		n.must(err)
		same(t, got, map[models.ID]models.Event{e.ID: e})
		if string(got[e.ID].Data) != string(data) {
			t.Errorf("data came back as %s", got[e.ID].Data)
		}
	})
}

// Every row that was there before is seen once, while others are inserted.
func TestHistoryPagesAreStableUnderInserts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		w := n.newWebhook(n.tenant, "w", n.newChannel(n.tenant, "c").ID)
		n.publishMany(w, 1000)
		stop := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					n.publishMany(w, 3)
				}
			}
		})
		events := paged(t, 37, func(ctx context.Context, page models.Page) (models.Connection[models.Event], error) {
			return n.Events(ctx, page, models.EventFilter{TenantID: &n.tenant})
		}, func(e models.Event) string { return e.ID.String() })
		deliveries := paged(t, 37, func(ctx context.Context, page models.Page) (models.Connection[models.Delivery], error) {
			return n.Deliveries(ctx, page, models.DeliveryFilter{TenantID: &n.tenant})
		}, func(d models.Delivery) string { return d.ID.String() })
		close(stop)
		writer.Wait()
		for what, keys := range map[string][]string{"events": events, "deliveries": deliveries} {
			if len(keys) < 1000 || !slices.IsSortedFunc(keys, func(a, b string) int { return strings.Compare(b, a) }) ||
				len(slices.Compact(slices.Clone(keys))) != len(keys) {
				t.Errorf("%d %s, not each once and newest first", len(keys), what)
			}
		}
	})
}

func TestAttemptsOfEveryKind(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		kinds := []models.ChannelKind{models.KindHTTP, models.KindSlack, models.KindEmail, models.KindSMS}
		made := make(map[models.ChannelKind]models.ID)
		for _, kind := range kinds {
			item := r.leased()
			r.publish(t, item)
			c := r.outcome(item, models.DeliverySucceeded)
			c.Parts[0].Attempt.ChannelKind = kind
			r.complete(t, c)
			made[kind] = c.Parts[0].Attempt.ID
		}
		for _, kind := range kinds {
			f := models.AttemptFilter{ChannelKind: &kind}
			list, err := r.Attempts(t.Context(), models.Page{First: 10}, f)
			must(t, err)
			between, err := r.AttemptsBetween(t.Context(), 0, 100, f, 10)
			must(t, err)
			if len(list.Nodes) != 1 || list.Nodes[0].ID != made[kind] || len(between) != 1 || between[0].ID != made[kind] {
				t.Errorf("%s: listed %d attempts, and %d of the log", kind, len(list.Nodes), len(between))
			}
			for i := range between {
				if !f.Match(&between[i]) || between[i].ChannelKind != kind {
					t.Errorf("%s: the filter does not take %+v", kind, between[i].ChannelKind)
				}
			}
		}
	})
}
