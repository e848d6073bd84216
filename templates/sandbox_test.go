package templates

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bigList is JSON of a list of n numbers.
func bigList(n int) string { return "[1" + strings.Repeat(",1", n-1) + "]" }

// TestBombs renders what is meant to eat time or memory: each meets a bound on
// steps, bytes or depth, without any help of the clock.
func TestBombs(t *testing.T) {
	t.Parallel()
	big := `{"l":` + bigList(100_000) + `,"s":"` + strings.Repeat("x", 200_000) + `","n":1e999999999}`
	for name, row := range map[string]struct{ source, want string }{
		"a range over a number":     {`{{ range 1000000000 }}{{ end }}`, "range goes over"},
		"a range over many numbers": {`{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}`, "more than 250000 steps"},
		"nested ranges":             {`{{ range .data.l }}{{ range $.data.l }}{{ range $.data.l }}{{ end }}{{ end }}{{ end }}`, "more than 250000 steps"},
		"ranges that continue":      {`{{ range .data.l }}{{ range $.data.l }}{{ continue }}{{ end }}{{ end }}`, "more than 250000 steps"},
		"doubling by print":         {`{{ $a := "xxxxxxxxxxxxxxxx" }}{{ range 60 }}{{ $a = print $a $a }}{{ end }}`, "MiB of text"},
		"doubling by printf":        {`{{ $a := "xxxxxxxxxxxxxxxx" }}{{ range 60 }}{{ $a = printf "%s%s" $a $a }}{{ end }}`, "MiB of text"},
		"growing by replace":        {`{{ $a := .data.s }}{{ range 9 }}{{ $a = replace "x" "xxxxxxxxxx" $a }}{{ end }}`, "MiB of text"},
		"growing by join":           {`{{ $a := join .data.s .data.l }}`, "MiB of text"},
		"splitting":                 {`{{ $a := split "x" .data.s }}`, "MiB of text"},
		"growing by queries":        {`{{ $a := "&&&&&&&&" }}{{ range 10000 }}{{ $a = urlquery $a }}{{ end }}`, "MiB of text"},
		"growing by base64":         {`{{ $a := .data.s }}{{ range 60 }}{{ $a = base64 $a }}{{ end }}`, "MiB of text"},
		"json over and over":        {`{{ range 1000 }}{{ $a := json $.data }}{{ end }}`, "MiB of text"},
		"hashes over and over":      {`{{ range 1000 }}{{ $a := sha256 $.data.s }}{{ end }}`, "MiB of text"},
		"searching over and over":   {`{{ range 10000 }}{{ $a := contains "y" $.data.s }}{{ end }}`, "more than 250000 steps"},
		"lists over and over":       {`{{ range 10000 }}{{ $a := contains 2 $.data.l }}{{ end }}`, "more than 250000 steps"},
		"a wide printf":             {`{{ printf "%999999d" 1 }}`, "width"},
		"an indexed printf":         {`{{ printf "%999999[1]d" 1 }}`, "width"},
		"a starred printf":          {`{{ printf "%*d" 999999 1 }}`, "after % stands"},
		"a long output":             {`{{ range 10000 }}` + strings.Repeat("0123456789", 8) + `{{ end }}`, "longer than 256 KiB"},
		"a long value, often":       {`{{ .data.s }}{{ .data.s }}{{ .data.s }}{{ .data.s }}`, "longer than 256 KiB"},
		"recursion":                 {`{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`, "more than 32 deep"},
		"two that call each other":  {`{{ define "a" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "a" }}{{ end }}{{ template "a" }}`, "more than 32 deep"},
		"exponential calls": {`{{ define "a" }}{{ template "b" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`,
			"more than 32 deep"},
		"a tree of calls":    {tower(20), "more than 250000 steps"},
		"a huge number":      {`{{ add .data.n 1 }}`, "too many digits"},
		"multiplying":        {`{{ $a := 1.5 }}{{ range 20 }}{{ $a = mul $a $a }}{{ end }}`, "too many digits"},
		"powers":             {`{{ $a := 99999999999 }}{{ range 20 }}{{ $a = mul $a $a }}{{ end }}`, "too many digits"},
		"keys over and over": {`{{ range 10000 }}{{ $a := keys $ }}{{ $a = keys $ }}{{ end }}`, "MiB of text"},
	} {
		for _, contentType := range []string{"text/plain", "text/html"} {
			t.Run(name+" as "+contentType, func(t *testing.T) {
				t.Parallel()
				template, problems := Compile(models.KindHTTP, typedPart(contentType, row.source))
				if len(problems) > 0 {
					if !strings.Contains(problems[0].Message, row.want) {
						t.Errorf("%v", problems)
					}
					return
				}
				for _, p := range template.parts {
					p.trusted = true
				}
				if _, err := template.Render(view(t, big)); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("got %v, want %s", err, row.want)
				}
			})
		}
	}
}

// TestTheClock: what is not trusted ends after 50 ms, though steps be left. The
// rest of what it may take is for a busy machine.
func TestTheClock(t *testing.T) {
	t.Parallel()
	slow := `{{ range 5000 }}{{ range 2 }}{{ end }}{{ if contains "y" $.data.s }}{{ end }}{{ end }}`
	template := compiled(t, models.KindHTTP, typedPart("text/plain", slow))
	p := template.parts[0]
	r := &run{part: p, steps: freeSteps}
	r.expired.Store(true)
	if err := r.execute(newRoot(view(t, `{"s":""}`))); err == nil || err.Error() != "BODY, line 1, column 10: the template takes longer than 50 ms" {
		t.Error(err)
	}
	begun := time.Now()
	if _, err := compiled(t, models.KindHTTP, typedPart("text/plain", `{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}`)).Render(view(t, "")); err == nil {
		t.Error("it rendered")
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
}

// tower makes templates of which each calls the next one twice.
func tower(n int) string {
	var b strings.Builder
	for i := range n {
		next := string(rune('a' + i + 1))
		b.WriteString(`{{ define "` + string(rune('a'+i)) + `" }}{{ template "` + next + `" }}{{ template "` + next + `" }}{{ end }}`)
	}
	return b.String() + `{{ define "` + string(rune('a'+n)) + `" }}{{ end }}{{ template "a" }}`
}

// TestHostileSources compiles what is meant to break the compiler.
func TestHostileSources(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ source, want string }{
		"deep parentheses":      {`{{ ` + strings.Repeat("(", 9000) + `1` + strings.Repeat(")", 9000) + ` }}`, "nested more than 100 deep"},
		"deeper parentheses":    {`{{ ` + strings.Repeat("(", 30000) + `1` + strings.Repeat(")", 30000) + ` }}`, "max"},
		"deep ifs":              {strings.Repeat(`{{if 1}}`, 3000) + strings.Repeat(`{{end}}`, 3000), "nested more than 100 deep"},
		"long else ifs":         {`{{if 1}}` + strings.Repeat(`{{else if 1}}`, 3000) + `{{end}}`, "nested more than 100 deep"},
		"deep defines":          {strings.Repeat(`{{ block "a" . }}`, 3000) + strings.Repeat(`{{end}}`, 3000), ""},
		"a long source":         {strings.Repeat("x", maxSource+1), "at most 65536"},
		"not UTF-8":             {"ab\xffc", "not valid UTF-8"},
		"the machinery":         {`{{ __tick $ }}`, "begin with __"},
		"its variables":         {`{{ $__x := 1 }}`, "cannot be called"},
		"another $":             {`{{ $ := 1 }}`, "cannot be called"},
		"$ of a range":          {`{{ range $ := .data }}{{ end }}`, "cannot be called"},
		"call":                  {`{{ call .x }}`, "there is no function call"},
		"js":                    {`{{ js .x }}`, "there is no function js"},
		"html":                  {`{{ html .x }}`, "there is no function html"},
		"slice":                 {`{{ slice .x 1 }}`, "there is no function slice"},
		"println":               {`{{ println .x }}`, "there is no function println"},
		"env":                   {`{{ env "HOME" }}`, "there is no function env"},
		"two of one name":       {`{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}`, "under one name"},
		"a name of zero bytes":  {`{{ define "a\x00in a string" }}{{ end }}`, "a zero byte"},
		"a template of nothing": {`{{ template "a" }}`, `there is no template "a"`},
		"a complex number":      {`{{ 1i }}`, "is not a number"},
		"a huge literal":        {`{{ 12345678901234567890123 }}`, "integer overflow"},
		"fields with arguments": {`{{ .x 1 }}`, "takes no arguments"},
		"piping to a field":     {`{{ 1 | .x }}`, "takes no arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"text/plain", "text/html"} {
				_, problems := Compile(models.KindHTTP, typedPart(contentType, row.source))
				if len(problems) == 0 || !strings.Contains(problems[0].Message, row.want) {
					t.Errorf("got %.300v, want %s", problems, row.want)
				}
			}
		})
	}
}

// TestBadSourcesAreReadSoon: what is wrong is found soon, however long the source.
func TestBadSourcesAreReadSoon(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		strings.Repeat(`{{nope}}`, 8000), strings.Repeat(`{{.a}}`, 10_000) + `{{)}}`, strings.Repeat(`{{`, 32_000), strings.Repeat(`{{.a}}`, 10_900),
		strings.Repeat(`{{$a:=1}}`, 7000), strings.Repeat(`{{define "a"}}`, 4000), strings.Repeat("\n", 60_000) + `{{)}}`, strings.Repeat(`{{.a|upper}}`, 5000),
	} {
		for _, contentType := range []string{JSONType, "text/html"} {
			begun := time.Now()
			_, problems := Compile(models.KindHTTP, typedPart(contentType, source))
			if took := time.Since(begun); took > 10*time.Second || len(problems) > mostProblems {
				t.Errorf("%.20s… took %s, %d problems", source, took, len(problems))
			}
		}
	}
	_, problems := Compile(models.KindHTTP, jsonPart(strings.Repeat(`{{.a}}`, 100)+`{{)}}`+strings.Repeat(`{{.a}}`, 100)))
	if len(problems) != 1 || problems[0].Column != 601 {
		t.Errorf("%v", problems)
	}
}

// TestNoMethodIsReached: a template sees plain values, and a field of anything
// else is missing.
func TestNoMethodIsReached(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`{{ .Field }}`, `{{ $.run }}`, `{{ $.Names }}`, `{{ .data.Raw }}`, `{{ .tenant.names }}`, `{{ .timestamp.Unix }}`, `{{ (keys .data).items }}`} {
		_, err := renderAs(t, "text/plain", source, `{"a":1}`)
		var failure *RenderError
		if !errors.As(err, &failure) || !strings.HasPrefix(failure.Message, "there is no ") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// FuzzCompile takes any source: it compiles or not, renders or not, and never
// panics or takes long.
func FuzzCompile(f *testing.F) {
	for _, source := range []string{`{"a": "{{ .data.a }}"}`, `{{ range $i, $v := .data }}{{ if $i }},{{ end }}{{ $v }}{{ else }}{{ break }}{{ end }}`,
		`{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" }}`, `{{ (.data).a.b | default (printf "%5.2f" 1.5) }}`,
		`<a href="{{ .data }}" onclick="{{ .data }}" style="{{ .data }}"><script>{{ .data }}</script>`, `{{- /* x */ -}} {{ with $x := 1 }}{{ $x }}{{ end }}`,
		`{{ fields .data 10 | json }}{{ date "2006" .timestamp }}{{ number 2 "." 1234.5 }}`, `{{block "b" .}}{{continue}}{{end}}`} {
		f.Add(source, `{"a":["x",1]}`)
	}
	f.Fuzz(func(t *testing.T, source, data string) {
		if models.CheckJSON("data", []byte(data), 10_000) != nil || data == "" {
			return
		}
		v := view(t, data)
		for _, contentType := range []string{JSONType, "text/plain", "text/html"} {
			template, problems := Compile(models.KindHTTP, typedPart(contentType, source))
			if (template == nil) != (len(problems) > 0) {
				t.Fatalf("%v and %v", template, problems)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("%+v", p)
				}
			}
			if template == nil {
				continue
			}
			c, err := template.Render(v)
			var failure *RenderError
			if err != nil && !errors.As(err, &failure) {
				t.Errorf("%T %v", err, err)
			}
			if strings.Contains(string(c.Body), "<no value>") && !strings.Contains(source+data, "no value") {
				t.Errorf("%s", c.Body)
			}
		}
	})
}
