package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"carillon/testkit"
)

// secretsMasked: a secret header and the signing secret leave the server in
// messages and by channelSecret alone.
func secretsMasked(w *world) {
	const token = "token-that-nobody-may-see-7f3a9c"
	const signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	receiver := testkit.NewReceiver(w.t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		return testkit.Answer{Status: 500, Body: "you sent " + r.Header.Get("X-Token"), Header: map[string][]string{"X-Echo": {r.Header.Get("X-Token")}}}
	}))
	channel := w.channelWith(map[string]any{
		"url":     receiver.URL,
		"headers": []any{map[string]any{"name": "X-Token", "value": token, "secret": true}, map[string]any{"name": "X-Plain", "value": "plain"}},
		"signing": map[string]any{"scheme": "STANDARD_WEBHOOKS", "secret": signing},
	}, retries())
	w.webhook("*", channel)
	v := w.watch(nil)
	event := w.publish("secret", `{}`)
	a := v.next()
	got := receiver.Wait(1, patience)[0]
	if got.Header.Get("X-Token") != token || got.Header.Get("X-Plain") != "plain" || got.Verify(signing) != nil {
		w.t.Errorf("the receiver got the headers %v", got.Header)
	}
	if w.secret(channel) != signing {
		w.t.Error("channelSecret is not the secret that was given")
	}
	if headerOf(a.RequestHeaders, "X-Token") != "(secret)" || headerOf(a.RequestHeaders, "X-Plain") != "plain" {
		w.t.Errorf("the attempt has the headers %+v", a.RequestHeaders)
	}
	w.do(updateChannel, testkit.Vars{"input": map[string]any{"id": channel, "name": "renamed",
		"config": map[string]any{"http": map[string]any{"url": receiver.URL, "headers": []any{map[string]any{"name": "X-Plain", "value": "other"}}}}}}, nil)
	if w.secret(channel) != signing {
		w.t.Error("an update without the signing secret changed it")
	}
	_, answer, err := w.api.Post(w.ctx, mustJSON(w, map[string]any{"query": `query($id: ID!) {
		channels(first: 5) { nodes { id name config { ... on HttpConfig { url headers { name value secret } signing { scheme } } } } }
		deliveryAttempts(first: 5) { nodes { target requestHeaders { name value } responseHeaders { name value } responseBody error { message } } }
		event(id: $id) { deliveries(first: 5) { nodes { attempts(first: 5) { nodes { requestHeaders { name value } responseBody } } } } } }`, "variables": map[string]any{"id": event}}))
	if err != nil || strings.Contains(string(answer), `"errors"`) {
		w.t.Fatalf("%v %s", err, answer)
	}
	for place, text := range map[string]string{"an answer": string(answer), "the log": w.node.program.Tail(), "the database": databaseText(w)} {
		for _, secret := range []string{token, strings.TrimPrefix(signing, "whsec_"), w.api.Key, adminKey} {
			if strings.Contains(text, secret) {
				w.t.Errorf("%s holds the secret %s", place, secret)
			}
		}
	}
}

func mustJSON(w *world, v any) []byte {
	w.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// databaseText is the bytes of a SQLite database; of another there is nothing to see from here.
func databaseText(w *world) string {
	path, ok := strings.CutPrefix(w.node.database, "sqlite:")
	if !ok {
		return ""
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		w.t.Fatalf("the database %s is not there: %v", path, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
