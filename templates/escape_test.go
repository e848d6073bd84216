package templates

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"carillon/models"
)

// nasty are values that break what is put together without care.
func nasty() []string {
	return []string{`"plain"`, `"\" \\ / \b\f\n\r\t\u0000\u001f"`, `"<!channel> & </script> <b>"`, `"\u2028\u2029é\ud83d\ude00"`, `""`,
		`null`, `true`, `false`, `0`, `-0`, `1.10`, `12345678901234567890`, `1e400`, `[]`, `{}`, `["a",{"b":"\"<&>"}]`, `{"k\"":[1.10,null]}`,
		`"{{ .data }}"`, `"' OR 1=1 --"`, `"a=b&c=d+e%20"`}
}

func TestJSONIsRightForEveryValue(t *testing.T) {
	t.Parallel()
	for _, value := range nasty() {
		body := mustRender(t, "application/vnd.x+json; charset=utf-8", `{"whole": {{ .data.v }}, "list": [{{ .data.v }}, {{ .data.v }}], {{ .data.k }}: 1}`,
			`{"v":`+value+`,"k":"key \"<"}`)
		var got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if string(got["whole"]) != reencoded(t, value) || string(got[`key "<`]) != "1" {
			t.Errorf("%s came out as %s", value, body)
		}
		if value == "null" {
			continue
		}
		body = mustRender(t, JSONType, `{"text": "a {{ .data.v }} b", "k{{ .data.v }}": ["{{ .data.v }}"]}`, `{"v":`+value+`}`)
		var texts struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal([]byte(body), &texts); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		want := value
		if value[0] == '"' {
			_ = json.Unmarshal([]byte(value), &want)
		}
		if texts.Text != "a "+want+" b" {
			t.Errorf("%s came out as %q", value, texts.Text)
		}
	}
}

// reencoded is a value as the templates write it: a text anew, everything else
// byte for byte.
func reencoded(t *testing.T, value string) string {
	t.Helper()
	if value[0] != '"' {
		return value
	}
	var s string
	if err := json.Unmarshal([]byte(value), &s); err != nil {
		t.Fatal(err)
	}
	return string(appendString(nil, s))
}

func TestDataIsPrintedByteForByte(t *testing.T) {
	t.Parallel()
	const data = `{"z":1.10,"a":{"y":1e5,"b":"\u00e9/\/"},"l":[1.0,{"q":null}]}`
	if got := mustRender(t, JSONType, `{"data": {{ .data }}, "a": {{ .data.a }}}`, data); got != `{"data": `+data+`, "a": {"y":1e5,"b":"\u00e9/\/"}}` {
		t.Error(got)
	}
}

func TestJSONContexts(t *testing.T) {
	t.Parallel()
	const data = `{"a":"x\"","b":true,"l":["1\"",2]}`
	for source, want := range map[string]string{
		`{"a": "{{ if .data.b }}is {{ .data.a }}{{ else }}not{{ end }}"}`:                                   `{"a": "is x\""}`,
		`{"a": {{ if .data.b }}{{ .data.a }}{{ else }}null{{ end }}}`:                                       `{"a": "x\""}`,
		`[{{ range $i, $v := .data.l }}{{ if $i }},{{ end }}{{ $v }}{{ end }}]`:                             `["1\"",2]`,
		`"{{ range .data.l }}{{ . }} {{ end }}"`:                                                            `"1\" 2 "`,
		`{{ define "v" }}{{ .data.a }}{{ end }}{"out": {{ template "v" . }}, "in": "{{ template "v" . }}"}`: `{"out": "x\"", "in": "x\""}`,
		`{"a": {{ json .data.l }}, "b": "{{ json .data.l }}"}`:                                              `{"a": ["1\"",2], "b": "[\"1\\\"\",2]"}`,
		`{"a": {{ raw "[1]" }}}`:    `{"a": [1]}`,
		`{"a\"{{ .data.b }}\\": 1}`: `{"a\"true\\": 1}`,
		`[{{ range .data.l }}{{ if eq . 2 }}"{{ . }}"{{ break }}{{ end }}{{ end }}]`: `["2"]`,
		`{"a": {{ .data.none | default nil }}}`:                                      `{"a": null}`,
		`{"a": {{ split "," "x,y" }}}`:                                               `{"a": ["x","y"]}`,
		`{"n": -{{ .data.l | last }}.5}`:                                             `{"n": -2.5}`,
	} {
		if got := mustRender(t, JSONType, source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

func TestSlackTextsMakeNoMentions(t *testing.T) {
	t.Parallel()
	template := compiled(t, models.KindSlack, jsonPart(
		`{"text": "<!date^1^{date}|x> {{ .data.a }} {{ raw .data.a }}", "blocks": {{ .data.a }}, "all": {{ .data }}}`))
	c, err := template.Render(view(t, `{"a":"<!channel> & \"you\""}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"text": "<!date^1^{date}|x> &lt;!channel&gt; &amp; \"you\" <!channel> & \"you\"", "blocks": "&lt;!channel&gt; &amp; \"you\"", "all": {"a":"&lt;!channel&gt; &amp; \"you\""}}`
	if string(c.Body) != want || c.ContentType != "" {
		t.Errorf("\n got %s\nwant %s", c.Body, want)
	}
}

func TestFormAndXML(t *testing.T) {
	t.Parallel()
	for _, value := range nasty() {
		if value == "null" {
			continue
		}
		data := `{"v":` + value + `}`
		want := value
		if value[0] == '"' {
			_ = json.Unmarshal([]byte(value), &want)
		}
		form, err := url.ParseQuery(mustRender(t, "application/x-www-form-urlencoded", `a={{ .data.v }}&b=2`, data))
		if err != nil || form.Get("a") != want || form.Get("b") != "2" || len(form) != 2 {
			t.Errorf("%s came out as %v %v", value, form, err)
		}
		var doc struct {
			A string `xml:"a,attr"`
			B string `xml:"b"`
		}
		body := mustRender(t, "text/xml", `<d a="{{ .data.v }}"><b>{{ .data.v }}</b></d>`, data)
		if err := xml.Unmarshal([]byte(body), &doc); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		want = strings.NewReplacer("\x00", "\ufffd", "\x1f", "\ufffd", "\b", "\ufffd", "\f", "\ufffd").Replace(want)
		if doc.A != want || doc.B != want {
			t.Errorf("%q came out as %q and %q", want, doc.A, doc.B)
		}
	}
}

func TestEmailAndSMS(t *testing.T) {
	t.Parallel()
	email := compiled(t, models.KindEmail, []Part{
		{Name: PartSubject, Source: "\n  {{ .data.s }}\n"}, {Name: PartText, Source: "Hi {{ .data.s }}"}, {Name: PartHTML, Source: "<p>{{ .data.s }}</p>"}})
	c, err := email.Render(view(t, `{"s":"a\r\nBcc: x@y\u2028<b>\u0085c"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := models.Content{Subject: "a Bcc: x@y <b> c", Text: "Hi a\r\nBcc: x@y\u2028<b>\u0085c", HTML: "<p>a\r\nBcc: x@y\u2028&lt;b&gt;\u0085c</p>"}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("\n got %+v\nwant %+v", c, want)
	}
	if c, err = compiled(t, models.KindSMS, []Part{{Name: PartText, Source: "\n{{ .type }} & co\n"}}).Render(view(t, "")); err != nil || c.Text != "contact.created & co" {
		t.Errorf("%+v %v", c, err)
	}
	if _, err = compiled(t, models.KindSMS, []Part{{Name: PartText, Source: "{{ if .test }}x{{ end }} \n"}}).Render(view(t, "")); err == nil || err.Error() != "TEXT: the text is empty" {
		t.Error(err)
	}
	blank := compiled(t, models.KindEmail, []Part{{Name: PartSubject, Source: "{{ .data.s }}"}, {Name: PartText, Source: "x"}})
	if _, err = blank.Render(view(t, `{"s":"\n"}`)); err == nil || err.Error() != "SUBJECT: the subject is empty" {
		t.Error(err)
	}
}

// FuzzJSONTemplates puts any data at every place of a generated template; what
// comes out parses, and holds the values that went in.
func FuzzJSONTemplates(f *testing.F) {
	for i, value := range nasty() {
		f.Add([]byte(value), "a"+value, uint64(i)*0x9e3779b97f4a7c15)
	}
	f.Fuzz(func(t *testing.T, data []byte, text string, shape uint64) {
		if !json.Valid(data) || len(data) > 10_000 || len(text) > 1000 || models.CheckJSON("data", data, 1<<20) != nil {
			return
		}
		quoted := string(appendString(nil, text))
		whole := string(models.CompactJSON([]byte(`{"v":` + string(data) + `,"s":` + quoted + `,"yes":true,"l":[1,2]}`)))
		g := generator{bits: shape}
		source := `{{ define "t" }}{{ .s }}{{ end }}` + g.value(0)
		body, err := renderAs(t, JSONType, source, whole)
		if err != nil {
			t.Fatalf("%v in %s", err, source)
		}
		_ = json.Unmarshal([]byte(quoted), &text)
		compareShape(t, source, g.want, exactly(t, body), exactly(t, string(data)), text)
	})
}

// exactly decodes with every digit of the numbers.
func exactly(t *testing.T, s string) (v any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(s))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

// generator makes a template and says what it should give: "v" stands for the
// data's value, "s" for its text, "vs" for the text in a longer one.
type generator struct {
	bits uint64
	want any
}

func (g *generator) pick(n uint64) uint64 {
	choice := g.bits % n
	g.bits /= n
	return choice
}

func (g *generator) value(depth int) string {
	if depth == 3 {
		g.want = "s"
		return `{{ .data.s }}`
	}
	switch g.pick(9) {
	case 0:
		g.want = "v"
		return `{{ .data.v }}`
	case 1:
		g.want = "vs"
		return `"a {{ .data.s }} b"`
	case 2:
		inner := g.value(depth + 1)
		g.want = []any{g.want, "s"}
		return `[` + inner + `, "{{ .data.s }}"]`
	case 3:
		inner := g.value(depth + 1)
		g.want = map[string]any{"k": g.want}
		return `{"k": ` + inner + `}`
	case 4:
		return `{{ if .data.yes }}` + g.value(depth+1) + `{{ else }}"x"{{ end }}`
	case 5:
		return `{{ with $x := .data.yes }}{{ with $ }}` + g.value(depth+1) + `{{ end }}{{ end }}`
	case 6:
		inner := g.value(depth + 1)
		g.want = []any{g.want, g.want}
		return `[{{ range $i, $e := $.data.l }}{{ with $ }}{{ if $i }},{{ end }}` + inner + `{{ end }}{{ end }}]`
	case 7:
		g.want = "vs"
		return `"{{ if .data.yes }}a {{ with .data.l }}{{ $.data.s }}{{ end }}{{ end }} b"`
	}
	g.want = "s"
	return `{{ template "t" .data }}`
}

func compareShape(t *testing.T, source string, want, got, value any, text string) {
	t.Helper()
	switch w := want.(type) {
	case string:
		expected := map[string]any{"v": value, "s": text, "vs": "a " + text + " b"}[w]
		if !reflect.DeepEqual(got, expected) {
			t.Errorf("%s gave %#v for %#v", source, got, expected)
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(w) {
			t.Fatalf("%s gave %#v", source, got)
		}
		for i := range w {
			compareShape(t, source, w[i], list[i], value, text)
		}
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok || len(object) != len(w) {
			t.Fatalf("%s gave %#v", source, got)
		}
		for k := range w {
			compareShape(t, source, w[k], object[k], value, text)
		}
	}
}

// TestHTMLIsEscapedByPlace: between tags, in attributes, addresses, styles and
// scripts, no value leaves its place.
func TestHTMLIsEscapedByPlace(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"plain", "\x00\"&'+<>", "</p><script>alert(1)</script>", "\" onload=\"x", "javascript:alert(1)", "é\u2028😀", "-->", "`${x}`", "expression(1)"} {
		data := `{"v":` + string(appendString(nil, s)) + `}`
		const source = `<p>{{ .data.v }}{{ print .data.v }}</p><i title="{{ .data.v }}" style="color: {{ .data.v }}"></i><a href="{{ .data.v }}?q={{ .data.v }}">x</a><script>f({{ .data.v }}, "{{ .data.v }}")</script><title>{{ .data.v }}</title>`
		plain := htmltemplate.Must(htmltemplate.New("").Funcs(htmltemplate.FuncMap{"print": fmt.Sprint}).Parse(source))
		var want strings.Builder
		if err := plain.Execute(&want, map[string]any{"data": map[string]any{"v": s}}); err != nil {
			t.Fatal(err)
		}
		if got := mustRender(t, "text/html", source, data); got != want.String() {
			t.Errorf("\n got %s\nwant %s", got, want.String())
		}
	}
}
