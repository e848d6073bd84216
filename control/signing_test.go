package control_test

import (
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

// signed makes an HTTP channel that signs so.
func (b *bundle) signed(t *testing.T, name string, s control.Signing) models.Channel {
	t.Helper()
	return must(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: name,
		Config: control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/hook?a=b", Signing: &s}}}))(t)
}

// sign changes the signing of a channel.
func (b *bundle) sign(t *testing.T, id models.ID, s *control.Signing) (models.Channel, error) {
	t.Helper()
	return b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: id,
		Config: control.Set(control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com/hook?a=b", Signing: s}})})
}

// stored is the signing as the database has it.
func (b *bundle) stored(t *testing.T, id models.ID) models.Signing {
	t.Helper()
	return httpOf(t, must(b.store.ChannelLive(t.Context(), id))(t)).Signing
}

// schemes are those that sign, with the parameter that they take.
var schemes = map[models.SigningScheme]string{
	models.SigningStandardWebhooks: "",
	models.SigningEd25519:          "",
	models.SigningHMAC:             "X-Signature-256",
	models.SigningSecretHeader:     "X-Secret-Token",
	models.SigningSecretQuery:      "token",
}

func TestEverySchemeHasASecretOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		for scheme, parameter := range schemes {
			made := b.signed(t, string(scheme), control.Signing{Scheme: scheme})
			s := httpOf(t, made).Signing
			if s.Parameter != parameter || s.PreviousUntil != nil || (s.PublicKey() != "") != (scheme == models.SigningEd25519) {
				t.Errorf("%s: %+v", scheme, s)
			}
			if err := scheme.CheckSecret(s.Secret); err != nil {
				t.Errorf("%s: the secret that was made: %v", scheme, err)
			}
			if got := b.stored(t, made.ID); got != s {
				t.Errorf("%s: stored %+v, answered %+v", scheme, got, s)
			}
			for other := range schemes {
				if other == scheme {
					continue
				}
				changed := httpOf(t, must(b.sign(t, made.ID, &control.Signing{Scheme: other}))(t)).Signing
				if changed.Secret == s.Secret || changed.Parameter != schemes[other] || other.CheckSecret(changed.Secret) != nil {
					t.Errorf("%s to %s: %+v", scheme, other, changed)
				}
				must(b.sign(t, made.ID, &control.Signing{Scheme: scheme}))(t)
			}
		}
	})
}

func TestParameterOfAScheme(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		made := b.signed(t, "c", control.Signing{Scheme: models.SigningHMAC, Parameter: pointer("X-Hub-Signature-256"), Secret: pointer(models.NewSecret("It's a Secret"))})
		want := models.Signing{Scheme: models.SigningHMAC, Parameter: "X-Hub-Signature-256", Secret: models.NewSecret("It's a Secret")}
		check := func(step string, s *control.Signing) {
			t.Helper()
			if got := httpOf(t, must(b.sign(t, made.ID, s))(t)).Signing; got != want {
				t.Errorf("%s: %+v", step, got)
			}
		}
		check("nothing", nil)
		check("the same scheme", &control.Signing{Scheme: models.SigningHMAC})
		want.Parameter = "X-Mine"
		check("another name", &control.Signing{Scheme: models.SigningHMAC, Parameter: pointer("X-Mine")})
		want.Secret = models.NewSecret("another secret")
		check("another secret", &control.Signing{Scheme: models.SigningHMAC, Secret: pointer(want.Secret)})
		for field, bad := range map[string]control.Signing{
			"parameter": {Scheme: models.SigningStandardWebhooks, Parameter: pointer("X-Mine")},
			"secret":    {Scheme: models.SigningSecretQuery, Secret: pointer(models.NewSecret("short"))},
		} {
			_, err := b.sign(t, made.ID, &bad)
			wantError(t, err, models.CodeBadUserInput, "config.http.signing."+field)
		}
		_, err := b.sign(t, made.ID, &control.Signing{Scheme: models.SigningSecretQuery, Parameter: pointer("a")})
		wantError(t, err, models.CodeBadUserInput, "config.http.signing.parameter")
	})
}

func TestRotateChannelSecret(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		for scheme := range schemes {
			made := b.signed(t, string(scheme), control.Signing{Scheme: scheme})
			first := httpOf(t, made).Signing
			rotate := func(overlap time.Duration) models.Secret {
				t.Helper()
				b.clock.Advance(time.Second)
				secret := must(b.RotateChannelSecret(ctx, b.admin, control.RotateChannelSecret{ID: made.ID, Overlap: overlap}))(t)
				if shown := must(b.ChannelSecret(ctx, b.admin, made.ID))(t); shown != secret || scheme.CheckSecret(secret) != nil {
					t.Errorf("%s: the new secret is not the one in force", scheme)
				}
				return secret
			}
			second := rotate(time.Hour)
			until := b.clock.Now().Add(time.Hour)
			got := b.stored(t, made.ID)
			if second == first.Secret || got.Previous != first.Secret || !got.PreviousUntil.Equal(until) || got.Parameter != first.Parameter {
				t.Errorf("%s: %+v", scheme, got)
			}
			if ch := must(b.store.ChannelLive(ctx, made.ID))(t); !ch.UpdatedAt.Equal(b.clock.Now()) {
				t.Errorf("%s: updated at %s", scheme, ch.UpdatedAt)
			}
			third := rotate(models.MaxOverlap)
			if got = b.stored(t, made.ID); got.Previous != second || got.Secret != third {
				t.Errorf("%s: a second rotation left %+v", scheme, got)
			}
			rotate(0)
			if got = b.stored(t, made.ID); !got.Previous.Empty() || got.PreviousUntil != nil {
				t.Errorf("%s: without an overlap: %+v", scheme, got)
			}
		}
	})
}

func TestPreviousSecretIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.signed(t, "c", control.Signing{Scheme: models.SigningHMAC})
		rotate := func() {
			t.Helper()
			must(b.RotateChannelSecret(ctx, b.admin, control.RotateChannelSecret{ID: made.ID, Overlap: time.Hour}))(t)
		}
		rename := func(name string) {
			t.Helper()
			must(b.UpdateChannel(ctx, b.admin, control.UpdateChannel{ID: made.ID, Name: control.Set(name)}))(t)
		}
		rotate()
		b.clock.Advance(time.Hour - time.Microsecond)
		rename("within")
		if b.stored(t, made.ID).Previous.Empty() {
			t.Error("a save within the overlap forgot the previous secret")
		}
		if _, err := b.sign(t, made.ID, &control.Signing{Scheme: models.SigningHMAC}); err != nil || b.stored(t, made.ID).Previous.Empty() {
			t.Errorf("the same scheme forgot the previous secret (%v)", err)
		}
		b.clock.Advance(time.Microsecond)
		rename("behind")
		if s := b.stored(t, made.ID); !s.Previous.Empty() || s.PreviousUntil != nil || s.Secret.Empty() {
			t.Errorf("a save behind the overlap left %+v", s)
		}
		rotate()
		b.clock.Advance(time.Hour)
		must(b.PauseChannel(ctx, b.admin, made.ID))(t)
		if s := b.stored(t, made.ID); !s.Previous.Empty() || s.PreviousUntil != nil {
			t.Errorf("a pause behind the overlap left %+v", s)
		}
		rotate()
		if _, err := b.sign(t, made.ID, &control.Signing{Scheme: models.SigningHMAC, Secret: pointer(models.NewSecret("given by hand"))}); err != nil {
			t.Fatal(err)
		}
		if s := b.stored(t, made.ID); s.Secret != models.NewSecret("given by hand") || !s.Previous.Empty() || s.PreviousUntil != nil {
			t.Errorf("a given secret left %+v", s)
		}
	})
}

func TestRotationsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := b.signed(t, "c", control.Signing{Scheme: models.SigningSecretHeader, Secret: pointer(models.NewSecret("the first secret"))})
		before := must(b.store.ChannelLive(ctx, made.ID))(t)
		rotate := func(id models.ID, secret *models.Secret, overlap time.Duration) error {
			return errorOf(b.RotateChannelSecret(ctx, b.admin, control.RotateChannelSecret{ID: id, Secret: secret, Overlap: overlap}))
		}
		wantError(t, rotate(made.ID, nil, -time.Second), models.CodeBadUserInput, "overlap")
		wantError(t, rotate(made.ID, nil, models.MaxOverlap+1), models.CodeBadUserInput, "overlap")
		for _, bad := range []models.Secret{{}, models.NewSecret("short"), models.NewSecret("has a\nbreak in it"), models.NewSecret("the first secret"), models.NewSecret(" spaces around "), models.NewSecret("schlüssel"), models.NewSecret(strings.Repeat("a", 257))} {
			err := rotate(made.ID, &bad, time.Hour)
			wantError(t, err, models.CodeBadUserInput, "secret")
			if len(bad.Reveal()) > 5 && strings.Contains(err.Error(), bad.Reveal()) {
				t.Errorf("the error repeats the secret: %v", err)
			}
		}
		unsigned := b.signed(t, "unsigned", control.Signing{Scheme: models.SigningNone})
		wantError(t, rotate(unsigned.ID, nil, time.Hour), models.CodeConflict, "id")
		given := models.NewSecret("a given secret")
		wantError(t, rotate(unsigned.ID, &given, time.Hour), models.CodeConflict, "id")
		slack := b.channelOfSlack(t)
		wantError(t, rotate(slack, nil, time.Hour), models.CodeConflict, "id")
		if after := must(b.store.ChannelLive(ctx, made.ID))(t); !after.UpdatedAt.Equal(before.UpdatedAt) || b.stored(t, made.ID).Secret != models.NewSecret("the first secret") {
			t.Error("a refused rotation changed the channel")
		}
		check(t, rotate(made.ID, &given, models.MaxOverlap))
		if s := b.stored(t, made.ID); s.Secret != given || s.Previous != models.NewSecret("the first secret") {
			t.Errorf("a given secret left %+v", s)
		}
	})
}

// channelOfSlack is stored as it is, whatever the rules of its kind.
func (b *bundle) channelOfSlack(t *testing.T) models.ID {
	t.Helper()
	ch := b.channel(t, b.acme, "slack")
	ch.ID, ch.Name, ch.Kind = newID(models.PrefixChannel), "of slack", models.KindSlack
	ch.Config = &models.SlackConfig{Mode: models.SlackBotToken, Channel: "#general", BotToken: models.NewSecret("xoxb-secret")}
	check(t, b.store.CreateChannel(t.Context(), ch))
	return ch.ID
}
