package channels

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"carillon/models"
)

// The secrets that the ones of the bundle take the place of.
var (
	oldSecret  = models.NewSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	oldPrivate = models.NewSecret("whsk_/////////////////////////////////////////w8=")
)

// rotated is a rotation whose overlap ends an hour after the bundle's message.
func (b *bundle) rotated(scheme models.SigningScheme, parameter string, now, old models.Secret) {
	until := b.message.Time.Add(time.Hour)
	b.config.Signing = models.Signing{Scheme: scheme, Parameter: parameter, Secret: now, Previous: old, PreviousUntil: &until}
}

// within sends within the overlap, just before its end, and at its end: the
// last without the previous secret, by the same configuration.
func (b *bundle) within(t *testing.T, requests chan seen) (within, before, behind seen, receipts [3]Receipt) {
	t.Helper()
	until := *b.config.Signing.PreviousUntil
	var got [3]seen
	for i, at := range []time.Time{b.message.Time, until.Add(-time.Microsecond), until} {
		b.message.Time = at
		receipt, err := b.send(t)
		if err != nil {
			t.Fatal(err)
		}
		got[i], receipts[i] = <-requests, receipt
	}
	return got[0], got[1], got[2], receipts
}

func verifies(t *testing.T, secret models.Secret, got seen) bool {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return verifier.VerifyIgnoringTimestamp([]byte(got.body), got.header) == nil
}

func TestStandardWebhooksRotation(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	b.rotated(models.SigningStandardWebhooks, "", checkSecret, oldSecret)
	within, before, behind, receipts := b.within(t, requests)
	for _, got := range []seen{within, before} {
		if !verifies(t, checkSecret, got) || !verifies(t, oldSecret, got) {
			t.Errorf("within the overlap: %v", got.header)
		}
		first, _, _ := strings.Cut(got.header.Get("webhook-signature"), " ")
		got.header.Set("webhook-signature", first)
		if !verifies(t, checkSecret, got) {
			t.Error("the new secret's signature is not the first")
		}
	}
	if !verifies(t, checkSecret, behind) || verifies(t, oldSecret, behind) {
		t.Errorf("behind the overlap: %v", behind.header)
	}
	if value := headerNamed(receipts[0], "webhook-signature"); strings.Count(value, "v1,") != 2 {
		t.Errorf("recorded %q", value)
	}
	within.body += " "
	if verifies(t, checkSecret, within) || verifies(t, oldSecret, within) {
		t.Error("a body that was changed verifies")
	}
}

func headerNamed(r Receipt, name string) string {
	for _, h := range r.RequestHeaders {
		if h.Name == name && h.Secret {
			return "(secret)"
		}
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// verifiesAsymmetric says which signatures of the list verify, by position.
func verifiesAsymmetric(t *testing.T, public string, got seen) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, models.WhpkPrefix))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		t.Fatalf("the public key is %s", public)
	}
	signed := got.header.Get("webhook-id") + "." + got.header.Get("webhook-timestamp") + "." + got.body
	var marks strings.Builder
	for _, text := range strings.Split(got.header.Get("webhook-signature"), " ") {
		signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "v1a,"))
		if err != nil || !strings.HasPrefix(text, "v1a,") {
			t.Fatalf("the signature is %q", text)
		}
		mark := "-"
		if ed25519.Verify(raw, []byte(signed), signature) {
			mark = "+"
		}
		marks.WriteString(mark)
	}
	return marks.String()
}

func publicOf(secret models.Secret) string {
	return (&models.Signing{Scheme: models.SigningEd25519, Secret: secret}).PublicKey()
}

func TestAsymmetricSignatures(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	public := publicOf(checkPrivate)
	b.config.Signing = models.Signing{Scheme: models.SigningEd25519, Secret: checkPrivate}
	for _, body := range []string{`{"test":1}`, "", strings.Repeat("ü", 100_000), "again"} {
		b.message.Content.Body = []byte(body)
		if _, err := b.send(t); err != nil {
			t.Fatal(err)
		}
		got := <-requests
		if marks := verifiesAsymmetric(t, public, got); marks != "+" {
			t.Errorf("a body of %d bytes: %s", len(body), marks)
		}
		got.body += "x"
		if marks := verifiesAsymmetric(t, public, got); marks != "-" {
			t.Errorf("a body that was changed: %s", marks)
		}
	}
	b = setup(t, url, HTTPConfig{})
	b.rotated(models.SigningEd25519, "", checkPrivate, oldPrivate)
	within, before, behind, receipts := b.within(t, requests)
	for _, got := range []seen{within, before} {
		if fresh, old := verifiesAsymmetric(t, public, got), verifiesAsymmetric(t, publicOf(oldPrivate), got); fresh != "+-" || old != "-+" {
			t.Errorf("within the overlap: %s and %s", fresh, old)
		}
	}
	if fresh, old := verifiesAsymmetric(t, public, behind), verifiesAsymmetric(t, publicOf(oldPrivate), behind); fresh != "+" || old != "-" {
		t.Errorf("behind the overlap: %s and %s", fresh, old)
	}
	if text := shown(t, receipts[0], nil); strings.Contains(text, checkPrivate.Reveal()[5:]) || strings.Contains(text, oldPrivate.Reveal()[5:]) {
		t.Errorf("a private key shows in %s", text)
	}
}

func TestPlainHMAC(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	want := func(secret, body string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	// The example of the documents that made this form known.
	b.config.Signing = models.Signing{Scheme: models.SigningHMAC, Parameter: "X-Hub-Signature-256", Secret: models.NewSecret("It's a Secret to Everybody")}
	b.message.Content.Body = []byte("Hello, World!")
	receipt, err := b.send(t)
	if err != nil {
		t.Fatal(err)
	}
	const known = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	got := <-requests
	if got.header.Get("X-Hub-Signature-256") != known || headerNamed(receipt, "X-Hub-Signature-256") != known {
		t.Errorf("sent %v, recorded %+v", got.header, receipt.RequestHeaders)
	}
	for _, name := range []string{"Webhook-Id", "Webhook-Signature", "X-Hub-Signature-256-Previous"} {
		if _, sent := got.header[name]; sent {
			t.Errorf("%s was sent", name)
		}
	}

	b = setup(t, url, HTTPConfig{})
	b.rotated(models.SigningHMAC, "X-Signature-256", models.NewSecret("the new secret"), models.NewSecret("the old secret"))
	within, before, behind, _ := b.within(t, requests)
	for _, got := range []seen{within, before, behind} {
		if values := got.header["X-Signature-256"]; len(values) != 1 || values[0] != want("the new secret", got.body) {
			t.Errorf("the main header is %q", values)
		}
	}
	for _, got := range []seen{within, before} {
		if values := got.header["X-Signature-256-Previous"]; len(values) != 1 || values[0] != want("the old secret", got.body) {
			t.Errorf("the previous header is %q", values)
		}
	}
	if values, sent := behind.header["X-Signature-256-Previous"]; sent {
		t.Errorf("behind the overlap the previous header is %q", values)
	}
}

func TestSharedSecretInAHeader(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	b.rotated(models.SigningSecretHeader, "X-Secret-Token", models.NewSecret("the new secret"), models.NewSecret("the old secret"))
	within, before, behind, receipts := b.within(t, requests)
	for _, got := range []seen{within, before, behind} {
		if values := got.header["X-Secret-Token"]; len(values) != 1 || values[0] != "the new secret" {
			t.Errorf("the main header is %q", values)
		}
	}
	if within.header.Get("X-Secret-Token-Previous") != "the old secret" || before.header.Get("X-Secret-Token-Previous") != "the old secret" {
		t.Errorf("within the overlap: %v", within.header)
	}
	if _, sent := behind.header["X-Secret-Token-Previous"]; sent {
		t.Errorf("behind the overlap: %v", behind.header)
	}
	for name, values := range map[string][2]string{"X-Secret-Token": {"(secret)", "(secret)"}, "X-Secret-Token-Previous": {"(secret)", ""}} {
		if first, last := headerNamed(receipts[0], name), headerNamed(receipts[2], name); first != values[0] || last != values[1] {
			t.Errorf("%s is recorded as %q, then %q", name, first, last)
		}
	}
}

func TestSharedSecretInTheQuery(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url+"/hook?a=%20b&c", HTTPConfig{})
	b.rotated(models.SigningSecretQuery, "token", models.NewSecret("new & secret=#ü"), models.NewSecret("the old secret"))
	within, before, behind, receipts := b.within(t, requests)
	const first = "/hook?a=%20b&c&token=new+%26+secret%3D%23%C3%BC"
	const both = first + "&token_previous=the+old+secret"
	if within.path != both || before.path != both || behind.path != first {
		t.Errorf("sent to %s, %s and %s", within.path, before.path, behind.path)
	}
	shownFirst := url + "/hook?a=%20b&c&token=********"
	if receipts[0].Target != shownFirst+"&token_previous=********" || receipts[2].Target != shownFirst {
		t.Errorf("recorded as %s and %s", receipts[0].Target, receipts[2].Target)
	}
	if b.config.Target() != shownFirst || b.config.URL != url+"/hook?a=%20b&c" {
		t.Errorf("the configuration shows %s", b.config.Target())
	}

	b = setup(t, url, HTTPConfig{})
	b.config.Signing = models.Signing{Scheme: models.SigningSecretQuery, Parameter: "key", Secret: models.NewSecret("12345678")}
	if _, err := b.send(t); err != nil {
		t.Fatal(err)
	}
	if got := <-requests; got.path != "/?key=12345678" {
		t.Errorf("sent to %s", got.path)
	}
}

// An endpoint that repeats all it gets, in every way of writing, shows no
// shared secret in the record; nor does one that refuses or cannot be reached.
func TestSharedSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	// No part is of digits alone, which the server's port may hold by chance.
	const fresh, old = `n3w/"sesame"+<wxyz>&`, `0ld/sesame uvkq=`
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { echo(w, r) })
	for _, scheme := range []models.SigningScheme{models.SigningSecretHeader, models.SigningSecretQuery} {
		for _, target := range []string{server.URL + "/ok", server.URL + "/redirect", server.URL + "/refuse", server.URL + "/drop", "http://127.0.0.1:1/", "http://nowhere.invalid/", "http://10.1.2.3/"} {
			b := setup(t, target, HTTPConfig{Resolver: answerNames(t, nil)})
			b.rotated(scheme, scheme.DefaultParameter(), models.NewSecret(fresh), models.NewSecret(old))
			receipt, err := b.send(t)
			text := shown(t, receipt, err)
			if receipt.ResponseBody != nil {
				text += *receipt.ResponseBody
			}
			for _, part := range []string{"n3w", "wxyz", "0ld", "uvkq"} {
				if at := strings.Index(text, part); at >= 0 {
					t.Errorf("%s to %s: %q shows at %.60q", scheme, target, part, text[at:])
				}
			}
			if scheme == models.SigningSecretQuery && receipt.Target != target+"?token=********&token_previous=********" {
				t.Errorf("recorded as %s", receipt.Target)
			}
		}
	}
}
