package templates

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carillon/models"
)

// view is what a template sees of event(t), with other data.
func view(t testing.TB, data string) *View {
	t.Helper()
	e := event(t)
	if data != "" {
		e.Data = models.CompactJSON(json.RawMessage(data))
	}
	id := func(prefix models.Prefix) models.ID {
		parsed, err := models.ParseID(string(prefix) + "_01jd5x3v9kfm8tqz2y4r6w7abc")
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	config := &models.HttpConfig{Signing: models.Signing{Secret: models.NewSecret("whsec_c2VjcmV0")}}
	return &View{
		Events:   []*models.Event{&e},
		Tenant:   &models.Tenant{ID: id(models.PrefixTenant), Name: "Acme"},
		Webhook:  &models.Webhook{ID: id(models.PrefixWebhook), Name: "Orders"},
		Channel:  &models.Channel{ID: id(models.PrefixChannel), Name: "Endpoint", Kind: models.KindHTTP, Config: config},
		Delivery: &models.Delivery{ID: id(models.PrefixDelivery)},
		Attempt:  2,
	}
}

// jsonPart, textPart and the like are the parts of the simplest templates.
func jsonPart(source string) []Part { return []Part{{Name: PartBody, Source: source}} }

func typedPart(contentType, source string) []Part {
	return []Part{{Name: PartBody, Source: source}, {Name: PartContentType, Source: contentType}}
}

func compiled(t testing.TB, kind models.ChannelKind, parts []Part) *Template {
	t.Helper()
	template, problems := Compile(kind, parts)
	if len(problems) > 0 {
		t.Fatalf("%v in %q", problems, parts)
	}
	return template
}

// renderAs renders an HTTP body of a content type.
func renderAs(t testing.TB, contentType, source, data string) (string, error) {
	t.Helper()
	c, err := compiled(t, models.KindHTTP, typedPart(contentType, source)).Render(view(t, data))
	return string(c.Body), err
}

func mustRender(t testing.TB, contentType, source, data string) string {
	t.Helper()
	body, err := renderAs(t, contentType, source, data)
	if err != nil {
		t.Fatalf("%v in %s", err, source)
	}
	return body
}

func TestWhatATemplateSees(t *testing.T) {
	t.Parallel()
	got := mustRender(t, JSONType, `{{ . }}`, `{"z":12345678901234567890,"a":1.10}`)
	one := `{"id":"evt_01jd5x3v9kfm8tqz2y4r6w7abc","type":"contact.created","timestamp":"2024-03-30T10:15:00.000Z","entityId":"CONT-1",` +
		`"version":"1","tags":["a","b"],"data":{"z":12345678901234567890,"a":1.10},"test":false`
	want := one + `,"tenant":{"id":"tnt_01jd5x3v9kfm8tqz2y4r6w7abc","name":"Acme","externalId":null},` +
		`"webhook":{"id":"whk_01jd5x3v9kfm8tqz2y4r6w7abc","name":"Orders"},` +
		`"channel":{"id":"chn_01jd5x3v9kfm8tqz2y4r6w7abc","name":"Endpoint","kind":"HTTP"},` +
		`"delivery":{"id":"dlv_01jd5x3v9kfm8tqz2y4r6w7abc","attempt":2},"events":[` + one + `}],"batch":false}`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestTheSecretIsSeenByNameAlone: whole objects are printed without it.
func TestTheSecretIsSeenByNameAlone(t *testing.T) {
	t.Parallel()
	if got := mustRender(t, "text/plain", `{{ .channel.secret }} {{ index .channel "secret" }}`, ""); got != "whsec_c2VjcmV0 whsec_c2VjcmV0" {
		t.Error(got)
	}
	for _, source := range []string{`{{ . }}`, `{{ json .channel }}`, `{{ keys .channel }}`, `{{ range .channel }}{{ . }}{{ end }}`, `{{ range fields . 100 }}{{ .path }}={{ .value }} {{ end }}`} {
		if got := mustRender(t, "text/plain", source, ""); strings.Contains(got, "secret") || strings.Contains(got, "whsec") || !strings.Contains(got, "name") && !strings.Contains(got, "Endpoint") {
			t.Errorf("%s gives %s", source, got)
		}
	}
}

// TestManyRenderAtOnce: a template is shared by all workers.
func TestManyRenderAtOnce(t *testing.T) {
	t.Parallel()
	template := compiled(t, models.KindEmail, []Part{{Name: PartSubject, Source: `{{ .data.n }}`},
		{Name: PartText, Source: `{{ range fields .data 5 }}{{ .name }} {{ .value }}{{ end }} {{ date "15:04" "Asia/Tokyo" .timestamp }}`}, {Name: PartHTML, Source: `<b title="{{ .data.n }}">{{ .data.n }}</b>`}})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			n := strconv.Itoa(worker)
			for range 50 {
				c, err := template.Render(view(t, `{"n":`+n+`}`))
				want := models.Content{Subject: n, Text: "N " + n + " 19:15", HTML: `<b title="` + n + `">` + n + `</b>`}
				if err != nil || !reflect.DeepEqual(c, want) {
					t.Errorf("%+v %v", c, err)
				}
			}
		})
	}
	all.Wait()
}

func TestText(t *testing.T) {
	t.Parallel()
	const data = `{"name":"Ada <a>","n":12345678901234567890,"tags":["x","y"],"nested":{"deep":{"v":true}},"none":null,"list":[{"k":1},{"k":2}]}`
	for source, want := range map[string]string{
		`Hello {{ .data.name }}`:                                                         `Hello Ada <a>`,
		`{{ .data.n }}`:                                                                  `12345678901234567890`,
		`{{ .data.nested.deep.v }}`:                                                      `true`,
		`{{ .data.nick | default "none" }}`:                                              `none`,
		`{{ .data.a.b.c | default "none" }}`:                                             `none`,
		`{{ if .data.a.b }}yes{{ else }}no{{ end }}`:                                     `no`,
		`{{ with .data.nested.deep }}{{ .v }}{{ end }}`:                                  `true`,
		`{{ range $i, $t := .data.tags }}{{ if $i }}, {{ end }}{{ $t }}{{ end }}`:        `x, y`,
		`{{ range .data.list }}{{ .k }};{{ end }}`:                                       `1;2;`,
		`{{ range .data.none }}x{{ else }}empty{{ end }}`:                                `empty`,
		`{{ range $k, $v := .data.nested.deep }}{{ $k }}={{ $v }}{{ end }}`:              `v=true`,
		`{{ range $i, $n := 2 }}{{ $i }}{{ $n }} {{ end }}`:                              `00 11 `,
		`{{ range $k, $v := .data }}{{ $k }}:{{ $v | default "-" | json }} {{ end }}`:    `name:"Ada <a>" n:12345678901234567890 tags:["x","y"] nested:{"deep":{"v":true}} none:"-" list:[{"k":1},{"k":2}] `,
		`{{ range 3 }}{{ . }}{{ end }}`:                                                  `012`,
		`{{ range .data.list }}{{ if eq .k 2 }}{{ break }}{{ end }}{{ .k }}{{ end }}`:    `1`,
		`{{ range .data.list }}{{ if eq .k 1 }}{{ continue }}{{ end }}{{ .k }}{{ end }}`: `2`,
		`{{ $x := .data.name }}{{ upper $x }}`:                                           `ADA <A>`,
		`{{ define "a" }}<{{ .name }}>{{ end }}{{ template "a" .data }}`:                 `<Ada <a>>`,
		`{{ block "b" .data.nested }}{{ .deep }}{{ end }}`:                               `{"v":true}`,
		`{{ (index .data.list 1).k }}`:                                                   `2`,
		`{{ if and .data.name (not .data.none) }}y{{ end }}`:                             `y`,
		`{{ or .data.nick .data.name }}`:                                                 `Ada <a>`,
		`{{ with $x := .data.name }}{{ $x }}{{ $.type }}{{ end }}`:                       `Ada <a>contact.created`,
	} {
		if got := mustRender(t, "text/plain", source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()
	const source = `<p title="{{ .data.x }}">{{ .data.x }}</p><a href="{{ .data.u }}">{{ raw "<!--[if mso]>" }}</a>{{ range .data.l }}<b>{{ . }}</b>{{ end }}`
	got := mustRender(t, "text/html", source, `{"x":"<\"&'>","u":"javascript:alert(1)","l":["<",1.10]}`)
	want := `<p title="&lt;&#34;&amp;&#39;&gt;">&lt;&#34;&amp;&#39;&gt;</p><a href="#ZgotmplZ"><!--[if mso]></a><b>&lt;</b><b>1.10</b>`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	_, problems := Compile(models.KindHTTP, typedPart("text/html", "<p>\n  {{ if .a }}<a href=\"{{ end }}"))
	if len(problems) != 1 || problems[0].Line != 2 || !strings.Contains(problems[0].Message, "the ways through this action end in different places of the HTML") {
		t.Errorf("%v", problems)
	}
}
