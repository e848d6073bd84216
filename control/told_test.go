package control_test

import (
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
	"carillon/testkit"
)

// TestUpdatesTellWhatChanged updates a channel of each kind, with secrets in every
// place that takes one.
func TestUpdatesTellWhatChanged(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	node := b.node(models.ConfigRules{Relay: true})
	text := func(s string) *string { return &s }
	secret := func(s string) *models.Secret { v := models.NewSecret(s); return &v }
	for name, row := range map[string]struct {
		made, changed control.ChannelConfig
		want          string
	}{
		"slack": {
			control.ChannelConfig{Slack: &control.SlackConfig{BotToken: control.Set(models.NewSecret("xoxb-planted-1")), Channel: control.Set("C1")}},
			control.ChannelConfig{Slack: &control.SlackConfig{BotToken: control.Set(models.NewSecret("xoxb-planted-2")), Channel: control.Set("C2")}},
			`{"field":"config.channel"},{"field":"config.botToken"}`,
		},
		"http": {
			control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/planted?a=planted", Headers: &[]control.Header{{Name: "A", Value: text("planted")}}}},
			control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/planted?b=planted", Headers: &[]control.Header{{Name: "A", Value: text("planted too")}},
				Signing: &control.Signing{Scheme: models.SigningHMAC, Secret: secret("planted secret")}}},
			`{"field":"config.url"},{"field":"config.headers"},{"field":"config.signing.scheme"},{"field":"config.signing.parameter"},{"field":"config.signing.secret"}`,
		},
	} {
		ch := must(node.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: name, Config: row.made}))(t)
		must(node.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: ch.ID, Config: control.Set(row.changed)}))(t)
		must(node.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: ch.ID, Config: control.Set(row.changed)}))(t)
		list := b.entries(t)
		if got, want := string(list[1].Detail), `{"changed":[`+row.want+`],"name":"`+name+`"}`; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if got, want := string(list[0].Detail), `{"changed":[],"name":"`+name+`"}`; got != want {
			t.Errorf("%s once more: %s, want %s", name, got, want)
		}
		for _, e := range list {
			if strings.Contains(string(e.Detail), "planted") {
				t.Errorf("%s: %s", name, e.Detail)
			}
		}
	}
}

func TestLongValuesAreLeftOut(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	hook := b.webhook(t, b.acme, "w", b.channel(t, b.acme, "c"))
	must(b.UpdateWebhook(t.Context(), b.admin, control.UpdateWebhook{ID: hook.ID, Description: control.Set(strings.Repeat("long ", 100)), Name: control.Set("v")}))(t)
	if got := string(b.entries(t)[0].Detail); got != `{"changed":[{"field":"name","before":"w","after":"v"},{"field":"description"}],"name":"v"}` {
		t.Error(got)
	}
}

// TestRotatedAwayIsNobodysChange: a secret that has stopped signing is dropped by
// the next update, which did not ask for it.
func TestRotatedAwayIsNobodysChange(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	ch := b.channel(t, b.acme, "c")
	must(b.RotateChannelSecret(t.Context(), b.admin, control.RotateChannelSecret{ID: ch.ID, Overlap: time.Hour}))(t)
	b.clock.Advance(2 * time.Hour)
	must(b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: ch.ID, Name: control.Set("d"),
		RetryPolicy: control.Set(control.RetryPolicy{Schedule: control.Set([]time.Duration{time.Minute})}), Batching: control.Set(models.Batching{MaxEvents: 3, MaxWait: time.Second})}))(t)
	got := string(b.entries(t)[0].Detail)
	if strings.Contains(got, "signing") || !strings.Contains(got, `"after":["1m"]`) || !strings.Contains(got, `{"field":"batching","before":null,"after":{"maxEvents":3,"maxWait":"1s"}}`) {
		t.Error(got)
	}
}
