package templates

import (
	"slices"
	"strings"
	"testing"

	"carillon/models"
)

func TestCheckTellsWhatNoEventHas(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]struct {
		line, column int
		message      string
	}{
		`Hi {{ .colour }}`:                                                                                         {1, 7, "there is no .colour; there are id, type, "},
		"a\n{{ if eq .tenant.colour.x 1 }}{{ end }}":                                                               {2, 10, "there is no .tenant.colour; there are id, name, externalId"},
		`{{ range .data.l }}{{ $.colour }}{{ end }}`:                                                               {1, 23, "there is no $.colour"},
		`{{ range .data.l }}{{ else }}{{ .colour }}{{ end }}`:                                                      {1, 33, "there is no .colour"},
		`{{ with . }}{{ upper (.colour) }}{{ end }}`:                                                               {1, 23, "there is no .colour"},
		`{{ define "t" }}{{ .colour }}{{ end }}{{ template "t" . }}`:                                               {1, 20, "there is no .colour"},
		`{{ .webhook.secret | default "x" }}`:                                                                      {1, 4, "there is no .webhook.secret"},
		`{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`:                                        {1, 29, `the template "a" calls itself`},
		`{{ define "a" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "a" }}{{ end }}{{ template "a" }}`: {1, 72, `the template "a" calls itself`},
		`{{ define "a" }}{{ template "a" .x }}{{ end }}nobody calls it`:                                            {1, 29, `the template "a" calls itself`},
	} {
		template, problems := Check(models.KindSMS, []Part{{Name: PartText, Source: source}})
		if len(problems) != 1 || template != nil || problems[0].Line != want.line || problems[0].Column != want.column || !strings.HasPrefix(problems[0].Message, want.message) {
			t.Errorf("%s: %v, want %+v", source, problems, want)
		}
	}
	_, problems := Check(models.KindEmail, []Part{{Name: PartSubject, Source: "{{ .colour }}"}, {Name: PartText, Source: "{{ if }}"}, {Name: PartHTML, Source: "{{ shout }}"}})
	var parts []PartName
	for _, p := range problems {
		parts = append(parts, p.Part)
	}
	if !slices.Equal(parts, []PartName{PartText, PartHTML, PartSubject}) {
		t.Errorf("not each problem is told once: %v", problems)
	}
	for _, source := range []string{
		`{{ .data.colour }} {{ $.data.x.y }} {{ .channel.secret }} {{ .channel.kind }} {{ .delivery.attempt }} {{ .batch }} {{ (.data).x }}`,
		`{{ range .events }}{{ .type }}{{ .colour }}{{ end }}`,
		`{{ with .data }}{{ .colour }}{{ end }}`,
		`{{ define "t" }}{{ .colour }}{{ $.colour }}{{ end }}{{ template "t" .data }}{{ template "t" .data }}`,
		`{{ $x := .data }}{{ $x.colour }}`,
	} {
		if template, problems := Check(models.KindSMS, []Part{{Name: PartText, Source: source}}); len(problems) > 0 || template == nil {
			t.Errorf("%s: %v", source, problems)
		}
	}
	for _, built := range Builtins() {
		if _, problems := Check(built.Kind, built.Parts); len(problems) > 0 {
			t.Errorf("%s: %v", built.Name, problems)
		}
	}
}
