package control_test

import (
	"testing"

	"carillon/control"
	"carillon/models"
)

func TestEmailChannelConfig(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		relay := b.node(models.ConfigRules{Relay: true})
		email := func(change func(*control.EmailConfig)) control.ChannelConfig {
			in := control.EmailConfig{From: "no-reply@acme.com", To: []string{"ada@example.com"}}
			change(&in)
			return control.ChannelConfig{Email: &in}
		}
		created := func(change func(*control.EmailConfig)) models.EmailConfig {
			ch, err := relay.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: models.NewID(models.PrefixChannel).String(), Config: email(change)})
			check(t, err)
			return *ch.Config.(*models.EmailConfig)
		}
		for server, want := range map[string]models.SmtpTls{"mail.example.com:465": models.TLSImplicit, "mail.example.com:587": models.TLSStart, "[::1]:25": models.TLSStart} {
			if c := created(func(in *control.EmailConfig) { in.SmtpServer = control.Set(server) }); c.TLS != want {
				t.Errorf("%s has the tls %s, want %s", server, c.TLS, want)
			}
		}
		if c := created(func(*control.EmailConfig) {}); c.TLS != "" || c.SmtpServer != "" {
			t.Errorf("without a server it is %+v", c)
		}

		ch, err := b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "Mail", Config: email(func(in *control.EmailConfig) {
			in.SmtpServer, in.TLS = control.Set("mail.example.com:587"), control.Set(models.TLSNone)
			in.Username, in.Password = control.Set("user"), control.Set(models.NewSecret("pw1"))
		})})
		check(t, err)
		updated := func(field string, change func(*control.EmailConfig)) *models.EmailConfig {
			t.Helper()
			config := email(change)
			ch, err := relay.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: ch.ID, Config: control.Set(config)})
			if field != "" {
				wantError(t, err, models.CodeBadUserInput, field)
				return nil
			}
			check(t, err)
			return ch.Config.(*models.EmailConfig)
		}
		// What is left out stays; a stored password goes to its own server alone.
		if c := updated("", func(*control.EmailConfig) {}); c.TLS != models.TLSNone || c.Password != models.NewSecret("pw1") || c.Username != "user" {
			t.Errorf("an update changed %+v", c)
		}
		if c := updated("", func(in *control.EmailConfig) { in.SmtpServer = control.Set("mail.example.com:587") }); c.TLS != models.TLSNone || c.Password != models.NewSecret("pw1") {
			t.Errorf("the same server changed %+v", c)
		}
		updated("config.email.password", func(in *control.EmailConfig) { in.SmtpServer = control.Set("evil.example.net:587") })
		updated("config.email.password", func(in *control.EmailConfig) { in.SmtpServer = control.Set("mail.example.com:588") })
		if c := updated("", func(in *control.EmailConfig) { in.TLS = control.Clear[models.SmtpTls]() }); c.TLS != models.TLSStart {
			t.Errorf("null made the tls %s", c.TLS)
		}
		if c := updated("", func(in *control.EmailConfig) {
			in.SmtpServer, in.Password = control.Set("other.example.net:465"), control.Set(models.NewSecret("pw2"))
		}); c.TLS != models.TLSImplicit || c.Password != models.NewSecret("pw2") || c.Username != "user" {
			t.Errorf("another server made it %+v", c)
		}
		updated("config.email.username", func(in *control.EmailConfig) { in.Username = control.Clear[string]() })
		if c := updated("", func(in *control.EmailConfig) { in.SmtpServer = control.Clear[string]() }); c.TLS != "" || !c.Password.Empty() || c.Username != "" {
			t.Errorf("without its own server it is %+v", c)
		}
	})
}
