package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"carillon/channels"
	"carillon/client"
	"carillon/models"
	"carillon/templates"
)

// forwarder sends events to one address the way that an HTTP channel without a
// template does: the same bytes, headers and signature.
type forwarder struct {
	http    *channels.HTTP
	set     *templates.Set
	channel *models.Channel
	secret  models.Secret
	retries int
	now     func() time.Time
}

// Bounds of forwarding.
const (
	maxRetries   = 20
	firstForward = time.Second // the first wait before another try; it doubles
	maxForward   = 30 * time.Second
)

// forwarder is nil where nothing is to be forwarded.
func (l *listenCommand) forwarder() (*forwarder, error) {
	if l.ForwardTo == "" {
		if !l.Secret.Empty() {
			return nil, errors.New("--secret signs what is forwarded; give --forward-to as well")
		}
		return nil, nil
	}
	if l.Retries < 0 || l.Retries > maxRetries {
		return nil, fmt.Errorf("--retries: give 0 to %d", maxRetries)
	}
	secret := l.Secret
	if secret.Empty() {
		var key [32]byte
		_, _ = rand.Read(key[:]) // never fails
		secret = models.NewSecret(models.WhsecPrefix + base64.StdEncoding.EncodeToString(key[:]))
	} else if _, err := secret.SymmetricKey(); err != nil {
		return nil, l.named(err)
	}
	address := l.ForwardTo
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	config := &models.HttpConfig{
		URL: address, Method: models.MethodPost, Timeout: l.Timeout,
		Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: secret},
	}
	if err := config.Validate(models.ConfigRules{}); err != nil {
		return nil, l.named(err)
	}
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	return &forwarder{
		http:    channels.NewHTTP(channels.HTTPConfig{Guard: channels.NewGuard(everywhere), UserAgent: "Carillon/" + Version, IdlePerHost: 2}),
		set:     templates.NewSet(),
		channel: &models.Channel{Name: "listen", Kind: models.KindHTTP, Config: config},
		secret:  secret, retries: l.Retries, now: time.Now,
	}, nil
}

// named says of an error about an HTTP channel which flag it is about.
func (l *listenCommand) named(err error) error {
	var coded *models.Error
	if !errors.As(err, &coded) {
		return err
	}
	about := *coded
	switch about.Field {
	case "http.timeout":
		about.Field = "--timeout"
	case "http.url":
		about.Field = "--forward-to"
	default:
		about.Field = "--secret"
	}
	return &about
}

func (f *forwarder) close() {
	if f != nil {
		f.http.Close()
	}
}

func (f *forwarder) target() string { return plain(f.channel.Config.Target()) }

// send tries until the event is taken, or cannot be, or the retries are used up.
// report is told how each try ended, the first with the number 1.
func (f *forwarder) send(ctx context.Context, e *client.Event, to *screen, report func(try int, outcome string) error) error {
	event := e.Model()
	content, err := f.set.Render(&templates.View{Events: []*models.Event{event}, Channel: f.channel, Attempt: 1})
	if err != nil {
		return fmt.Errorf("render %s: %w", event.ID, err)
	}
	begun := f.now()
	for try := 1; ; try++ {
		at := f.now()
		receipt, err := f.http.Send(ctx, channels.Message{
			Channel: f.channel, ID: event.ID.String(), Key: event.ID.String(), Time: at, Begun: begun, Content: content, Test: event.Test,
		})
		if ctx.Err() != nil {
			return errors.Join(report(try, "→ cut short"), ctx.Err())
		}
		took := models.FormatDuration(rounded(f.now().Sub(at)))
		if err == nil {
			return report(try, to.paint(green, fmt.Sprintf("→ %d in %s", *receipt.ResponseCode, took)))
		}
		failure := channels.AsError(err)
		outcome := to.paint(red, failedForward(receipt, failure)+" in "+took)
		if failure.Class == channels.Permanent || try > f.retries {
			return report(try, outcome)
		}
		wait := forwardWait(failure, try)
		if err := report(try, outcome+", again in "+models.FormatDuration(wait)); err != nil {
			return err
		}
		if !pause(ctx, wait) {
			return ctx.Err()
		}
	}
}

// failedForward is the status, or why there was none.
func failedForward(receipt channels.Receipt, failure *channels.Error) string {
	if receipt.ResponseCode != nil {
		return fmt.Sprintf("→ %d", *receipt.ResponseCode)
	}
	return "→ " + plain(failure.Message)
}

// forwardWait is what the receiver asks for, or 1s, 2s, 4s and so on.
func forwardWait(failure *channels.Error, try int) time.Duration {
	if failure.After > 0 {
		return min(failure.After, maxForward)
	}
	return min(firstForward<<(try-1), maxForward)
}

// pause waits, unless ctx ends first: then it is false.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
