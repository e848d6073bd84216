package control_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

func httpOf(t *testing.T, ch models.Channel) models.HttpConfig {
	t.Helper()
	config, ok := ch.Config.(*models.HttpConfig)
	if !ok {
		t.Fatalf("got %T", ch.Config)
	}
	return *config
}

func TestChannelDefaults(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		made := b.channel(t, b.acme, "c")
		config := httpOf(t, made)
		if config.Method != models.MethodPost || config.Timeout != 10*time.Second || len(config.Headers) != 0 ||
			config.Signing.Scheme != models.SigningStandardWebhooks {
			t.Errorf("got %+v", config)
		}
		if key, err := config.Signing.Secret.SymmetricKey(); err != nil || len(key) != 32 {
			t.Errorf("a key of %d bytes, %v", len(key), err)
		}
		if made.Kind != models.KindHTTP || made.Status != models.ChannelActive || !reflect.DeepEqual(made.RetryPolicy, models.DefaultRetryPolicy()) {
			t.Errorf("got %+v", made)
		}
		if other := httpOf(t, b.channel(t, b.acme, "d")); other.Signing.Secret == config.Signing.Secret {
			t.Error("two channels have the same secret")
		}
		if stored := must(b.store.ChannelLive(t.Context(), made.ID))(t); !reflect.DeepEqual(stored, made) {
			t.Errorf("stored %+v, answered %+v", stored, made)
		}
	})
}

func TestUpdateChannel(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		owner := b.principal(t, b.acme, models.ScopeManage)
		made := must(b.CreateChannel(ctx, owner, control.CreateChannel{Name: "c", Config: control.ChannelConfig{HTTP: &control.HttpConfig{
			URL: "https://example.com/a", Method: pointer(models.MethodPut), Timeout: pointer(3 * time.Second),
			Headers: &[]control.Header{{Name: "X-Plain", Value: pointer("v")}, {Name: "Authorization", Value: pointer("Bearer s3cret"), Secret: true}},
		}}}))(t)
		before := httpOf(t, made)
		if before.Headers[1].Value != "" || before.Headers[1].SecretValue != models.NewSecret("Bearer s3cret") || before.Headers[0].Value != "v" {
			t.Errorf("got %+v", before.Headers)
		}
		update := func(in control.HttpConfig) models.HttpConfig {
			t.Helper()
			b.clock.Advance(time.Second)
			ch := must(b.UpdateChannel(ctx, owner, control.UpdateChannel{ID: made.ID, Config: control.Set(control.ChannelConfig{HTTP: &in})}))(t)
			if stored := must(b.store.ChannelLive(ctx, made.ID))(t); !reflect.DeepEqual(stored, ch) || !ch.UpdatedAt.After(made.UpdatedAt) {
				t.Errorf("stored %+v, answered %+v", stored, ch)
			}
			return httpOf(t, ch)
		}

		want := before
		want.URL = "https://example.com/b"
		if got := update(control.HttpConfig{URL: want.URL}); !reflect.DeepEqual(got, want) {
			t.Errorf("what was left out did not stay: %+v", got)
		}
		got := update(control.HttpConfig{URL: want.URL, Headers: &[]control.Header{{Name: "X-New", Value: pointer("n")}, {Name: "AUTHORIZATION", Secret: true}}})
		if len(got.Headers) != 2 || got.Headers[1].SecretValue != models.NewSecret("Bearer s3cret") {
			t.Errorf("a secret header without a value did not keep it: %+v", got.Headers)
		}
		shown := control.ChannelConfig{HTTP: &control.HttpConfig{URL: want.URL, Headers: &[]control.Header{{Name: "Authorization"}}}}
		wantError(t, errorOf(b.UpdateChannel(ctx, owner, control.UpdateChannel{ID: made.ID, Config: control.Set(shown)})),
			models.CodeBadUserInput, "config.http.headers.0.value")
		got = update(control.HttpConfig{URL: want.URL, Headers: &[]control.Header{{Name: "X-New", Value: pointer("n")}}, Timeout: pointer(time.Second)})
		if len(got.Headers) != 1 || got.Headers[0].Value != "n" || got.Timeout != time.Second || got.Method != models.MethodPut {
			t.Errorf("got %+v", got)
		}
		if got := update(control.HttpConfig{URL: want.URL, Headers: &[]control.Header{}}); len(got.Headers) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestSigningOfAChannel(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		secret := func() models.Secret { return must(b.ChannelSecret(ctx, b.admin, made.ID))(t) }
		update := func(s control.Signing) error {
			return errorOf(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID,
				Config: control.Set(control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com", Signing: &s}})}))
		}
		first := secret()
		if first != httpOf(t, made).Signing.Secret {
			t.Error("another secret was shown")
		}
		check(t, update(control.Signing{Scheme: models.SigningStandardWebhooks}))
		if secret() != first {
			t.Error("the same scheme did not keep the secret")
		}
		own := models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		check(t, update(control.Signing{Scheme: models.SigningStandardWebhooks, Secret: pointer(own)}))
		if secret() != own {
			t.Error("the given secret was not taken")
		}
		check(t, update(control.Signing{Scheme: models.SigningNone}))
		wantError(t, errorOf(b.ChannelSecret(ctx, b.admin, made.ID)), models.CodeConflict, "id")
		check(t, update(control.Signing{Scheme: models.SigningStandardWebhooks}))
		if again := secret(); again == own || again == first || !strings.HasPrefix(again.Reveal(), models.WhsecPrefix) {
			t.Error("no new secret was made")
		}
		wantError(t, update(control.Signing{Scheme: models.SigningStandardWebhooks, Secret: pointer(models.NewSecret("short"))}), models.CodeBadUserInput, "config.http.signing.secret")
		wantError(t, update(control.Signing{Scheme: models.SigningStandardWebhooks, Secret: pointer(models.Secret{})}), models.CodeBadUserInput, "config.http.signing.secret")
		wantError(t, update(control.Signing{Scheme: models.SigningNone, Secret: pointer(own)}), models.CodeBadUserInput, "config.http.signing.secret")
		wantError(t, update(control.Signing{Scheme: "ROT13"}), models.CodeBadUserInput, "config.http.signing.scheme")
	})
}

func TestRetryPolicyOfAChannel(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		config := control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com"}}
		made := must(b.CreateChannel(ctx, b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "c", Config: config,
			RetryPolicy: &control.RetryPolicy{Schedule: control.Set([]time.Duration{}), DisableAfterFailures: control.Set(10)}}))(t)
		if p := made.RetryPolicy; len(p.Schedule) != 0 || p.Schedule == nil || p.Jitter != models.DefaultJitter || *p.DisableAfterFailures != 10 || p.DisableAfter != nil {
			t.Errorf("got %+v", p)
		}
		update := func(change control.Change[control.RetryPolicy]) models.RetryPolicy {
			t.Helper()
			return must(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, RetryPolicy: change}))(t).RetryPolicy
		}
		p := update(control.Set(control.RetryPolicy{Jitter: control.Set(0.5), DisableAfter: control.Set(time.Hour)}))
		if len(p.Schedule) != 0 || p.Jitter != 0.5 || *p.DisableAfterFailures != 10 || *p.DisableAfter != time.Hour {
			t.Errorf("got %+v", p)
		}
		p = update(control.Set(control.RetryPolicy{Schedule: control.Clear[[]time.Duration](), Jitter: control.Clear[float64](),
			DisableAfterFailures: control.Clear[int]()}))
		if len(p.Schedule) != 9 || p.Jitter != models.DefaultJitter || p.DisableAfterFailures != nil || *p.DisableAfter != time.Hour {
			t.Errorf("got %+v", p)
		}
		if p = update(control.Change[control.RetryPolicy]{}); *p.DisableAfter != time.Hour {
			t.Errorf("got %+v", p)
		}
		if p = update(control.Clear[control.RetryPolicy]()); !reflect.DeepEqual(p, models.DefaultRetryPolicy()) {
			t.Errorf("got %+v", p)
		}
		for field, bad := range map[string]control.RetryPolicy{
			"retryPolicy.schedule.1":           {Schedule: control.Set([]time.Duration{time.Second, 0})},
			"retryPolicy.jitter":               {Jitter: control.Set(math.NaN())},
			"retryPolicy.disableAfterFailures": {DisableAfterFailures: control.Set(0)},
			"retryPolicy.disableAfter":         {DisableAfter: control.Set(-time.Second)},
		} {
			wantError(t, errorOf(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, RetryPolicy: control.Set(bad)})), models.CodeBadUserInput, field)
		}
	})
}

func TestChannelsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		existing := b.channel(t, b.acme, "taken")
		headers := func(h ...control.Header) *control.HttpConfig {
			return &control.HttpConfig{URL: "https://example.com", Headers: &h}
		}
		for name, test := range map[string]struct {
			http  *control.HttpConfig
			field string
		}{
			"nothing":         {nil, "config"},
			"no url":          {&control.HttpConfig{}, "config.http.url"},
			"no host":         {&control.HttpConfig{URL: "https://"}, "config.http.url"},
			"another scheme":  {&control.HttpConfig{URL: "ftp://example.com"}, "config.http.url"},
			"a line break":    {&control.HttpConfig{URL: "https://example.com/\r\nX: y"}, "config.http.url"},
			"another method":  {&control.HttpConfig{URL: "https://example.com", Method: pointer(models.HttpMethod("GET"))}, "config.http.method"},
			"no time":         {&control.HttpConfig{URL: "https://example.com", Timeout: pointer(time.Duration(0))}, "config.http.timeout"},
			"much time":       {&control.HttpConfig{URL: "https://example.com", Timeout: pointer(time.Hour)}, "config.http.timeout"},
			"a header's name": {headers(control.Header{Name: "a b", Value: pointer("")}), "config.http.headers.0.name"},
			"Host":            {headers(control.Header{Name: "X-A", Value: pointer("")}, control.Header{Name: "Host", Value: pointer("x")}), "config.http.headers.1.name"},
			"Content-Length":  {headers(control.Header{Name: "content-length", Value: pointer("1")}), "config.http.headers.0.name"},
			"no value":        {headers(control.Header{Name: "X-A", Secret: true}), "config.http.headers.0.value"},
			"CR and LF":       {headers(control.Header{Name: "X-A", Value: pointer("a\r\nX-B: c")}), "config.http.headers.0.value"},
			"CR and LF, secret": {
				headers(control.Header{Name: "X-A", Value: pointer("a\r\nX-B: c"), Secret: true}), "config.http.headers.0.value"},
		} {
			t.Run(name, func(t *testing.T) {
				config := control.ChannelConfig{HTTP: test.http}
				wantError(t, errorOf(b.CreateChannel(ctx, b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "c", Config: config})), models.CodeBadUserInput, test.field)
				wantError(t, errorOf(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: existing.ID, Config: control.Set(config)})), models.CodeBadUserInput, test.field)
			})
		}
		good := control.ChannelConfig{HTTP: &control.HttpConfig{URL: "http://example.com"}}
		create := func(in control.CreateChannel) error { return errorOf(b.CreateChannel(ctx, b.admin, in)) }
		wantError(t, create(control.CreateChannel{TenantID: &b.acme.ID, Name: "", Config: good}), models.CodeBadUserInput, "name")
		wantError(t, create(control.CreateChannel{TenantID: &b.acme.ID, Name: "taken", Config: good}), models.CodeConflict, "name")
		wantError(t, create(control.CreateChannel{Name: "c", Config: good}), models.CodeBadUserInput, "tenantId")
		wantError(t, create(control.CreateChannel{TenantID: pointer(newID(models.PrefixTenant)), Name: "c", Config: good}), models.CodeNotFound, "tenantId")

		update := func(in control.UpdateChannel) error { return errorOf(b.UpdateChannel(ctx, b.admin, in)) }
		wantError(t, update(control.UpdateChannel{ID: existing.ID, Name: control.Clear[string]()}), models.CodeBadUserInput, "name")
		wantError(t, update(control.UpdateChannel{ID: existing.ID, Config: control.Clear[control.ChannelConfig]()}), models.CodeBadUserInput, "config")
		wantError(t, update(control.UpdateChannel{ID: newID(models.PrefixChannel)}), models.CodeNotFound, "")
		wantError(t, update(control.UpdateChannel{ID: b.acme.ID}), models.CodeBadUserInput, "id")
		if stored := must(b.store.ChannelLive(ctx, existing.ID))(t); !reflect.DeepEqual(stored, existing) {
			t.Errorf("a refused update left %+v", stored)
		}

		strict := b.node(models.ConfigRules{RequireHTTPS: true})
		wantError(t, errorOf(strict.CreateChannel(ctx, b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "s", Config: good})), models.CodeBadUserInput, "config.http.url")
	})
}

// TestHTTPSOfAllKinds: with CARILLON_REQUIRE_HTTPS no kind of channel is made with
// an http:// address, changed to have one, or resumed with one from before.
func TestHTTPSOfAllKinds(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		rules := models.ConfigRules{SlackAPI: "http://slack.test:9000/api"}
		free := b.node(rules)
		rules.RequireHTTPS = true
		strict := b.node(rules)
		for kind, row := range map[string]struct {
			config func(scheme string) control.ChannelConfig
			field  string
		}{
			"http": {func(scheme string) control.ChannelConfig {
				return control.ChannelConfig{HTTP: &control.HttpConfig{URL: scheme + "://example.com/x"}}
			}, "config.http.url"},
			"slack": {func(scheme string) control.ChannelConfig {
				return control.ChannelConfig{Slack: &control.SlackConfig{WebhookURL: control.Set(models.NewSecret(scheme + "://slack.test:9000/hook"))}}
			}, "config.slack.webhookUrl"},
			"sms": {func(scheme string) control.ChannelConfig {
				return control.ChannelConfig{Sms: &control.SmsConfig{Provider: models.ProviderTwilio, AccountID: control.Set("AC1"),
					AuthToken: control.Set(models.NewSecret("token")), BaseURL: control.Set(scheme + "://example.com/sms"), From: "+15550100", To: []string{"+15550101"}}}
			}, "config.sms.baseUrl"},
		} {
			create := func(c *control.Control, name, scheme string) (models.Channel, error) {
				return c.CreateChannel(ctx, b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: kind + " " + name, Config: row.config(scheme)})
			}
			wantError(t, errorOf(create(strict, "refused", "http")), models.CodeBadUserInput, row.field)
			good := must(create(strict, "good", "https"))(t)
			wantError(t, errorOf(strict.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: good.ID, Config: control.Set(row.config("http"))})),
				models.CodeBadUserInput, row.field)
			old := must(create(free, "from before", "http"))(t)
			must(free.PauseChannel(ctx, b.admin, old.ID))(t)
			wantError(t, errorOf(strict.ResumeChannel(ctx, b.admin, old.ID)), models.CodeBadUserInput, row.field)
			must(free.ResumeChannel(ctx, b.admin, old.ID))(t)
		}
	})
}

func TestPauseChannel(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		b.clock.Advance(time.Second)
		paused := must(b.PauseChannel(ctx, b.admin, made.ID))(t)
		commits := b.commitCount()
		again := must(b.PauseChannel(ctx, b.admin, made.ID))(t)
		if paused.Status != models.ChannelPaused || !reflect.DeepEqual(again, paused) || b.commitCount() != commits {
			t.Errorf("got %+v, then %+v", paused, again)
		}
		resumed := must(b.ResumeChannel(ctx, b.admin, made.ID))(t)
		if resumed.Status != models.ChannelActive || !reflect.DeepEqual(resumed.Config, made.Config) {
			t.Errorf("got %+v", resumed)
		}
	})
}

// TestResumeOfWhatCannotSend: a channel that was imported without its secrets
// stays as it is until somebody gives them.
func TestResumeOfWhatCannotSend(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		must(b.store.UpdateChannel(ctx, made.ID, func(ch *models.Channel) error {
			config := *ch.Config.(*models.HttpConfig)
			config.Signing.Scheme, config.Signing.Secret = models.SigningHMAC, models.Secret{}
			config.Signing.Parameter = config.Signing.Scheme.DefaultParameter()
			ch.Config, ch.Status = &config, models.ChannelPaused
			return nil
		}))(t)
		wantError(t, errorOf(b.ResumeChannel(ctx, b.admin, made.ID)), models.CodeBadUserInput, "config.http.signing.secret")
		if ch := must(b.store.ChannelLive(ctx, made.ID))(t); ch.Status != models.ChannelPaused {
			t.Errorf("it is %s", ch.Status)
		}
		must(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, Config: control.Set(control.ChannelConfig{HTTP: &control.HttpConfig{
			URL: "http://example.com", Signing: &control.Signing{Scheme: models.SigningHMAC, Secret: pointer(models.NewSecret("a secret of more than 16 letters"))}}})}))(t)
		if ch := must(b.ResumeChannel(ctx, b.admin, made.ID))(t); ch.Status != models.ChannelActive {
			t.Errorf("with its secret it is %s", ch.Status)
		}
	})
}

func TestResumeLiftsDisabled(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		disable := func() {
			t.Helper()
			since := b.clock.Now()
			must(b.store.UpdateChannel(ctx, made.ID, func(ch *models.Channel) error {
				ch.Status, ch.StatusReason, ch.ConsecutiveFailures, ch.FailingSince = models.ChannelDisabled, pointer("410 Gone"), 7, &since
				return nil
			}))(t)
		}
		disable()
		resumed := must(b.ResumeChannel(ctx, b.admin, made.ID))(t)
		if resumed.Status != models.ChannelActive || resumed.StatusReason != nil || resumed.ConsecutiveFailures != 0 || resumed.FailingSince != nil {
			t.Errorf("got %+v", resumed)
		}
		disable()
		paused := must(b.PauseChannel(ctx, b.admin, made.ID))(t)
		if paused.Status != models.ChannelPaused || paused.StatusReason != nil || paused.ConsecutiveFailures != 7 {
			t.Errorf("got %+v", paused)
		}
	})
}

func TestDeleteChannel(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.channel(t, b.acme, "c")
		w := b.webhook(t, b.acme, "w", made)
		wantError(t, b.DeleteChannel(ctx, b.admin, made.ID), models.CodeConflict, "id")
		check(t, b.DeleteWebhook(ctx, b.admin, w.ID))
		check(t, b.DeleteChannel(ctx, b.admin, made.ID))
		for _, err := range []error{
			b.DeleteChannel(ctx, b.admin, made.ID),
			errorOf(b.PauseChannel(ctx, b.admin, made.ID)),
			errorOf(b.ChannelSecret(ctx, b.admin, made.ID)),
			errorOf(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID})),
		} {
			wantError(t, err, models.CodeNotFound, "")
		}
		b.channel(t, b.acme, "c") // the name is free again
	})
}
