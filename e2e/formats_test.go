package e2e

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon/testkit"
)

// formatNames are the folders of examples/formats.
func formatNames() []string {
	return []string{"meta-data", "space-secret", "channels", "batch", "standard"}
}

// TestFormats: the program speaks five formats by settings alone, those of
// examples/formats: each message byte for byte, each policy by what it does.
func TestFormats(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		importFormats(newWorld(t, n))
		t.Run("formats", func(t *testing.T) {
			for _, s := range []scenario{
				{"meta-data message", metaDataMessage},
				{"meta-data tests and retries", metaDataPolicy},
				{"space-secret message", spaceSecretMessage},
				{"space-secret policy", spaceSecretPolicy},
				{"space-secret without a secret", spaceSecretMissing},
				{"channels message", channelsMessage},
				{"channels timeout", channelsTimeout},
				{"batch messages", batchMessages},
				{"batch policy", batchPolicy},
				{"standard message", standardMessage},
				{"standard rotation", standardRotation},
				{"standard batches", standardBatches},
				{"page about migrating", migratingPage},
			} {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.tell(newWorld(t, n))
				})
			}
		})
		n.terminate()
		n.await()
	})
}

// TestFormatOnlyByHTTPS: plain http is refused where the server's setting says so.
func TestFormatOnlyByHTTPS(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database, "REQUIRE_HTTPS=true")
		w := newWorld(t, n)
		create := formatFile(t, "channels", "channel.graphql")
		err := w.api.Do(w.ctx, create, testkit.Vars{"url": "http://search.example.com/hook", "secret": "shared secret"}, nil)
		w.refused(err, "BAD_USER_INPUT", "config.http.url")
		w.do(create, testkit.Vars{"url": "https://search.example.com/hook", "secret": "shared secret"}, nil)
		n.terminate()
		n.await()
	})
}

// TestMigratingShowsTheExamples: what the page shows is what these tests run.
func TestMigratingShowsTheExamples(t *testing.T) {
	t.Parallel()
	page := migrating(t)
	for _, name := range formatNames() {
		if !strings.Contains(page, "```graphql\n"+formatFile(t, name, "channel.graphql")+"```\n") {
			t.Errorf("docs/migrating.md does not show examples/formats/%s/channel.graphql as it is", name)
		}
	}
}

func migrating(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "migrating.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// migratingPage takes the steps of the page as they stand there.
func migratingPage(w *world) {
	operation := func(head string) string {
		_, rest, ok := strings.Cut(migrating(w.t), "```graphql\n"+head)
		block, _, closed := strings.Cut(rest, "```\n")
		if !ok || !closed {
			w.t.Fatalf("the page has no %s", head)
		}
		return head + block
	}
	receiver := testkit.NewReceiver(w.t)
	channel := w.formatChannel("meta-data", testkit.Vars{"url": receiver.URL, "authorization": "Bearer 8f3a"})
	var made struct{ CreateWebhook struct{ ID string } }
	w.do(operation("mutation CreateWebhook("), testkit.Vars{"channel": channel}, &made)
	var tried struct {
		SendTestEvent []struct {
			Status       string
			ResponseCode int
		}
	}
	w.do(operation("mutation Try("), testkit.Vars{"webhook": made.CreateWebhook.ID}, &tried)
	if len(tried.SendTestEvent) != 1 || tried.SendTestEvent[0].Status != "SUCCEEDED" || tried.SendTestEvent[0].ResponseCode != 200 {
		w.t.Errorf("the test answered %+v", tried)
	}
	if body := string(receiver.Wait(1, patience)[0].Body); !strings.Contains(body, `"firstName":"Ada"`) {
		w.t.Errorf("the test sent %s", body)
	}
	var listed struct {
		Templates struct {
			Nodes []struct {
				Name  string
				Parts []struct{ Source string }
			}
		}
	}
	w.do(`{ templates(filter: {builtIn: true}) { nodes { name parts { source } } } }`, nil, &listed)
	names := map[string]bool{}
	for _, node := range listed.Templates.Nodes {
		names[node.Name] = len(node.Parts) > 0 && node.Parts[0].Source != ""
	}
	for _, name := range formatNames() {
		if !names["envelope."+name] {
			w.t.Errorf("the list of built-in templates lacks envelope.%s: %v", name, names)
		}
	}
}

func formatFile(t *testing.T, name, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", "formats", name, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// importFormats fills the catalog with the event types of all formats.
func importFormats(w *world) {
	w.t.Helper()
	for _, name := range formatNames() {
		var out struct {
			ImportEventTypes []struct {
				Name            string
				Schema, Example json.RawMessage
			}
		}
		w.asAdmin(`mutation($openapi: JSON!) { importEventTypes(input: {openapi: $openapi}) { name schema example } }`,
			testkit.Vars{"openapi": json.RawMessage(formatFile(w.t, name, "event-types.json"))}, &out)
		if len(out.ImportEventTypes) < 4 {
			w.t.Errorf("%s: %d event types are imported", name, len(out.ImportEventTypes))
		}
		for _, e := range out.ImportEventTypes {
			if len(e.Schema) < 2 || len(e.Example) < 2 {
				w.t.Errorf("%s: %s has no schema or no example", name, e.Name)
			}
		}
	}
}

// formatChannel makes the channel of a format as its example does.
func (w *world) formatChannel(name string, vars testkit.Vars) string {
	w.t.Helper()
	var out struct{ CreateChannel struct{ ID string } }
	w.do(formatFile(w.t, name, "channel.graphql"), vars, &out)
	var in struct {
		Channel struct{ Template *struct{ Name string } }
	}
	w.do(`query($id: ID!) { channel(id: $id) { template { name } } }`, testkit.Vars{"id": out.CreateChannel.ID}, &in)
	if template := in.Channel.Template; name == "standard" && template != nil || name != "standard" && (template == nil || template.Name != "envelope."+name) {
		w.t.Errorf("%s: the channel has the template %+v", name, template)
	}
	return out.CreateChannel.ID
}

// happened publishes an event with all that an envelope can bear.
func (w *world) happened(eventType, entity, data string) string {
	w.t.Helper()
	input := map[string]any{"type": eventType, "data": json.RawMessage(data), "timestamp": "2024-03-30T12:15:00.5+02:00"}
	if entity != "" {
		input["entityId"] = entity
	}
	var out struct{ PublishEvent struct{ ID string } }
	w.do(`mutation($input: PublishEventInput!) { publishEvent(input: $input) { id } }`, testkit.Vars{"input": input}, &out)
	return out.PublishEvent.ID
}

// arrives waits for the nth message and compares its bytes.
func (w *world) arrives(receiver *testkit.Receiver, n int, want string) testkit.Received {
	w.t.Helper()
	r := receiver.Wait(n, patience)[n-1]
	if string(r.Body) != want || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" {
		w.t.Errorf("%s %s\n got %s\nwant %s", r.Method, r.Header.Get("Content-Type"), r.Body, want)
	}
	return r
}

// contact is data of a contact whose digits, order and escapes must stay.
func contact(more string) string {
	return `{"lastName":"O'Neil \u0026 Söhne","firstName":"Ada \"A\"","tags":[],"status":"ACTIVE","score":1.10,"n":12345678901234567890,` +
		`"addressDetails":{"zipCode":null,"address":"12 St James's Square","country":null,"city":"London"},"phoneNumbers":[{"type":"PRIVATE","number":"+442079460123"}],` +
		`"emails":[{"type":"WORK","mail":"ada@example.com"}],"customerId":"CUST-3e9d1c77-58aa-4f0e-8b1d-2a9f4c6d8e21","id":"CONT-0b2f6a52-6c1b-4c4e-9c36-6f0d3a5b7e10"` + more + `}`
}

// metaDataMessage: meta and data, with one authorization header that nobody sees.
func metaDataMessage(w *world) {
	const authorization = "Bearer 0e5f2c7d9b"
	receiver := testkit.NewReceiver(w.t)
	webhook := w.webhook("contact-*", w.formatChannel("meta-data", testkit.Vars{"url": receiver.URL, "authorization": authorization}))
	v := w.watch(nil)
	deleted := `{"id":"CONT-0b2f6a52-6c1b-4c4e-9c36-6f0d3a5b7e10","customerId":"CUST-3e9d1c77-58aa-4f0e-8b1d-2a9f4c6d8e21","emails":[]}`
	for i, row := range []struct{ eventType, entity, shown, data string }{
		{"contact-created", "CONT-1", `"CONT-1"`, contact("")},
		{"contact-updated", "CONT-1", `"CONT-1"`, contact(`,"accountDetails":{"position":null}`)},
		{"contact-deleted", "", `null`, deleted},
	} {
		event := w.happened(row.eventType, row.entity, row.data)
		r := w.arrives(receiver, i+1, fmt.Sprintf(`{"meta":{"webhookId":"%s","eventId":"%s","eventType":"%s","eventTimestamp":"2024-03-30T10:15:00.500Z",`+
			`"entityId":%s,"version":"1"},"data":%s}`, webhook, event, row.eventType, row.shown, row.data))
		if r.Header.Get("Authorization") != authorization {
			w.t.Errorf("the headers are %v", r.Header)
		}
		if a := v.next(); a.Status != "SUCCEEDED" || a.RequestBody != string(r.Body) || headerOf(a.RequestHeaders, "Authorization") == authorization {
			w.t.Errorf("the attempt is %+v", a)
		}
	}
	err := w.api.Do(w.ctx, `mutation { publishEvent(input: {type: "contact-deleted", data: {id: "CONT-1"}}) { id } }`, nil, nil)
	if refusal, ok := testkit.Refusal(err); !ok || refusal.Extensions.Code != "BAD_USER_INPUT" {
		w.t.Errorf("data that are not a contact's: %v", err)
	}
}

// metaDataPolicy: a test tells at once how it went and is never the last
// attempt; what failed is sent again with the same eventId.
func metaDataPolicy(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(500, 200, 500))
	channel := w.formatChannel("meta-data", testkit.Vars{"url": receiver.URL, "authorization": "Basic " + rand.Text()})
	w.set(channel, map[string]any{"retryPolicy": retries("50ms")})
	webhook := w.webhook("basket-submitted", channel)
	v := w.watch(nil)
	w.happened("basket-submitted", "BASK-1", `{"id":"BASK-d4c3b2a1-1f2e-4d3c-9b4a-5e6f7a8b9c54","customerId":"CUST-3e9d1c77-58aa-4f0e-8b1d-2a9f4c6d8e21","items":[]}`)
	attempts := v.take(2)
	if r := receiver.Wait(2, patience); string(r[0].Body) != string(r[1].Body) || attempts[0].Status != "FAILED" || attempts[1].Status != "SUCCEEDED" {
		w.t.Errorf("the message came as\n%s\nand\n%s", r[0].Body, r[1].Body)
	}
	for _, input := range []map[string]any{{"webhookId": webhook}, {"channelId": channel}} {
		input["eventType"] = "contact-created"
		tests, err := w.sendTest(input)
		if err != nil || len(tests) != 1 || tests[0].Status != "FAILED" || tests[0].ResponseCode == nil || *tests[0].ResponseCode != 500 {
			w.t.Errorf("the test answered %+v, %v", tests, err)
		}
	}
	var out struct {
		Webhook struct {
			LastAttempt struct{ ID, Status string }
		}
	}
	w.do(`query($id: ID!) { webhook(id: $id) { lastAttempt { id status } } }`, testkit.Vars{"id": webhook}, &out)
	if out.Webhook.LastAttempt.ID != attempts[1].ID || out.Webhook.LastAttempt.Status != "SUCCEEDED" {
		w.t.Errorf("the webhook's last attempt is %+v", out.Webhook.LastAttempt)
	}
	tested := receiver.Wait(4, patience)
	if !strings.HasPrefix(string(tested[2].Body), `{"meta":{"webhookId":"`+webhook+`",`) || !strings.HasPrefix(string(tested[3].Body), `{"meta":{"webhookId":null,`) {
		w.t.Errorf("the tests sent\n%s\n%s", tested[2].Body, tested[3].Body)
	}
}
