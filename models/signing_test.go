package models_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// signedConfig has one header of its own and a query.
func signedConfig(s models.Signing) *models.HttpConfig {
	return httpConfig(func(c *models.HttpConfig) {
		c.URL = "https://example.com/hook?a=b&key_previous=1"
		c.Headers = []models.ConfigHeader{{Name: "X-Team", Value: "v"}, {Name: "X-Sig-Previous", Value: "v"}}
		c.Signing = s
	})
}

func keyOf(prefix string, n int) models.Secret {
	return models.NewSecret(prefix + base64.StdEncoding.EncodeToString(make([]byte, n)))
}

func TestSigningSecrets(t *testing.T) {
	t.Parallel()
	seed := make([]byte, ed25519.SeedSize)
	whole := models.NewSecret(models.WhskPrefix + base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(seed)))
	wrongHalf := models.NewSecret(models.WhskPrefix + base64.StdEncoding.EncodeToString(slices.Concat(seed, make([]byte, 32))))
	long := models.NewSecret(strings.Repeat("ü", models.MaxSharedSecret))
	texts := []models.Secret{{}, models.NewSecret("1234567"), models.NewSecret(long.Reveal() + "x"), models.NewSecret("with\na break"), models.NewSecret("with\x00 nul"), models.NewSecret("with a \x7f"), models.NewSecret(" before and"), models.NewSecret("behind it "), models.NewSecret("\xff\xfe not UTF-8")}
	for scheme, row := range map[models.SigningScheme]struct{ good, bad []models.Secret }{
		models.SigningNone:             {[]models.Secret{{}}, []models.Secret{keyOf("whsec_", 24), models.NewSecret("x")}},
		models.SigningStandardWebhooks: {[]models.Secret{keyOf("whsec_", 24), keyOf("whsec_", 64)}, []models.Secret{{}, models.NewSecret("whsec_"), keyOf("whsec_", 23), keyOf("whsec_", 65), keyOf("", 24), models.NewSecret("whsec_!!!"), models.NewSecret(keyOf("whsec_", 24).Reveal() + "\n"), keyOf("whpk_", 24), whole}},
		models.SigningEd25519:          {[]models.Secret{keyOf("whsk_", 32), whole}, []models.Secret{{}, models.NewSecret("whsk_"), keyOf("whsk_", 31), keyOf("whsk_", 33), keyOf("whsk_", 63), keyOf("whpk_", 32), keyOf("", 64), models.NewSecret(whole.Reveal() + "\n"), wrongHalf}},
		models.SigningHMAC:             {[]models.Secret{models.NewSecret("12345678"), models.NewSecret("It's a Secret"), long}, texts},
		models.SigningSecretQuery:      {[]models.Secret{models.NewSecret("a b&c=d#e"), long}, texts},
		models.SigningSecretHeader:     {[]models.Secret{models.NewSecret("Bearer abc"), models.NewSecret("~!@#$%^&*()")}, append(texts, long)},
	} {
		parameter := scheme.DefaultParameter()
		for _, secret := range row.good {
			checkField(t, "", signedConfig(models.Signing{Scheme: scheme, Parameter: parameter, Secret: secret}).Validate(models.ConfigRules{}))
		}
		for _, secret := range row.bad {
			err := signedConfig(models.Signing{Scheme: scheme, Parameter: parameter, Secret: secret}).Validate(models.ConfigRules{})
			checkField(t, "http.signing.secret", err)
			if len(secret.Reveal()) > 15 && err != nil && strings.Contains(err.Error(), secret.Reveal()[7:]) {
				t.Errorf("%s: the error repeats a secret: %v", scheme, err)
			}
		}
	}
	for _, scheme := range []models.SigningScheme{"", "standard_webhooks", "ROT13"} {
		checkField(t, "http.signing.scheme", signedConfig(models.Signing{Scheme: scheme, Secret: keyOf("whsec_", 24)}).Validate(models.ConfigRules{}))
	}
}

func TestSigningParameters(t *testing.T) {
	t.Parallel()
	validate := func(scheme models.SigningScheme, parameter string) error {
		secret := map[models.SigningScheme]models.Secret{
			models.SigningStandardWebhooks: keyOf("whsec_", 24), models.SigningEd25519: keyOf("whsk_", 32), models.SigningNone: {},
			models.SigningHMAC: models.NewSecret("12345678"), models.SigningSecretHeader: models.NewSecret("12345678"), models.SigningSecretQuery: models.NewSecret("12345678"),
		}[scheme]
		return signedConfig(models.Signing{Scheme: scheme, Parameter: parameter, Secret: secret}).Validate(models.ConfigRules{})
	}
	const field = "http.signing.parameter"
	for _, scheme := range []models.SigningScheme{models.SigningStandardWebhooks, models.SigningEd25519, models.SigningNone} {
		checkField(t, "", validate(scheme, ""))
		checkField(t, field, validate(scheme, "X-Signature"))
	}
	for _, scheme := range []models.SigningScheme{models.SigningHMAC, models.SigningSecretHeader} {
		for _, good := range []string{"X-Hub-Signature-256", "authorization", "x", strings.Repeat("a", models.MaxParameter)} {
			checkField(t, "", validate(scheme, good))
		}
		for _, bad := range []string{"", "a b", "a:", "ä", "a\r\nb", "Host", "webhook-id", "Webhook-Signature", "CONTENT-LENGTH", "Content-Type", "user-agent", "X-Idempotency-Key",
			"X-Team", "x-team", "X-Sig", "x-sig-previous", strings.Repeat("a", models.MaxParameter+1)} {
			checkField(t, field, validate(scheme, bad))
		}
	}
	if err := validate(models.SigningHMAC, "X-Sig"); err == nil || !strings.Contains(err.Error(), "X-Sig-Previous") {
		t.Errorf("the conflict is not named: %v", err)
	}
	for _, good := range []string{"token", "a.b_c-d~e", "A", "B", "key_previous_previous"} {
		checkField(t, "", validate(models.SigningSecretQuery, good))
	}
	for _, bad := range []string{"", "a b", "a=b", "a&b", "a%20", "ä", "a", "key", "key_previous", strings.Repeat("t", models.MaxParameter+1)} {
		checkField(t, field, validate(models.SigningSecretQuery, bad))
	}
	if err := validate(models.SigningSecretQuery, "key"); err == nil || !strings.Contains(err.Error(), "key_previous") {
		t.Errorf("the conflict is not named: %v", err)
	}
}

func TestTargetHidesTheQuerySecret(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://example.com":           "https://example.com?token=********",
		"https://example.com/hook?a=b":  "https://example.com/hook?a=b&token=********",
		"https://example.com/hook?a=b;": "https://example.com/hook?a=b;&token=********",
	} {
		c := models.HttpConfig{URL: url, Signing: models.Signing{Scheme: models.SigningSecretQuery, Parameter: "token", Secret: models.NewSecret("12345678")}}
		if got := c.Target(); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
		c.Signing.Scheme = models.SigningSecretHeader
		if got := c.Target(); got != url {
			t.Errorf("%s: %s", url, got)
		}
	}
}

func TestPublicKey(t *testing.T) {
	t.Parallel()
	seed := make([]byte, ed25519.SeedSize)
	private := ed25519.NewKeyFromSeed(seed)
	want := "whpk_" + base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey))
	for _, secret := range []models.Secret{keyOf("whsk_", 32), models.NewSecret("whsk_" + base64.StdEncoding.EncodeToString(private))} {
		s := models.Signing{Scheme: models.SigningEd25519, Secret: secret}
		if got := s.PublicKey(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		s.Scheme = models.SigningHMAC
		if got := s.PublicKey(); got != "" {
			t.Errorf("another scheme has the public key %s", got)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s := models.Signing{Scheme: models.SigningHMAC, Parameter: "X-Sig", Secret: models.NewSecret("first secret")}
	first := s.Rotated(models.NewSecret("second secret"), now, time.Hour)
	until := now.Add(time.Hour)
	if first.Secret != models.NewSecret("second secret") || first.Previous != models.NewSecret("first secret") || !first.PreviousUntil.Equal(until) || first.Parameter != "X-Sig" {
		t.Errorf("got %+v", first)
	}
	if again := first.Rotated(models.NewSecret("third secret"), now, time.Minute); again.Previous != models.NewSecret("second secret") || !again.PreviousUntil.Equal(now.Add(time.Minute)) {
		t.Errorf("got %+v", again)
	}
	if hard := first.Rotated(models.NewSecret("third secret"), now, 0); hard.Secret != models.NewSecret("third secret") || !hard.Previous.Empty() || hard.PreviousUntil != nil {
		t.Errorf("got %+v", hard)
	}
	if kept := first.Settled(until.Add(-1)); kept != first {
		t.Errorf("got %+v", kept)
	}
	if over := first.Settled(until); !over.Previous.Empty() || over.PreviousUntil != nil || over.Secret != models.NewSecret("second secret") {
		t.Errorf("got %+v", over)
	}
}

// What is stored lists the previous secret while it is there, at a place that
// the public part fixes.
func TestPreviousSecretIsStoredApart(t *testing.T) {
	t.Parallel()
	until := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	c := signedConfig(models.Signing{Scheme: models.SigningHMAC, Parameter: "X-S", Secret: models.NewSecret("second secret"), Previous: models.NewSecret("first secret"), PreviousUntil: &until})
	c.Headers = append(c.Headers, models.ConfigHeader{Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer hidden")})
	text, err := json.Marshal(c)
	if err != nil || strings.Contains(string(text), "secret\":\"") || strings.Contains(string(text), "first") || strings.Contains(string(text), "second") {
		t.Fatalf("%v %s", err, text)
	}
	var back models.HttpConfig
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	values := func(c *models.HttpConfig) (all []string) {
		for _, s := range c.Secrets() {
			all = append(all, s.Reveal())
		}
		return all
	}
	from, to := c.Secrets(), back.Secrets()
	for i := range min(len(from), len(to)) {
		*to[i] = *from[i]
	}
	if got, want := values(&back), []string{"second secret", "first secret", "Bearer hidden"}; !slices.Equal(got, want) || back.Signing.Previous != models.NewSecret("first secret") {
		t.Errorf("got %q, want %q", got, want)
	}
}
