package control_test

import (
	"testing"

	"carillon/control"
	"carillon/models"
)

// TestSmsTokenGoesToItsAccountAlone guards the token against who may change a
// channel and must not read its secrets.
func TestSmsTokenGoesToItsAccountAlone(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		config := func(change func(*control.SmsConfig)) control.ChannelConfig {
			in := &control.SmsConfig{Provider: models.ProviderTwilio, From: "+14155550100", To: []string{"+14155550123"}}
			change(in)
			return control.ChannelConfig{Sms: in}
		}
		made := must(b.CreateChannel(ctx, b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "sms", Config: config(func(in *control.SmsConfig) {
			in.AccountID, in.AuthToken = control.Set("AC0123456789abcdef0123456789abcdef"), control.Set(models.NewSecret("token-1"))
		})}))(t)
		update := func(change func(*control.SmsConfig)) (models.Secret, error) {
			ch, err := b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, Config: control.Set(config(change))})
			if err != nil {
				return models.Secret{}, err
			}
			stored := must(b.store.ChannelLive(ctx, ch.ID))(t)
			sms, _ := stored.Config.(*models.SmsConfig)
			return sms.AuthToken, nil
		}
		if token, err := update(func(in *control.SmsConfig) { in.To = []string{"+14155550124"}; in.MaxSegments = control.Set(2) }); err != nil || token != models.NewSecret("token-1") {
			t.Errorf("the token is %q, %v", token.Reveal(), err)
		}
		for name, change := range map[string]func(*control.SmsConfig){
			"baseUrl":   func(in *control.SmsConfig) { in.BaseURL = control.Set("https://evil.example.com") },
			"accountId": func(in *control.SmsConfig) { in.AccountID = control.Set("AC0000000000abcdef0123456789abcdef") },
			"provider": func(in *control.SmsConfig) {
				in.Provider, in.BaseURL, in.AccountID = models.ProviderSMPP, control.Set("smpp://smsc.example.com:2775"), control.Set("carillon")
			},
		} {
			if _, err := update(change); err == nil {
				t.Errorf("%s: the token went along", name)
			} else {
				wantError(t, err, models.CodeBadUserInput, "config.sms.authToken")
			}
		}
		moved := func(in *control.SmsConfig) {
			in.BaseURL, in.AuthToken = control.Set("https://sms.example.com"), control.Set(models.NewSecret("token-2"))
		}
		if token, err := update(moved); err != nil || token != models.NewSecret("token-2") {
			t.Errorf("the token is %q, %v", token.Reveal(), err)
		}
	})
}
