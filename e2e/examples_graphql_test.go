package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/testkit"
)

// TestGraphQLExamples runs every operation of examples/graphql as it stands
// there, with the administrator's key and the ids filled in.
func TestGraphQLExamples(t *testing.T) {
	t.Parallel()
	examples, err := testkit.Examples("../examples/graphql")
	if err != nil {
		t.Fatal(err)
	}
	testkit.Each(t, func(t *testing.T, database string) {
		mails := newMailServer(t)
		n := start(t, database, "SMTP_URL=smtp://"+mails.address+"?tls=none")
		p := &playground{world: newWorld(t, n), left: map[string]testkit.Example{}, ids: map[string]string{}}
		p.api = p.admin
		for _, e := range examples {
			p.left[e.Name] = e
		}
		p.receiver = testkit.NewReceiver(t)
		for _, tell := range []func(*playground){
			(*playground).beginning, (*playground).channelExamples, (*playground).contentExamples, (*playground).publishing,
			(*playground).liveExamples, (*playground).settings, (*playground).byHand, (*playground).recovering, (*playground).ending,
		} {
			if tell(p); t.Failed() {
				return
			}
		}
		for name := range p.left {
			t.Errorf("%s was not run", name)
		}
		n.terminate()
		n.await()
	})
}

// playground is somebody who goes through the examples with one server.
type playground struct {
	*world
	receiver *testkit.Receiver
	left     map[string]testkit.Example // those that were not run yet
	ids      map[string]string          // what stands in for tnt_… and the like, by prefix
}

// example takes an example, once, and fills in its ids.
func (p *playground) example(name string) (query string, vars testkit.Vars) {
	p.t.Helper()
	e, ok := p.left[name]
	if !ok {
		p.t.Fatalf("there is no example %s, or it has been run", name)
	}
	delete(p.left, name)
	text := strings.ReplaceAll(string(e.Variables), "https://example.com/hooks", p.receiver.URL)
	for prefix, id := range p.ids {
		text = strings.ReplaceAll(text, prefix+"_…", id)
	}
	if strings.Contains(text, "_…") {
		p.t.Fatalf("%s: nothing to fill in with: %s", name, text)
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &vars); err != nil {
			p.t.Fatalf("%s: %v", name, err)
		}
	}
	return e.Query, vars
}

// run runs examples one after another. Each must answer without an error and
// with something; the answer of the last one is returned.
func (p *playground) run(names ...string) map[string]any {
	p.t.Helper()
	var out map[string]any
	for _, name := range names {
		query, vars := p.example(name)
		out = nil
		if err := p.admin.Do(p.ctx, query, vars, &out); err != nil {
			p.t.Fatalf("%s: %v", name, err)
		}
		for field, value := range out {
			list, connection := at(value, "nodes").([]any)
			if value == nil || connection && len(list) == 0 {
				p.t.Errorf("%s: %s is empty", name, field)
			}
		}
	}
	return out
}

// keep runs an example and keeps an id of its answer under its prefix.
func (p *playground) keep(name, path string) string {
	p.t.Helper()
	id, ok := at(any(p.run(name)), strings.Split(path, ".")...).(string)
	if !ok {
		p.t.Fatalf("%s: no %s in the answer", name, path)
	}
	prefix, _, _ := strings.Cut(id, "_")
	p.ids[prefix] = id
	return id
}

// at walks into a JSON value: by names into objects, and into the first of a list.
func at(value any, path ...string) any {
	for _, name := range path {
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[0]
		}
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// with runs examples with another id for a while.
func (p *playground) with(id string, run func()) {
	prefix, _, _ := strings.Cut(id, "_")
	before := p.ids[prefix]
	p.ids[prefix] = id
	run()
	p.ids[prefix] = before
}

func (p *playground) beginning() {
	p.tenant = p.keep("tenant-create", "createTenant.id")
	p.api = p.key(p.tenant, "MANAGE", "PUBLISH", "READ")
	p.run("tenant-list", "tenant-show", "tenant-update", "key-viewer")
	p.keep("key-create", "createApiKey.apiKey.id")
	session := p.run("key-portal-session")["createPortalSession"]
	if token, ok := at(session, "token").(string); !ok {
		p.t.Errorf("the session is %v", session)
	} else if err := p.admin.WithKey(token).Do(p.ctx, `{ webhooks { nodes { id } } }`, nil, nil); err != nil {
		p.t.Errorf("the session's token: %v", err)
	}
	p.run("key-list", "key-revoke", "type-create", "type-import", "type-list", "type-show", "type-update")
}

func (p *playground) channelExamples() {
	p.keep("channel-http", "createChannel.id")
	main := p.ids["chn"]
	p.ids["spare"] = p.keep("channel-signing-standard", "createChannel.id")
	p.ids["unused"] = p.keep("channel-signing-none", "createChannel.id")
	p.run("channel-signing-ed25519", "channel-signing-hmac", "channel-signing-header", "channel-signing-query",
		"channel-slack-webhook", "channel-slack-bot", "channel-email", "channel-email-relay", "channel-sms-twilio", "channel-sms-smpp")
	p.ids["chn"] = main
	p.run("channel-show", "channel-test", "channel-secret", "channel-rotate-secret")
	if got := p.receiver.Wait(1, patience)[0]; got.Header.Get("X-Team") != "orders" {
		p.t.Errorf("the test has the headers %v", got.Header)
	}
}

func (p *playground) contentExamples() {
	p.ids["sms"] = p.keep("template-sms", "createTemplate.id")
	p.keep("template-http", "createTemplate.id")
	p.run("template-slack", "template-email", "template-list", "template-update", "template-show")
	p.run("webhook-filter")
	p.keep("webhook-create", "createWebhook.id")
	p.with(p.ids["spare"], func() { p.run("webhook-operational") }) // the template of below is none for these events
	p.run("webhook-routes", "webhook-show", "webhook-test", "template-use")
	if rendered := p.run("template-render-draft")["renderTemplate"]; at(rendered, "parts", "output") != "Order A-1001 is paid: 119.9" {
		p.t.Errorf("the draft renders as %v", rendered)
	}
}

func (p *playground) publishing() {
	before := p.receiver.Count()
	v := p.watch(map[string]any{"webhookId": p.ids["whk"]})
	p.keep("event-publish", "publishEvent.id")
	if got := p.receiver.Wait(before+1, patience)[before]; !strings.HasPrefix(string(got.Body), `{"order": "A-1001", "paid": true,`) {
		p.t.Errorf("the message is %s", got.Body)
	}
	p.ids["att"] = v.next().ID
	p.run("event-publish-safely")
	v.next()
	p.run("event-publish-many", "event-search")
	p.ids["dlv"], _ = at(any(p.run("event-show")), "event", "deliveries", "nodes", "id").(string)
	p.run("delivery-show", "attempt-show", "attempt-pages", "find-by-id", "template-render-event", "event-replay",
		"channel-health", "channel-list", "webhook-list", "webhook-update", "channel-update", "stats-deliveries")
}

// live reads the first item of a subscription. What it has to tell is made to
// happen until the server has heard of it.
func (p *playground) live(name string) {
	p.t.Helper()
	query, vars := p.example(name)
	stream, err := p.admin.Subscribe(p.t, query, vars)
	if err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	defer stream.Close()
	for try := 0; ; try++ {
		ctx, cancel := context.WithTimeout(p.ctx, 200*time.Millisecond)
		var item map[string]any
		err := stream.Next(ctx, &item)
		cancel()
		if err == nil {
			return
		}
		if _, refused := testkit.Refusal(err); refused || try == 100 {
			p.t.Fatalf("%s: %v", name, err)
		}
		p.publish("order.paid", `{"number":"A-1","total":1}`)
	}
}

func (p *playground) liveExamples() {
	for _, name := range []string{"live-attempts", "live-attempts-resume", "live-events", "live-deliveries"} {
		p.live(name)
	}
}

func (p *playground) settings() {
	p.run("audit-log")
	p.with(p.ids["spare"], func() {
		p.run("channel-limits", "channel-batching", "channel-ordering", "channel-retry-policy")
	})
	sms := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}`)
	}))
	p.t.Cleanup(sms.Close)
	channel := p.channelOf(map[string]any{"sms": map[string]any{"provider": "TWILIO", "accountId": twilioAccount, "authToken": twilioToken,
		"baseUrl": sms.URL, "from": "+14155550100", "to": []string{"+14155550123"}}}, nil)
	p.webhook("text.sent", channel)
	v := p.watch(map[string]any{"channelId": channel})
	p.publish("text.sent", `{}`)
	v.next()
	p.with(channel, func() {
		if listed := p.run("channel-suppressions"); at(any(listed), "channel", "suppressions", "address") != "+14155550123" {
			p.t.Errorf("the suppressions are %v", listed)
		}
		p.run("channel-lift-suppression")
	})
}

// byHand: what a person does with single deliveries.
func (p *playground) byHand() {
	p.run("channel-pause")
	waiting := p.publish("order.paid", `{"number":"A-7","total":1}`)
	p.with(p.delivery(waiting).ID, func() { p.run("delivery-cancel") })
	p.run("channel-resume")
	p.with(p.delivery(p.publishFailing(1)[0]).ID, func() { p.run("delivery-failed", "delivery-retry", "attempt-search") })
	p.run("webhook-pause", "webhook-resume")
}

// publishFailing publishes events that fail for good, on a channel that is
// made for them, and waits until they have.
func (p *playground) publishFailing(n int) []string {
	p.t.Helper()
	if p.ids["failing"] == "" {
		p.ids["failing"] = p.channel(testkit.NewReceiver(p.t, testkit.Statuses(500)).URL, retries())
		p.webhook("job.failed", p.ids["failing"])
	}
	v := p.watch(map[string]any{"channelId": p.ids["failing"], "eventTypes": []string{"job.failed"}})
	defer v.s.Close()
	events := slices.Repeat([]any{map[string]any{"type": "job.failed", "data": 1}}, n)
	var out struct{ PublishEvents []struct{ ID string } }
	p.do(`mutation($events: [PublishEventInput!]!) { publishEvents(input: {events: $events}) { id } }`, testkit.Vars{"events": events}, &out)
	v.take(n)
	ids := make([]string, n)
	for i, event := range out.PublishEvents {
		ids[i] = event.ID
	}
	return ids
}

// recovering: so many failures that a recovery takes its time.
func (p *playground) recovering() {
	p.publishFailing(1000)
	p.with(p.ids["failing"], func() {
		start := p.left["recovery-start"]
		p.keep("recovery-start", "recoverDeliveries.id")
		p.live("live-recovery")
		p.run("recovery-show")
		cancel := p.left["recovery-cancel"]
		for try := 1; ; try++ {
			query, vars := p.example("recovery-cancel")
			err := p.admin.Do(p.ctx, query, vars, nil)
			if refusal, ok := testkit.Refusal(err); ok && refusal.Extensions.Code == conflict && try < 10 {
				p.left["recovery-start"], p.left["recovery-cancel"] = start, cancel // it was complete already
				p.keep("recovery-start", "recoverDeliveries.id")
				continue
			}
			if err != nil {
				p.t.Fatalf("recovery-cancel: %v", err)
			}
			return
		}
	})
}

func (p *playground) ending() {
	p.run("webhook-delete", "type-archive")
	p.with(p.ids["sms"], func() { p.run("template-delete") })
	p.with(p.ids["unused"], func() { p.run("channel-delete") })
	p.run("tenant-delete")
	if err := p.api.Do(p.ctx, `{ viewer { scopes } }`, nil, nil); err == nil {
		p.t.Error("a key of the deleted tenant still opens")
	}
}
