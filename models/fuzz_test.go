package models_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"carillon/models"
)

// FuzzSender: what is taken for a sender or a number has the form that carriers take.
func FuzzSender(f *testing.F) {
	for _, seed := range []string{"+14155550123", "12345", "Carillon", "MG0123456789abcdef0123456789abcdef", "+0", "00", "a b", "", "+1 415", "１２３"} {
		f.Add(seed)
	}
	forms := map[models.SenderKind]*regexp.Regexp{
		models.SenderNumber:       regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`),
		models.SenderShortCode:    regexp.MustCompile(`^[0-9]{3,8}$`),
		models.SenderAlphanumeric: regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ]{0,9}[A-Za-z0-9])?$`),
		models.SenderService:      regexp.MustCompile(`^MG[0-9A-Fa-f]{32}$`),
	}
	f.Fuzz(func(t *testing.T, text string) {
		kind := models.SenderOf(text)
		if form := forms[kind]; form != nil && !form.MatchString(text) {
			t.Fatalf("%q is taken for kind %d", text, kind)
		}
		for other, form := range forms {
			if kind == models.SenderUnknown && form.MatchString(text) && (other != models.SenderAlphanumeric || strings.ContainsFunc(text, unicode.IsLetter)) {
				t.Fatalf("%q is kind %d, and not taken", text, other)
			}
		}
		c := models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC0123456789abcdef0123456789abcdef", AuthToken: models.NewSecret("0123456789abcdef"), From: "+14155550123",
			To: []string{text}, MaxSegments: 3}
		err := c.Validate(models.ConfigRules{})
		if number := forms[models.SenderNumber].MatchString(text); (err == nil) != number {
			t.Fatalf("%q as a recipient: %v", text, err)
		}
		readable(t, err)
	})
}

// readable: what people read is text in one line, of a bounded length.
func readable(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if text := err.Error(); !utf8.ValidString(text) || len(text) > 2000 || strings.ContainsAny(text, "\r\n\x00") {
		t.Fatalf("the error reads %q", text)
	}
}

// FuzzSigningSecret: a secret that a scheme takes can be used by it, and what is
// said of one that it does not take does not repeat it.
func FuzzSigningSecret(f *testing.F) {
	for _, seed := range []string{"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "whsk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "a secret that both know", "whsec_\n", "ü", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret := models.NewSecret(text)
		if key, err := secret.SymmetricKey(); err == nil && (len(key) < 24 || len(key) > 64) {
			t.Fatalf("%q has a key of %d bytes", text, len(key))
		}
		if key, err := secret.PrivateKey(); err == nil {
			public, _ := key.Public().(ed25519.PublicKey)
			if !ed25519.Verify(public, []byte("x"), ed25519.Sign(key, []byte("x"))) {
				t.Fatalf("%q signs what its public key does not verify", text)
			}
		}
		for _, scheme := range []models.SigningScheme{models.SigningStandardWebhooks, models.SigningEd25519, models.SigningHMAC,
			models.SigningSecretHeader, models.SigningSecretQuery, models.SigningNone} {
			err := scheme.CheckSecret(secret)
			readable(t, err)
			if err != nil && len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Fatalf("%s repeats the secret: %v", scheme, err)
			}
			if err == nil && scheme == models.SigningSecretHeader {
				sent(t, "https://example.com/hook", "X-Secret", text)
			}
		}
	})
}

// sent writes a request as it would leave, and reads it again: one request, with
// the header as it was.
func sent(t *testing.T, target, name, value string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, target, strings.NewReader("{}"))
	if err != nil {
		t.Fatalf("%q cannot be sent to: %v", target, err)
	}
	request.Header.Set(name, value)
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		t.Fatalf("%q, %q: %q cannot be sent: %v", target, name, value, err)
	}
	in := bufio.NewReader(&wire)
	again, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("%q, %q: %q cannot be read: %v", target, name, value, err)
	}
	if got := again.Header.Get(name); got != strings.Trim(value, " \t") {
		t.Fatalf("the header %q: %q arrives as %q", name, value, got)
	}
	body := make([]byte, 3)
	if n, _ := again.Body.Read(body); n != 2 || in.Buffered() > 0 {
		t.Fatalf("%q, %q: %q leaves more than one request", target, name, value)
	}
}

// FuzzHTTPConfig: what an HTTP channel takes can be sent, and is one request.
func FuzzHTTPConfig(f *testing.F) {
	f.Add("https://example.com/hooks?a=b", "X-Team", "orders")
	f.Add("http://[::1]:65536/", "Host", "x\r\ny")
	f.Add("https://user:password@example.com/#x", "webhook-id", "")
	f.Add("HTTPS://ex%41mple.com:/\x7f", "X Y", "ü")
	f.Fuzz(func(t *testing.T, target, name, value string) {
		c := models.HttpConfig{URL: target, Method: models.MethodPost, Timeout: time.Second, Signing: models.Signing{Scheme: models.SigningNone},
			Headers: []models.ConfigHeader{{Name: name, Value: value}}}
		err := c.Validate(models.ConfigRules{RequireHTTPS: true})
		readable(t, err)
		if err != nil {
			return
		}
		u, err := url.Parse(target)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q is taken: %v", target, err)
		}
		sent(t, target, name, value)
	})
}

// FuzzEmailConfig: addresses that a channel takes stay one address each in a
// header, and break no line.
func FuzzEmailConfig(f *testing.F) {
	f.Add("Acme <no-reply@example.com>", "ada@example.com", "mail.example.com:587", "mailto:off@example.com")
	f.Add(`"Lovelace, Ada" <a@b.example>`, "=?utf-8?q?=0A?= <a@b.c>", "[::1]:25", "https://example.com/off?x=1")
	f.Add("a@b", "a@[127.0.0.1]", ":0", "<x>")
	f.Fuzz(func(t *testing.T, from, to, server, unsubscribe string) {
		c := models.EmailConfig{SmtpServer: server, TLS: models.TLSStart, From: from, To: []string{to}, ListUnsubscribe: unsubscribe}
		err := c.Validate(models.ConfigRules{})
		readable(t, err)
		if err != nil {
			return
		}
		for _, text := range []string{from, to} {
			address, err := mail.ParseAddress(text)
			if err != nil {
				t.Fatalf("%q is taken: %v", text, err)
			}
			list, err := mail.ParseAddressList(address.String())
			if err != nil || len(list) != 1 || list[0].Address != address.Address || strings.ContainsAny(address.String(), "\r\n") {
				t.Fatalf("%q is written as %q: %v, %v", text, address, list, err)
			}
			if strings.ContainsFunc(address.Address, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				t.Fatalf("%q has the address %q", text, address.Address)
			}
		}
		if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
			t.Fatalf("%q is taken for a server: %v", server, err)
		}
		if strings.ContainsAny(unsubscribe, "<>, \r\n") {
			t.Fatalf("%q is taken for List-Unsubscribe", unsubscribe)
		}
	})
}

// FuzzSlackConfig: what a Slack channel takes goes to Slack, and no text about it
// repeats the token or the webhook.
func FuzzSlackConfig(f *testing.F) {
	f.Add("https://hooks.slack.com/services/T0/B0/abcdefghijkl", "", "", "Carillon", ":bell:")
	f.Add("", "xoxb-123-abcdefghijkl", "C0123", "a\nb", ":ü::skin-tone-2:")
	f.Add("https://hooks.slack.com.example.com/services/T0/B0/abcdefghijkl", "", "#general", "", "bell")
	f.Add("http://u@hooks.slack.com:443/services/T0/B0/x?y#z", "xoxp", "D1", "", "")
	f.Fuzz(func(t *testing.T, webhook, token, channel, username, emoji string) {
		c := models.SlackConfig{WebhookURL: models.NewSecret(webhook), BotToken: models.NewSecret(token), Channel: channel, Username: username, IconEmoji: emoji}
		c.Mode = models.SlackIncomingWebhook
		if token != "" {
			c.Mode = models.SlackBotToken
		}
		err := c.Validate(models.ConfigRules{})
		readable(t, err)
		if err != nil {
			return
		}
		if (webhook == "") == (token == "") || strings.ContainsAny(webhook+token+channel+username+emoji, "\r\n\x00") {
			t.Fatalf("%q, %q, %q, %q, %q are taken", webhook, token, channel, username, emoji)
		}
		if webhook != "" {
			if u, err := url.Parse(webhook); err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, "hooks.slack.com") || u.User != nil {
				t.Fatalf("%q is taken: %v", webhook, err)
			}
		} else if !strings.HasPrefix(token, "xox") {
			t.Fatalf("the token %q is taken", token)
		}
	})
}

// FuzzSMSConfig: what an SMS channel takes can be dialled and logged in to.
func FuzzSMSConfig(f *testing.F) {
	f.Add(true, "AC0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef", "", "+14155550100", "+14155550123")
	f.Add(false, "carillon", "secret08", "smpp://smsc.example.com:2775", "Carillon", "+14155550123")
	f.Add(false, "a\x00b", "secret0", "smpps://[::1]:0", "12345", "4155550123")
	f.Add(true, "AC", "x", "https://u:p@twilio.example.com/x?y", "MG0123456789abcdef0123456789abcdef", "+0")
	f.Fuzz(func(t *testing.T, twilio bool, account, token, base, from, to string) {
		c := models.SmsConfig{Provider: models.ProviderSMPP, AccountID: account, AuthToken: models.NewSecret(token), BaseURL: base, From: from, To: []string{to}, MaxSegments: 1}
		if twilio {
			c.Provider = models.ProviderTwilio
		}
		err := c.Validate(models.ConfigRules{})
		readable(t, err)
		if err != nil {
			return
		}
		if models.SenderOf(to) != models.SenderNumber || models.SenderOf(from) == models.SenderUnknown || strings.ContainsAny(account+token, "\r\n\x00") {
			t.Fatalf("%q, %q, %q, %q are taken", account, token, from, to)
		}
		if u, err := url.Parse(base); err != nil || u.User != nil || base != "" && !models.IsHost(u.Hostname()) || !twilio && u.Port() == "" {
			t.Fatalf("%q is taken: %v", base, err)
		}
	})
}

// FuzzRetryPolicy: every wait of a schedule that is taken is within its jitter.
func FuzzRetryPolicy(f *testing.F) {
	f.Add(int64(5*time.Second), int64(time.Hour), 0.2, 0.5)
	f.Add(int64(-1), int64(1)<<62, 1.0, 1.0)
	f.Fuzz(func(t *testing.T, one, two int64, jitter, random float64) {
		p := models.RetryPolicy{Schedule: []time.Duration{time.Duration(one), time.Duration(two)}, Jitter: jitter}
		if p.Validate() != nil || !(random >= 0 && random <= 1) {
			return
		}
		for retry, planned := range p.Schedule {
			wait, ok := p.Wait(retry+1, random)
			if !ok || wait < 0 || wait > 2*planned+1 || float64(wait) < float64(planned)*(1-jitter)-1 {
				t.Fatalf("%s with %v and %v waits %s, %t", planned, jitter, random, wait, ok)
			}
		}
		if _, ok := p.Wait(3, random); ok {
			t.Fatal("there is a third retry")
		}
	})
}
