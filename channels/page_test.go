package channels

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"carillon/models"
)

// harness runs the functions of the page on the messages of a file.
const harness = `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	var messages []struct {
		Name, Scheme, Body string
		Headers            map[string]string
		Keys, Others       []string
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil || json.Unmarshal(text, &messages) != nil || len(messages) == 0 {
		fmt.Println("no messages:", err)
		os.Exit(1)
	}
	for _, m := range messages {
		h := http.Header{}
		for name, value := range m.Headers {
			h.Set(name, value)
		}
		check := map[string]func(key, body string) bool{
			"STANDARD_WEBHOOKS_ED25519": func(key, body string) bool { return verifyEd25519(key, h, []byte(body)) },
			"HMAC_SHA256":               func(key, body string) bool { return verifyHMAC(key, h, []byte(body)) },
			"SHARED_SECRET_HEADER":      func(key, _ string) bool { return verifyShared(key, h) },
		}[m.Scheme]
		for _, key := range m.Keys {
			if !check(key, m.Body) || m.Scheme != "SHARED_SECRET_HEADER" && check(key, m.Body+" ") {
				fmt.Println(m.Name, "does not verify, or verifies what was changed")
				os.Exit(1)
			}
		}
		for _, key := range m.Others {
			if check(key, m.Body) {
				fmt.Println(m.Name, "verifies with another key")
				os.Exit(1)
			}
		}
	}
}
`

// pythonHarness does the same behind the page's Python.
const pythonHarness = `

import json, sys

class Headers(dict):
    def get(self, name, otherwise=None):
        return next((v for k, v in self.items() if k.lower() == name.lower()), otherwise)

checks = {
    "STANDARD_WEBHOOKS_ED25519": verify_ed25519,
    "HMAC_SHA256": verify_hmac,
    "SHARED_SECRET_HEADER": lambda key, headers, body: verify_shared(key, headers),
}
messages = json.load(open(sys.argv[1]))
assert messages
for m in messages:
    headers, body = Headers(m["headers"]), m["body"].encode()
    for key in m["keys"]:
        assert checks[m["scheme"]](key, headers, body), m["name"]
        assert m["scheme"] == "SHARED_SECRET_HEADER" or not checks[m["scheme"]](key, headers, body + b" "), m["name"]
    for key in m["others"]:
        assert not checks[m["scheme"]](key, headers, body), m["name"]
`

// pageMessages are those of the schemes that the page has code for, and that code
// in a language.
func pageMessages(t *testing.T, language string) (code string, messages []signedMessage) {
	t.Helper()
	page, err := os.ReadFile("../docs/channels/http.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```$").FindSubmatch(page)
	if block == nil {
		t.Fatalf("the page has no %s", language)
	}
	for _, m := range signedMessages(t) {
		if m.Scheme != models.SigningStandardWebhooks {
			messages = append(messages, m)
		}
	}
	return string(block[1]), messages
}

// The Go of the page on HTTP channels compiles, and verifies what leaves.
func TestThePagesGo(t *testing.T) {
	t.Parallel()
	code, messages := pageMessages(t, "go")
	dir := t.TempDir()
	write(t, dir, messages, map[string]string{"go.mod": "module page\n\ngo 1.24\n", "page.go": code, "main.go": harness})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "go", "run", ".", "messages.json")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// So does its Python; that for ed25519 only where the package is that it needs.
func TestThePagesPython(t *testing.T) {
	t.Parallel()
	code, messages := pageMessages(t, "python")
	if exec.CommandContext(t.Context(), "python3", "-c", "import cryptography").Run() != nil {
		t.Log("Python's package cryptography is not installed: ed25519 is not verified")
		code = regexp.MustCompile(`(?m)^from cryptography.*\n`).ReplaceAllString(code, "")
		messages = slices.DeleteFunc(messages, func(m signedMessage) bool { return m.Scheme == models.SigningEd25519 })
	}
	dir := t.TempDir()
	write(t, dir, messages, map[string]string{"page.py": code + pythonHarness})
	run := exec.CommandContext(t.Context(), "python3", "page.py", "messages.json")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func write(t *testing.T, dir string, messages []signedMessage, files map[string]string) {
	t.Helper()
	text, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	files["messages.json"] = string(text)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
