package store_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// sent is the completion of an item that its provider has taken.
func (r *room) sent(item models.PublicationItem, ids ...string) models.Completion {
	c := r.outcome(item, models.DeliverySent)
	part := &c.Parts[0]
	part.Attempt.Status, part.Attempt.Error = models.AttemptSucceeded, nil
	part.Delivery.Progress = []models.Recipient{{Address: "+15550101", State: models.RecipientTaken, IDs: ids}}
	part.Progressed = true
	c.Sent = &models.Submission{ID: part.Delivery.ID, Origin: "twilio::AC1", Taken: part.Delivery.Progress, At: r.now, LookAt: r.now.Add(time.Minute)}
	return c
}

func (r *room) reports(t *testing.T, id string, state models.ReportState, detail string) (message models.ID) {
	t.Helper()
	message, err := r.RecordReport(t.Context(), models.Report{TenantID: r.tenant, Origin: "twilio::AC1", ID: id, State: state, Detail: detail}, r.now)
	must(t, err)
	return message
}

// settling is what is known of a message; it changes nothing.
func (r *room) settling(t *testing.T, message models.ID) (is models.Settling) {
	t.Helper()
	must(t, r.Settle(t.Context(), message, r.now, func(known models.Settling) models.Settled {
		is = known
		return models.Settled{}
	}))
	return is
}

func TestProgressIsReadByClaims(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		c := r.outcome(item, models.DeliveryRetrying)
		want := []models.Recipient{{Address: "a@example.com", State: models.RecipientTaken, IDs: []string{"1", "2"}, Detail: "nul \x00, \"quote\""},
			{Address: "b@example.com", State: models.RecipientRefused}}
		c.Parts[0].Delivery.Progress, c.Parts[0].Progressed = want, true
		if !r.complete(t, c) {
			t.Fatal("the lease was not held")
		}
		r.now = r.now.Add(time.Minute)
		work := r.claim(t, 1)
		if len(work) != 1 || !reflect.DeepEqual(work[0].Delivery.Progress, want) {
			t.Fatalf("claimed %+v", work)
		}
		c = r.outcome(item, models.DeliveryFailed)
		if !r.complete(t, c) { // says nothing of progress
			t.Fatal("the lease was not held")
		}
		id := item.Placements[0].Delivery.ID
		if d := r.delivery(t, id); !reflect.DeepEqual(d.Progress, want) {
			t.Errorf("a failure leaves %v", d.Progress)
		}
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: id, Due: r.now}}))
		if work = r.claim(t, 1); len(work) != 1 || !reflect.DeepEqual(work[0].Delivery.Progress, want) {
			t.Fatalf("put back as %+v", work)
		}
		c = r.outcome(item, models.DeliverySucceeded)
		c.Parts[0].Delivery.AttemptCount, c.Parts[0].Attempt.Number, c.Parts[0].Progressed = 3, 3, true
		if !r.complete(t, c) {
			t.Fatal("the lease was not held")
		}
		if d := r.delivery(t, id); d.Progress != nil {
			t.Errorf("a success leaves %v", d.Progress)
		}
	})
}

func TestSentIsNeitherDueNorOver(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.heard()
		c := r.sent(item, "SM1")
		if !r.complete(t, c) {
			t.Fatal("the lease was not held")
		}
		d := r.delivery(t, c.Parts[0].Delivery.ID)
		if !reflect.DeepEqual(d, c.Parts[0].Delivery) {
			t.Errorf("the delivery is %+v\nwant %+v", d, c.Parts[0].Delivery)
		}
		if commits := r.heard(); len(commits) != 1 || len(commits[0].Lanes) != 0 || !reflect.DeepEqual(commits[0].Updates, []models.Delivery{d}) {
			t.Errorf("told of %+v", commits)
		}
		r.now = r.now.Add(1000 * time.Hour)
		if work := r.claim(t, 1); len(work) > 0 {
			t.Errorf("claimed %+v", work)
		}
		lanes, err := r.Lanes(t.Context())
		must(t, err)
		next, err := r.NextDue(t.Context(), []models.Lane{r.lane})
		must(t, err)
		if len(lanes)+len(next) > 0 {
			t.Errorf("lanes %v and %v have something due", lanes, next)
		}
		for status, want := range map[models.DeliveryStatus]int{models.DeliverySent: 1, models.DeliveryDelivering: 0, models.DeliverySucceeded: 0} {
			found, err := r.Deliveries(t.Context(), models.Page{First: 10}, models.DeliveryFilter{Statuses: []models.DeliveryStatus{status}})
			if err != nil || len(found.Nodes) != want {
				t.Errorf("%d deliveries are %s, want %d; %v", len(found.Nodes), status, want, err)
			}
		}
	})
}

func TestReportsAreKept(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		id := item.Placements[0].Delivery.ID
		if m := r.reports(t, "SM1", models.ReportUndelivered, "30003 \x00"); !m.IsZero() {
			t.Errorf("a report that came first is about %s", m)
		}
		if some, err := r.Reported(t.Context(), id); err != nil || some {
			t.Errorf("reported is %t, %v", some, err)
		}
		if !r.complete(t, r.sent(item, "SM1", "SM2")) {
			t.Fatal("the lease was not held")
		}
		if some, err := r.Reported(t.Context(), id); err != nil || !some {
			t.Errorf("reported is %t, %v", some, err)
		}
		if m := r.reports(t, "SM2", models.ReportFailed, "30005"); m.UUID != id.UUID {
			t.Errorf("a report that came later is about %s", m)
		}
		r.reports(t, "SM2", models.ReportUndelivered, "not any more")
		other := models.Report{TenantID: r.tenant, Origin: "another account", ID: "SM1", State: models.ReportFailed}
		if m, err := r.RecordReport(t.Context(), other, r.now); err != nil || !m.IsZero() {
			t.Errorf("another account's report is about %s, %v", m, err)
		}
		is := r.settling(t, id)
		if len(is.Deliveries) != 1 || !is.SentAt.Equal(r.now) || len(is.Reports) != 2 || is.Reports["SM1"].Detail != "30003 \uFFFD" ||
			is.Reports["SM2"].State != models.ReportFailed || is.Reports["SM2"].Detail != "30005" {
			t.Fatalf("known is %+v", is)
		}
		r.reports(t, "SM2", models.ReportDelivered, "") // after all
		if is = r.settling(t, id); is.Reports["SM2"].State != models.ReportDelivered {
			t.Errorf("known is %+v", is)
		}
	})
}

func TestSettle(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		id := item.Placements[0].Delivery.ID
		r.complete(t, r.sent(item, "SM1"))
		r.heard()
		due := r.now.Add(time.Minute)
		again := func(is models.Settling) models.Settled {
			d := is.Deliveries[0]
			d.Status, d.NextAttemptAt, d.Progress = models.DeliveryRetrying, &due, nil
			return models.Settled{Deliveries: []models.Delivery{d}}
		}
		must(t, r.Settle(t.Context(), id, r.now, again))
		d := r.delivery(t, id)
		if d.Status != models.DeliveryRetrying || !d.NextAttemptAt.Equal(due) || d.Progress != nil {
			t.Errorf("the delivery is %+v", d)
		}
		commits := r.heard()
		if len(commits) != 1 || !reflect.DeepEqual(commits[0].Updates, []models.Delivery{d}) ||
			!reflect.DeepEqual(commits[0].Lanes, []models.LaneDue{{Lane: r.lane, Due: due}}) {
			t.Errorf("told of %+v", commits)
		}
		must(t, r.Settle(t.Context(), id, r.now, func(models.Settling) models.Settled {
			t.Error("asked about what is not SENT any more")
			return models.Settled{}
		}))
		r.now = due
		if work := r.claim(t, 1); len(work) != 1 || work[0].Rescued {
			t.Fatalf("claimed %+v", work)
		}
		r.complete(t, r.sent(item, "SM2"))
		reason := "+15550101 did not get it"
		must(t, r.Settle(t.Context(), id, r.now, func(is models.Settling) models.Settled {
			d := is.Deliveries[0]
			d.Status, d.CompletedAt, d.Reason = models.DeliveryFailed, &r.now, &reason
			return models.Settled{Deliveries: []models.Delivery{d}}
		}))
		if d = r.delivery(t, id); d.Status != models.DeliveryFailed || *d.Reason != reason || len(d.Progress) != 1 {
			t.Errorf("the delivery is %+v", d)
		}
		for table, want := range map[string]int{"awaited": 0, "queue": 0, "failures": 1, "submissions": 2} {
			if n := countRows(t, r.url, table); n != want {
				t.Errorf("%d rows are in %s, want %d", n, table, want)
			}
		}
	})
}

func TestLooksAreClaimedOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.complete(t, r.sent(item, "SM1"))
		id, sent := item.Placements[0].Delivery.ID, r.now
		look := func(want int) []models.Awaited {
			t.Helper()
			due, err := r.ClaimLooks(t.Context(), r.now, r.now.Add(5*time.Minute), 10)
			must(t, err)
			if len(due) != want {
				t.Fatalf("%d looks are due, want %d", len(due), want)
			}
			return due
		}
		look(0)
		r.now = r.now.Add(time.Minute)
		due := look(1)
		if w := due[0].Work; len(w) != 1 || w[0].Delivery.ID != id || w[0].Delivery.Status != models.DeliverySent ||
			len(w[0].Delivery.Progress) != 1 || w[0].Event.ID != item.Event.ID || !due[0].SentAt.Equal(sent) {
			t.Fatalf("the look is %+v", due[0])
		}
		look(0)
		r.now = r.now.Add(5 * time.Minute)
		look(1) // of a node that died
		must(t, r.Settle(t.Context(), id, r.now, func(models.Settling) models.Settled { return models.Settled{LookAt: r.now.Add(time.Hour)} }))
		r.now = r.now.Add(59 * time.Minute)
		look(0)
		must(t, r.DeleteWebhook(t.Context(), r.lane.WebhookID, r.now))
		if d := r.delivery(t, id); d.Status != models.DeliveryCanceled {
			t.Errorf("its webhook is deleted, and it is %s", d.Status)
		}
		r.now = r.now.Add(time.Minute)
		if due = look(1); len(due[0].Work) != 0 {
			t.Errorf("the look is %+v", due[0])
		}
		must(t, r.Settle(t.Context(), due[0].ID, r.now, func(models.Settling) models.Settled { return models.Settled{} }))
		if n := countRows(t, r.url, "awaited"); n != 0 {
			t.Errorf("%d rows are left in awaited", n)
		}
	})
}

func (r *room) thread(t *testing.T, target string) string {
	t.Helper()
	thread, err := r.Thread(t.Context(), r.lane.ChannelID, "CONT-1", target)
	must(t, err)
	return thread.Thread
}

func TestFirstThreadStays(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		write := func(thread models.Thread) {
			t.Helper()
			item := r.leased()
			r.publish(t, item)
			c := r.outcome(item, models.DeliverySucceeded)
			c.Thread = &thread
			if !r.complete(t, c) {
				t.Fatal("the lease was not held")
			}
		}
		target := "https://example.com/hook"
		for _, c := range []struct {
			is   models.Thread
			want string
		}{
			{models.Thread{Thread: "1.1"}, "1.1"},
			{models.Thread{Thread: "2.2"}, "1.1"},                  // the first stays
			{models.Thread{Thread: "3.3", Replaces: "1.1"}, "3.3"}, // that was gone
			{models.Thread{Thread: "4.4", Replaces: "1.1"}, "3.3"}, // and is replaced already
		} {
			c.is.Entity, c.is.Target, c.is.UsedAt = "CONT-1", target, r.now
			write(c.is)
			if got := r.thread(t, target); got != c.want {
				t.Errorf("after %+v the thread is %q, want %q", c.is, got, c.want)
			}
		}
		if got := r.thread(t, "elsewhere"); got != "" {
			t.Errorf("another target has the thread %q", got)
		}
		change := func(url string) {
			t.Helper()
			_, err := r.UpdateChannel(t.Context(), r.lane.ChannelID, func(c *models.Channel) error {
				config := *c.Config.(*models.HttpConfig)
				config.URL = url
				c.Config = &config
				return nil
			})
			must(t, err)
		}
		change(target)
		if n := countRows(t, r.url, "threads"); n != 1 {
			t.Errorf("%d threads are left after a change that leaves the target", n)
		}
		change("https://example.com/elsewhere")
		if n := countRows(t, r.url, "threads"); n != 0 {
			t.Errorf("%d threads are left after a change of the target", n)
		}
	})
}

func TestSuppressions(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		want := []models.Suppression{{Address: "+15550102", Reason: "stop \"all\"", CreatedAt: r.now}, {Address: "+15550101", Reason: "21610", CreatedAt: r.now.Add(-time.Hour)}}
		suppress := func(list ...models.Suppression) {
			t.Helper()
			r.refresh(t)
			item := r.leased()
			r.publish(t, item)
			r.heard()
			c := r.outcome(item, models.DeliverySucceeded)
			c.Suppress = list
			if !r.complete(t, c) {
				t.Fatal("the lease was not held")
			}
			if commits := r.heard(); len(commits) != 1 || !reflect.DeepEqual(commits[0].Tenants, []models.ID{r.tenant}) {
				t.Errorf("told of %+v", commits)
			}
		}
		suppress(want[1])
		suppress(want[0], models.Suppression{Address: "+15550101", Reason: "again", CreatedAt: r.now})
		table, err := r.RouteTable(t.Context(), r.tenant)
		must(t, err)
		live, err := r.ChannelLive(t.Context(), r.lane.ChannelID)
		must(t, err)
		list, err := r.Channels(t.Context(), models.Page{First: 10}, models.ChannelFilter{})
		must(t, err)
		for what, got := range map[string][]models.Suppression{"the table": table.Channels[r.lane.ChannelID].Suppressed,
			"the channel": live.Suppressed, "the list": list.Nodes[0].Suppressed} {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s has %+v, want %+v", what, got, want)
			}
		}
		if table.Generation <= r.generation {
			t.Error("the route table is of the same generation")
		}
		left, err := r.LiftSuppression(t.Context(), r.lane.ChannelID, "+15550102")
		if err != nil || !reflect.DeepEqual(left.Suppressed, want[1:]) {
			t.Errorf("left is %+v, %v", left.Suppressed, err)
		}
		_, err = r.LiftSuppression(t.Context(), r.lane.ChannelID, "+15550102")
		if models.CodeOf(err) != models.CodeNotFound || !strings.Contains(err.Error(), "+15550102") {
			t.Errorf("lifted twice: %v", err)
		}
	})
}

func TestWhatProvidersSaidIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.complete(t, r.sent(item, "SM1"))
		r.reports(t, "unknown", models.ReportDelivered, "")
		threaded := r.leased()
		r.publish(t, threaded)
		c := r.outcome(threaded, models.DeliverySucceeded)
		c.Thread = &models.Thread{Entity: "CONT-1", Target: "x", Thread: "1.1", UsedAt: r.now}
		r.complete(t, c)
		began := r.now
		left := func(table string) int { return countRows(t, r.url, table) }
		r.now = began.Add(89 * 24 * time.Hour)
		r.purgeOld(t, began.Add(time.Hour), 100)
		if left("submissions") != 1 || left("threads") != 1 {
			t.Errorf("%d submissions and %d threads are left, want what is awaited and what is younger than 90 days",
				left("submissions"), left("threads"))
		}
		r.now = began.Add(91 * 24 * time.Hour)
		r.purgeOld(t, began, 100) // the retention is longer
		if left("threads") != 1 {
			t.Error("a thread is gone that is younger than the retention")
		}
		r.purgeOld(t, began.Add(time.Hour), 100)
		if left("threads") != 0 {
			t.Error("an old thread is left")
		}
	})
}

// A step back does not leave rows that the version before it would not understand.
func TestMigrateDownFromSent(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.orderLane(t)
		items := []models.PublicationItem{r.ordered("CONT-1"), r.ordered("CONT-1"), r.ordered("CONT-1")}
		r.publish(t, items...)
		if work := r.claim(t, 10); len(work) != 1 {
			t.Fatalf("claimed %d, want the first", len(work))
		}
		c := r.sent(items[0], "SM1")
		c.Ordered = true
		if !r.complete(t, c) {
			t.Fatal("the lease was not held")
		}
		migrateDownTo(t, r.Store, 2)
		db := rawDB(t, r.url)
		var succeeded, due, parked int
		for query, n := range map[string]*int{
			"SELECT count(*) FROM deliveries WHERE status = 'SUCCEEDED' AND completed_at IS NOT NULL": &succeeded,
			"SELECT count(*) FROM queue WHERE due_at < 9223372036854775806":                           &due,
			"SELECT count(*) FROM queue WHERE due_at = 9223372036854775807":                           &parked,
		} {
			must(t, db.QueryRowContext(t.Context(), query).Scan(n))
		}
		if succeeded != 1 || due != 1 || parked != 1 {
			t.Errorf("%d are done, %d due, %d parked; want one of each", succeeded, due, parked)
		}
		must(t, r.MigrateUp(t.Context()))
	})
}
