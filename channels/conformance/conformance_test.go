package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/channels"
	"carillon/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "s3same-open-4711"

// broken is the HTTP adapter, made worse in one way.
type broken struct {
	*channels.HTTP
	send   func(ctx context.Context, m channels.Message) (channels.Receipt, error)
	config func() models.ChannelConfig
}

func (b *broken) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	return b.send(ctx, m)
}

func (b *broken) NewConfig() models.ChannelConfig { return b.config() }

// patient is a provider for it.
type patient struct {
	*Web
	adapter *broken
	channel *models.Channel
	leaks   chan struct{} // closed in the end, for adapters that leave something behind
}

func (p *patient) Adapter() channels.Adapter { return p.adapter }
func (p *patient) Rules() models.ConfigRules { return models.ConfigRules{} }
func (p *patient) Secrets() []string         { return []string{token} }

func (p *patient) Message() channels.Message {
	return channels.Message{
		Channel: p.channel, ID: "evt_1", Key: "dlv_1", Time: time.Unix(1_711_793_700, 0), Begun: time.Unix(1_711_793_600, 0),
		Content: models.Content{ContentType: "application/json", Body: []byte(`{"test":1}`)},
	}
}

// sick makes a subject of the HTTP adapter, which spoil makes worse.
func sick(spoil func(p *patient)) Subject {
	return Subject{New: func(t *testing.T) Provider {
		t.Helper()
		p := &patient{leaks: make(chan struct{}), Web: NewWeb(t, map[Behaviour]Answer{
			RefuseForGood: {Status: http.StatusBadRequest, Body: "no"},
			RefuseChannel: {Status: http.StatusGone, Body: "gone"},
			FailForNow:    {Status: http.StatusInternalServerError, Body: "later"},
			Throttle:      {Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "7"}},
		}, func(r *http.Request, _ []byte) string { return r.Header.Get("webhook-id") })}
		t.Cleanup(func() { close(p.leaks) })
		http := channels.NewHTTP(channels.HTTPConfig{Guard: channels.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})})
		t.Cleanup(http.Close)
		p.channel = &models.Channel{Kind: models.KindHTTP, Config: &models.HttpConfig{
			URL: p.URL, Method: models.MethodPost, Timeout: time.Minute,
			Headers: []models.ConfigHeader{{Name: "X-Open", Value: "yes"}, {Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer " + token)}},
			Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
		}}
		p.adapter = &broken{HTTP: http, send: func(ctx context.Context, m channels.Message) (channels.Receipt, error) {
			receipt, err := http.Send(ctx, m)
			// The endpoint of these tests means 400 for good.
			if e := (*channels.Error)(nil); errors.As(err, &e) && receipt.ResponseCode != nil && *receipt.ResponseCode == 400 {
				err = &channels.Error{Class: channels.Permanent, Code: e.Code, Message: e.Message}
			}
			return receipt, err
		}, config: http.NewConfig}
		spoil(p)
		return p
	}}
}

// after spoils what a try came to.
func after(spoil func(r *channels.Receipt, err error) error) func(p *patient) {
	return func(p *patient) {
		good := p.adapter.send
		p.adapter.send = func(ctx context.Context, m channels.Message) (channels.Receipt, error) {
			receipt, err := good(ctx, m)
			return receipt, spoil(&receipt, err)
		}
	}
}

// classed spoils the classed failures of tries.
func classed(spoil func(e *channels.Error)) func(p *patient) {
	return after(func(_ *channels.Receipt, err error) error {
		if e := (*channels.Error)(nil); errors.As(err, &e) {
			worse := *e
			spoil(&worse)
			return &worse
		}
		return err
	})
}

// before spoils what a try does first.
func before(spoil func(ctx *context.Context, m *channels.Message)) func(p *patient) {
	return func(p *patient) {
		good := p.adapter.send
		p.adapter.send = func(ctx context.Context, m channels.Message) (channels.Receipt, error) {
			spoil(&ctx, &m)
			return good(ctx, m)
		}
	}
}

func TestTheSuiteFindsNothingWrongWithAGoodAdapter(t *testing.T) {
	s := sick(func(*patient) {})
	for _, c := range checks() {
		for _, failure := range c.failures(t, s) {
			t.Errorf("%s: %s", c.name, failure)
		}
	}
}

// ill is a configuration that is spoiled in one way.
type ill struct {
	models.HttpConfig
	Token   string `json:"token,omitempty"`
	reverse *atomic.Bool
	valid   bool
	field   string
}

func (c *ill) Validate(rules models.ConfigRules) error {
	if c.valid {
		return nil
	}
	if c.field != "" {
		return models.Invalid(c.field, "is wrong: %s", c.Signing.Secret.Reveal())
	}
	return c.HttpConfig.Validate(rules)
}

func (c *ill) Secrets() []*models.Secret {
	secrets := c.HttpConfig.Secrets()
	if c.reverse != nil && c.reverse.Swap(!c.reverse.Load()) {
		slices.Reverse(secrets)
	}
	return secrets
}

// configured gives the adapter configurations of the kind ill.
func configured(spoil func(c *ill)) func(p *patient) {
	return func(p *patient) {
		good := p.adapter.send
		mine := &ill{HttpConfig: *p.channel.Config.(*models.HttpConfig)}
		spoil(mine)
		p.channel.Config = mine
		p.adapter.config = func() models.ChannelConfig {
			c := new(ill)
			spoil(c)
			c.Token = ""
			return c
		}
		p.adapter.send = func(ctx context.Context, m channels.Message) (channels.Receipt, error) {
			channel := *m.Channel
			channel.Config, m.Channel = &mine.HttpConfig, &channel
			return good(ctx, m)
		}
	}
}

func TestTheSuiteBites(t *testing.T) {
	for name, row := range sicknesses() {
		t.Run(name, func(t *testing.T) {
			if row.check != Oversize.String() { // it measures the whole process
				t.Parallel()
			}
			found := failuresOf(t, row.check, sick(row.spoil))
			if !strings.Contains(found, row.finds) || found == "" {
				t.Errorf("%s found %q, want %q", row.check, found, row.finds)
			}
		})
	}
}

func failuresOf(t *testing.T, name string, s Subject) string {
	t.Helper()
	all := checks()
	at := slices.IndexFunc(all, func(c check) bool { return c.name == name })
	if at < 0 {
		t.Fatalf("there is no check %s", name)
	}
	return strings.Join(all[at].failures(t, s), "\n")
}

type sickness struct {
	check, finds string
	spoil        func(p *patient)
}

func sicknesses() map[string]sickness {
	rows := map[string]sickness{
		"token in the error":             {"FailForNow", "shows in the error", classed(func(e *channels.Error) { e.Message += " to " + token })},
		"token in the reason to disable": {"RefuseChannel", "shows in the error", classed(func(e *channels.Error) { e.Disable += token })},
		"token in base64 in the error":   {"Drop", "shows in the error", classed(func(e *channels.Error) { e.Message += " Basic dXNlcjpzM3NhbWUtb3Blbi00NzEx" })},
		"token in the receipt": {"Accept", "shows in the receipt", after(func(r *channels.Receipt, err error) error {
			r.RequestHeaders = append(r.RequestHeaders, models.Header{Name: "Authorization", Value: "Bearer " + token})
			return err
		})},
		"answer not masked": {"EchoSecrets", "shows in the receipt", after(func(r *channels.Receipt, err error) error {
			body := `{"you said":"Bearer ` + token + `"}`
			r.ResponseBody = &body
			return err
		})},
		"unclassed error":    {"FailForNow", "unclassed", after(func(_ *channels.Receipt, err error) error { return hide(err) })},
		"wrong class":        {"FailForNow", "has the class", classed(func(e *channels.Error) { e.Class = channels.Permanent })},
		"no such class":      {"FailForNow", "which there is not", classed(func(e *channels.Error) { e.Class = 9 })},
		"wrong code":         {"Drop", "has the code", classed(func(e *channels.Error) { e.Code = models.ErrProvider })},
		"no such code":       {"FailForNow", "which there is not", classed(func(e *channels.Error) { e.Code = "OOPS" })},
		"does not disable":   {"RefuseChannel", "disables the channel", classed(func(e *channels.Error) { e.Disable = "" })},
		"disables for one":   {"RefuseForGood", "disables the channel", classed(func(e *channels.Error) { e.Disable = "no" })},
		"forgets the pause":  {"Throttle", "left alone", classed(func(e *channels.Error) { e.After = 0 })},
		"pauses for ever":    {"Throttle", "asks for a pause", classed(func(e *channels.Error) { e.After = 48 * time.Hour })},
		"empty text":         {"FailForNow", "is empty", classed(func(e *channels.Error) { e.Message = "" })},
		"long text":          {"FailForNow", "bytes, want at most", classed(func(e *channels.Error) { e.Message = strings.Repeat("x", 2000) })},
		"lines in the text":  {"FailForNow", "line break", classed(func(e *channels.Error) { e.Message += "\nmore" })},
		"failure as success": {"RefuseForGood", "want a classed failure", after(func(*channels.Receipt, error) error { return nil })},
		"success as failure": {"Accept", "want success", after(func(*channels.Receipt, error) error {
			return &channels.Error{Code: models.ErrProvider, Message: "no"}
		})},
		"no target":        {"Accept", "names no target", after(func(r *channels.Receipt, err error) error { r.Target = ""; return err })},
		"other target":     {"Accept", "the receipt's target is", after(func(r *channels.Receipt, err error) error { r.Target = "x"; return err })},
		"no code":          {"Accept", "no ResponseCode", after(func(r *channels.Receipt, err error) error { r.ResponseCode = nil; return err })},
		"no body":          {"Accept", "no ResponseBody", after(func(r *channels.Receipt, err error) error { r.ResponseBody = nil; return err })},
		"no headers":       {"Accept", "no RequestHeaders", after(func(r *channels.Receipt, err error) error { r.RequestHeaders = nil; return err })},
		"not UTF-8":        {"Accept", "not UTF-8", body("\xff")},
		"NUL":              {"Accept", "holds NUL", body("a\x00b")},
		"too much is kept": {"Accept", "of the answer are kept", body(strings.Repeat("x", models.MaxResponseBody+1))},
		"panics":           {"Accept", "Send panicked", after(func(*channels.Receipt, error) error { panic("oops") })},
	}
	for _, more := range []map[string]sickness{sickOfTime(), sickOfMessages(), sickOfConfigurations()} {
		for name, row := range more {
			rows[name] = row
		}
	}
	return rows
}

// hide takes an error's class away.
func hide(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("it failed: %s", err.Error())
}

func body(text string) func(p *patient) {
	return after(func(r *channels.Receipt, err error) error {
		r.ResponseBody = &text
		return err
	})
}

func sickOfTime() map[string]sickness {
	detached := before(func(ctx *context.Context, _ *channels.Message) { *ctx = context.WithoutCancel(*ctx) })
	return map[string]sickness{
		"ignores the context":  {"Cancellation", "is not back", detached},
		"ignores its deadline": {"Hang", "is not back", detached},
		"reads a trickle":      {"Trickle", "is not back", detached},
		"sends though stopped": {"CanceledBefore", "messages were sent", detached},
		"stop as a timeout": {"Cancellation", "wraps context.Canceled", after(func(_ *channels.Receipt, err error) error {
			if errors.Is(err, context.Canceled) {
				return &channels.Error{Code: models.ErrTimeout, Message: "no answer"}
			}
			return err
		})},
		"timeout as another failure": {"Deadline", "want a temporary TIMEOUT", classed(func(e *channels.Error) { e.Code = models.ErrConnect })},
		"leaves a goroutine": {"Cancellation", "goroutines are left behind", func(p *patient) {
			before(func(*context.Context, *channels.Message) { go func() { <-p.leaks }() })(p)
		}},
		"keeps the whole answer": {"Oversize", "MiB of memory", func(p *patient) {
			after(func(_ *channels.Receipt, err error) error {
				client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
				answer, bad := client.Post(p.URL, "text/plain", bytes.NewReader(nil))
				if bad != nil {
					return bad
				}
				defer answer.Body.Close()
				_, _ = io.ReadAll(answer.Body)
				return err
			})(p)
		}},
		"fails ever after": {"FailForNow", "after FailForNow", func(p *patient) {
			var first atomic.Pointer[channels.Error]
			after(func(_ *channels.Receipt, err error) error {
				if e := (*channels.Error)(nil); errors.As(err, &e) {
					first.CompareAndSwap(nil, e)
				}
				if e := first.Load(); e != nil {
					return e
				}
				return err
			})(p)
		}},
	}
}

func sickOfMessages() map[string]sickness {
	var tries atomic.Int64
	return map[string]sickness{
		"changes the content":  {"Accept", "changed the message", before(func(_ *context.Context, m *channels.Message) { m.Content.Body[2] = 'X' })},
		"changes the channel":  {"Accept", "changed the message", before(func(_ *context.Context, m *channels.Message) { m.Channel.Name += "x" })},
		"another id each time": {"Repeat", "sent twice", before(func(_ *context.Context, m *channels.Message) { m.ID += fmt.Sprint(tries.Add(1)) })},
		"the same id always":   {"Repeat", "another message", before(func(_ *context.Context, m *channels.Message) { m.ID = "evt_same" })},
		"loses some of many": {"Concurrency", "of 32 messages", func(p *patient) {
			good, under := p.adapter.send, new(atomic.Int64)
			p.adapter.send = func(ctx context.Context, m channels.Message) (channels.Receipt, error) {
				if under.Add(1)%4 == 0 {
					return channels.Receipt{Target: p.URL}, nil
				}
				return good(ctx, m)
			}
		}},
		"repeats what was taken": {"Progress", "times more", after(func(r *channels.Receipt, err error) error {
			r.Progress = []models.Recipient{{Address: "a", State: models.RecipientTaken}}
			return err
		})},
		"panics at a foreign configuration": {"Foreign", "Send panicked", before(func(_ *context.Context, m *channels.Message) {
			_ = m.Channel.Config.(*models.HttpConfig)
		})},
		"sends without a configuration": {"Foreign", "want a permanent failure", func(p *patient) {
			before(func(_ *context.Context, m *channels.Message) { m.Channel = p.channel })(p)
		}},
	}
}

func sickOfConfigurations() map[string]sickness {
	shared := new(models.HttpConfig)
	return map[string]sickness{
		"token in the stored form": {"RoundTrip", "shows in the stored configuration", configured(func(c *ill) { c.Token = token })},
		"token in what is printed": {"NeverShown", "shows in the configuration", configured(func(c *ill) { c.Token = token })},
		"no order among secrets":   {"RoundTrip", "same order", configured(func(c *ill) { c.reverse = new(atomic.Bool) })},
		"one configuration for all": {"RoundTrip", "each must be its own", func(p *patient) {
			p.adapter.config = func() models.ChannelConfig { return shared }
		}},
		"another kind": {"RoundTrip", "NewConfig gives", func(p *patient) {
			p.adapter.config = func() models.ChannelConfig { return new(models.SmsConfig) }
		}},
		"all is valid":           {"Validation", "want BAD_USER_INPUT", configured(func(c *ill) { c.valid = true })},
		"a path of another kind": {"Validation", `begins with "http."`, configured(func(c *ill) { c.field = "config.url" })},
		"refuses the good":       {"Validation", "a good configuration is refused", configured(func(c *ill) { c.field = "http.url" })},
		"repeats a bad secret":   {"Validation", "shows in the refusal of a bad secret", configured(func(c *ill) { c.field = "http.url" })},
	}
}

func TestFormsFindASecretInsideAnEncodedText(t *testing.T) {
	t.Parallel()
	p := &probe{}
	for _, form := range forms(token) {
		if len(form) >= shortest {
			p.needles = append(p.needles, form)
		}
	}
	escaped, _ := json.Marshal(map[string]string{"t": token})
	for _, text := range []string{
		token, string(escaped), "AHVzZXIAczNzYW1lLW9wZW4tNDcxMQ==" /* \0user\0token */, "czNzYW1lLW9wZW4tNDcxMQ==",
		"dTpzM3NhbWUtb3Blbi00NzEx" /* u:token */, "73337361 no", fmt.Sprintf("%x", token),
	} {
		p.noted = nil
		p.hidden("the text", text)
		if want := text != "73337361 no"; (len(p.noted) == 1) != want {
			t.Errorf("in %q: %v", text, p.noted)
		}
	}
}
