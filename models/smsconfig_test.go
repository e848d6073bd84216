package models_test

import (
	"fmt"
	"strings"
	"testing"

	"carillon/models"
)

const accountSID = "AC0123456789abcdef0123456789ABCDEF"

func twilioConfig(change func(*models.SmsConfig)) *models.SmsConfig {
	c := &models.SmsConfig{
		Provider: models.ProviderTwilio, AccountID: accountSID, AuthToken: models.NewSecret("0123456789abcdef0123456789abcdef"),
		From: "+14155550100", To: []string{"+14155550123"}, MaxSegments: models.DefaultMaxSegments,
	}
	change(c)
	return c
}

func smppConfig(change func(*models.SmsConfig)) *models.SmsConfig {
	c := &models.SmsConfig{
		Provider: models.ProviderSMPP, AccountID: "carillon", AuthToken: models.NewSecret("secret08"), BaseURL: "smpp://smsc.example.com:2775",
		From: "Carillon", To: []string{"+14155550123"}, MaxSegments: models.DefaultMaxSegments,
	}
	change(c)
	return c
}

func checkSms(t *testing.T, field string, c *models.SmsConfig) {
	t.Helper()
	checkField(t, field, c.Validate(models.ConfigRules{}))
}

func TestSmsConfigNumbers(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"+12345678", "+123456789012345", "+41791234567"} {
		checkSms(t, "", twilioConfig(func(c *models.SmsConfig) { c.To = []string{good} }))
	}
	for bad, says := range map[string]string{
		"":                   "is empty",
		"0041791234567":      "begins with 00",
		"+41 79 123 45 67":   "holds a space",
		"+41-79-123":         "holds a dash",
		"41791234567":        "lacks the +",
		"+041791234567":      "0 behind the +",
		"+1234567":           "has 7 digits",
		"+1234567890123456":  "has 16 digits",
		"+":                  "no digit",
		"+4179123456x":       "no digit",
		"+41791234567\r\n":   "line break",
		"+٤١٧٩١٢٣٤٥٦٧":       "no digit",
		"whatsapp:+41791234": "no digit",
	} {
		err := twilioConfig(func(c *models.SmsConfig) { c.To = []string{"+14155550123", bad} }).Validate(models.ConfigRules{})
		checkField(t, "sms.to.1", err)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", bad, err, says)
		}
	}
	checkSms(t, "sms.to", twilioConfig(func(c *models.SmsConfig) { c.To = nil }))
	checkSms(t, "sms.to.2", twilioConfig(func(c *models.SmsConfig) { c.To = []string{"+14155550123", "+14155550124", "+14155550123"} }))
	many := func(n int) *models.SmsConfig {
		return twilioConfig(func(c *models.SmsConfig) {
			c.To = nil
			for i := range n {
				c.To = append(c.To, fmt.Sprintf("+1415555%05d", i))
			}
		})
	}
	checkSms(t, "", many(models.MaxRecipients))
	checkSms(t, "sms.to", many(10_000))
}

func TestSmsConfigSender(t *testing.T) {
	t.Parallel()
	service := "MG0123456789abcdef0123456789abcdef"
	for good, kind := range map[string]models.SenderKind{
		"+14155550100": models.SenderNumber, "123": models.SenderShortCode, "12345678": models.SenderShortCode,
		"Carillon 24": models.SenderAlphanumeric, "A": models.SenderAlphanumeric, service: models.SenderService,
	} {
		if got := models.SenderOf(good); got != kind {
			t.Errorf("%q is of kind %d, want %d", good, got, kind)
		}
		checkSms(t, "", twilioConfig(func(c *models.SmsConfig) { c.From = good }))
	}
	for _, bad := range []string{"", "12", "123456789", "Carillon 2024", "Käse", "+1", "A\r\nB", " A", service[:33], "Car-illon", "14155550100"} {
		checkSms(t, "sms.from", twilioConfig(func(c *models.SmsConfig) { c.From = bad }))
		checkSms(t, "sms.from", smppConfig(func(c *models.SmsConfig) { c.From = bad }))
	}
	checkSms(t, "sms.from", smppConfig(func(c *models.SmsConfig) { c.From = service }))
}

func TestSmsConfigOfTwilio(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "AC123", "SK0123456789abcdef0123456789abcdef", accountSID + "0", "AC0123456789abcdef0123456789abcdeg"} {
		checkSms(t, "sms.accountId", twilioConfig(func(c *models.SmsConfig) { c.AccountID = bad }))
	}
	// A provider that is compatible with Twilio has ids of its own.
	for account, field := range map[string]string{"b7c1e2a0-5a1f-4d1c-9a6e-1f2d3c4b5a69": "", "acme_1": "", "": "sms.accountId", "a/b": "sms.accountId", "a b": "sms.accountId"} {
		checkSms(t, field, twilioConfig(func(c *models.SmsConfig) { c.AccountID, c.BaseURL = account, "https://sms.example.com/api" }))
	}
	for _, bad := range []models.Secret{{}, models.NewSecret("a b"), models.NewSecret("a\r\nb"), models.NewSecret("ключ"), models.NewSecret(strings.Repeat("a", 257))} {
		err := twilioConfig(func(c *models.SmsConfig) { c.AuthToken = bad }).Validate(models.ConfigRules{})
		checkField(t, "sms.authToken", err)
		if err != nil && !bad.Empty() && strings.Contains(err.Error(), bad.Reveal()) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
	for _, good := range []string{"https://sms.example.com", "http://127.0.0.1:8080/api/laml", "https://sms.example.com/"} {
		checkSms(t, "", twilioConfig(func(c *models.SmsConfig) { c.BaseURL = good }))
	}
	for _, bad := range []string{"sms.example.com", "smpp://smsc.example.com:2775", "https://u:p@example.com", "https://example.com?a=b", "https://example.com?",
		"https://example.com#x", "https://example.com:0", "https://exam ple.com", "https://example.com/\r\nX: y"} {
		checkSms(t, "sms.baseUrl", twilioConfig(func(c *models.SmsConfig) { c.BaseURL = bad }))
	}
	plain := twilioConfig(func(c *models.SmsConfig) { c.BaseURL = "http://sms.example.com" })
	checkField(t, "sms.baseUrl", plain.Validate(models.ConfigRules{RequireHTTPS: true}))
}

func TestSmsConfigOfSMPP(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"smpp://smsc.example.com:2775", "smpps://[::1]:3550", "smpp://127.0.0.1:1/"} {
		checkSms(t, "", smppConfig(func(c *models.SmsConfig) { c.BaseURL = good }))
	}
	for _, bad := range []string{"", "smsc.example.com:2775", "smpp://smsc.example.com", "http://smsc.example.com:2775", "smpp://:2775", "smpp://a:0", "smpp://a:70000",
		"smpp://u:p@a:1", "smpp://a:1/x", "smpp://a:1?b", "smpp://a:1#b", "smpp://a:1\r\n", "smpp://a b:1", "smpp://" + strings.Repeat("a", models.MaxURL) + ":1"} {
		checkSms(t, "sms.baseUrl", smppConfig(func(c *models.SmsConfig) { c.BaseURL = bad }))
	}
	for _, bad := range []string{"", "sixteen-letters-", "a b", "a\x00"} {
		checkSms(t, "sms.accountId", smppConfig(func(c *models.SmsConfig) { c.AccountID = bad }))
	}
	for _, bad := range []models.Secret{{}, models.NewSecret("a b"), models.NewSecret("a\x00b"), models.NewSecret(strings.Repeat("a", 65))} {
		checkSms(t, "sms.authToken", smppConfig(func(c *models.SmsConfig) { c.AuthToken = bad }))
	}
}

func TestSmsConfigProviderAndSegments(t *testing.T) {
	t.Parallel()
	checkSms(t, "sms.provider", twilioConfig(func(c *models.SmsConfig) { c.Provider = "PIGEON" }))
	for _, bad := range []int{-1, 0, 11} {
		checkSms(t, "sms.maxSegments", twilioConfig(func(c *models.SmsConfig) { c.MaxSegments = bad }))
	}
	for _, good := range []int{1, 10} {
		checkSms(t, "", twilioConfig(func(c *models.SmsConfig) { c.MaxSegments = good }))
	}
}
