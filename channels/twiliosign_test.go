package channels

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // it is what Twilio signs with
	"encoding/base64"
	"net/url"
	"slices"
	"testing"

	"carillon/models"
)

// twilioSignature is as Twilio documents it: the address, then each field's name
// and value in the order of the names, under HMAC-SHA1.
func twilioSignature(token models.Secret, address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		address += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token.Reveal()))
	_, _ = mac.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// TestTwilioSignatureOfTheDocumentation takes the example of Twilio's page on
// webhook security.
func TestTwilioSignatureOfTheDocumentation(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"}, "From": {"+14158675310"}, "To": {"+18005551212"},
	}
	got := twilioSignature(models.NewSecret("12345"), "https://mycompany.com/myapp.php?foo=1&bar=2", form)
	if want := "GvWf1cFY/Q7PnoempGyD5oXAezc="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}
