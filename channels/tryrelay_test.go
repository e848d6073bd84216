package channels

import (
	"crypto/tls"
	"net/url"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// TestTryRelay logs in at a real server, and sends nothing.
func TestTryRelay(t *testing.T) {
	t.Parallel()
	secure, pool := certificate(t, "127.0.0.1")
	secure.MinVersion = tls.VersionTLS13
	office := (&postOffice{mechanisms: map[string]func(*smtp.Conn) sasl.Server{"PLAIN": plainServer}}).open(t, secure, false)
	clear := (&postOffice{}).open(t, nil, false)
	try := func(address string) (Relay, error) {
		e, err := NewEmail(EmailOptions{Relay: address, RootCAs: pool})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		return e.TryRelay(t.Context())
	}
	login := "smtp://" + url.UserPassword(loginName, loginWord).String() + "@" + office.address + "?tls=starttls"
	got, err := try(login)
	if want := (Relay{Address: office.address, TLS: "TLS 1.3", LogIn: true}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if got, err = try("smtp://" + clear.address); err != nil || got != (Relay{Address: clear.address}) {
		t.Errorf("in the clear: %+v, %v", got, err)
	}
	for address, want := range map[string]string{
		"smtp://" + url.UserPassword(loginName, "wrong-Secret").String() + "@" + office.address + "?tls=starttls": "answered AUTH with 535",
		"smtp://" + clear.address + "?tls=starttls":                                                               "STARTTLS",
		"smtp://127.0.0.1:1": "refused the connection",
	} {
		_, err := try(address)
		if err == nil || !strings.Contains(AsError(err).Message, want) || strings.Contains(err.Error(), "wrong-Secret") {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
	if len(office.all())+len(clear.all()) != 0 {
		t.Error("something was sent")
	}
	e, err := NewEmail(EmailOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.TryRelay(t.Context()); err == nil || !strings.Contains(err.Error(), RelaySetting) {
		t.Errorf("without a relay: %v", err)
	}
}
