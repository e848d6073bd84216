package channels

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// signedMessage is a message for verify.mjs: as the receiver had it, with the keys
// that must verify it and those that must not.
type signedMessage struct {
	Name    string               `json:"name"`
	Scheme  models.SigningScheme `json:"scheme"`
	Headers map[string]string    `json:"headers"`
	Body    string               `json:"body"`
	Keys    []string             `json:"keys"`
	Others  []string             `json:"others"`
}

// signedMessages are really sent: by each scheme, before, within and after a rotation.
func signedMessages(t *testing.T) (messages []signedMessage) {
	t.Helper()
	add := func(name string, scheme models.SigningScheme, got seen, keys, others []string) {
		headers := make(map[string]string, len(got.header))
		for name, values := range got.header {
			headers[strings.ToLower(name)] = values[0]
		}
		messages = append(messages, signedMessage{name, scheme, headers, got.body, keys, others})
	}
	url, requests := recorder(t)
	for scheme, row := range map[models.SigningScheme]struct{ now, old models.Secret }{
		models.SigningStandardWebhooks: {checkSecret, oldSecret},
		models.SigningEd25519:          {checkPrivate, oldPrivate},
		models.SigningHMAC:             {models.NewSecret("the new secret"), models.NewSecret("the old secret ü")},
		models.SigningSecretHeader:     {models.NewSecret("the new secret"), models.NewSecret("the old secret")},
	} {
		fresh, old := row.now.Reveal(), row.old.Reveal()
		if scheme == models.SigningEd25519 {
			fresh, old = publicOf(row.now), publicOf(row.old)
		}
		for _, body := range []string{`{"test":1}`, `{"text":"` + strings.Repeat("ü\\n\U0001f514", 5000) + `"}`} {
			b := setup(t, url, HTTPConfig{})
			b.message.Time, b.message.Content.Body = time.Now(), []byte(body)
			b.config.Signing = models.Signing{Scheme: scheme, Parameter: scheme.DefaultParameter(), Secret: row.old}
			if _, err := b.send(t); err != nil {
				t.Fatal(err)
			}
			add(string(scheme)+" before", scheme, <-requests, []string{old}, []string{fresh})

			b = setup(t, url, HTTPConfig{})
			b.message.Time, b.message.Content.Body = time.Now(), []byte(body)
			b.rotated(scheme, scheme.DefaultParameter(), row.now, row.old)
			until := b.message.Time.Add(time.Second)
			b.config.Signing.PreviousUntil = &until
			within, before, behind, _ := b.within(t, requests)
			add(string(scheme)+" within the overlap", scheme, within, []string{fresh, old}, []string{})
			add(string(scheme)+" at the overlap's end", scheme, before, []string{fresh, old}, []string{})
			add(string(scheme)+" behind the overlap", scheme, behind, []string{fresh}, []string{old})
		}
	}
	return messages
}

// What leaves verifies with the libraries that receivers use, and by the page on
// HTTP channels; what was changed on the way does not.
func TestSignaturesWithNode(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(signedMessages(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "messages.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	testkit.Node(t, "npm", "verify.mjs", file)
}
