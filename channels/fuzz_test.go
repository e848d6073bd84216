package channels

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"carillon/models"
)

// FuzzRelay: a relay that is taken can be dialled, and what is said of another one
// repeats nothing of it.
func FuzzRelay(f *testing.F) {
	for _, seed := range []string{"smtp://user:password@mail.example.com:587", "smtps://[::1]", "smtp://localhost?tls=none&auth=plain", "smtp://h:0", "smtp:x", "smtp://u:a%0Ab@h", "smtp://h/path#x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := parseRelay(raw)
		if err != nil {
			unrepeated(t, raw, err, "smtp://user:password@mail.example.com:587")
			return
		}
		host, port, err := net.SplitHostPort(s.key.address)
		if err != nil || host == "" || port == "" || host != s.host {
			t.Fatalf("%q is %q: %v", raw, s.key.address, err)
		}
		if strings.ContainsAny(s.key.username+s.key.password.Reveal(), "\r\n\x00") {
			t.Fatalf("%q logs in by a line break", raw)
		}
	})
}

// unrepeated holds an error not to show the password of the URL that it is about; a
// part of the example that it gives may look like it.
func unrepeated(t *testing.T, raw string, err error, example string) {
	t.Helper()
	u, bad := url.Parse(raw)
	if bad != nil || u.User == nil {
		return
	}
	if password, _ := u.User.Password(); len(password) > 12 && strings.Contains(err.Error(), password) && !strings.Contains(example, password) {
		t.Fatalf("%q: the error repeats the password: %v", raw, err)
	}
}

// FuzzTwilioCallback: a callback counts with the account's signature alone, and
// then it is a report of a message, however odd its fields.
func FuzzTwilioCallback(f *testing.F) {
	f.Add("MessageSid=SM1&MessageStatus=delivered&AccountSid=AC0123456789abcdef0123456789abcdef", "https://c.example/callbacks/twilio/chn_1")
	f.Add("SmsSid=SM1&SmsStatus=undelivered&ErrorCode=30005&ErrorMessage=x%0Ay&AccountSid=AC0123456789abcdef0123456789abcdef", "https://c.example/?a=b&c")
	f.Add("MessageSid=&MessageStatus=%ff&ErrorCode=-9999999999999999999", "")
	config := &models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC0123456789abcdef0123456789abcdef", AuthToken: models.NewSecret("the account's token")}
	channel := &models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: models.NewID(models.PrefixTenant), Kind: models.KindSMS, Config: config}
	f.Fuzz(func(t *testing.T, body, address string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		signature := twilioSignature(config.AuthToken, address, form)
		for _, forged := range []string{"", "x", twilioSignature(models.NewSecret("another token"), address, form), signature[1:]} {
			if _, _, err := TwilioReport(channel, address, form, forged); err == nil {
				t.Fatalf("%q counts with the signature %q", body, forged)
			}
		}
		r, final, err := TwilioReport(channel, address, form, signature)
		if err != nil {
			return
		}
		if r.ID == "" || len(r.ID) > maxReportID || r.TenantID != channel.TenantID || final && r.State == "" {
			t.Fatalf("%q is the report %+v, %t", body, r, final)
		}
	})
}

// FuzzTwilioAnswer reads what a provider that speaks Twilio's API answers.
func FuzzTwilioAnswer(f *testing.F) {
	f.Add([]byte(`{"code":21610,"message":"STOP","status":400}`), "/2010-04-01/Accounts/AC1/Messages.json?PageToken=x&Page=1")
	f.Add([]byte(`{"code":"x"}`), "%zz")
	f.Fuzz(func(t *testing.T, body []byte, next string) {
		_ = problemOf(body)
		token, page := nextPage(&next)
		if len(token)+len(page) > len(next) {
			t.Fatalf("%q leads to %q, %q", next, token, page)
		}
		if line := oneLine(string(body), 100); strings.ContainsAny(line, "\r\n") || len(line) > 103 {
			t.Fatalf("%q is shown as %q", body, line)
		}
	})
}

// proxied is a connection to a proxy that has answered already.
type proxied struct {
	net.Conn
	answer *strings.Reader
}

func (p *proxied) Read(b []byte) (int, error)  { return p.answer.Read(b) }
func (p *proxied) Write(b []byte) (int, error) { return len(b), nil }

// FuzzProxy: a proxy that is taken can be dialled, what is said of another one repeats
// nothing of it, and only what says so is a way through.
func FuzzProxy(f *testing.F) {
	f.Add("http://user:password@proxy.example.com:3128", "HTTP/1.1 200 OK\r\n\r\n")
	f.Add("socks5://[::1]:1080", "HTTP/1.0 407 Who\r\nProxy-Authenticate: Basic\r\n\r\n")
	f.Add("http://a%0Ab:c%0Dd@p:1/", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")
	f.Add("http://]:1", "SSH-2.0-x\r\n")
	f.Fuzz(func(t *testing.T, setting, answer string) {
		p, err := ParseProxy(setting)
		if err != nil {
			unrepeated(t, setting, err, "http://user:password@proxy.example.com:3128")
			p = &Proxy{}
		} else {
			host, port, err := net.SplitHostPort(p.address)
			if err != nil || !models.IsHost(host) || port == "" {
				t.Fatalf("%q is %q: %v", setting, p.address, err)
			}
			if strings.ContainsAny(p.user+p.password.Reveal(), "\r\n\x00") {
				t.Fatalf("%q logs in by a line break", setting)
			}
		}
		err = p.tunnel(&proxied{answer: strings.NewReader(answer)}, "example.com:443")
		if err == nil && (!strings.HasPrefix(answer, "HTTP/") || !strings.Contains(answer, " 2")) {
			t.Fatalf("%q is a way through", answer)
		}
		if err != nil && (len(err.Error()) > 500 || strings.ContainsAny(err.Error(), "\r\n\x00")) {
			t.Fatalf("%q is told as %q", answer, err)
		}
	})
}
