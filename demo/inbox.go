package demo

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"carillon/models"
)

// Bounds of what is kept.
const (
	maxMessages = 500
	maxBody     = 16 << 10 // bytes of a body that are kept
	maxSummary  = 200      // characters
)

// message is what a receiver got, and what it answered.
type message struct {
	Seq         int64              `json:"seq"` // from 1, without gaps
	ReceivedAt  time.Time          `json:"receivedAt"`
	Receiver    string             `json:"receiver"`
	Kind        models.ChannelKind `json:"kind"`
	From        string             `json:"from"`
	To          string             `json:"to"`
	Summary     string             `json:"summary"`
	Headers     []header           `json:"headers"`
	Body        string             `json:"body"`
	HTML        string             `json:"html,omitempty"`   // of an email that has it
	Thread      string             `json:"thread,omitempty"` // the Slack message that it went below
	ContentType string             `json:"contentType"`
	Verified    bool               `json:"verified"` // signature, token or login were right
	Status      int                `json:"status"`   // HTTP status or SMTP reply
	Accepted    bool               `json:"accepted"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// inbox keeps the newest messages.
type inbox struct {
	now func() time.Time

	mu       sync.Mutex
	latest   int64
	messages []message // the oldest first
}

func newInbox(now func() time.Time) *inbox { return &inbox{now: now} }

// put numbers a message and keeps it in the place of the oldest.
func (b *inbox) put(m message) {
	m.Body, m.HTML, m.Summary = clip(m.Body, maxBody), clip(m.HTML, maxBody), oneLine(m.Summary)
	if m.Headers == nil {
		m.Headers = []header{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.latest++
	m.Seq, m.ReceivedAt = b.latest, b.now().UTC().Truncate(time.Millisecond)
	if len(b.messages) == maxMessages {
		copy(b.messages, b.messages[1:])
		b.messages = b.messages[:maxMessages-1]
	}
	b.messages = append(b.messages, m)
}

// after is the messages behind a number, of one receiver or, without a name, of
// all, and the number of the newest of all.
func (b *inbox) after(seq int64, receiver string) (found []message, latest int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found = []message{}
	for i := range b.messages {
		if m := &b.messages[i]; m.Seq > seq && (receiver == "" || m.Receiver == receiver) {
			found = append(found, *m)
		}
	}
	return found, b.latest
}

// clip cuts at a character, not within one.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	if runes := []rune(s); len(runes) > maxSummary {
		return string(runes[:maxSummary-1]) + "…"
	}
	return s
}
