package app

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"

	"carillon/channels"
	"carillon/models"
)

const (
	// callbackBytes bounds the form of one callback; a provider sends a few fields.
	callbackBytes = 64 << 10
	// callbacksAtOnce bounds those under way; a provider that is told 503 comes again.
	callbacksAtOnce = 64
	twilioSignature = "X-Twilio-Signature"
)

// callbacks takes in what providers report of messages that they took. Nobody
// signs in here: a signature by the channel's own secret says who it is.
type callbacks struct {
	log       *slog.Logger
	publicURL string // as the provider was told to call; never what a request claims
	channel   func(ctx context.Context, id models.ID) (models.Channel, error)
	twilio    readCallback
	report    func(ctx context.Context, r models.Report) error

	turns chan struct{}
}

// readCallback checks the signature on a callback to an address, and reads what is
// reported of which message; ok is false for what says nothing final. An error
// means that the signature is wrong.
type readCallback func(ch *models.Channel, url string, form url.Values, signature string) (r models.Report, ok bool, err error)

func newCallbacks(c callbacks) *callbacks {
	c.turns = make(chan struct{}, callbacksAtOnce)
	return &c
}

func (a *App) callbacks() http.Handler {
	return newCallbacks(callbacks{log: a.log, publicURL: a.URL(), channel: a.store.ChannelLive, twilio: channels.TwilioReport,
		report: a.rooms.engine.Report})
}

// ServeHTTP answers 204 for what is taken in, and 503 where it is to be sent again.
func (c *callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		http.Error(w, "give a form, application/x-www-form-urlencoded", http.StatusUnsupportedMediaType)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, callbackBytes)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the form cannot be read", status)
		return
	}
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	default:
		c.busy(w)
		return
	}
	if ch, ok := c.find(w, r); ok {
		c.take(w, r, ch)
	}
}

// find answers 404 for what is no channel of that provider, whoever's it may be.
func (c *callbacks) find(w http.ResponseWriter, r *http.Request) (*models.Channel, bool) {
	id, err := models.ParseIDOf(models.PrefixChannel, r.PathValue("channel"))
	if err != nil {
		http.NotFound(w, r)
		return nil, false
	}
	ch, err := c.channel(r.Context(), id)
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		c.away(w, r, id, err)
		return nil, false
	}
	config, sms := ch.Config.(*models.SmsConfig)
	if err != nil || !sms || config.Provider != models.ProviderTwilio {
		http.NotFound(w, r)
		return nil, false
	}
	return &ch, true
}

func (c *callbacks) take(w http.ResponseWriter, r *http.Request, ch *models.Channel) {
	address := c.publicURL + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	report, ok, err := c.twilio(ch, address, r.PostForm, r.Header.Get(twilioSignature))
	if err != nil {
		c.log.Warn("a callback was refused: its signature is not by the channel's token, or not for this address",
			"channel_id", ch.ID, "tenant_id", ch.TenantID)
		http.Error(w, "the signature is wrong", http.StatusForbidden)
		return
	}
	if ok {
		report.TenantID = ch.TenantID
		if err := c.report(r.Context(), report); err != nil {
			c.away(w, r, ch.ID, err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// away asks the provider to come again.
func (c *callbacks) away(w http.ResponseWriter, r *http.Request, channel models.ID, err error) {
	if r.Context().Err() == nil {
		c.log.Warn("a callback could not be taken in; the provider is asked to send it again", "channel_id", channel, "error", err)
	}
	c.busy(w)
}

func (c *callbacks) busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	http.Error(w, "come again", http.StatusServiceUnavailable)
}
