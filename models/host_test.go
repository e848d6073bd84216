package models_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"carillon/models"
)

// closed refuses whatever is not public, as a server without further settings does.
func closed() models.ConfigRules {
	return models.ConfigRules{Relay: true, Refuses: func(addr netip.Addr) error {
		if addr = addr.Unmap(); addr.IsGlobalUnicast() && !addr.IsPrivate() && !netip.MustParsePrefix("64:ff9b::/96").Contains(addr) {
			return nil
		}
		return errors.New("it is not public")
	}}
}

// Every way to write an address that is not public is refused when a channel is
// saved, for every kind that dials.
func TestHostsThatAreRefused(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(host string) models.ChannelConfig{
		"http.url": func(host string) models.ChannelConfig {
			return &models.HttpConfig{URL: "https://" + host + ":8443/hook", Method: models.MethodPost, Timeout: models.DefaultTimeout, Signing: models.Signing{Scheme: models.SigningNone}}
		},
		"sms.baseUrl": func(host string) models.ChannelConfig {
			return &models.SmsConfig{Provider: models.ProviderSMPP, AccountID: "carillon", AuthToken: models.NewSecret("secret08"), BaseURL: "smpp://" + host + ":2775",
				From: "Carillon", To: []string{"+14155550123"}, MaxSegments: models.DefaultMaxSegments}
		},
		"email.smtpServer": func(host string) models.ChannelConfig {
			return &models.EmailConfig{SmtpServer: host + ":587", TLS: models.TLSStart, From: "a@example.com", To: []string{"b@example.com"}}
		},
	}
	twilio := func(host string) models.ChannelConfig {
		return &models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC0123456789abcdef0123456789abcdef", AuthToken: models.NewSecret("0123456789abcdef0123456789abcdef"),
			BaseURL: "https://" + host, From: "+14155550100", To: []string{"+14155550123"}, MaxSegments: models.DefaultMaxSegments}
	}
	refused := []string{
		"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.0", "127.0.0.0x1",
		"localhost", "LOCALHOST", "localhost.", "a.localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
		"169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "192.168.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]",
		"]", "a!b.example", "a$b", "a'b.example",
	}
	check := func(field, host string, config models.ChannelConfig, want bool) {
		t.Helper()
		err := config.Validate(closed())
		var invalid *models.Error
		if got := errors.As(err, &invalid); got != want || got && (invalid.Field != field || invalid.Message == "") {
			t.Errorf("%s %s: %v", field, host, err)
		}
	}
	for field, config := range kinds {
		for _, host := range refused {
			check(field, host, config(host), true)
		}
		for _, host := range []string{"example.com", "93.184.216.34", "[2606:4700::1111]", "mail.example.com.", "xn--bcher-kva.example", "a1.example", "0x7f.example"} {
			check(field, host, config(host), false)
			if field == "http.url" {
				check("sms.baseUrl", host, twilio(host), false)
			}
		}
	}
	for _, host := range append(refused, "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "loca\u200blhost", "[fe80::1%25lo]") {
		check("http.url", host, kinds["http.url"](host), true)
		check("sms.baseUrl", host, twilio(host), true)
	}
	for _, url := range []string{"http://good.example@127.0.0.1/", "http://127.0.0.1%2f@good.example/", "http://127.0.0.1\\@good.example/", "http://%31%32%37.0.0.1/", "http://127.0.0.1 .example/", "http:127.0.0.1", "//127.0.0.1/"} {
		config := kinds["http.url"]("example.com").(*models.HttpConfig)
		config.URL = url
		check("http.url", url, config, true)
	}
}

func TestHostsThatAreAllowed(t *testing.T) {
	t.Parallel()
	rules := models.ConfigRules{Refuses: func(addr netip.Addr) error {
		if addr == netip.MustParseAddr("127.0.0.1") {
			return nil
		}
		return errors.New("it is another one")
	}}
	for host, want := range map[string]bool{"127.0.0.1": true, "localhost": true, "127.0.0.2": false, "[::1]": false, "127.1": false, "example.com": true} {
		config := &models.HttpConfig{URL: "http://" + host, Method: models.MethodPost, Timeout: models.DefaultTimeout, Signing: models.Signing{Scheme: models.SigningNone}}
		err := config.Validate(rules)
		if (err == nil) != want || err != nil && strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: %v", host, err)
		}
	}
}
