package models_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func httpConfig(change func(*models.HttpConfig)) *models.HttpConfig {
	c := &models.HttpConfig{
		URL:     "https://example.com/hook?a=b",
		Method:  models.MethodPost,
		Timeout: models.DefaultTimeout,
		Signing: models.Signing{
			Scheme: models.SigningStandardWebhooks,
			Secret: models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
		},
	}
	change(c)
	return c
}

func TestHttpConfigEndpoint(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"https://example.com", "http://example.com/", "HTTPS://EXAMPLE.com:8443/a/b?c=d%20e", "http://127.0.0.1:1/",
		"http://[::1]:65535/x", "https://bücher.example/ü", "http://localhost", "https://example.com/" + strings.Repeat("a", 2000),
	} {
		c := httpConfig(func(c *models.HttpConfig) { c.URL = good })
		checkField(t, "", c.Validate(models.ConfigRules{}))
	}
	for _, bad := range []string{
		"", "example.com", "/hook", "//example.com", "https://", "https:///x", "https:example.com", "ftp://example.com",
		"javascript:alert(1)", "file:///etc/passwd", "https://example.com/a b", "https://example.com/\r\nHost: x", "https://exa\x00mple.com",
		"https://example.com/\xff", "https://user:pw@example.com", "https://user@example.com", "https://example.com/#top",
		"https://example.com:0", "https://example.com:65536", "https://example.com:99999999999999999999", "https://example.com:", "https://example.com:x",
		"https://:443", "http://[::1", "https://example.com/%zz", "https://example.com/" + strings.Repeat("a", models.MaxURL),
	} {
		c := httpConfig(func(c *models.HttpConfig) { c.URL = bad })
		checkField(t, "http.url", c.Validate(models.ConfigRules{}))
	}
	c := httpConfig(func(c *models.HttpConfig) { c.URL = "http://example.com" })
	checkField(t, "http.url", c.Validate(models.ConfigRules{RequireHTTPS: true}))
}

func TestHttpConfigMethodAndTimeout(t *testing.T) {
	t.Parallel()
	for _, bad := range []models.HttpMethod{"", "GET", "post", "DELETE"} {
		c := httpConfig(func(c *models.HttpConfig) { c.Method = bad })
		checkField(t, "http.method", c.Validate(models.ConfigRules{}))
	}
	for _, bad := range []time.Duration{-1, 0, models.MinTimeout - 1, models.MaxTimeout + 1, 1<<63 - 1} {
		c := httpConfig(func(c *models.HttpConfig) { c.Timeout = bad })
		checkField(t, "http.timeout", c.Validate(models.ConfigRules{}))
	}
}

func TestHttpConfigHeaders(t *testing.T) {
	t.Parallel()
	validate := func(headers ...models.ConfigHeader) error {
		return httpConfig(func(c *models.HttpConfig) { c.Headers = headers }).Validate(models.ConfigRules{})
	}
	checkField(t, "", validate(
		models.ConfigHeader{Name: "X-Team", Value: "a b\tc ä"},
		models.ConfigHeader{Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer x")},
		models.ConfigHeader{Name: "Content-Type", Value: ""},
	))
	for _, name := range []string{
		"", " ", "a b", "a:", "ä", "a\r\nb", "Host", "HOST", "content-length", "Transfer-Encoding", "connection",
		"Webhook-Id", "webhook-timestamp", "webhook-signature", strings.Repeat("a", 300),
	} {
		checkField(t, "http.headers.0.name", validate(models.ConfigHeader{Name: name, Value: "x"}))
	}
	checkField(t, "http.headers.1.name", validate(models.ConfigHeader{Name: "X-A"}, models.ConfigHeader{Name: "x-a"}))
	for _, value := range []string{"a\r\nHost: b", "a\nb", "a\x00", "\x7f", "\xff", strings.Repeat("a", models.MaxHeaderValue+1)} {
		checkField(t, "http.headers.0.value", validate(models.ConfigHeader{Name: "X-A", Value: value}))
		err := validate(models.ConfigHeader{Name: "X-A", Secret: true, SecretValue: models.NewSecret(value)})
		checkField(t, "http.headers.0.value", err)
		if strings.Contains(err.Error(), value) {
			t.Errorf("the error repeats a secret: %v", err)
		}
	}
	var many []models.ConfigHeader
	for i := range models.MaxHeaders + 1 {
		many = append(many, models.ConfigHeader{Name: fmt.Sprintf("X-%d", i)})
	}
	checkField(t, "", validate(many[1:]...))
	checkField(t, "http.headers", validate(many...))
}

// What is stored of a configuration, and whatever prints it, holds no secret.
func TestHttpConfigHidesSecrets(t *testing.T) {
	t.Parallel()
	c := httpConfig(func(c *models.HttpConfig) {
		c.Headers = []models.ConfigHeader{{Name: "X-Open", Value: "seen"}, {Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer hidden")}}
	})
	stored, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(stored), fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c.Signing.Secret, c.Signing.Secret, c.Signing.Secret), fmt.Sprint(*c)} {
		if strings.Contains(text, "MfKQ9r8") || strings.Contains(text, "hidden") {
			t.Errorf("a secret shows: %s", text)
		}
	}
	var back models.HttpConfig
	if err := json.Unmarshal(stored, &back); err != nil {
		t.Fatal(err)
	}
	from, to := c.Secrets(), back.Secrets()
	if len(from) != 2 || len(to) != len(from) {
		t.Fatalf("%d secrets came back as %d", len(from), len(to))
	}
	for i := range from {
		*to[i] = *from[i]
	}
	if fmt.Sprint(back.Headers[1].SecretValue.Reveal(), back.Signing.Secret.Reveal(), back.URL, back.Timeout) !=
		fmt.Sprint("Bearer hidden", c.Signing.Secret.Reveal(), c.URL, c.Timeout) {
		t.Errorf("came back as %+v", back)
	}
}
