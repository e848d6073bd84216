package engine_test

import (
	"slices"
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/testkit"
)

// threaded makes the channel one whose messages go into threads.
func threaded(c *models.Channel) {
	c.Config = &models.SlackConfig{Mode: models.SlackBotToken, Channel: "C1", ThreadByEntity: true}
}

func posted(thread string) channels.Receipt { return channels.Receipt{Target: "test", Thread: thread} }

// into lists the threads that the messages went into.
func (s *sender) into() (list []string) {
	for _, m := range s.got() {
		list = append(list, m.Thread)
	}
	return list
}

func (b *bundle) wantThreads(want ...string) {
	b.t.Helper()
	if got := b.sender.into(); !slices.Equal(got, want) {
		b.t.Fatalf("the messages went into %q, want %q", got, want)
	}
}

func TestFirstMessagesMakeOneThread(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(threaded)
		b.sender.hang()
		b.sender.answer(posted("1.1"))
		b.publishOf("CONT-1", 3)
		b.awaitSend(1)
		b.publishOf("CONT-2", 1) // another entity does not wait
		b.awaitSend(1)
		b.wantThreads("", "")
		b.sender.open()
		b.recorded(4)
		b.wantThreads("", "", "1.1", "1.1")
		b.publishOf("", 1) // of no entity
		b.recorded(1)
		b.wantThreads("", "", "1.1", "1.1", "")
	})
}

func TestFailedFirstMessageMakesNoThread(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(threaded)
		b.sender.answer(posted("1.1"), posted("2.2"))
		b.sender.fail(temporary())
		b.publishOf("CONT-1", 1)
		b.recorded(1)
		b.publishOf("CONT-1", 1)
		b.recorded(1)
		b.wantThreads("", "")
		b.clock.Advance(time.Minute)
		b.recorded(1)
		b.wantThreads("", "", "2.2")
	})
}

func TestThreadThatIsGoneIsReplaced(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(threaded)
		b.sender.answer(posted("1.1"), posted("2.2"), posted("2.2"))
		for range 4 {
			b.publishOf("CONT-1", 1)
			b.recorded(1)
		}
		b.wantThreads("", "1.1", "2.2", "2.2")
	})
}

func TestThreadsOfAnotherNodeAndTarget(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	b := setup(t, url, options{policy: policy(time.Minute)})
	b.change(threaded)
	b.sender.answer(posted("1.1"))
	b.publishOf("CONT-1", 1)
	b.recorded(1)
	b.stop()
	second := b.other(options{})
	second.publishOf("CONT-1", 1)
	second.recorded(1)
	b.wantThreads("", "1.1")
	second.change(func(c *models.Channel) {
		c.Config = &models.SlackConfig{Mode: models.SlackBotToken, Channel: "C2", ThreadByEntity: true}
	})
	second.sender.answer(posted("9.9"))
	for range 2 {
		second.publishOf("CONT-1", 1)
		second.recorded(1)
	}
	b.wantThreads("", "1.1", "", "9.9")
}

func TestBatchTakesTheThreadOfItsOneEntity(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(threaded)
		b.change(batched(2, time.Minute))
		b.sender.answer(posted("1.1"), posted("5.5"))
		b.publishOf("CONT-1", 2)
		b.recorded(2)
		b.publishOf("CONT-1", 1)
		b.publishOf("CONT-2", 1)
		b.recorded(2)
		b.publishOf("CONT-1", 2)
		b.recorded(2)
		b.wantThreads("", "", "1.1")
	})
}

func TestSuppressedRecipientsComeWithTheChannel(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy(time.Minute)})
		b.change(texts)
		b.sender.answer(channels.Receipt{Target: "test", Suppress: []models.Suppression{{Address: "+15550101", Reason: "unsubscribed"}}})
		b.publish(`{}`)
		b.recorded(1)
		b.publish(`{}`)
		b.recorded(1)
		sent := b.sender.got()
		if len(sent[0].Channel.Suppressed) != 0 {
			t.Errorf("the first message knows of %v", sent[0].Channel.Suppressed)
		}
		got := sent[1].Channel.Suppressed
		if len(got) != 1 || got[0].Address != "+15550101" || got[0].Reason != "unsubscribed" || got[0].CreatedAt.IsZero() {
			t.Errorf("the second message knows of %v", got)
		}
		_, err := b.store.LiftSuppression(t.Context(), b.channel, "+15550101")
		b.must(err)
		b.publish(`{}`)
		b.recorded(1)
		if got := b.sender.got()[2].Channel.Suppressed; len(got) != 0 {
			t.Errorf("the third message knows of %v", got)
		}
	})
}

// An answer that asks for a pause holds a paced channel as a whole, costs no retry,
// and changes nothing about its pace afterwards.
func TestPauseOfAPacedChannel(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, options{policy: policy()}) // no retries at all
		b.change(func(c *models.Channel) {
			c.Config = &models.SlackConfig{Mode: models.SlackBotToken, Channel: "C1"}
			one := 1.0
			c.Limits.Rate = &one
		})
		b.sender.fail(&channels.Error{Class: channels.Throttled, Code: models.ErrRateLimited, After: 30 * time.Second, Message: "ratelimited"})
		event := b.publish(`{}`)
		b.recorded(1)
		d := b.becomes(event, models.DeliveryRetrying)
		if want := b.clock.Now().Add(30 * time.Second); d.NextAttemptAt == nil || d.NextAttemptAt.Sub(want).Abs() > time.Second {
			t.Fatalf("it is tried again at %v, want %s", d.NextAttemptAt, want)
		}
		const more = 3
		for range more {
			b.publish(`{}`)
		}
		b.clock.Advance(29 * time.Second)
		if n := len(b.sender.ids()); n != 1 {
			t.Fatalf("%d messages left in the pause", n-1)
		}
		for i := range more + 1 {
			b.clock.Advance(time.Second)
			b.recorded(1)
			if n := len(b.sender.ids()); n != i+2 {
				t.Fatalf("%d messages left within %d seconds after the pause", n-1, i+1)
			}
		}
		b.becomes(event, models.DeliverySucceeded)
		if c := b.stands(); c.ConsecutiveFailures != 0 {
			t.Errorf("the pause counts as %d failures", c.ConsecutiveFailures)
		}
	})
}
