package e2e

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"carillon/testkit"
)

// signing is what the API shows of a channel's signing.
type signing struct {
	Scheme                  string
	Parameter, PublicKey    *string
	PreviousSecretExpiresAt *time.Time
}

func (w *world) signing(channel string) signing {
	w.t.Helper()
	var out struct {
		Channel struct{ Config struct{ Signing signing } }
	}
	w.do(`query($id: ID!) { channel(id: $id) { config { ... on HttpConfig { signing { scheme parameter publicKey previousSecretExpiresAt } } } } }`,
		testkit.Vars{"id": channel}, &out)
	return out.Channel.Config.Signing
}

func (w *world) rotate(input map[string]any) (secret string, err error) {
	var out struct{ RotateChannelSecret string }
	err = w.api.Do(w.ctx, `mutation($input: RotateChannelSecretInput!) { rotateChannelSecret(input: $input) }`, testkit.Vars{"input": input}, &out)
	return out.RotateChannelSecret, err
}

// schemeStory is how a receiver of one scheme knows the sender.
type schemeStory struct {
	scheme, parameter, target string
	// key is what the receiver keeps of the secret.
	key func(s signing, secret string) string
	// knows says whether it takes the message with that key.
	knows func(r testkit.Received, key string) bool
}

func shared(_ signing, secret string) string { return secret }

func queryOf(r testkit.Received) string { _, query, _ := strings.Cut(r.Path, "?"); return query }

func schemeStories() []schemeStory {
	return []schemeStory{
		{"STANDARD_WEBHOOKS", "", "", shared, func(r testkit.Received, key string) bool { return r.Verify(key) == nil }},
		{"STANDARD_WEBHOOKS_ED25519", "", "", func(s signing, _ string) string { return *s.PublicKey }, knowsAsymmetric},
		{"HMAC_SHA256", "X-Signature-256", "", shared, func(r testkit.Received, key string) bool {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write(r.Body)
			want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
			return r.Header.Get("X-Signature-256") == want || r.Header.Get("X-Signature-256-Previous") == want
		}},
		{"SHARED_SECRET_HEADER", "X-Secret-Token", "", shared, func(r testkit.Received, key string) bool {
			return r.Header.Get("X-Secret-Token") == key || r.Header.Get("X-Secret-Token-Previous") == key
		}},
		{"SHARED_SECRET_QUERY", "token", "&token=********", shared, func(r testkit.Received, key string) bool {
			query := "&" + queryOf(r) + "&"
			return strings.Contains(query, "&token="+key+"&") || strings.Contains(query, "&token_previous="+key+"&")
		}},
	}
}

func knowsAsymmetric(r testkit.Received, key string) bool {
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whpk_"))
	if err != nil || len(public) != ed25519.PublicKeySize {
		return false
	}
	signed := r.ID() + "." + r.Header.Get("webhook-timestamp") + "." + string(r.Body)
	for _, text := range strings.Split(r.Header.Get("webhook-signature"), " ") {
		signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "v1a,"))
		if err == nil && ed25519.Verify(public, []byte(signed), signature) {
			return true
		}
	}
	return false
}

// signingSchemes: each scheme is made, rotated and rotated again by the API; the
// receiver knows the sender by what it should, and no secret shows anywhere.
func signingSchemes(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		return testkit.Answer{Status: 500, Body: "you sent " + r.Path + " " + r.Header.Get("X-Secret-Token") + " " + r.Header.Get("X-Secret-Token-Previous")}
	}))
	v := w.watch(nil)
	var secrets []string
	sent := 0
	for _, story := range schemeStories() {
		channel := w.channelWith(map[string]any{"url": receiver.URL + "/hook?a=1", "signing": map[string]any{"scheme": story.scheme}}, retries())
		kind := "signed." + strings.ToLower(story.scheme)
		w.webhook(kind, channel)
		message := func() (testkit.Received, attempt) {
			w.t.Helper()
			w.publish(kind, `{"n":1}`)
			sent++
			return receiver.Wait(sent, patience)[sent-1], v.next()
		}
		check := func(step string, good, bad []string) {
			w.t.Helper()
			r, a := message()
			for _, key := range good {
				if !story.knows(r, key) {
					w.t.Errorf("%s, %s: the receiver does not know the sender: %s %v", story.scheme, step, r.Path, r.Header)
				}
			}
			for _, key := range bad {
				if story.knows(r, key) {
					w.t.Errorf("%s, %s: a secret that is over still counts", story.scheme, step)
				}
			}
			if want := receiver.URL + "/hook?a=1" + story.target; !strings.HasPrefix(a.Target, want) {
				w.t.Errorf("%s, %s: the target is %s, want %s", story.scheme, step, a.Target, want)
			}
		}

		first, s := w.secret(channel), w.signing(channel)
		if s.Scheme != story.scheme || (s.Parameter == nil) != (story.parameter == "") || s.Parameter != nil && *s.Parameter != story.parameter || s.PreviousSecretExpiresAt != nil {
			w.t.Errorf("%s: %+v", story.scheme, s)
		}
		firstKey := story.key(s, first)
		check("new", []string{firstKey}, nil)

		second, err := w.rotate(map[string]any{"id": channel})
		if s = w.signing(channel); err != nil || second == first || w.secret(channel) != second || s.PreviousSecretExpiresAt == nil ||
			time.Until(*s.PreviousSecretExpiresAt).Round(time.Hour) != 24*time.Hour {
			w.t.Errorf("%s: rotated with %v: %+v", story.scheme, err, s)
		}
		secondKey := story.key(s, second)
		check("rotated", []string{firstKey, secondKey}, nil)

		third, err := w.rotate(map[string]any{"id": channel, "overlap": "0s"})
		if s = w.signing(channel); err != nil || s.PreviousSecretExpiresAt != nil {
			w.t.Errorf("%s: rotated at once with %v: %+v", story.scheme, err, s)
		}
		check("rotated at once", []string{story.key(s, third)}, []string{firstKey, secondKey})
		secrets = append(secrets, bare(first), bare(second), bare(third))
	}
	w.nowhere(secrets)
}

func bare(secret string) string {
	return strings.TrimPrefix(strings.TrimPrefix(secret, "whsec_"), "whsk_")
}

// nowhere looks for secrets in all that the API shows, the log and the database.
func (w *world) nowhere(secrets []string) {
	w.t.Helper()
	_, answer, err := w.api.Post(w.ctx, mustJSON(w, map[string]any{"query": `{
		channels(first: 20) { nodes { config { ... on HttpConfig { url headers { name value } signing { scheme parameter publicKey } } } } }
		deliveryAttempts(first: 40) { nodes { target requestHeaders { name value } requestBody responseHeaders { name value } responseBody error { message } } } }`}))
	if err != nil || strings.Contains(string(answer), `"errors"`) {
		w.t.Fatalf("%v %s", err, answer)
	}
	for place, text := range map[string]string{"an answer": string(answer), "the log": w.node.program.Tail(), "the database": databaseText(w)} {
		for i, secret := range secrets {
			if strings.Contains(text, secret) {
				w.t.Errorf("%s holds secret %d", place, i)
			}
		}
	}
}

// badSigning: what is wrong with signing is refused by the name of its field.
func badSigning(w *world) {
	channel := w.channelWith(map[string]any{"url": "https://example.com/?taken=1", "signing": map[string]any{"scheme": "SHARED_SECRET_QUERY", "secret": "the first secret"}}, nil)
	for name, row := range map[string]struct {
		signing map[string]any
		field   string
	}{
		"no ed25519 key":         {map[string]any{"scheme": "STANDARD_WEBHOOKS_ED25519", "secret": "whsk_AAAA"}, "secret"},
		"a short secret":         {map[string]any{"scheme": "HMAC_SHA256", "secret": "short"}, "secret"},
		"a line break":           {map[string]any{"scheme": "SHARED_SECRET_HEADER", "secret": "long enough\r\nX-Y: z"}, "secret"},
		"a name for no choice":   {map[string]any{"scheme": "STANDARD_WEBHOOKS", "parameter": "X-Mine"}, "parameter"},
		"no header's name":       {map[string]any{"scheme": "HMAC_SHA256", "parameter": "X Mine"}, "parameter"},
		"the channel's header":   {map[string]any{"scheme": "SHARED_SECRET_HEADER", "parameter": "x-team"}, "parameter"},
		"a header of the server": {map[string]any{"scheme": "SHARED_SECRET_HEADER", "parameter": "Host"}, "parameter"},
		"the URL's parameter":    {map[string]any{"scheme": "SHARED_SECRET_QUERY", "parameter": "taken"}, "parameter"},
	} {
		config := map[string]any{"http": map[string]any{"url": "https://example.com/?taken=1", "signing": row.signing, "headers": []any{map[string]any{"name": "X-Team", "value": "a"}}}}
		err := w.api.Do(w.ctx, `mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`, testkit.Vars{"input": map[string]any{"name": name, "config": config}}, nil)
		w.refused(err, "BAD_USER_INPUT", "config.http.signing."+row.field)
		err = w.api.Do(w.ctx, updateChannel, testkit.Vars{"input": map[string]any{"id": channel, "config": config}}, nil)
		w.refused(err, "BAD_USER_INPUT", "config.http.signing."+row.field)
	}
	unsigned := w.channelWith(map[string]any{"url": "https://example.com", "signing": map[string]any{"scheme": "NONE"}}, nil)
	for _, row := range []struct {
		input       map[string]any
		code, field string
	}{
		{map[string]any{"id": unsigned}, "CONFLICT", "id"},
		{map[string]any{"id": channel, "overlap": "721h"}, "BAD_USER_INPUT", "overlap"},
		{map[string]any{"id": channel, "secret": "short"}, "BAD_USER_INPUT", "secret"},
		{map[string]any{"id": channel, "secret": "the first secret"}, "BAD_USER_INPUT", "secret"},
	} {
		_, err := w.rotate(row.input)
		w.refused(err, row.code, row.field)
	}
	if w.secret(channel) != "the first secret" {
		w.t.Error("a refused rotation changed the secret")
	}
}
