package templates

import (
	"errors"
	"strings"
	"testing"

	"carillon/models"
)

// TestStrict prints what is not there: an error that names the path and the
// place, never "<no value>".
func TestStrict(t *testing.T) {
	t.Parallel()
	const data = `{"none":null,"name":"x","list":[{"a":1},{"b":2}],"empty":[]}`
	for source, row := range map[string]struct {
		line, column int
		message      string
	}{
		"Hi {{ .data.nick }}":                                 {1, 7, `there is no .data.nick; where it is optional, write {{ .data.nick | default "…" }} or {{ with .data.nick }}…{{ end }}`},
		"é\n {{ .data.a.b.c }}":                               {2, 5, `there is no .data.a; where it is optional, write {{ .data.a.b.c | default "…" }} or {{ with .data.a.b.c }}…{{ end }}`},
		"{{ .data.none }}":                                    {1, 4, `.data.none is null; write {{ .data.none | default "…" }} or {{ with .data.none }}…{{ end }}`},
		"{{ .data.none.x }}":                                  {1, 4, `there is no .data.none.x; `},
		"{{ .data.name.x }}":                                  {1, 4, `there is no .data.name.x; `},
		"{{ upper .data.nick }}":                              {1, 4, `there is no .data.nick; `},
		"{{ $x := .data.nick }}\n{{ $x }}":                    {2, 4, `there is no .data.nick; `},
		"{{ $x := .data }}{{ $x.nick }}":                      {1, 21, `there is no $x.nick; `},
		"{{ range .data.list }}{{ .a }}{{ end }}":             {1, 26, `there is no .a; `},
		"{{ .nothing }}":                                      {1, 4, `there is no .nothing; `},
		"{{ add .data.name 1 }}":                              {1, 4, `add: a number is needed; this is a text`},
		"{{ div 1 0 }}":                                       {1, 4, `div: a division by zero`},
		"{{ range .data.name }}{{ end }}":                     {1, 10, `range needs a list or an object; .data.name is a text`},
		"{{ lt .data.name 1 }}":                               {1, 4, `lt: two numbers or two texts can be compared; these are a text and a number`},
		"{{ .data.nick | json }}":                             {1, 17, `json: there is no .data.nick; `},
		"{{ dig \"a\" \"b\" .data }}":                         {1, 4, `there is no such entry in dig "a" "b" .data; `},
		"{{ index .data.list 7 }}":                            {1, 4, `there is no such entry in index .data.list 7; `},
		"{{ first .data.empty }}":                             {1, 4, `there is no entry in an empty list`},
		"{{ join \", \" .data.name }}":                        {1, 4, `join: a list is needed; this is a text`},
		"{{ date \"2006\" .data.name }}":                      {1, 4, `date: this is a text that holds no time`},
		"{{ date \"2006\" \"Nowhere/At\" .timestamp }}":       {1, 4, `date: there is no such time zone`},
		"{{ date \"2006\" \"../../etc/passwd\" .timestamp }}": {1, 4, `date: there is no such time zone`},
		"{{ money \"euro\" 1 }}":                              {1, 4, `money: a currency has three letters`},
		"{{ upper .data.list }}":                              {1, 4, `upper: a text is needed; this is a list`},
		"{{ eq .data.list 1 }}":                               {1, 4, `eq: objects and lists cannot be compared`},
		"{{ define \"t\" }}\n {{ .x }}{{ end }}{{ template \"t\" .data }}": {2, 5, `there is no .x; `},
	} {
		for _, contentType := range []string{"text/plain", "text/html"} {
			_, err := renderAs(t, contentType, source, data)
			var failure *RenderError
			if !errors.As(err, &failure) || failure.Part != PartBody || !strings.HasPrefix(failure.Message, row.message) {
				t.Errorf("%s: %v", source, err)
				continue
			}
			if failure.Line != row.line || failure.Column != row.column {
				t.Errorf("%s: at %d:%d, want %d:%d", source, failure.Line, failure.Column, row.line, row.column)
			}
		}
	}
}

func TestOptional(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{{ .data.a.b.c | default "d" }}`:                                                         "d",
		`{{ .data.none | default "d" }}`:                                                          "d",
		`{{ .data.blank | default "d" }}`:                                                         "d",
		`{{ .data.zero | default "d" }}`:                                                          "0",
		`{{ .data.no | default "d" }}`:                                                            "false",
		`{{ coalesce .data.a.b .data.none .data.blank 7 }}`:                                       "7",
		`{{ with .data.a.b }}{{ . }}{{ else }}none{{ end }}`:                                      "none",
		`{{ if .data.a.b }}y{{ else if .data.one }}1{{ end }}`:                                    "1",
		`{{ if not .data.a.b }}y{{ end }}`:                                                        "y",
		`{{ if eq .data.a.b nil }}y{{ end }}`:                                                     "y",
		`{{ if eq .data.none .data.a.b }}y{{ end }}`:                                              "y",
		`{{ range .data.a.b }}x{{ else }}none{{ end }}`:                                           "none",
		`{{ range $k, $v := .data.a.b }}x{{ else }}none{{ end }}`:                                 "none",
		`{{ dig "a" "b" .data | default "d" }}`:                                                   "d",
		`{{ index .data "a" 0 "b" | default "d" }}`:                                               "d",
		`{{ first .data.a | default "d" }}`:                                                       "d",
		`{{ range .data.zero }}x{{ else }}none{{ end }}`:                                          "none",
		`{{ if or .data.zero .data.none .data.blank .data.no .data.empty }}y{{ else }}n{{ end }}`: "n",
		`{{ or .data.a.b .data.zero }}`:                                                           "0",
		`{{ range fields .data.a 5 }}x{{ else }}none{{ end }}`:                                    "none",
	} {
		if got := mustRender(t, "text/plain", source, `{"none":null,"blank":"","zero":0,"no":false,"one":1,"empty":{}}`); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
	if got := mustRender(t, JSONType, `[{{ .data.none }}]`, `{"none":null}`); got != "[null]" {
		t.Error(got)
	}
	if _, err := renderAs(t, JSONType, `[{{ .data.gone }}]`, `{"none":null}`); err == nil || !strings.Contains(err.Error(), "there is no .data.gone") {
		t.Error(err)
	}
	if _, err := renderAs(t, JSONType, `["{{ .data.none }}"]`, `{"none":null}`); err == nil || !strings.Contains(err.Error(), ".data.none is null") {
		t.Error(err)
	}
}

func TestNumbersCompareByValue(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{{ eq .data.n 12345678901234567890 }}`:        "true",
		`{{ eq .data.n .data.m }}`:                     "false",
		`{{ lt .data.n .data.m }}`:                     "true",
		`{{ eq .data.p 1.1 }}`:                         "true",
		`{{ eq .data.e 1000 }}`:                        "true",
		`{{ gt .data.huge .data.n }}`:                  "true",
		`{{ lt .data.small 0.1 }}`:                     "true",
		`{{ lt .data.neg .data.small }}`:               "true",
		`{{ lt .data.neg -1 }}`:                        "true",
		`{{ ge 0 .data.negzero }}`:                     "true",
		`{{ le .data.negzero 0 }}`:                     "true",
		`{{ eq .data.p "1.10" }}`:                      "false",
		`{{ ne .data.p 1 }}`:                           "true",
		`{{ eq .data.p 1 2 1.100 }}`:                   "true",
		`{{ .data.p }} {{ .data.huge }}`:               "1.10 1e999999999",
		`{{ 1.10 }} {{ -0.50 }} {{ 1e99 }} {{ 0x10 }}`: "1.10 -0.50 1e99 16",
		`{{ eq .data.n 12345678901234567891 }}`:        "false",
		`{{ .data.n | add 1 }}`:                        "12345678901234567891",
	} {
		const data = `{"n":12345678901234567890,"m":12345678901234567891,"p":1.10,"e":1e3,"huge":1e999999999,"small":1e-999999999,"neg":-2.5,"negzero":-0.0}`
		if got := mustRender(t, "text/plain", source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	http := func(source string) []Part { return jsonPart(source) }
	for name, row := range map[string]struct {
		kind  models.ChannelKind
		parts []Part
		want  string
	}{
		"no part":               {models.KindHTTP, nil, "BODY, line 1, column 1: the part is needed"},
		"a foreign part":        {models.KindSMS, []Part{{Name: PartText, Source: "x"}, {Name: PartBody, Source: "x"}}, "BODY, line 1, column 1: a template for SMS has no part BODY; it has TEXT"},
		"a part twice":          {models.KindSMS, []Part{{Name: PartText, Source: "x"}, {Name: PartText, Source: "y"}}, "TEXT, line 1, column 1: the part is there twice; give it once"},
		"no subject":            {models.KindEmail, []Part{{Name: PartText, Source: "x"}}, "SUBJECT, line 1, column 1: the part is needed"},
		"no text":               {models.KindEmail, []Part{{Name: PartSubject, Source: "x"}}, "TEXT, line 1, column 1: TEXT, HTML or both are needed"},
		"no kind":               {"FAX", nil, `BODY, line 1, column 1: there is no kind of channel "FAX"`},
		"a broken type":         {models.KindHTTP, typedPart("text/plain\r\nX: y", "x"), "CONTENT_TYPE, line 1, column 1: holds a line break"},
		"no media type":         {models.KindHTTP, typedPart("json", `{}`), "CONTENT_TYPE, line 1, column 1: is not a media type"},
		"a type of actions":     {models.KindHTTP, typedPart("{{ .type }}", `{}`), "CONTENT_TYPE, line 1, column 1: holds an action"},
		"an unknown function":   {models.KindHTTP, http("{\n \"a\": {{ Upper .x }}}"), "BODY, line 2, column 10: there is no function Upper; write upper"},
		"a missing dot":         {models.KindHTTP, http(`{{ data }}`), "BODY, line 1, column 4: there is no function data; a field begins with a dot: .data."},
		"too few values":        {models.KindHTTP, http(`{{ default .x }}`), `BODY, line 1, column 4: default takes 2 values: default "none" .x`},
		"no end":                {models.KindHTTP, http(`{{ if .x }}1`), "BODY, line 1, column 1: the part ends inside an {{ if }}"},
		"an end too many":       {models.KindHTTP, http("1\n2 {{ end }}"), "BODY, line 2, column 3: this {{ end }} closes nothing"},
		"an open action":        {models.KindHTTP, http("1 {{ .x"), "BODY, line 1, column 3: an action is not closed"},
		"an unset variable":     {models.KindHTTP, http("{{ .x }} {{ $y }}"), "BODY, line 1, column 10: the variable $y is not set"},
		"ways that differ":      {models.KindHTTP, http("{\"a\":\n {{ if .x }}\"{{ .x }}{{ else }}null{{ end }}}"), "BODY, line 2, column 8: one way through {{ if }} ends within quotes"},
		"a range that differs":  {models.KindHTTP, http(`[{{ range .x }}"{{ end }}]`), "BODY, line 1, column 11: one way through {{ range }} ends within quotes"},
		"a with that differs":   {models.KindHTTP, http(`[{{ with .x }}"{{ end }}]`), "BODY, line 1, column 10: one way through {{ with }} ends within quotes"},
		"a break that differs":  {models.KindHTTP, http(`[{{ range .x }}"{{ break }}"{{ end }}]`), "BODY, line 1, column 20: {{ break }} leaves the range within quotes"},
		"a define that differs": {models.KindHTTP, http(`{{ define "q" }}"{{ end }}{{ template "q" }}`), `BODY, line 1, column 17: the template ends within quotes`},
		"open quotes":           {models.KindHTTP, http(`{"a": "x}`), "BODY, line 1, column 1: the part ends within quotes"},
		"a bare word":           {models.KindHTTP, http(`{name: {{ .x }}}`), "BODY, line 1, column 2: name is not JSON; a text stands in double quotes"},
		"single quotes":         {models.KindHTTP, http(`{'name': {{ .x }}}`), `BODY, line 1, column 2: JSON knows only double quotes`},
		"a comment":             {models.KindHTTP, http("{\n// x\n}"), `BODY, line 2, column 1: // is not JSON`},
		"a line in quotes":      {models.KindHTTP, http("{\"a\": \"x\n\"}"), `BODY, line 1, column 9: a line ends within quotes`},
		"a bad escape":          {models.KindHTTP, http(`{"a": "\x"}`), `BODY, line 1, column 8: \x is not an escape of JSON`},
		"half an escape":        {models.KindHTTP, http(`{"a": "\{{ .x }}"}`), `BODY, line 1, column 8: a backslash stands before an action`},
		"a comma too many":      {models.KindHTTP, http("{\"a\": {{ .x }},\n}"), "BODY, line 2, column 1: this can never be JSON: a name in double quotes is missing here, or a comma is too many"},
		"no comma":              {models.KindHTTP, http("{\"a\": {{ .x }}\n\"b\": 1}"), "BODY, line 2, column 1: this can never be JSON: a comma or a closing } is missing before this"},
		"no comma in a list":    {models.KindHTTP, http(`[1 {{ .x }}]`), "BODY, line 1, column 7: this can never be JSON: a comma or a closing ] is missing before this"},
		"no colon":              {models.KindHTTP, http(`{"a" {{ .x }}}`), "BODY, line 1, column 9: this can never be JSON: a colon is missing before this"},
		"no value":              {models.KindHTTP, http(`{"a": }`), "BODY, line 1, column 7: this can never be JSON: a value is missing here"},
		"more than one value":   {models.KindHTTP, http(`{"a": 1}}`), "BODY, line 1, column 9: this can never be JSON: this stands behind the end"},
		"no bracket":            {models.KindHTTP, http(`{"a": {{ .x }}`), "BODY, line 1, column 15: this can never be JSON: the end is missing"},
		"nothing":               {models.KindHTTP, http(` `), "BODY, line 1, column 2: this can never be JSON"},
		"Slack is JSON":         {models.KindSlack, http(`Hello {{ .x }}`), "BODY, line 1, column 1: Hello is not JSON"},
		"an unused define":      {models.KindHTTP, http(`{{ define "a" }}{{ nope }}{{ end }}1`), "BODY, line 1, column 20: there is no function nope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			template, problems := Compile(row.kind, row.parts)
			if template != nil || len(problems) == 0 || !strings.HasPrefix(problems[0].String(), row.want) {
				t.Errorf("got %v\nwant %s", problems, row.want)
			}
		})
	}
	_, problems := Compile(models.KindHTTP, http("{{ nope }}\n{{ nada }}\n{{ default }}"))
	if len(problems) != 3 || problems[2].Line != 3 {
		t.Errorf("%v", problems)
	}
}

// TestPlainWords: what other languages would write is answered with what is
// written here.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{{ if }}{{ end }}`: "a value is missing here",
		`{{ .a.}}`:          "a dot is too many",
		`{{ "x }}`:          `a text is not closed; a " is missing`,
		`{{ else }}`:        "this {{ else }} belongs to no {{ if }}",
		`{{ if .a }}{{ else }}{{ else }}{{ end }}`: "this {{ else }} belongs to no {{ if }}",
		`{{ template x }}`:                         "a template is called by its name in quotes",
		`{{ define x }}{{ end }}`:                  "a template is defined by a name in quotes",
		`{{ break }}`:                              "{{ break }} stands outside of a {{ range }}",
		`{{ continue }}`:                           "{{ continue }} stands outside of a {{ range }}",
		`{{ (.a }}`:                                "a parenthesis is not closed",
		`{{ .a) }}`:                                "a parenthesis is closed that was not opened",
		`{{/* x }}`:                                "a comment is not closed",
		`{{ .first-name }}`:                        `a name with a sign in it is written index .data "first-name"`,
		`{{ 'ab' }}`:                               "a text stands in double quotes",
		`{{ “x” }}`:                                "a text stands in straight quotes",
		`{{ default "a", .x }}`:                    "values are parted by blanks",
		`{{ .x == 1 }}`:                            "two values are compared by eq",
		`{{ .x != 1 }}`:                            "write ne .a .b",
		`{{ if .a && .b }}{{ end }}`:               "write and .a .b",
		`{{ .a < .b }}`:                            "write lt .a .b",
		`{{ .a > .b }}`:                            "write gt .a .b",
		`{{ .a + .b }}`:                            "write add .a .b",
		`{{ .a * .b }}`:                            "write mul .a .b",
		`{{ .a / .b }}`:                            "write div .a .b",
		`{{ .items[0] }}`:                          "an entry of a list is written index .list 0",
		`{{ .a - .b }}`:                            "write sub .a .b",
		`"{{ .a"`:                                  "a quote stands directly behind a name",
		`{{ .a@b }}`:                               "the character @ cannot stand in a name",
		`{{ .a } }}`:                               "an action ends with two braces",
	} {
		_, problems := Compile(models.KindHTTP, typedPart("text/plain", source))
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, want) {
			t.Errorf("%s: %v", source, problems)
		}
	}
	for source, want := range map[string]string{
		`<script>var x = {{ .a }}`:       "the HTML ends within a tag",
		`<a href={{ .a }}x={{ .b }}>`:    "an attribute's value stands in quotes",
		`<a {{ range .a }}x="{{ end }}>`: "the ways through this action end in different places",
	} {
		_, problems := Compile(models.KindHTTP, typedPart("text/html", source))
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, want) {
			t.Errorf("%s: %v", source, problems)
		}
	}
}

// TestOutputThatIsNotJSON is told with the action that it went wrong behind.
func TestOutputThatIsNotJSON(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"{\"a\": 1,\n \"b\": {{ raw .data.x }}}":               "BODY, line 2, column 10: the output is not JSON at or behind {{ raw .data.x }}",
		"[{{ range .data.l }}{{ . }},{{ end }}]":               "BODY, line 1, column 24: the output is not JSON at or behind {{ . }}",
		"{{ if .data.x }}{{ else }}1{{ end }}":                 "BODY, line 1, column 1: the output is not JSON",
		"{{ .data.x }} {{ if .data.x }}{{ .data.x }}{{ end }}": "BODY, line 1, column 34: the output is not JSON at or behind {{ .data.x }}",
	} {
		_, err := renderAs(t, JSONType, source, `{"x":"{","l":[1,2]}`)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", source, err, want)
		}
	}
}

// TestErrorsHoldNoData: what goes wrong is told by paths and kinds.
func TestErrorsHoldNoData(t *testing.T) {
	t.Parallel()
	for name := range functions {
		for values := range 5 {
			source := `{{ ` + name + strings.Repeat(" .data.v", values) + ` }}`
			template, problems := Compile(models.KindHTTP, typedPart("text/plain", source))
			if len(problems) > 0 {
				continue
			}
			for _, data := range []string{`{"v":"hunter2"}`, `{"v":{"hunter2":"hunter2"}}`, `{"v":["hunter2"]}`, `{"v":1234567}`} {
				if _, err := template.Render(view(t, data)); err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "1234567")) {
					t.Errorf("%s: %v", source, err)
				}
			}
		}
	}
}
