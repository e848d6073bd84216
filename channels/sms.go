package channels

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carillon/models"
)

// SMSOptions is what an SMS adapter needs.
type SMSOptions struct {
	// Guard judges addresses; without one only public addresses are reached.
	Guard *Guard
	// PublicURL is how providers reach this server with their reports; empty for
	// not at all. Then what became of messages is asked for by Check alone.
	PublicURL string
	// UserAgent names the sender; "Carillon" when empty.
	UserAgent string
	// RootCAs are the authorities to trust; the system's when nil.
	RootCAs *x509.CertPool
	// Resolver looks the names of Twilio's servers up; Go's own when nil.
	Resolver *net.Resolver
	// Proxy is the way out to Twilio; the direct one when nil. SMPP goes directly.
	Proxy *Proxy
	// TLSOnly calls Twilio's API, or one like it, over TLS alone.
	TLSOnly bool
	// Now is the time; it is needed.
	Now func() time.Time
	// Report takes the delivery reports that an SMSC sends. While it fails, the
	// SMSC is asked to send them again. Reports are dropped when nil.
	Report func(ctx context.Context, r models.Report) error
	// Log hears of reports that could not be taken; nobody when nil.
	Log *slog.Logger
}

// smsParallel is how many numbers of one message are under way at once.
const smsParallel = 8

// carrier sends to one number.
type carrier interface {
	// submit makes one try. r holds what earlier tries came to; its state, ids and
	// detail are what this one came to. An error is an *Error, but where the
	// context was canceled before anything was written.
	submit(ctx context.Context, job *smsJob, r *models.Recipient) (smsAnswer, error)
	check(ctx context.Context, m *Message, config *models.SmsConfig) ([]models.Report, error)
	close()
}

// smsAnswer is what came back for one number.
type smsAnswer struct {
	code     *int
	body     string
	suppress string // why the number must not be sent to any more; empty where it may
}

// SMS sends text messages, by Twilio's API or over SMPP.
type SMS struct {
	now      func() time.Time
	carriers map[models.SmsProvider]carrier
}

// NewSMS makes the adapter for channels of kind SMS. Close it in the end.
func NewSMS(o SMSOptions) *SMS {
	if o.Guard == nil {
		o.Guard = NewGuard(nil)
	}
	if o.UserAgent == "" {
		o.UserAgent = "Carillon"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &SMS{now: o.Now, carriers: map[models.SmsProvider]carrier{
		models.ProviderTwilio: newTwilio(&o),
		models.ProviderSMPP:   newSMPP(&o),
	}}
}

// NewConfig is an empty models.SmsConfig.
func (s *SMS) NewConfig() models.ChannelConfig { return new(models.SmsConfig) }

// Close ends all sessions and waits for them; call it when nothing is under way.
func (s *SMS) Close() {
	for _, c := range s.carriers {
		c.close()
	}
}

// smsJob is one message on its way to the numbers that still wait for it.
type smsJob struct {
	message *Message
	config  *models.SmsConfig
	text    string
	// outer ends when the caller's time does, the context of submit with the channel's as well.
	outer    context.Context
	fresh    bool // some number was not sent to yet
	outcomes []recipientOutcome
	answers  []smsAnswer
	canceled error
	halt     atomic.Bool // no further number is tried
	taken    atomic.Bool // some number took it in this try
	mu       sync.Mutex  // guards canceled
}

// Send makes one try for each number that is not settled. The text that takes
// more segments than the channel allows is not sent at all.
func (s *SMS) Send(ctx context.Context, m Message) (Receipt, error) {
	config, ok := m.Channel.Config.(*models.SmsConfig)
	if !ok || config == nil || s.carriers[config.Provider] == nil {
		return Receipt{}, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel has no SMS configuration"}
	}
	receipt := Receipt{Target: config.Target(), RequestBody: m.Content.Text, Progress: m.Progress}
	if err := checkText(m.Content.Text, config); err != nil {
		return receipt, err
	}
	bounded, cancel := context.WithTimeout(ctx, config.AttemptTimeout())
	defer cancel()
	job := &smsJob{message: &m, config: config, text: m.Content.Text, outer: ctx, outcomes: beginRecipients(&m, config.To)}
	job.answers = make([]smsAnswer, len(job.outcomes))
	job.run(bounded, s.carriers[config.Provider])
	s.record(&receipt, job)
	return receipt, job.verdict()
}

func checkText(text string, config *models.SmsConfig) error {
	allowed := config.MaxSegments
	if allowed <= 0 {
		allowed = models.DefaultMaxSegments
	}
	n, encoding := models.Segments(text)
	switch {
	case n == 0:
		return &Error{Class: Permanent, Code: models.ErrTemplate, Message: "the text is empty"}
	case n > allowed:
		return &Error{Class: Permanent, Code: models.ErrTemplate, Message: fmt.Sprintf("the text takes %d segments (%s), the channel allows %d", n, encoding, allowed)}
	}
	return nil
}

// beginRecipients lists the numbers with what is known of them. Those that the
// channel has no more, and that took the message, stay for their reports.
func beginRecipients(m *Message, to []string) []recipientOutcome {
	before := make(map[string]models.Recipient, len(m.Progress))
	for _, r := range m.Progress {
		before[r.Address] = r
	}
	outcomes := make([]recipientOutcome, 0, len(to))
	for _, number := range to {
		r, known := before[number]
		if !known {
			r.Address = number
		}
		delete(before, number)
		outcomes = append(outcomes, recipientOutcome{Recipient: r})
	}
	for _, r := range m.Progress {
		if _, gone := before[r.Address]; gone && r.State == models.RecipientTaken {
			outcomes = append(outcomes, recipientOutcome{Recipient: r})
		}
	}
	for i := range outcomes {
		o := &outcomes[i]
		for _, s := range m.Channel.Suppressed {
			if s.Address == o.Address && o.State != models.RecipientTaken && o.State != models.RecipientRefused {
				o.State, o.Detail = models.RecipientRefused, "the number is not sent to any more: "+s.Reason
			}
		}
	}
	return outcomes
}

// run tries the numbers that are not settled, a few at a time.
func (j *smsJob) run(ctx context.Context, by carrier) {
	open := make([]int, 0, len(j.outcomes))
	for i := range j.outcomes {
		if state := j.outcomes[i].State; state != models.RecipientTaken && state != models.RecipientRefused {
			open = append(open, i)
			j.fresh = j.fresh || state == ""
		}
	}
	if len(open) == 1 {
		j.one(ctx, by, open[0])
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(smsParallel, len(open)) {
		all.Go(func() {
			for !j.halt.Load() {
				at := int(next.Add(1)) - 1
				if at >= len(open) {
					return
				}
				j.one(ctx, by, open[at])
			}
		})
	}
	all.Wait()
}

// one tries one number. A fault of the channel, a pause that is asked for and
// the end of the time hold for the numbers behind it as well.
func (j *smsJob) one(ctx context.Context, by carrier, i int) {
	o := &j.outcomes[i]
	answer, err := by.submit(ctx, j, &o.Recipient)
	j.answers[i] = answer
	if err == nil {
		j.taken.Store(true)
		return
	}
	if !errors.As(err, &o.err) {
		if errors.Is(err, context.Canceled) {
			j.mu.Lock()
			j.canceled = err
			j.mu.Unlock()
			j.halt.Store(true)
			return
		}
		o.err = AsError(err)
	}
	o.Detail = o.err.Message
	if o.err.Class == Throttled || o.err.Disable != "" || ctx.Err() != nil {
		j.halt.Store(true)
	}
}

// verdict sums up. A stop that cut the message short before anything was
// written leaves nothing to record.
func (j *smsJob) verdict() error {
	if j.canceled != nil {
		tried := func(o recipientOutcome) bool { return o.err != nil }
		if j.taken.Load() || slices.ContainsFunc(j.outcomes, tried) {
			return &Error{Code: models.ErrConnect, Message: "the server stopped before every number was tried"}
		}
		return j.canceled
	}
	return sumRecipients(j.outcomes)
}

// record fills the receipt: the provider's own answer for one number, a line
// for each of several.
func (s *SMS) record(receipt *Receipt, j *smsJob) {
	receipt.Progress = make([]models.Recipient, len(j.outcomes))
	var lines strings.Builder
	for i := range j.outcomes {
		o, answer := &j.outcomes[i], &j.answers[i]
		receipt.Progress[i] = o.Recipient
		receipt.Awaits = receipt.Awaits || o.State == models.RecipientTaken && len(o.IDs) > 0 && j.config.AwaitReceipt && !j.message.Test
		if answer.code != nil {
			receipt.ResponseCode = answer.code
		}
		if answer.suppress != "" {
			receipt.Suppress = append(receipt.Suppress, models.Suppression{Address: o.Address, Reason: answer.suppress, CreatedAt: s.now()})
		}
		if len(j.outcomes) > 1 {
			lines.WriteString(shownOutcome(&o.Recipient))
		} else if answer.body != "" {
			lines.WriteString(answer.body)
		}
	}
	if lines.Len() > 0 {
		body := cleanString(lines.String(), models.MaxResponseBody)
		receipt.ResponseBody = &body
	}
}

func shownOutcome(r *models.Recipient) string {
	state := string(r.State)
	if state == "" {
		state = "NOT TAKEN"
	}
	line := r.Address + ": " + state
	if len(r.IDs) > 0 {
		line += " " + strings.Join(r.IDs, " ")
	}
	if r.Detail != "" {
		line += " (" + r.Detail + ")"
	}
	return line + "\n"
}

// Check asks the provider what became of the numbers that took the message.
// Over SMPP it sees to it that reports can arrive, and knows none itself.
func (s *SMS) Check(ctx context.Context, m Message) ([]models.Report, error) {
	config, ok := m.Channel.Config.(*models.SmsConfig)
	if !ok || config == nil || s.carriers[config.Provider] == nil {
		return nil, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel has no SMS configuration"}
	}
	bounded, cancel := context.WithTimeout(ctx, config.AttemptTimeout())
	defer cancel()
	return s.carriers[config.Provider].check(bounded, &m, config)
}
