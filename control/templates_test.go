package control_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"carillon/control"
	"carillon/models"
	"carillon/templates"
)

func (b *bundle) eventType(t *testing.T, name, example string) {
	t.Helper()
	must(b.CreateEventType(t.Context(), b.admin, control.CreateEventType{Name: name, Example: json.RawMessage(example)}))(t)
}

// route is a webhook with one route.
func (b *bundle) route(name, types string, channel, template models.ID) control.CreateWebhook {
	return control.CreateWebhook{TenantID: &b.acme.ID, Name: name, EventTypes: []string{types}, Routes: []models.Route{{ChannelID: channel, TemplateID: template}}}
}

// problemsOf are those that an error bears, after a look at its code and field.
func problemsOf(t *testing.T, err error, field string) []models.TemplateProblem {
	t.Helper()
	wantError(t, err, models.CodeBadUserInput, field)
	var e *models.Error
	if !errors.As(err, &e) || len(e.Problems) == 0 {
		t.Fatalf("%v has no problems", err)
	}
	return e.Problems
}

func TestTemplatesAreKeptByVersions(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		p := b.principal(t, b.acme, models.ScopeManage)
		made := must(b.CreateTemplate(t.Context(), p, control.CreateTemplate{Name: "n", Kind: models.KindHTTP, Parts: bodyParts(`{"v":1}`)}))(t)
		if made.Version != 1 || made.BuiltIn || made.TenantID != b.acme.ID {
			t.Errorf("%+v", made)
		}
		wantError(t, errorOf(b.CreateTemplate(t.Context(), p, control.CreateTemplate{Name: "n", Kind: models.KindSMS, Parts: smsParts("x")})), models.CodeConflict, "name")
		second := must(b.UpdateTemplate(t.Context(), p, control.UpdateTemplate{ID: made.ID, Parts: control.Set(bodyParts(`{"v":2}`))}))(t)
		if second.Version != 2 || second.Parts[0].Source != `{"v":2}` {
			t.Errorf("%+v", second)
		}
		renamed := must(b.UpdateTemplate(t.Context(), p, control.UpdateTemplate{ID: made.ID, Name: control.Set("m"), Description: control.Set("d")}))(t)
		if renamed.Version != 2 || renamed.Name != "m" || renamed.Description != "d" {
			t.Errorf("a name is a new version: %+v", renamed)
		}
		wantError(t, errorOf(b.UpdateTemplate(t.Context(), p, control.UpdateTemplate{ID: made.ID, Parts: control.Clear[[]models.TemplatePart]()})), models.CodeBadUserInput, "parts")
		data := json.RawMessage("{}")
		for version, want := range map[*int]string{nil: `{"v":2}`, pointer(1): `{"v":1}`, pointer(2): `{"v":2}`} {
			got := must(b.RenderTemplate(t.Context(), p, control.RenderTemplate{TemplateID: &made.ID, Version: version, Data: data}))(t)
			if len(got.Parts) != 1 || got.Parts[0].Output != want {
				t.Errorf("%+v, want %s", got, want)
			}
		}
		for _, version := range []int{0, -1, 3} {
			wantError(t, errorOf(b.RenderTemplate(t.Context(), p, control.RenderTemplate{TemplateID: &made.ID, Version: &version, Data: data})), models.CodeBadUserInput, "version")
		}
	})
}

// What can never be sent is refused with its place, and nothing is saved.
func TestBadTemplatesAreNotSaved(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		good := b.template(t, b.acme, "good", models.KindHTTP, bodyParts("{}")...)
		commits := b.commitCount()
		for name, parts := range map[string][]models.TemplatePart{
			"unclosed":         bodyParts("{\n  \"a\": {{ .data.a"),
			"unknown function": bodyParts(`{"a": {{ shout .data.a }}}`),
			"unknown field":    bodyParts(`{"a": {{ .colour }}}`),
			"no such template": bodyParts(`{"a": {{ template "x" . }}}`),
			"recursion":        bodyParts(`{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`),
			"hidden name":      bodyParts(`{"a": {{ __run 1 . }}}`),
			"too long":         bodyParts(strings.Repeat(" ", 65<<10) + "{}"),
			"not UTF-8":        bodyParts("{\"a\": \"\xff\"}"),
			"line break":       append(bodyParts("{}"), models.TemplatePart{Name: models.PartContentType, Source: "text/plain\r\nX-Bad: 1"}),
			"foreign part":     append(bodyParts("{}"), models.TemplatePart{Name: models.PartHTML, Source: "<p>"}),
		} {
			_, err := b.CreateTemplate(t.Context(), b.admin, control.CreateTemplate{TenantID: &b.acme.ID, Name: "bad", Kind: models.KindHTTP, Parts: parts})
			if err == nil {
				t.Fatalf("%s is saved", name)
			}
			for _, p := range problemsOf(t, err, "parts") {
				if p.Line < 1 || p.Column < 1 || p.Part == "" || !strings.Contains(err.Error(), p.String()) {
					t.Errorf("%s: %+v in %v", name, p, err)
				}
			}
			_, err = b.UpdateTemplate(t.Context(), b.admin, control.UpdateTemplate{ID: good.ID, Parts: control.Set(parts)})
			problemsOf(t, err, "parts")
		}
		_, err := b.CreateTemplate(t.Context(), b.admin, control.CreateTemplate{TenantID: &b.acme.ID, Name: "bad", Kind: models.KindSMS,
			Parts: []models.TemplatePart{{Name: models.PartText, Source: "{{ a }}{{ b }}"}, {Name: models.PartHTML, Source: "<p>"}}})
		if got := problemsOf(t, err, "parts"); len(got) < 2 {
			t.Errorf("not all are told: %v", err)
		}
		for _, parts := range [][]models.TemplatePart{nil, make([]models.TemplatePart, 6)} {
			wantError(t, errorOf(b.CreateTemplate(t.Context(), b.admin, control.CreateTemplate{TenantID: &b.acme.ID, Name: "bad", Kind: models.KindSMS, Parts: parts})),
				models.CodeBadUserInput, "parts")
		}
		if b.commitCount() != commits {
			t.Error("something was saved")
		}
	})
}

func TestChangesAreRenderedWithTheExamplesInUse(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		for _, name := range []string{"a.one", "a.two", "a.three", "a.four"} {
			b.eventType(t, name, `{"n": 1}`)
		}
		b.eventType(t, "b.one", `{"m": 1}`)
		must(b.CreateEventType(t.Context(), b.admin, control.CreateEventType{Name: "a.none"}))(t)
		channel := b.channel(t, b.acme, "c")
		used := b.template(t, b.acme, "used", models.KindHTTP, bodyParts(`{"n": {{ .data.n }}}`)...)
		_, err := b.CreateWebhook(t.Context(), b.admin, b.route("w", "*", channel.ID, used.ID))
		got := problemsOf(t, err, "routes.0.templateId")
		if len(got) != 1 || !strings.HasSuffix(got[0].Message, "(with the example of b.one)") {
			t.Errorf("got %v", err)
		}
		w := must(b.CreateWebhook(t.Context(), b.admin, b.route("w", "a.*", channel.ID, used.ID)))(t)

		_, err = b.UpdateTemplate(t.Context(), b.admin, control.UpdateTemplate{ID: used.ID, Parts: control.Set(bodyParts(`{"m": {{ .data.m }}}`))})
		got = problemsOf(t, err, "parts")
		if len(got) != 1 || !strings.HasSuffix(got[0].Message, "(with the example of a.one, a.two, a.three and 1 more)") || got[0].Column != 7+3 {
			t.Errorf("got %v", got)
		}
		must(b.UpdateTemplate(t.Context(), b.admin, control.UpdateTemplate{ID: used.ID, Parts: control.Set(bodyParts(`{"n": [{{ .data.n }}], "to": "{{ .tenant.name }}"}`))}))(t)

		problemsOf(t, errorOf(b.UpdateWebhook(t.Context(), b.admin, control.UpdateWebhook{ID: w.ID, EventTypes: control.Set([]string{"a.*", "b.one"})})), "routes.0.templateId")
		must(b.UpdateWebhook(t.Context(), b.admin, control.UpdateWebhook{ID: w.ID, Name: control.Set("renamed")}))(t)
		wantError(t, b.DeleteTemplate(t.Context(), b.admin, used.ID), models.CodeConflict, "id")
		check(t, b.DeleteWebhook(t.Context(), b.admin, w.ID))
		check(t, b.DeleteTemplate(t.Context(), b.admin, used.ID))
	})
}

func TestTemplatesFitTheirChannels(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		channel := b.channel(t, b.acme, "c")
		sms := b.template(t, b.acme, "sms", models.KindSMS, smsParts("x")...)
		foreign := b.template(t, b.other, "foreign", models.KindHTTP, bodyParts("{}")...)
		builtIn := map[models.ChannelKind]models.ID{}
		for _, t := range templates.Builtins() {
			builtIn[t.Kind] = t.ID
		}
		setTo := func(id models.ID) error {
			return errorOf(b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: channel.ID, TemplateID: control.Set(id)}))
		}
		wantError(t, setTo(sms.ID), models.CodeBadUserInput, "templateId")
		wantError(t, setTo(builtIn[models.KindSMS]), models.CodeBadUserInput, "templateId")
		wantError(t, setTo(foreign.ID), models.CodeNotFound, "templateId")
		wantError(t, setTo(newID(models.PrefixTemplate)), models.CodeNotFound, "templateId")
		wantError(t, setTo(channel.ID), models.CodeBadUserInput, "templateId")
		check(t, setTo(builtIn[models.KindHTTP]))
		for id, code := range map[models.ID]models.Code{sms.ID: models.CodeBadUserInput, foreign.ID: models.CodeNotFound, channel.ID: models.CodeBadUserInput} {
			_, err := b.CreateWebhook(t.Context(), b.admin, b.route("w", "*", channel.ID, id))
			wantError(t, err, code, "routes.0.templateId")
		}
		_, err := b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "d", TemplateID: &sms.ID,
			Config: control.ChannelConfig{HTTP: &control.HttpConfig{URL: "https://example.com"}}})
		wantError(t, err, models.CodeBadUserInput, "templateId")
		if ch := must(b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: channel.ID, TemplateID: control.Clear[models.ID]()}))(t); !ch.TemplateID.IsZero() {
			t.Errorf("null does not clear: %+v", ch)
		}
		wantError(t, errorOf(b.UpdateTemplate(t.Context(), b.admin, control.UpdateTemplate{ID: builtIn[models.KindSMS]})), models.CodeConflict, "id")
		wantError(t, b.DeleteTemplate(t.Context(), b.admin, builtIn[models.KindSMS]), models.CodeConflict, "id")
	})
}

// A channel's own template renders for the routes that have none.
func TestChannelsOfOtherKindsCheckTheirLimits(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		b.eventType(t, "a.b", `{"text": "`+strings.Repeat("x", 200)+`"}`)
		text := b.template(t, b.acme, "text", models.KindSMS, smsParts("{{ .data.text }}")...)
		sms := control.SmsConfig{Provider: models.ProviderTwilio, AccountID: control.Set("AC" + strings.Repeat("0", 32)),
			AuthToken: control.Set(models.NewSecret(strings.Repeat("0", 32))), From: "+14155550100", To: []string{"+14155550123"}, MaxSegments: control.Set(1)}
		phone := must(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "p", Config: control.ChannelConfig{Sms: &sms}}))(t)
		w := must(b.CreateWebhook(t.Context(), b.admin, b.route("w", "a.b", phone.ID, models.ID{})))(t)
		set := control.UpdateChannel{ID: phone.ID, TemplateID: control.Set(text.ID)}
		got := problemsOf(t, errorOf(b.UpdateChannel(t.Context(), b.admin, set)), "templateId")
		if !strings.Contains(got[0].Message, "takes 2 segments in GSM-7; the channel's maxSegments allows 1") {
			t.Errorf("%v", got)
		}
		sms.MaxSegments = control.Set(2)
		set.Config = control.Set(control.ChannelConfig{Sms: &sms})
		must(b.UpdateChannel(t.Context(), b.admin, set))(t)
		sms.MaxSegments = control.Set(1)
		problemsOf(t, errorOf(b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: phone.ID, Config: set.Config})), "templateId")
		problemsOf(t, errorOf(b.UpdateTemplate(t.Context(), b.admin, control.UpdateTemplate{ID: text.ID, Parts: control.Set(smsParts("{{ .data.other }}"))})), "parts")
		check(t, b.DeleteWebhook(t.Context(), b.admin, w.ID))

		header := b.template(t, b.acme, "header", models.KindSlack, bodyParts(`{"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "{{ .data.text }}"}}]}`)...)
		slack := must(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: "s", TemplateID: &header.ID,
			Config: control.ChannelConfig{Slack: &control.SlackConfig{WebhookURL: control.Set(models.NewSecret("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"))}}}))(t)
		got = problemsOf(t, errorOf(b.CreateWebhook(t.Context(), b.admin, b.route("w", "a.b", slack.ID, models.ID{}))), "routes.0.channelId")
		if !strings.Contains(got[0].Message, "blocks.0.text") {
			t.Errorf("%v", got)
		}
	})
}

func TestPreviews(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		p := b.principal(t, b.acme, models.ScopeRead)
		b.eventType(t, "a.b", `{"n": 1.10}`)
		must(b.CreateEventType(t.Context(), b.admin, control.CreateEventType{Name: "no.example"}))(t)
		channel := b.channel(t, b.acme, "c")
		webhook := b.webhook(t, b.acme, "w", channel)
		theirs := b.channel(t, b.other, "c")
		source := bodyParts(`{"n": {{ .data.n }}, "on": "{{ .tenant.name }} {{ .webhook.name }} {{ .channel.name }}", "secret": "{{ .channel.secret }}", "all": {{ .channel }}}`)
		http := models.KindHTTP
		in := func(change func(*control.RenderTemplate)) control.RenderTemplate {
			r := control.RenderTemplate{Kind: &http, Parts: source, EventType: pointer("a.b")}
			change(&r)
			return r
		}
		got := must(b.RenderTemplate(t.Context(), p, in(func(r *control.RenderTemplate) { r.ChannelID, r.WebhookID, r.Kind = &channel.ID, &webhook.ID, nil })))(t)
		want := `{"n": 1.10, "on": "Acme w c", "secret": "********", "all": {"id":"` + channel.ID.String() + `","name":"c","kind":"HTTP"}}`
		if len(got.Problems) > 0 || got.Parts[0].Output != want {
			t.Errorf("got %+v\nwant %s", got, want)
		}
		got = must(b.RenderTemplate(t.Context(), b.admin, in(func(r *control.RenderTemplate) { r.Data = json.RawMessage(`{ "n": "x" }`) })))(t)
		if len(got.Problems) > 0 || !strings.HasPrefix(got.Parts[0].Output, `{"n": "x", "on": "Sample tenant Sample webhook Sample channel", "secret": "********"`) {
			t.Errorf("got %+v", got)
		}
		sms := models.KindSMS
		got = must(b.RenderTemplate(t.Context(), p, control.RenderTemplate{Kind: &sms, Parts: smsParts("{{ .data }}"), Data: json.RawMessage(`"` + strings.Repeat("é", 161) + `"`)}))(t)
		if len(got.Parts) != 1 || got.Parts[0].Segments == nil || *got.Parts[0].Segments != 2 {
			t.Errorf("got %+v", got)
		}
		got = must(b.RenderTemplate(t.Context(), p, in(func(r *control.RenderTemplate) { r.Data = json.RawMessage(`{}`) })))(t)
		if len(got.Problems) != 1 || got.Problems[0].Part != models.PartBody || got.Problems[0].Line != 1 || got.Problems[0].Column < 7 || len(got.Parts) != 0 {
			t.Errorf("got %+v", got)
		}
		got = must(b.RenderTemplate(t.Context(), p, in(func(r *control.RenderTemplate) { r.Parts = bodyParts(`{{ nope }}`) })))(t)
		if len(got.Problems) != 1 || len(got.Parts) != 0 {
			t.Errorf("got %+v", got)
		}
		id := b.template(t, b.acme, "t", models.KindSMS, smsParts("x")...).ID
		for _, row := range []struct {
			in    control.RenderTemplate
			code  models.Code
			field string
		}{
			{control.RenderTemplate{Data: json.RawMessage("1")}, models.CodeBadUserInput, "templateId"},
			{in(func(r *control.RenderTemplate) { r.TemplateID = &id }), models.CodeBadUserInput, "parts"},
			{in(func(r *control.RenderTemplate) { r.Kind = nil }), models.CodeBadUserInput, "kind"},
			{in(func(r *control.RenderTemplate) { r.Version = pointer(1) }), models.CodeBadUserInput, "version"},
			{in(func(r *control.RenderTemplate) { r.Parts, r.TemplateID = nil, &id }), models.CodeBadUserInput, "kind"},
			{in(func(r *control.RenderTemplate) {
				r.Kind, r.Parts, r.TemplateID, r.ChannelID = nil, nil, &id, &channel.ID
			}), models.CodeBadUserInput, "channelId"},
			{in(func(r *control.RenderTemplate) {
				r.Kind, r.Parts, r.TemplateID = nil, nil, pointer(newID(models.PrefixTemplate))
			}), models.CodeNotFound, "templateId"},
			{in(func(r *control.RenderTemplate) { r.EventType = nil }), models.CodeBadUserInput, "eventId"},
			{in(func(r *control.RenderTemplate) { r.EventType = pointer("no.example") }), models.CodeBadUserInput, "eventType"},
			{in(func(r *control.RenderTemplate) { r.EventType = pointer("un.known") }), models.CodeBadUserInput, "eventType"},
			{in(func(r *control.RenderTemplate) { r.EventType = pointer("a b") }), models.CodeBadUserInput, "eventType"},
			{in(func(r *control.RenderTemplate) { r.EventID = pointer(newID(models.PrefixEvent)) }), models.CodeBadUserInput, "eventId"},
			{in(func(r *control.RenderTemplate) { r.EventType, r.EventID = nil, pointer(newID(models.PrefixEvent)) }), models.CodeNotFound, "eventId"},
			{in(func(r *control.RenderTemplate) { r.ChannelID = &theirs.ID }), models.CodeNotFound, "channelId"},
			{in(func(r *control.RenderTemplate) { r.WebhookID = pointer(newID(models.PrefixWebhook)) }), models.CodeNotFound, "webhookId"},
			{in(func(r *control.RenderTemplate) {
				r.Data = json.RawMessage(strings.Repeat("[", 101) + strings.Repeat("]", 101))
			}), models.CodeBadUserInput, "data"},
		} {
			wantError(t, errorOf(b.RenderTemplate(t.Context(), p, row.in)), row.code, row.field)
		}
	})
}

// Every built-in template renders any example in a preview.
func TestBuiltInTemplatesPreview(t *testing.T) {
	t.Parallel()
	for _, built := range templates.Builtins() {
		event := control.SampleEvent(control.SampleEvent(built.CreatedAt, "a.b", nil).Timestamp, "a.b", json.RawMessage(`{"name":"Ada"}`))
		got := control.Preview(built.Kind, built.Parts, templates.View{Events: []*models.Event{&event}})
		if len(got.Problems) > 0 || len(got.Parts) != len(built.Parts) {
			t.Errorf("%s: %+v", built.Name, got)
		}
	}
}

func TestFiltersAreCheckedWhenSaved(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		channel := b.channel(t, b.acme, "c")
		in := b.route("w", "*", channel.ID, models.ID{})
		for _, bad := range []string{"", " ", "data.total >", "type + 1", "colour == 'red'", strings.Repeat("a", 5000)} {
			in.Filter = &bad
			wantError(t, errorOf(b.CreateWebhook(t.Context(), b.admin, in)), models.CodeBadUserInput, "filter")
		}
		for i, good := range []string{"data.total > 100 && 'vip' in tags", "has(data.total) && data.total > 100", "type.startsWith('order.')"} {
			in.Name, in.Filter = fmt.Sprint("w", i), &good
			must(b.CreateWebhook(t.Context(), b.admin, in))(t)
		}
		in.Name = "w"
		in.Filter = pointer("data.total > 100")
		w := must(b.CreateWebhook(t.Context(), b.admin, in))(t)
		_, err := b.UpdateWebhook(t.Context(), b.admin, control.UpdateWebhook{ID: w.ID, Filter: control.Set("type ==\n  1")})
		wantError(t, err, models.CodeBadUserInput, "filter")
		if err == nil || !strings.Contains(err.Error(), "line 1, column 6") {
			t.Errorf("no place: %v", err)
		}
		must(b.UpdateWebhook(t.Context(), b.admin, control.UpdateWebhook{ID: w.ID, Name: control.Set("n")}))(t)
		if got := b.storedWebhook(t, w.ID); got.Filter != "data.total > 100" {
			t.Errorf("%+v", got)
		}
		check(t, b.store.CountFilterErrors(t.Context(), map[models.ID]int64{w.ID: 3}))
		if got := b.storedWebhook(t, w.ID); got.FilterErrors != 3 {
			t.Errorf("%+v", got)
		}
		must(b.UpdateWebhook(t.Context(), b.admin, control.UpdateWebhook{ID: w.ID, Filter: control.Clear[string]()}))(t)
		if got := b.storedWebhook(t, w.ID); got.Filter != "" || got.FilterErrors != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestRoutesKeepTheirTemplates(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		channel := b.channel(t, b.acme, "c")
		own := b.template(t, b.acme, "own", models.KindHTTP, bodyParts("{}")...)
		w := must(b.CreateWebhook(t.Context(), b.admin, b.route("w", "*", channel.ID, own.ID)))(t)
		if got := b.storedWebhook(t, w.ID); !reflect.DeepEqual(got.Routes, w.Routes) || got.Routes[0].TemplateID != own.ID {
			t.Errorf("%+v", got)
		}
	})
}
