package engine_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"carillon/channels"
	"carillon/engine"
	"carillon/models"
	"carillon/testkit"
)

const origin = "twilio::AC1"

// texts makes the channel one whose provider reports.
func texts(c *models.Channel) {
	c.Config = &models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC1", From: "+15550100", To: []string{"+15550101", "+15550102"},
		AwaitReceipt: true}
}

// taken is a receipt on a message to one number for each id.
func taken(ids ...string) channels.Receipt {
	r := channels.Receipt{Target: "test", Awaits: true}
	for i, id := range ids {
		r.Progress = append(r.Progress, models.Recipient{Address: "+1555010" + string(rune('1'+i)), State: models.RecipientTaken, IDs: []string{id}})
	}
	return r
}

func (b *bundle) report(id string, state models.ReportState, detail string) {
	b.t.Helper()
	b.must(b.engine.Report(b.t.Context(), models.Report{TenantID: b.tenant, Origin: origin, ID: id, State: state, Detail: detail}))
}

// becomes waits until the delivery of the event is in the state, and gives it.
func (b *bundle) becomes(event models.Event, status models.DeliveryStatus) models.Delivery {
	b.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		d := b.delivery(event)
		if d.Status == status {
			return d
		}
		select {
		case <-b.commits:
		case <-limit.C:
			b.t.Fatalf("the delivery is %s, want %s; %v", d.Status, status, b.engine.State())
		}
	}
}

// awaitLook waits until one more look has begun.
func (b *bundle) awaitLook() {
	b.t.Helper()
	select {
	case <-b.sender.asked:
	case <-time.After(patience):
		b.t.Fatal("a look that is due was not taken")
	}
}

func addresses(list []models.Recipient) (names []string) {
	for _, r := range list {
		names = append(names, r.Address)
	}
	return names
}

func TestTakenIsNotDelivered(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1", "SM2"))
		event := b.publish(`{}`)
		d := b.becomes(event, models.DeliverySent)
		if d.NextAttemptAt != nil || d.CompletedAt != nil || d.AttemptCount != 1 || len(d.Progress) != 2 {
			t.Fatalf("the delivery stands at %+v", d)
		}
		b.report("SM0", models.ReportDelivered, "") // of a message that nobody knows
		b.report("SM1", models.ReportDelivered, "")
		b.report("SM1", models.ReportDelivered, "") // twice
		b.report("SM2", "queued", "")               // not final
		if d = b.delivery(event); d.Status != models.DeliverySent {
			t.Fatalf("one of two is reported, and the delivery is %s", d.Status)
		}
		b.report("SM2", models.ReportDelivered, "")
		d = b.becomes(event, models.DeliverySucceeded)
		if d.CompletedAt == nil || d.Reason != nil || d.AttemptCount != 1 || len(d.Progress) != 0 {
			t.Errorf("the delivery ended at %+v", d)
		}
		b.report("SM2", models.ReportFailed, "late and wrong")
		if d = b.delivery(event); d.Status != models.DeliverySucceeded {
			t.Errorf("a report that came late made it %s", d.Status)
		}
		if n := len(b.sender.ids()); n != 1 {
			t.Errorf("it was sent %d times", n)
		}
	})
}

func TestReportedFailureNamesTheNumber(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1", "SM2"), taken("SM1", "SM3"))
		event := b.publish(`{}`)
		b.becomes(event, models.DeliverySent)
		b.report("SM1", models.ReportDelivered, "")
		b.report("SM2", models.ReportFailed, "30005: unknown destination")
		d := b.becomes(event, models.DeliveryFailed)
		if d.Reason == nil || !strings.Contains(*d.Reason, "+15550102") || !strings.Contains(*d.Reason, "30005: unknown destination") {
			t.Fatalf("the reason is %v", d.Reason)
		}
		_, err := b.engine.Retry(t.Context(), d.ID)
		b.must(err)
		b.becomes(event, models.DeliverySent)
		if got := addresses(b.sender.got()[1].Progress); !slices.Equal(got, []string{"+15550101"}) {
			t.Errorf("the retry knows of %v, want the one that has it", got)
		}
		b.report("SM3", models.ReportDelivered, "")
		b.becomes(event, models.DeliverySucceeded)
	})
}

// TestReportedFailureIsTold with what the provider said of it.
func TestReportedFailureIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy()})
		b.change(texts)
		b.takes("ops", b.addChannel("ops", policy()), models.TypeDeliveryFailed)
		b.sender.answer(taken("SM1"))
		event, err := b.engine.Publish(t.Context(), engine.PublishInput{TenantID: b.tenant, Type: "order.placed", EntityID: "ORD-1", Data: json.RawMessage(`{}`)})
		b.must(err)
		b.becomes(event, models.DeliverySent)
		b.report("SM1", models.ReportUndelivered, "30003: handset is off")
		b.becomes(event, models.DeliveryFailed)
		told := b.told(b.tenant, 1)[0]
		d := dataOf(t, &told)
		if d.Event == nil || d.Event.ID != event.ID || d.Event.EntityID != "ORD-1" || d.Error != "+15550101 did not get it: 30003: handset is off" ||
			d.Webhook == nil || d.Webhook.Name != "all" || d.Delivery == nil || d.Delivery.Attempts != 1 {
			t.Errorf("it has %s", told.Data)
		}
	})
}

func TestUndeliveredIsTriedAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1", "SM2"), taken("SM1", "SM3"))
		event := b.publish(`{}`)
		b.becomes(event, models.DeliverySent)
		b.report("SM2", models.ReportUndelivered, "30003: unreachable")
		b.report("SM1", models.ReportDelivered, "")
		d := b.becomes(event, models.DeliveryRetrying)
		if want := b.clock.Now().Add(time.Minute); d.NextAttemptAt == nil || !d.NextAttemptAt.Equal(want.Truncate(time.Microsecond)) {
			t.Fatalf("it is tried again at %v, want %s", d.NextAttemptAt, want)
		}
		b.clock.Advance(time.Minute)
		b.becomes(event, models.DeliverySent)
		if got := addresses(b.sender.got()[1].Progress); !slices.Equal(got, []string{"+15550101"}) {
			t.Errorf("the second try knows of %v, want the one that has it", got)
		}
		b.report("SM3", models.ReportUndelivered, "30003: unreachable")
		d = b.becomes(event, models.DeliveryFailed)
		if d.Reason == nil || !strings.Contains(*d.Reason, "out of retries after 2 attempts") || !strings.Contains(*d.Reason, "+15550102") {
			t.Errorf("the reason is %v", d.Reason)
		}
		if c := b.stands(); c.ConsecutiveFailures != 0 {
			t.Errorf("a report counts as a failure of the channel: %d", c.ConsecutiveFailures)
		}
	})
}

func TestReportBeforeItIsRecorded(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1", "SM2"))
		b.sender.hang()
		event := b.publish(`{}`)
		b.awaitSend(1)
		b.report("SM2", models.ReportDelivered, "")
		b.report("SM1", models.ReportDelivered, "")
		b.sender.open()
		if d := b.becomes(event, models.DeliverySucceeded); d.AttemptCount != 1 {
			t.Errorf("it took %d attempts", d.AttemptCount)
		}
	})
}

// Reports race with the completion and with each other, on two nodes.
func TestNoReportIsLost(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		nodes := []*bundle{b, b}
		if url[0] == 'p' {
			nodes[1] = b.other(options{})
		}
		const n = 20
		var events []models.Event
		ids := make(chan string, 2*n)
		for i := range n {
			one, two := "a"+string(rune('A'+i)), "b"+string(rune('A'+i))
			b.sender.answer(taken(one, two))
			ids <- one
			ids <- two
		}
		close(ids)
		failed := make(chan error, 4)
		for i := range 4 {
			go func() {
				var errs []error
				for id := range ids {
					errs = append(errs, nodes[i%2].engine.Report(context.WithoutCancel(t.Context()),
						models.Report{TenantID: b.tenant, Origin: origin, ID: id, State: models.ReportDelivered}))
				}
				failed <- errors.Join(errs...)
			}()
		}
		for range n {
			events = append(events, b.publish(`{}`))
		}
		for range 4 {
			b.must(<-failed)
		}
		for _, event := range events {
			b.becomes(event, models.DeliverySucceeded)
		}
	})
}

func TestLooksWhereNoReportComes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1", "SM2"))
		event := b.publish(`{}`)
		b.becomes(event, models.DeliverySent)
		sent := b.clock.Now()
		b.clock.Advance(59 * time.Second)
		if n := len(b.sender.looks()); n > 0 {
			t.Fatalf("%d looks were taken before the first is due", n)
		}
		b.sender.says(func(channels.Message) ([]models.Report, error) { return nil, errors.New("no answer") })
		b.clock.Advance(time.Second)
		b.awaitLook()
		b.nextLookAt(sent.Add(5 * time.Minute))
		b.sender.says(func(m channels.Message) ([]models.Report, error) {
			return []models.Report{{ID: m.Progress[0].IDs[0], State: models.ReportDelivered},
				{ID: m.Progress[1].IDs[0], State: models.ReportDelivered}}, nil
		})
		b.clock.Advance(3 * time.Minute)
		if d := b.delivery(event); d.Status != models.DeliverySent || len(b.sender.looks()) != 1 {
			t.Fatalf("after a look that failed it is %s, by %d looks", d.Status, len(b.sender.looks()))
		}
		b.clock.Advance(time.Minute)
		b.awaitLook()
		if d := b.becomes(event, models.DeliverySucceeded); d.AttemptCount != 1 {
			t.Errorf("looks count as %d attempts", d.AttemptCount-1)
		}
		if m := b.sender.looks()[1]; m.ID != event.ID.String() || m.Channel.ID != b.channel {
			t.Errorf("the look is about %+v", m)
		}
	})
}

func TestNoReportForTwoDays(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1"))
		event := b.publish(`{}`)
		b.becomes(event, models.DeliverySent)
		sent, looks := b.clock.Now(), []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour, 48 * time.Hour}
		for _, look := range looks[:5] {
			b.nextLookAt(sent.Add(look))
			b.clock.Advance(sent.Add(look).Sub(b.clock.Now()))
			b.awaitLook()
		}
		b.nextLookAt(sent.Add(looks[5]))
		if d := b.delivery(event); d.Status != models.DeliverySent {
			t.Fatalf("after 12 hours it is %s", d.Status)
		}
		b.clock.Advance(36 * time.Hour)
		d := b.becomes(event, models.DeliveryFailed)
		if d.Reason == nil || *d.Reason != "no delivery report came within 48h; the provider had taken it" {
			t.Errorf("the reason is %v", d.Reason)
		}
		if n := len(b.sender.looks()); n != 6 {
			t.Errorf("%d looks were taken, want 6", n)
		}
	})
}

// nextLookAt waits until the one message that is awaited is looked at then.
func (b *bundle) nextLookAt(want time.Time) {
	b.t.Helper()
	db := b.raw()
	deadline := time.Now().Add(patience)
	for {
		var at int64
		b.must(db.QueryRowContext(b.t.Context(), "SELECT look_at FROM awaited").Scan(&at))
		if at == want.UnixMicro() {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the next look is at %s, want %s", time.UnixMicro(at).UTC(), want)
		}
	}
}

// raw is a connection beside the store's.
func (b *bundle) raw() (db *sql.DB) {
	b.t.Helper()
	var err error
	if path, sqlite := strings.CutPrefix(b.url, "sqlite:"); sqlite {
		db, err = driver.Open("file:" + path + "?_pragma=busy_timeout(10000)")
	} else {
		db, err = sql.Open("pgx", b.url)
	}
	b.must(err)
	b.t.Cleanup(func() { _ = db.Close() })
	return db
}

// A report that a node wrote down and then died of is found by the first look, or
// where it was written while the attempt was recorded, right after that.
func TestReportOfADeadNode(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1"))
		event := b.publish(`{}`)
		b.becomes(event, models.DeliverySent)
		_, err := b.store.RecordReport(t.Context(), models.Report{TenantID: b.tenant, Origin: origin, ID: "SM1", State: models.ReportDelivered}, b.clock.Now())
		b.must(err)
		b.clock.Advance(time.Minute)
		b.becomes(event, models.DeliverySucceeded)
	})
}

func TestPauseHoldsLooksAlone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1"))
		event := b.publish(`{}`)
		b.becomes(event, models.DeliverySent)
		b.change(func(c *models.Channel) { c.Status = models.ChannelPaused })
		due, err := b.store.ClaimLooks(t.Context(), b.clock.Now().Add(time.Hour), b.clock.Now(), 10)
		if err != nil || len(due) != 0 {
			t.Fatalf("%d looks are due on a paused channel, %v", len(due), err)
		}
		b.report("SM1", models.ReportDelivered, "")
		b.becomes(event, models.DeliverySucceeded)
	})
}

func TestOrderWaitsForTheReport(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.change(ordered)
		b.sender.answer(taken("SM1"), taken("SM2"), taken("SM3"))
		ids := b.publishOf("CONT-1", 3)
		b.recorded(1)
		free := b.publishOf("CONT-2", 1) // another entity is not held up
		b.recorded(1)
		if got := b.sender.ids(); !slices.Equal(got, []string{ids[0], free[0]}) {
			t.Fatalf("sent %v, want %v", got, []string{ids[0], free[0]})
		}
		b.report("SM1", models.ReportDelivered, "")
		b.recorded(1)
		b.recorded(0)
		b.awaitSend(3)
		if got := only(b.sender.ids(), ids); !slices.Equal(got, ids[:2]) {
			t.Fatalf("sent %v, want %v", got, ids[:2])
		}
	})
}

func TestWhatIsSentIsNeitherCanceledNorRetried(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(taken("SM1"))
		event := b.publish(`{}`)
		d := b.becomes(event, models.DeliverySent)
		_, cancel := b.engine.Cancel(t.Context(), d.ID)
		_, retry := b.engine.Retry(t.Context(), d.ID)
		for what, err := range map[string]error{"cancel": cancel, "retry": retry} {
			if models.CodeOf(err) != models.CodeConflict || !strings.Contains(err.Error(), "taken by the provider") {
				t.Errorf("%s: %v", what, err)
			}
		}
		b.must(b.store.DeleteWebhook(t.Context(), b.webhook, b.clock.Now()))
		if d = b.delivery(event); d.Status != models.DeliveryCanceled {
			t.Fatalf("its webhook is deleted, and it is %s", d.Status)
		}
		b.report("SM1", models.ReportDelivered, "")
		if d = b.delivery(event); d.Status != models.DeliveryCanceled {
			t.Errorf("a report makes a canceled one %s", d.Status)
		}
	})
}

func TestBatchIsSettledAsAWhole(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.change(batched(2, time.Minute))
		b.sender.answer(taken("SM1"), taken("SM2"))
		ids := b.publishOf("", 2)
		b.recorded(2)
		b.report("SM1", models.ReportUndelivered, "")
		b.clock.Advance(time.Minute)
		b.recorded(2)
		b.report("SM2", models.ReportDelivered, "")
		for _, id := range ids {
			parsed, err := models.ParseIDOf(models.PrefixEvent, id)
			b.must(err)
			if d := b.becomes(models.Event{ID: parsed}, models.DeliverySucceeded); d.AttemptCount != 2 {
				t.Errorf("it took %d attempts", d.AttemptCount)
			}
		}
		if sent := b.sender.got(); len(sent) != 2 || sent[0].ID != sent[1].ID {
			t.Errorf("%d messages were sent, want one twice", len(sent))
		}
	})
}

func TestProgressIsKept(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		half := channels.Receipt{Target: "test", Progress: []models.Recipient{
			{Address: "a@example.com", State: models.RecipientTaken, Detail: "250 \"ok\""}, {Address: "b@example.com", State: models.RecipientUnknown}}}
		b.sender.answer(half, half)
		b.sender.fail(temporary(), &channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Message: "no"})
		event := b.publish(`{}`)
		b.becomes(event, models.DeliveryRetrying)
		b.clock.Advance(time.Minute)
		d := b.becomes(event, models.DeliveryFailed)
		_, err := b.engine.Retry(t.Context(), d.ID)
		b.must(err)
		d = b.becomes(event, models.DeliverySucceeded)
		if len(d.Progress) > 0 {
			t.Errorf("a delivery that succeeded keeps %v", d.Progress)
		}
		_, err = b.engine.Replay(t.Context(), event.ID)
		b.must(err)
		b.awaitSend(4)
		for i, m := range b.sender.got() {
			if knows := i == 1 || i == 2; knows && !slices.EqualFunc(m.Progress, half.Progress, sameRecipient) || !knows && len(m.Progress) > 0 {
				t.Errorf("try %d knows of %v", i+1, m.Progress)
			}
		}
	})
}

func sameRecipient(a, b models.Recipient) bool {
	return a.Address == b.Address && a.State == b.State && a.Detail == b.Detail && slices.Equal(a.IDs, b.IDs)
}

// What comes back of a test event is shown, and that is all.
func TestTestEventsLeaveNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		for _, config := range []models.ChannelConfig{
			&models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC1", To: []string{"+15550101"}},
			&models.SlackConfig{Mode: models.SlackBotToken, Channel: "C1", ThreadByEntity: true},
			&models.EmailConfig{SmtpServer: "mail.example.com:25", From: "a@example.com", To: []string{"b@example.com"}},
		} {
			b.change(func(c *models.Channel) { c.Config = config })
			receipt := taken("SM1")
			receipt.Thread, receipt.Suppress = "1.1", []models.Suppression{{Address: "+15550101", Reason: "unsubscribed"}}
			b.sender.answer(receipt)
			attempts, err := b.engine.SendTest(t.Context(), engine.TestInput{TenantID: b.tenant, ChannelID: &b.channel,
				EventType: "order.placed", Data: json.RawMessage(`{}`)})
			b.must(err)
			found, err := b.store.DeliveriesByID(t.Context(), []models.ID{attempts[0].DeliveryID})
			b.must(err)
			d := found[attempts[0].DeliveryID]
			if d.Status != models.DeliverySucceeded || len(d.Progress) > 0 || attempts[0].ChannelKind != config.Kind() {
				t.Errorf("%s: a test stands at %+v", config.Kind(), d)
			}
			b.report("SM1", models.ReportFailed, "")
			if again, err := b.store.DeliveriesByID(t.Context(), []models.ID{d.ID}); err != nil || again[d.ID].Status != models.DeliverySucceeded {
				t.Errorf("%s: a report makes a test %s, %v", config.Kind(), again[d.ID].Status, err)
			}
			if c := b.stands(); len(c.Suppressed) > 0 || c.ConsecutiveFailures > 0 {
				t.Errorf("%s: a test leaves %+v", config.Kind(), c)
			}
			thread, err := b.store.Thread(t.Context(), b.channel, "", config.Target())
			if err != nil || thread.Thread != "" {
				t.Errorf("%s: a test makes the thread %q, %v", config.Kind(), thread.Thread, err)
			}
		}
		due, err := b.store.ClaimLooks(t.Context(), b.clock.Now().Add(72*time.Hour), b.clock.Now(), 10)
		if err != nil || len(due) > 0 {
			t.Errorf("%d tests are looked at, %v", len(due), err)
		}
	})
}

// TestAStopKeepsWhoHasTheMessage: a try that a stop cut short, and that brought the
// message to one of two before, is recorded nevertheless.
func TestAStopKeepsWhoHasTheMessage(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		has := []models.Recipient{{Address: "+1", State: models.RecipientTaken}}
		b.sender.answer(channels.Receipt{Target: "test", Progress: has})
		b.sender.fail(&channels.Error{Code: models.ErrTimeout, Message: "cut short"})
		b.sender.hang()
		event := b.publish(`{}`)
		b.awaitSend(1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.engine.Drain(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("drain gave %v", err)
		}
		if d := b.delivery(event); d.Status != models.DeliveryRetrying || d.AttemptCount != 1 || !reflect.DeepEqual(d.Progress, has) {
			t.Errorf("the delivery is %s after %d attempts with %+v", d.Status, d.AttemptCount, d.Progress)
		}
	})
}

// TestARetryByHandAsksTheRefusedAgain: who has the message does not get it twice,
// and who was refused is asked once more, since somebody may have mended why.
func TestARetryByHandAsksTheRefusedAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{})
		b.sender.answer(channels.Receipt{Target: "test", Progress: []models.Recipient{
			{Address: "+1", State: models.RecipientTaken}, {Address: "+2", State: models.RecipientRefused}}})
		b.sender.fail(&channels.Error{Class: channels.Permanent, Code: models.ErrRejected, Message: "no such number"})
		event := b.publish(`{}`)
		b.awaitSend(1)
		b.recorded(1)
		if _, err := b.engine.Retry(t.Context(), b.delivery(event).ID); err != nil {
			t.Fatal(err)
		}
		b.awaitSend(1)
		want := []models.Recipient{{Address: "+1", State: models.RecipientTaken}}
		if got := b.sender.got()[1].Progress; !reflect.DeepEqual(got, want) {
			t.Errorf("the retry was told %+v, want %+v", got, want)
		}
		b.recorded(1)
	})
}
