package demo

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"carillon/models"
)

// mailUser is the name that the server logs in by at the post office.
const mailUser = "carillon"

// credentials are what the server proves itself by. They are drawn at each start
// and worth nothing elsewhere.
type credentials struct {
	signing    map[string]models.Secret // of HTTP receivers, by name
	slackToken models.Secret
	slackHook  models.Secret // the path of the incoming webhook
	account    string        // of the SMS provider
	smsToken   models.Secret
	mail       models.Secret
}

func newCredentials() credentials {
	keys := credentials{
		signing:    map[string]models.Secret{},
		slackToken: models.NewSecret("xoxb-" + strings.ToLower(rand.Text())),
		slackHook:  models.NewSecret("/slack/services/T0DEMO/B0DEMO/" + rand.Text()),
		account:    "AC" + hex.EncodeToString(random(16)),
		smsToken:   models.NewSecret(hex.EncodeToString(random(16))),
		mail:       models.NewSecret(rand.Text()),
	}
	for _, r := range receivers() {
		if r.signed {
			keys.signing[r.name] = models.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(random(32)))
		}
	}
	return keys
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its contract
	return b
}
