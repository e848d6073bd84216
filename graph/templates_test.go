package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carillon/control"
	"carillon/models"
	"carillon/templates"
	"carillon/testkit"
)

func TestProblemsOfATemplateAreShown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.control.err = models.InvalidTemplate("parts", []models.TemplateProblem{{Part: models.PartBody, Line: 2, Column: 7, Message: "is wrong"}})
	err := b.do(t, admin(), `mutation { createTemplate(input: {name: "x", kind: HTTP, parts: [{name: BODY, source: "y"}]}) { id } }`, ``).
		refused(t, models.CodeBadUserInput, "parts")
	shown, _ := json.Marshal(err.Extensions["problems"])
	if string(shown) != `[{"column":7,"line":2,"message":"is wrong","part":"BODY"}]` || err.Message != "parts: BODY, line 2, column 7: is wrong" {
		t.Errorf("%s %s", err.Message, shown)
	}
	if got := b.control.got.(control.CreateTemplate); got.Kind != models.KindHTTP || got.Parts[0] != (models.TemplatePart{Name: models.PartBody, Source: "y"}) {
		t.Errorf("%+v", got)
	}
}

func TestTemplateInputsReachControl(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := models.NewID(models.PrefixTemplate)
	b.do(t, admin(), `mutation($in: UpdateTemplateInput!) { updateTemplate(input: $in) { id } }`,
		`{"in": {"id": "`+id.String()+`", "description": null, "parts": [{"name": "CONTENT_TYPE", "source": "text/plain"}]}}`).data(t)
	got := b.control.got.(control.UpdateTemplate)
	if got.Name.Given || !got.Description.Given || got.Description.Value != nil || (*got.Parts.Value)[0].Name != models.PartContentType {
		t.Errorf("%+v", got)
	}
	b.do(t, admin(), `query($in: RenderTemplateInput!) { renderTemplate(input: $in) { parts { name } } }`,
		`{"in": {"templateId": "`+id.String()+`", "version": 3, "data": {"z": 1.10, "a": 2}}}`).data(t)
	preview := b.control.got.(control.RenderTemplate)
	if *preview.TemplateID != id || *preview.Version != 3 || preview.Parts != nil || preview.Kind != nil || preview.EventID != nil {
		t.Errorf("%+v", preview)
	}
	b.do(t, admin(), `mutation { updateChannel(input: {id: "`+models.NewID(models.PrefixChannel).String()+`", templateId: null}) { id } }`, ``).data(t)
	if channel := b.control.got.(control.UpdateChannel); !channel.TemplateID.Given || channel.TemplateID.Value != nil {
		t.Errorf("%+v", channel)
	}
	b.do(t, admin(), `mutation { updateWebhook(input: {id: "`+models.NewID(models.PrefixWebhook).String()+`", filter: null}) { id } }`, ``).data(t)
	if webhook := b.control.got.(control.UpdateWebhook); !webhook.Filter.Given || webhook.Filter.Value != nil {
		t.Errorf("%+v", webhook)
	}
}

// usualOf is the built-in template that a kind has unless said.
func usualOf(kind models.ChannelKind) models.Template {
	all := templates.Builtins()
	return all[slices.IndexFunc(all, func(t models.Template) bool { return t.Kind == kind })]
}

func TestRoutesShowTheTemplateInForce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	b.reader.tenants[tenant] = models.Tenant{ID: tenant, Name: "Acme"}
	add := func(name string) models.ID {
		id := models.NewID(models.PrefixTemplate)
		b.reader.templates[id] = models.Template{ID: id, TenantID: tenant, Name: name, Kind: models.KindSMS}
		return id
	}
	ofRoute, ofChannel, builtIn := add("of the route"), add("of the channel"), usualOf(models.KindSMS)
	channel := func(template models.ID) models.ID {
		id := models.NewID(models.PrefixChannel)
		b.reader.channels[id] = models.Channel{ID: id, TenantID: tenant, Kind: models.KindSMS, TemplateID: template}
		return id
	}
	plain, own, fixed := channel(models.ID{}), channel(ofChannel), channel(builtIn.ID)
	webhook := models.NewID(models.PrefixWebhook)
	b.reader.webhooks[webhook] = models.Webhook{ID: webhook, TenantID: tenant, Routes: []models.Route{
		{ChannelID: plain}, {ChannelID: plain, TemplateID: ofRoute}, {ChannelID: own}, {ChannelID: own, TemplateID: ofRoute}, {ChannelID: own, TemplateID: builtIn.ID}, {ChannelID: fixed}}}
	got := b.do(t, admin(), `{ webhook(id: "`+webhook.String()+`") { filter filterErrors routes { template { name builtIn tenant { name } } channel { template { name } } } } }`, ``).data(t)
	fixedText := fmt.Sprintf(`{"template":{"name":%q,"builtIn":true,"tenant":null},"channel":`, builtIn.Name)
	ownText := func(name string) string {
		return fmt.Sprintf(`{"template":{"name":%q,"builtIn":false,"tenant":{"name":"Acme"}},"channel":`, name)
	}
	const none, channels = `{"template":null}}`, `{"template":{"name":"of the channel"}}}`
	want := `{"webhook":{"filter":null,"filterErrors":0,"routes":[` + fixedText + none + "," + ownText("of the route") + none + "," + ownText("of the channel") + channels + "," +
		ownText("of the route") + channels + "," + fixedText + channels + "," + fixedText + fmt.Sprintf(`{"template":{"name":%q}}}`, builtIn.Name) + `]}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTemplatesOfAPageAreReadAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	b.reader.tenants[tenant] = models.Tenant{ID: tenant}
	for range 50 {
		webhook, channel, first, second := models.NewID(models.PrefixWebhook), models.NewID(models.PrefixChannel), models.NewID(models.PrefixTemplate), models.NewID(models.PrefixTemplate)
		b.reader.templates[first] = models.Template{ID: first, TenantID: tenant}
		b.reader.templates[second] = models.Template{ID: second, TenantID: tenant}
		b.reader.channels[channel] = models.Channel{ID: channel, TenantID: tenant, TemplateID: first}
		b.reader.webhooks[webhook] = models.Webhook{ID: webhook, TenantID: tenant, Routes: []models.Route{{ChannelID: channel, TemplateID: second}}}
	}
	b.do(t, admin(), `{ webhooks { nodes { id routes { channel { id template { name tenant { name } } } template { id tenant { id } } } } } }`, ``).data(t)
	total := 0
	for _, n := range b.reader.calls {
		total += n
	}
	if total > 5 || b.reader.calls["TemplatesByID"] > 2 {
		t.Errorf("%d reads for one page: %v", total, b.reader.calls)
	}
}

func TestBuiltInTemplatesAreListedBehindTheOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant, own := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTemplate)
	b.reader.templates[own] = models.Template{ID: own, TenantID: tenant, Name: "own"}
	names := func(args string) (found []string, end string, next bool) {
		var list struct {
			Templates struct {
				Nodes    []struct{ Name string }
				PageInfo struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
		if err := json.Unmarshal([]byte(b.do(t, keyOf(tenant, models.ScopeRead), `{ templates(`+args+`) { nodes { name } pageInfo { endCursor hasNextPage } } }`, ``).data(t)), &list); err != nil {
			t.Fatal(err)
		}
		for _, n := range list.Templates.Nodes {
			found = append(found, n.Name)
		}
		return found, list.Templates.PageInfo.EndCursor, list.Templates.PageInfo.HasNextPage
	}
	var want []string
	for _, built := range templates.Builtins() {
		want = append(want, built.Name)
	}
	if got, _, next := names(`first: 500`); !slices.Equal(got, append([]string{"own"}, want...)) || next {
		t.Errorf("%v", got)
	}
	if f := b.reader.filter.(models.TemplateFilter); f.TenantID == nil || *f.TenantID != tenant {
		t.Errorf("not walled: %+v", f)
	}
	got, end, next := names(`first: 1`)
	if !slices.Equal(got, []string{"own"}) || !next {
		t.Errorf("%v %v", got, next)
	}
	delete(b.reader.templates, own)
	_ = end
	var paged []string
	for args, next := `first: 2`, true; next; args = `first: 2, after: "` + end + `"` {
		got, end, next = names(args)
		paged = append(paged, got...)
	}
	if !slices.Equal(paged, want) {
		t.Errorf("%v", paged)
	}
	if got, _, _ := names(`filter: {kind: SMS, builtIn: true}`); len(got) == 0 || slices.Contains(got, usualOf(models.KindHTTP).Name) {
		t.Errorf("%v", got)
	}
	if got, _, _ := names(`filter: {builtIn: false}`); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got, _, _ := names(`filter: {search: "SLACK.STAND"}`); !slices.Equal(got, []string{usualOf(models.KindSlack).Name}) {
		t.Errorf("%v", got)
	}
	b.do(t, admin(), `{ templates(after: "x") { nodes { id } } }`, ``).refused(t, models.CodeBadUserInput, "after")
}

func TestTemplatesByTheAPI(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, channel, webhook := w.tenant(t, "Acme")
		other, _, _ := w.tenant(t, "Other")
		p := keyOf(tenant, models.ScopeManage, models.ScopePublish)
		id := w.do(t, p, `mutation { createTemplate(input: {name: "n", kind: HTTP, parts: [{name: BODY, source: "{\"one\": {{ .data.n }}}"}]}) { id } }`).id(t)
		w.do(t, p, `mutation { updateTemplate(input: {id: "%s", parts: [{name: BODY, source: "{\"two\": {{ .data.n }}}"}]}) { id } }`, id).data(t)
		got := w.do(t, p, `{ template(id: "%s") { name kind version builtIn tenant { id } parts { name source } versions { nodes { version parts { source } } pageInfo { hasNextPage } } first: versions(first: 1) { nodes { version } pageInfo { endCursor hasNextPage } } } }`, id).data(t)
		for _, want := range []string{
			`"name":"n","kind":"HTTP","version":2,"builtIn":false,"tenant":{"id":"` + tenant.String() + `"},"parts":[{"name":"BODY","source":"{\"two\": {{ .data.n }}}"}]`,
			`"versions":{"nodes":[{"version":2,"parts":[{"source":"{\"two\": {{ .data.n }}}"}]},{"version":1,"parts":[{"source":"{\"one\": {{ .data.n }}}"}]}],"pageInfo":{"hasNextPage":false}}`,
			`"first":{"nodes":[{"version":2}]`, `"hasNextPage":true`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("got %s, want %s in it", got, want)
			}
		}
		preview := `{ renderTemplate(input: {templateId: "%s", version: %d, data: {n: 1.5}, channelId: "%s"}) { parts { name output segments } problems { message } } }`
		if got := w.do(t, p, preview, id, 1, channel).data(t); got != `{"renderTemplate":{"parts":[{"name":"BODY","output":"{\"one\": 1.5}","segments":null}],"problems":[]}}` {
			t.Error(got)
		}
		got = w.do(t, p, `{ renderTemplate(input: {kind: EMAIL, parts: [{name: SUBJECT, source: "{{ .data.a }}"}, {name: HTML, source: "<p>{{ .data.b }}"}], data: {}}) { parts { name } problems { part line column } } }`).data(t)
		if got != `{"renderTemplate":{"parts":[],"problems":[{"part":"SUBJECT","line":1,"column":4},{"part":"HTML","line":1,"column":7}]}}` {
			t.Error(got)
		}
		event := w.do(t, p, `mutation { publishEvent(input: {type: "a.b", data: {n: 17}}) { id } }`).id(t)
		if got := w.do(t, p, `{ renderTemplate(input: {templateId: "%s", eventId: "%s", webhookId: "%s"}) { parts { output } } }`, id, event, webhook).data(t); !strings.Contains(got, `{\"two\": 17}`) {
			t.Error(got)
		}
		stranger := keyOf(other, models.ScopeManage)
		w.do(t, stranger, `{ renderTemplate(input: {templateId: "%s", data: 1}) { parts { output } } }`, id).refused(t, models.CodeNotFound, "templateId")
		w.do(t, stranger, `{ renderTemplate(input: {kind: SMS, parts: [{name: TEXT, source: "{{ .id }}"}], eventId: "%s"}) { parts { output } } }`, event).refused(t, models.CodeNotFound, "eventId")
		w.do(t, stranger, `mutation { deleteTemplate(id: "%s") }`, id).refused(t, models.CodeNotFound, "")
		if got := w.do(t, stranger, `{ template(id: "%s") { id } node(id: "%[1]s") { id } templates(filter: {builtIn: false}) { nodes { id } } }`, id).data(t); got != `{"template":null,"node":null,"templates":{"nodes":[]}}` {
			t.Error(got)
		}
		w.do(t, p, `mutation { updateWebhook(input: {id: "%s", filter: "data.n > 1", routes: [{channelId: "%s", templateId: "%s"}]}) { id } }`, webhook, channel, id).data(t)
		if got := w.do(t, p, `{ webhook(id: "%s") { filter filterErrors routes { template { id } } } }`, webhook).data(t); got != `{"webhook":{"filter":"data.n > 1","filterErrors":0,"routes":[{"template":{"id":"`+id.String()+`"}}]}}` {
			t.Error(got)
		}
		w.do(t, p, `mutation { updateWebhook(input: {id: "%s", filter: "type > 1"}) { id } }`, webhook).refused(t, models.CodeBadUserInput, "filter")
		w.do(t, p, `mutation { deleteTemplate(id: "%s") }`, id).refused(t, models.CodeConflict, "id")
		w.do(t, p, `mutation { updateTemplate(input: {id: "%s", name: "x"}) { id } }`, templates.Builtins()[0].ID).refused(t, models.CodeConflict, "id")
		w.do(t, p, `mutation { updateWebhook(input: {id: "%s", filter: null, routes: [{channelId: "%s"}]}) { filter } }`, webhook, channel).data(t)
		w.do(t, p, `mutation { deleteTemplate(id: "%s") }`, id).data(t)
	})
}
