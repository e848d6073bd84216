package app

import (
	"context"
	"fmt"
	"net/url"

	"carillon/channels"
	"carillon/models"
)

// senders are the adapters: one for each kind of channel.
type senders struct {
	channels.Registry
	http  *channels.HTTP
	slack *channels.Slack
	email *channels.Email
	sms   *channels.SMS
}

// openSenders makes the adapters. They reach nobody before the first message.
func (a *App) openSenders(clock *clock) (*senders, error) {
	guard, agent := channels.NewGuard(a.cfg.AllowNetworks), "Carillon/"+Version
	proxy, err := a.outboundProxy()
	if err != nil {
		return nil, err
	}
	email, err := channels.NewEmail(channels.EmailOptions{
		Guard: guard, Relay: a.cfg.SMTPURL.Reveal(), Hello: hostOf(a.cfg.PublicURL), IdlePerServer: a.cfg.Workers,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare for email: %w", err)
	}
	s := &senders{
		http: channels.NewHTTP(channels.HTTPConfig{Guard: guard, UserAgent: agent, IdlePerHost: a.cfg.Workers, Proxy: proxy, TLSOnly: a.cfg.RequireHTTPS, Own: &channels.Own{
			Takes: func(tenant models.ID, target *url.URL) bool { return a.canaries.takes(tenant, target) }, Address: a.ownAddress,
		}}),
		slack: channels.NewSlack(channels.SlackOptions{Guard: guard, API: a.cfg.SlackAPIURL, UserAgent: agent, IdlePerHost: a.cfg.Workers, Proxy: proxy}),
		email: email,
		sms: channels.NewSMS(channels.SMSOptions{
			// Only an address that somebody vouches for is told to a provider.
			Guard: guard, Proxy: proxy, TLSOnly: a.cfg.RequireHTTPS, PublicURL: a.cfg.PublicURL, UserAgent: agent, Now: clock.Now, Log: a.log,
			Report: func(ctx context.Context, r models.Report) error { return a.rooms.engine.Report(ctx, r) },
		}),
	}
	s.Registry = channels.NewRegistry(s.http, s.slack, s.email, s.sms)
	return s, nil
}

// outboundProxy is the way out that the operator named; nil for the direct one.
func (a *App) outboundProxy() (*channels.Proxy, error) {
	if a.cfg.OutboundProxy.Empty() {
		return nil, nil
	}
	proxy, err := channels.ParseProxy(a.cfg.OutboundProxy.Reveal())
	if err != nil {
		return nil, bad("outbound-proxy", "%v", err)
	}
	return proxy, nil
}

// close is for when nothing is under way any more.
func (s *senders) close() {
	s.http.Close()
	s.slack.Close()
	s.email.Close()
	s.sms.Close()
}

// hostOf is the host of a URL; empty for none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
