package demo

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

func TestInboxKeepsTheNewest(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
	b := newInbox(func() time.Time { return at })
	if all, latest := b.after(0, ""); all == nil || len(all) != 0 || latest != 0 {
		t.Errorf("an empty inbox has %v, latest %d", all, latest)
	}
	const more = 37
	for i := range maxMessages + more {
		b.put(message{Receiver: []string{"a", "b"}[i%2], Summary: fmt.Sprint(i)})
	}
	all, latest := b.after(0, "")
	if len(all) != maxMessages || latest != maxMessages+more || all[0].Seq != more+1 || all[maxMessages-1].Seq != latest {
		t.Errorf("%d messages from %d to %d, latest %d", len(all), all[0].Seq, all[len(all)-1].Seq, latest)
	}
	if cap(b.messages) > 2*maxMessages {
		t.Errorf("room for %d messages is kept", cap(b.messages))
	}
	if got := all[0].ReceivedAt.Format(time.RFC3339Nano); got != "2026-01-02T03:04:05.678Z" {
		t.Errorf("received at %s", got)
	}
	one, latest := b.after(maxMessages+more-4, "a")
	if len(one) != 2 || one[0].Receiver != "a" || latest != maxMessages+more {
		t.Errorf("of a: %+v, latest %d", one, latest)
	}
}

func TestInboxBoundsWhatItKeeps(t *testing.T) {
	t.Parallel()
	b := newInbox(time.Now)
	b.put(message{Body: strings.Repeat("ä", maxBody), HTML: strings.Repeat("\xff", 10), Summary: strings.Repeat("x\r\n ", 300)})
	all, _ := b.after(0, "")
	m := all[0]
	if len(m.Body) > maxBody+len("…") || !utf8.ValidString(m.Body) || !strings.HasSuffix(m.Body, "ä…") {
		t.Errorf("a body of %d bytes", len(m.Body))
	}
	if !utf8.ValidString(m.HTML) || strings.ContainsAny(m.Summary, "\r\n") || utf8.RuneCountInString(m.Summary) != maxSummary || m.Headers == nil {
		t.Errorf("%q, %q, %v", m.HTML, m.Summary, m.Headers)
	}
}

func TestInboxOfManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newInbox(time.Now)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				b.put(message{})
				b.after(0, "")
			}
		})
	}
	wg.Wait()
	all, latest := b.after(0, "")
	if latest != 400 || len(all) != 400 {
		t.Errorf("%d messages, latest %d", len(all), latest)
	}
	for i, m := range all {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has the number %d", i, m.Seq)
		}
	}
}
