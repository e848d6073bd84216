package channels

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// The Go of the page on HTTP channels compiles, and verifies what leaves.
func TestThePagesGo(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/channels/http.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no Go")
	}
	var messages []signedMessage
	for _, m := range signedMessages(t) {
		if m.Scheme != models.SigningStandardWebhooks {
			messages = append(messages, m)
		}
	}
	text, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module page\n\ngo 1.24\n", "page.go": string(block[1]), "main.go": harness, "messages.json": string(text),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "go", "run", ".", "messages.json")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
