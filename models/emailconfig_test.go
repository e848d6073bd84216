package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"carillon/models"
)

func emailConfig(change func(*models.EmailConfig)) *models.EmailConfig {
	c := &models.EmailConfig{
		SmtpServer: "mail.example.com:587", TLS: models.TLSStart, From: "Acme <no-reply@acme.com>", To: []string{"ada@example.com"},
	}
	change(c)
	return c
}

func TestEmailConfigAddresses(t *testing.T) {
	t.Parallel()
	local, domain := strings.Repeat("a", 64), strings.Repeat("b", 60)+"."+strings.Repeat("c", 60)+"."+strings.Repeat("d", 60)
	for _, good := range []string{
		"ada@example.com", "Ada Lovelace <ada@example.com>", `"Lovelace, Ada" <ada@example.com>`, "Größe 東京 <a@b.co>", "<ada@example.com>",
		"a.b+c=d!#$%&'*/?^_`{|}~-@sub.example.co.uk", "x@xn--bcher-kva.example", local + "@" + domain, " ada@example.com ",
	} {
		checkField(t, "", emailConfig(func(c *models.EmailConfig) { c.From, c.To, c.ReplyTo = good, []string{good}, good }).Validate(models.ConfigRules{}))
	}
	for _, bad := range []string{
		"", "  ", "ada", "ada@", "@example.com", "ada@example", "root@localhost", "ada@[127.0.0.1]", "ada@[IPv6:::1]", "ada@bücher.example",
		"ädä@example.com", `"a b"@example.com`, "ada@exa mple.com", "ada@-example.com", "ada@example-.com", "ada@exam_ple..com", "ada@example.com.",
		"ada@example.com, bob@example.com", "ada@example.com\r\nBcc: x@example.com", "ada@example.com\n", "A\rda <ada@example.com>", "A\x00da <ada@example.com>",
		"A\u2028da <ada@example.com>", "A\u0085da <ada@example.com>", "=?utf-8?q?Ada=0ABcc=3A?= <ada@example.com>", "A\xffda <ada@example.com>",
		local + "a@example.com", local + "@" + domain + ".eeeeeeeee", strings.Repeat("n", 500) + " <ada@example.com>", "Ada <ada@example.com> x", "ada..b@example.com", "a@b@example.com",
	} {
		for field, c := range map[string]*models.EmailConfig{
			"email.from":  emailConfig(func(c *models.EmailConfig) { c.From = bad }),
			"email.to.1":  emailConfig(func(c *models.EmailConfig) { c.To = append(c.To, bad) }),
			"email.cc.0":  emailConfig(func(c *models.EmailConfig) { c.Cc = []string{bad} }),
			"email.bcc.0": emailConfig(func(c *models.EmailConfig) { c.Bcc = []string{bad} }),
		} {
			checkField(t, field, c.Validate(models.ConfigRules{}))
		}
		if bad != "" {
			checkField(t, "email.replyTo", emailConfig(func(c *models.EmailConfig) { c.ReplyTo = bad }).Validate(models.ConfigRules{}))
		}
	}
}

func TestEmailConfigRecipients(t *testing.T) {
	t.Parallel()
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("a%d@example.com", i))
		}
		return list
	}
	checkField(t, "email.to", emailConfig(func(c *models.EmailConfig) { c.To = nil }).Validate(models.ConfigRules{}))
	checkField(t, "", emailConfig(func(c *models.EmailConfig) { c.To, c.Bcc = many(models.MaxRecipients-1), []string{"x@example.com"} }).Validate(models.ConfigRules{}))
	for _, n := range []int{models.MaxRecipients, 10_000} {
		err := emailConfig(func(c *models.EmailConfig) { c.To, c.Bcc = many(n), []string{"x@example.com"} }).Validate(models.ConfigRules{})
		checkField(t, "email.to", err)
		var e *models.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, fmt.Sprint(n+1)) || !strings.Contains(e.Message, "at most 50") {
			t.Errorf("the error is %v", err)
		}
	}
	for field, change := range map[string]func(*models.EmailConfig){
		"email.to.1":  func(c *models.EmailConfig) { c.To = append(c.To, "Ada <ADA@Example.com>") },
		"email.cc.0":  func(c *models.EmailConfig) { c.Cc = []string{"ada@example.com"} },
		"email.bcc.1": func(c *models.EmailConfig) { c.Bcc = []string{"b@example.com", "b@example.com"} },
	} {
		checkField(t, field, emailConfig(change).Validate(models.ConfigRules{}))
	}
}

func TestEmailConfigServer(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"mail.example.com:587", "localhost:1", "127.0.0.1:65535", "[::1]:25", "mail_1.internal:2525", "mail.example.com.:25"} {
		checkField(t, "", emailConfig(func(c *models.EmailConfig) { c.SmtpServer = good }).Validate(models.ConfigRules{}))
	}
	for _, bad := range []string{
		"mail.example.com", "mail.example.com:", "mail.example.com:0", "mail.example.com:65536", "mail.example.com:smtp", "mail.example.com:+25", "mail.example.com:-1",
		":587", "::1:25", "[::1]", "[::1%eth0]:25", "smtp://mail.example.com:587", "mail.example.com:587/", "ma il.example.com:587", "mail\r\n.example.com:587",
		"-mail.example.com:587", "user@mail.example.com:587", "mäil.example.com:587", strings.Repeat("a.", 200) + "com:25",
	} {
		checkField(t, "email.smtpServer", emailConfig(func(c *models.EmailConfig) { c.SmtpServer = bad }).Validate(models.ConfigRules{}))
	}
	err := emailConfig(func(c *models.EmailConfig) { c.SmtpServer = "mail.example.com" }).Validate(models.ConfigRules{})
	if !strings.Contains(err.Error(), "has no port") {
		t.Errorf("the error is %v", err)
	}
	for _, bad := range []models.SmtpTls{"", "starttls", "SSL"} {
		checkField(t, "email.tls", emailConfig(func(c *models.EmailConfig) { c.TLS = bad }).Validate(models.ConfigRules{}))
	}
	relay := models.ConfigRules{Relay: true}
	without := func(change func(*models.EmailConfig)) *models.EmailConfig {
		return emailConfig(func(c *models.EmailConfig) {
			c.SmtpServer, c.TLS = "", ""
			change(c)
		})
	}
	checkField(t, "", without(func(*models.EmailConfig) {}).Validate(relay))
	checkField(t, "email.smtpServer", without(func(*models.EmailConfig) {}).Validate(models.ConfigRules{}))
	checkField(t, "email.tls", without(func(c *models.EmailConfig) { c.TLS = models.TLSNone }).Validate(relay))
	checkField(t, "email.username", without(func(c *models.EmailConfig) { c.Username = "u" }).Validate(relay))
	checkField(t, "email.password", without(func(c *models.EmailConfig) { c.Password = models.NewSecret("p") }).Validate(relay))
}

func TestEmailConfigLogin(t *testing.T) {
	t.Parallel()
	for want, login := range map[string][2]string{
		"": {"user", "pass word"}, "email.password": {"user", ""}, "email.username": {"", "hidden"},
	} {
		checkField(t, want, emailConfig(func(c *models.EmailConfig) { c.Username, c.Password = login[0], models.NewSecret(login[1]) }).Validate(models.ConfigRules{}))
	}
	for _, bad := range []string{"a\r\nb", "a\x00b", "a\nb", "\xff", strings.Repeat("x", 5000)} {
		checkField(t, "email.username", emailConfig(func(c *models.EmailConfig) { c.Username, c.Password = bad, models.NewSecret("p") }).Validate(models.ConfigRules{}))
		err := emailConfig(func(c *models.EmailConfig) { c.Username, c.Password = "u", models.NewSecret("hidden"+bad) }).Validate(models.ConfigRules{})
		checkField(t, "email.password", err)
		if strings.Contains(err.Error(), "hidden") {
			t.Errorf("the password shows in %v", err)
		}
	}
}

func TestEmailConfigUnsubscribe(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "mailto:leave@example.com", "mailto:leave@example.com?subject=leave", "https://example.com/u?id=1&x=%2C", "HTTPS://example.com/"} {
		checkField(t, "", emailConfig(func(c *models.EmailConfig) { c.ListUnsubscribe = good }).Validate(models.ConfigRules{}))
	}
	for _, bad := range []string{
		"http://example.com/", "leave@example.com", "<https://example.com/>", "https://example.com/a b", "https://example.com/a,b", "mailto:", "mailto:leave",
		"https://", "https://u:p@example.com/", "https://example.com/\r\nBcc: x", "https://example.com/ü", "javascript:alert(1)", "https://example.com/" + strings.Repeat("a", 900), "https://example.com/\"",
	} {
		checkField(t, "email.listUnsubscribe", emailConfig(func(c *models.EmailConfig) { c.ListUnsubscribe = bad }).Validate(models.ConfigRules{}))
	}
}
