package channels

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// offered are servers that take one command at a time, and all at once.
func offered(t *testing.T, test func(t *testing.T, offers []string)) {
	t.Helper()
	for name, offers := range map[string][]string{"one by one": nil, "pipelined": {"PIPELINING", "SIZE 1000000"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, offers)
		})
	}
}

var emailSteps = map[string]string{
	"greeting": "the greeting", "EHLO": "EHLO", "STARTTLS": "STARTTLS", "AUTH": "AUTH",
	"MAIL": "MAIL FROM", "RCPT": "RCPT TO", "DATA": "DATA", ".": "the end of the message",
}

// stepped sends to a server that does this at one step.
func stepped(t *testing.T, verb, does string, offers []string) *post {
	t.Helper()
	if verb == "STARTTLS" {
		offers = append([]string{"STARTTLS"}, offers...)
	}
	if verb == "AUTH" {
		offers = append([]string{"AUTH PLAIN"}, offers...)
	}
	p := poster(t, scripted(t, map[string]string{verb: does}, offers...).address, EmailOptions{})
	switch verb {
	case "STARTTLS":
		p.config.TLS = models.TLSStart
	case "AUTH":
		p.config.Username, p.config.Password = "user", models.NewSecret("open sesame")
	}
	return p
}

func TestEmailServerHangs(t *testing.T) {
	t.Parallel()
	offered(t, func(t *testing.T, offers []string) {
		for verb, step := range emailSteps {
			t.Run(verb, func(t *testing.T) {
				t.Parallel()
				_, e := stepped(t, verb, hang, offers).failsWithin(t, 200*time.Millisecond, models.ErrTimeout)
				if e.Class != Temporary || !strings.HasPrefix(e.Message, step+" did not come to an end") {
					t.Errorf("failed with %+v", e)
				}
				if (verb == ".") != strings.Contains(e.Message, "Message-ID") {
					t.Errorf("failed with %+v", e)
				}
			})
		}
	})
}

func TestEmailServerClosesTheConnection(t *testing.T) {
	t.Parallel()
	offered(t, func(t *testing.T, offers []string) {
		for verb, step := range emailSteps {
			t.Run(verb, func(t *testing.T) {
				t.Parallel()
				receipt, e := stepped(t, verb, drop, offers).fails(t, models.ErrConnect)
				if e.Class != Temporary || !strings.Contains(e.Message, "closed the connection at "+step) || len(receipt.Progress) != 0 {
					t.Errorf("failed with %+v, progress %+v", e, receipt.Progress)
				}
				if (verb == ".") != strings.Contains(e.Message, "same Message-ID") {
					t.Errorf("failed with %+v", e)
				}
			})
		}
	})
}

func TestEmailTLSHandshakeHangs(t *testing.T) {
	t.Parallel()
	for mode, answers := range map[models.SmtpTls]map[string]string{
		models.TLSImplicit: {"greeting": hang}, models.TLSStart: {"STARTTLS": "220 go on!hang"},
	} {
		p := poster(t, scripted(t, answers, "STARTTLS").address, EmailOptions{})
		p.config.TLS = mode
		_, e := p.failsWithin(t, 200*time.Millisecond, models.ErrTimeout)
		contains(t, "the error", e.Message, "the TLS handshake did not come to an end")
	}
}

func TestEmailRefusals(t *testing.T) {
	t.Parallel()
	offered(t, func(t *testing.T, offers []string) {
		for _, row := range []struct {
			verb, answer string
			class        Class
			code         models.AttemptErrorCode
			disable      bool
		}{
			{"greeting", "421 4.7.0 too many connections", Throttled, models.ErrRejected, false},
			{"greeting", "450 later", Temporary, models.ErrRejected, false},
			{"greeting", "554 5.7.1 blocked", Permanent, models.ErrRejected, false},
			{"EHLO", "421 4.3.2 closing!drop", Throttled, models.ErrRejected, false},
			{"EHLO", "550 who are you", Permanent, models.ErrRejected, false},
			{"STARTTLS", "454 4.7.0 TLS not available", Temporary, models.ErrTLS, false},
			{"STARTTLS", "554 5.7.3 no", Temporary, models.ErrTLS, false},
			{"AUTH", "535 5.7.8 bad credentials", Permanent, models.ErrConfig, true},
			{"AUTH", "534 5.7.9 application-specific password required", Permanent, models.ErrConfig, true},
			{"AUTH", "538 5.7.11 encryption required", Permanent, models.ErrConfig, true},
			{"AUTH", "454 4.7.0 temporary authentication failure", Temporary, models.ErrRejected, false},
			{"AUTH", "421 4.7.0 try again later!drop", Throttled, models.ErrRejected, false},
			{"MAIL", "421 4.4.2 closing!drop", Throttled, models.ErrRejected, false},
			{"MAIL", "451 4.7.1 greylisted", Temporary, models.ErrRejected, false},
			{"MAIL", "452 4.3.1 full", Temporary, models.ErrRejected, false},
			{"MAIL", "530 5.7.0 authentication required", Permanent, models.ErrConfig, true},
			{"MAIL", "550 5.7.60 not allowed to send as this sender", Permanent, models.ErrRejected, false},
			{"MAIL", "552 5.3.4 too big", Permanent, models.ErrRejected, false},
			{"RCPT", "421 4.7.0 slow down!drop", Throttled, models.ErrRejected, false},
			{"RCPT", "450 4.2.0 greylisted", Temporary, models.ErrRejected, false},
			{"RCPT", "530 5.7.1 authentication required", Permanent, models.ErrConfig, true},
			{"RCPT", "550 5.1.1 no such user", Permanent, models.ErrRejected, false},
			{"RCPT", "552 5.5.3 too many recipients", Temporary, models.ErrRejected, false},
			{"DATA", "451 4.3.0 later", Temporary, models.ErrRejected, false},
			{"DATA", "554 5.5.1 no", Permanent, models.ErrRejected, false},
			{".", "421 4.3.0 closing!drop", Throttled, models.ErrRejected, false},
			{".", "450 4.7.1 rate", Temporary, models.ErrRejected, false},
			{".", "552 5.3.4 too big", Permanent, models.ErrRejected, false},
			{".", "554 5.7.1 spam", Permanent, models.ErrRejected, false},
		} {
			t.Run(row.verb+" "+row.answer, func(t *testing.T) {
				t.Parallel()
				receipt, e := stepped(t, row.verb, row.answer, offers).fails(t, row.code)
				if e.Class != row.class || (e.Disable != "") != row.disable {
					t.Errorf("failed with %+v", e)
				}
				said := strings.TrimSuffix(row.answer, "!drop")
				contains(t, "the error", e.Message, said)
				contains(t, "the answer", *receipt.ResponseBody, said)
				if want := said[:3]; *receipt.ResponseCode != int(want[0]-'0')*100+int(want[1]-'0')*10+int(want[2]-'0') {
					t.Errorf("the code is %d", *receipt.ResponseCode)
				}
				if refused := row.verb == "RCPT" && said[:3] == "550"; (len(receipt.Progress) == 1) != refused {
					t.Errorf("the progress is %+v", receipt.Progress)
				}
			})
		}
	})
}

func TestEmailAnswersAreBounded(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answers map[string]string
		message string
	}{
		"one endless line":   {map[string]string{"greeting": "220 " + strings.Repeat("a", 1<<20)}, "more than 64 KiB"},
		"endless lines":      {map[string]string{"EHLO": strings.Repeat("250-x\r\n", 1<<17)}, "more than 64 KiB"},
		"endless last lines": {map[string]string{".": strings.Repeat("250-x\r\n", 1<<17)}, "more than 64 KiB"},
		"not SMTP":           {map[string]string{"greeting": "HTTP/1.1 400 Bad Request"}, "what is not SMTP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, e := poster(t, scripted(t, row.answers).address, EmailOptions{}).fails(t, models.ErrConnect)
			if e.Class != Temporary || !strings.Contains(e.Message, row.message) {
				t.Errorf("failed with %+v", e)
			}
		})
	}
}

func TestEmailServersWithoutEHLO(t *testing.T) {
	t.Parallel()
	s := scripted(t, map[string]string{"EHLO": "502 what?"})
	poster(t, s.address, EmailOptions{}).sends(t)
	contains(t, "the dialogue", strings.Join(s.lines(0), "|"), "EHLO client.example.com|HELO client.example.com|MAIL FROM:<no-reply@acme.example.com>|RCPT")
}

func TestEmailIsCutShort(t *testing.T) {
	t.Parallel()
	p := stepped(t, "DATA", hang, nil)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := p.Send(ctx, p.message)
	var e *Error
	if !canceled(err) || errors.As(err, &e) {
		t.Errorf("Send returned %v", err)
	}
}

func TestEmailTLS(t *testing.T) {
	t.Parallel()
	secure, pool := certificate(t, "127.0.0.1")
	other, otherPool := certificate(t, "mail.example.com")
	old, oldPool := certificate(t, "127.0.0.1")
	old.MaxVersion, old.MinVersion = tls.VersionTLS11, tls.VersionTLS10
	for name, row := range map[string]struct {
		server   *tls.Config
		implicit bool
		mode     models.SmtpTls
		pool     *x509.CertPool
		message  string // empty for success
	}{
		"implicit":                   {secure, true, models.TLSImplicit, pool, ""},
		"STARTTLS":                   {secure, false, models.TLSStart, pool, ""},
		"implicit, another name":     {other, true, models.TLSImplicit, otherPool, "for another name"},
		"STARTTLS, another name":     {other, false, models.TLSStart, otherPool, "for another name"},
		"implicit, unknown":          {secure, true, models.TLSImplicit, otherPool, "not signed by an authority"},
		"STARTTLS, unknown":          {secure, false, models.TLSStart, otherPool, "not signed by an authority"},
		"STARTTLS, old":              {old, false, models.TLSStart, oldPool, "TLS handshake"},
		"STARTTLS that is not there": {nil, false, models.TLSStart, pool, "does not offer STARTTLS"},
		"implicit where it is not":   {nil, false, models.TLSImplicit, pool, "does not begin with TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office := (&postOffice{}).open(t, row.server, row.implicit)
			p := poster(t, office.address, EmailOptions{RootCAs: row.pool})
			p.config.TLS = row.mode
			if row.message == "" {
				p.sends(t)
				p.message.Progress = nil
				p.sends(t)
				if n := office.connections(); len(office.all()) != 2 || n > 2 {
					t.Errorf("%d messages in %d sessions", len(office.all()), n)
				}
				return
			}
			_, e := p.fails(t, models.ErrTLS)
			contains(t, "the error", e.Message, row.message)
			if e.Class != Temporary || len(office.all()) != 0 {
				t.Errorf("failed with %+v", e)
			}
		})
	}
}

func TestEmailTakesNothingFromBeforeTheHandshake(t *testing.T) {
	t.Parallel()
	p := stepped(t, "STARTTLS", "220 go on\r\n250-evil\r\n250 AUTH PLAIN", nil)
	_, e := p.fails(t, models.ErrTLS)
	contains(t, "the error", e.Message, "somebody on the way")
}

func TestEmailIsNotSentInTheClearAbroad(t *testing.T) {
	t.Parallel()
	everywhere := NewGuard([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")})
	for _, o := range []EmailOptions{{Guard: everywhere}, {Relay: "smtp://8.8.8.8:25?tls=none"}} {
		p := poster(t, "8.8.8.8:25", o)
		if o.Relay != "" {
			p.config.SmtpServer, p.config.TLS = "", ""
		}
		_, e := p.fails(t, models.ErrConfig)
		if (e.Class == Permanent) != (o.Relay == "") || !strings.Contains(e.Message, "TLS is NONE") {
			t.Errorf("failed with %+v", e)
		}
	}
	for address, want := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "192.168.1.1": true, "172.31.0.1": true, "100.64.0.1": true, "169.254.1.1": true, "::1": true,
		"fd00::1": true, "fe80::1": true, "::ffff:10.0.0.1": true,
		"8.8.8.8": false, "172.32.0.1": false, "100.128.0.1": false, "2001:4860::1": false, "64:ff9b::7f00:1": false, "0.0.0.0": false, "::ffff:8.8.8.8": false,
	} {
		if got := nearby(netip.MustParseAddr(address)); got != want {
			t.Errorf("nearby(%s) = %v", address, got)
		}
	}
}

func TestEmailServersAreGuarded(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{Guard: NewGuard(nil)})
	if _, e := p.fails(t, models.ErrBlockedAddress); e.Class != Permanent || !strings.Contains(e.Message, AllowSetting) {
		t.Errorf("failed with %+v", e)
	}
	if office.connections() != 0 {
		t.Error("the server was reached")
	}
	p = poster(t, "", EmailOptions{Guard: NewGuard(nil), Relay: "smtp://" + office.address + "?tls=none"})
	p.config.TLS = ""
	p.sends(t) // the operator's server is not guarded
	if len(office.all()) != 1 {
		t.Error("the message is not there")
	}
}

func TestEmailTakesNoLongerThanItsTimeout(t *testing.T) {
	t.Parallel()
	p := stepped(t, "DATA", hang, nil)
	r, err := p.routes.of(p.config)
	if err != nil || r.timeout != p.config.AttemptTimeout() {
		t.Fatalf("the timeout is %s (%v)", r.timeout, err)
	}
	r.timeout = 150 * time.Millisecond
	_, e := p.fails(t, models.ErrTimeout)
	contains(t, "the error", e.Message, "DATA did not come to an end with 127.0.0.1:", "within 150ms")
}

func TestEmailConnects(t *testing.T) {
	t.Parallel()
	l := listen(t)
	address := l.Addr().String()
	_ = l.Close()
	_, e := poster(t, address, EmailOptions{}).fails(t, models.ErrConnect)
	contains(t, "the error", e.Message, "refused the connection")
	p := poster(t, "", EmailOptions{})
	p.config.TLS = ""
	if _, e = p.fails(t, models.ErrConfig); e.Class != Temporary || !strings.Contains(e.Message, RelaySetting) {
		t.Errorf("without a server it failed with %+v", e)
	}
}

func TestEmailServersAreLookedUp(t *testing.T) {
	t.Parallel()
	secure, pool := certificate(t, "mail.example.com")
	office := (&postOffice{}).open(t, secure, false)
	_, port, _ := strings.Cut(office.address, ":")
	names := answerNames(t, func(name string) []string {
		return map[string][]string{"mail.example.com": {"127.0.0.1"}, "evil.example.com": {"169.254.169.254"}}[name]
	})
	for host, want := range map[string]models.AttemptErrorCode{
		"mail.example.com": "", "none.example.com": models.ErrDNS, "evil.example.com": models.ErrBlockedAddress,
	} {
		p := poster(t, host+":"+port, EmailOptions{RootCAs: pool, Resolver: names})
		p.config.TLS = models.TLSStart
		if want == "" {
			p.sends(t)
			continue
		}
		_, e := p.fails(t, want)
		contains(t, "the error", e.Message, host)
		if (e.Class == Permanent) != (want == models.ErrBlockedAddress) {
			t.Errorf("failed with %+v", e)
		}
	}
	if len(office.all()) != 1 {
		t.Errorf("%d messages", len(office.all()))
	}
}
