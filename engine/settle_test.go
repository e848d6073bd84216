package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// settling is about one delivery to two numbers, of which the first has two parts.
func settling(reports ...models.Report) *models.Settling {
	is := &models.Settling{SentAt: noon, Reports: map[string]models.Report{}, Deliveries: []models.Delivery{{
		Status: models.DeliverySent, AttemptCount: 1, Progress: []models.Recipient{
			{Address: "+1", State: models.RecipientTaken, IDs: []string{"a", "b"}},
			{Address: "+2", State: models.RecipientTaken, IDs: []string{"c"}},
			{Address: "+3", State: models.RecipientRefused},
		}}}}
	for _, r := range reports {
		is.Reports[r.ID] = r
	}
	return is
}

func TestSettled(t *testing.T) {
	t.Parallel()
	report := func(id string, state models.ReportState) models.Report {
		return models.Report{ID: id, State: state, Detail: "why " + id}
	}
	delivered, failed, undelivered := models.ReportDelivered, models.ReportFailed, models.ReportUndelivered
	for _, c := range []struct {
		what    string
		reports []models.Report
		after   time.Duration
		retries int
		want    models.DeliveryStatus // SENT for none
		reason  string
		kept    []string
		look    time.Duration // after it was sent
	}{
		{what: "nothing is reported", after: time.Second, want: models.DeliverySent, look: time.Minute},
		{what: "one part is missing", reports: []models.Report{report("a", delivered), report("c", failed)}, after: 6 * time.Minute,
			want: models.DeliverySent, look: 30 * time.Minute},
		{what: "all arrived", reports: []models.Report{report("a", delivered), report("b", delivered), report("c", delivered)},
			want: models.DeliverySucceeded},
		{what: "one part of two failed", reports: []models.Report{report("a", delivered), report("b", failed), report("c", undelivered)},
			retries: 1, want: models.DeliveryFailed, reason: "+1 did not get it: why b", kept: []string{"+3"}},
		{what: "one may arrive yet", reports: []models.Report{report("a", delivered), report("b", delivered), report("c", undelivered)},
			retries: 1, want: models.DeliveryRetrying, kept: []string{"+1", "+3"}},
		{what: "no retries are left", reports: []models.Report{report("a", delivered), report("b", delivered), report("c", undelivered)},
			want: models.DeliveryFailed, reason: "+2 did not get it: why c; the channel's retry policy has no retries", kept: []string{"+1", "+3"}},
		{what: "too late", reports: []models.Report{report("c", delivered)}, after: 48 * time.Hour, retries: 1,
			want: models.DeliveryFailed, reason: "no delivery report came within 48h; the provider had taken it", kept: []string{"+2", "+3"}},
	} {
		channel := &models.Channel{RetryPolicy: models.RetryPolicy{Schedule: slices.Repeat([]time.Duration{time.Minute}, c.retries)}}
		is, now := settling(c.reports...), noon.Add(c.after)
		got := settled(is, channel, now, 0.5)
		if c.want == models.DeliverySent {
			if len(got.Deliveries) > 0 || !got.LookAt.Equal(noon.Add(c.look)) {
				t.Errorf("%s: %+v, want a look %s after", c.what, got, c.look)
			}
			continue
		}
		if len(got.Deliveries) != 1 {
			t.Errorf("%s: it stays", c.what)
			continue
		}
		d := got.Deliveries[0]
		var reason string
		if d.Reason != nil {
			reason = *d.Reason
		}
		var kept []string
		for _, r := range d.Progress {
			kept = append(kept, r.Address)
		}
		if d.Status != c.want || reason != c.reason || !slices.Equal(kept, c.kept) {
			t.Errorf("%s: %s, %q, keeps %v; want %s, %q, %v", c.what, d.Status, reason, kept, c.want, c.reason, c.kept)
		}
		if final := d.CompletedAt != nil; final != c.want.Final() || final == (d.NextAttemptAt != nil) {
			t.Errorf("%s: completed at %v, next at %v", c.what, d.CompletedAt, d.NextAttemptAt)
		}
		if is.Deliveries[0].Status != models.DeliverySent {
			t.Errorf("%s: what was known is changed", c.what)
		}
	}
}

func TestReasonNamesAFew(t *testing.T) {
	t.Parallel()
	var progress []models.Recipient
	reports := map[string]models.Report{}
	for i := range 50 {
		id := string(rune('A' + i))
		progress = append(progress, models.Recipient{Address: "+" + id, State: models.RecipientTaken, IDs: []string{id}})
		reports[id] = models.Report{ID: id, State: models.ReportFailed}
	}
	v := verdictOn(progress, reports)
	if len(v.failed) != maxNamed+1 || !strings.HasPrefix(v.failed[0], "+A") || v.failed[maxNamed] != "and others" {
		t.Errorf("named are %q", v.failed)
	}
}
