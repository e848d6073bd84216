package docs

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

// TestTemplatesOfThePages renders the templates that pages show, by the commands
// that a page shows: with the event of the page on templates.
func TestTemplatesOfThePages(t *testing.T) {
	t.Parallel()
	const page = "docs/templates.md"
	r := newReader(t)
	r.tool(r.folder, "event.json", block(t, page, "{\n  \"number\""))
	sources := map[string]string{}
	for _, b := range append(testkit.OnePage(t, page).Blocks, testkit.OnePage(t, "docs/writing-a-channel.md").Blocks...) {
		if b.Language == "tmpl" {
			sources[fmt.Sprintf("%s:%d", b.Page, b.Line)] = b.Text
		}
	}
	for at, source := range sources {
		r.tool(r.folder, "part.tmpl", source)
		part := "--kind sms --part text"
		if strings.HasPrefix(source, "{\n") {
			part = "--kind http --part body"
		}
		out := r.run("carillon template render part.tmpl " + part + " --event event.json")
		if out == "" || strings.Contains(out, "{{") {
			t.Errorf("%s renders as %q", at, out)
		}
	}
	if len(sources) < 3 {
		t.Errorf("%d templates were found, which are too few", len(sources))
	}
	for name, text := range map[string]string{
		"slack.body.tmpl": `{"text": "{{ .data.number }}"}`, "order.email.subject.tmpl": `Order {{ .data.number }}`,
		"order.email.html.tmpl": `<p>{{ .data.number }}</p>`, "notes.txt": `Order {{ .data.number }}`,
	} {
		r.tool(r.folder, name, text)
	}
	for _, command := range lines(block(t, page, "carillon template render")) {
		if strings.HasSuffix(command, "--event -") {
			command += " < event.json"
		} else if !strings.Contains(command, "--event") {
			command += " --event event.json" // the sample that stands in has no number
		}
		if out := r.run(command); !strings.Contains(out, "A-1001") {
			t.Errorf("%s prints %q", command, out)
		}
	}
}

var varying = regexp.MustCompile(`evt_\w+|\d{10}|v1,\S+|\d{4}-\d\d-\d\dT[\d:.]+Z|"version":"1",`)

// TestThePagesMessage: what the page on HTTP channels shows is what arrives from
// its own channel.
func TestThePagesMessage(t *testing.T) {
	t.Parallel()
	const page = "docs/channels/http.md"
	s := startServer(t)
	_, key := s.tenant(t)
	var made struct{ CreateChannel struct{ ID string } }
	create := block(t, page, "mutation {\n  createChannel(")
	do(t, key, strings.ReplaceAll(create, "https://example.com/hooks/orders", s.receiver.URL+"/hooks/orders"), nil, &made)
	do(t, key, `mutation($c: ID!) { createWebhook(input: {name: "orders", eventTypes: ["order.*"], routes: [{channelId: $c}]}) { id } }`,
		testkit.Vars{"c": made.CreateChannel.ID}, nil)
	do(t, key, `mutation { publishEvent(input: {type: "order.paid", data: {total: 12}}) { id } }`, nil, nil)
	got := s.receiver.Wait(1, patience)[0]
	head, body, _ := strings.Cut(block(t, page, "POST /hooks/orders"), "\n\n")
	if g, w := varying.ReplaceAllString(string(got.Body), ""), varying.ReplaceAllString(strings.TrimSpace(body), ""); g != w {
		t.Errorf("the body is\n%s, and the page has\n%s", g, w)
	}
	for _, line := range strings.Split(head, "\n")[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			continue
		}
		if g := got.Header.Get(name); varying.ReplaceAllString(g, "") != varying.ReplaceAllString(value, "") {
			t.Errorf("%s is %q, and the page has %q", name, g, value)
		}
	}
}

// TestTheLibrariesOfThePage: what the page calls is what the receivers call, which
// run against the program.
func TestTheLibrariesOfThePage(t *testing.T) {
	t.Parallel()
	shown := block(t, "docs/channels/http.md", "new Webhook(secret)")
	for folder, calls := range map[string][]string{
		"node/*.mjs":  {"new Webhook(", ".verify(body, "},
		"python/*.py": {"Webhook(secret).verify(body, headers)"},
		"go/*.go":     {"standardwebhooks.NewWebhook(secret)", ".Verify(body, "},
	} {
		text := sources(t, filepath.Join(testkit.Root(t), "examples", "receivers", folder))
		for _, call := range calls {
			if !strings.Contains(shown, call) || !strings.Contains(text, call) {
				t.Errorf("%s is not in both the page and examples/receivers/%s", call, folder)
			}
		}
	}
}
