package templates

import (
	"strings"
	"testing"
	"unicode/utf8"

	"carillon/models"
)

// printed is what a template of plain text makes of an event with such data.
func printed(t *testing.T, source, data string, count int) string {
	t.Helper()
	compiled, problems := Compile(models.KindSMS, []Part{{Name: PartText, Source: source}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c, err := compiled.Render(shown(t, models.KindSMS, data, count))
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

func TestTally(t *testing.T) {
	t.Parallel()
	const each = `{{ range tally "k" .data }}{{ .value }}={{ .count }} {{ end }}.`
	for data, want := range map[string]string{
		`[{"k":"a"},{"k":"b"},{"k":"b"},{"k":"c"},{"k":"a"},{"k":"b"}]`: "b=3 a=2 c=1 .",
		`[{"k":"x"},{"k":"y"},7,"z"]`:                                   "x=1 y=1 .",
		`[]`:                                                            ".",
	} {
		if got := printed(t, each, data, 1); got != want {
			t.Errorf("%s gives %q, want %q", data, got, want)
		}
	}
	const types = `{{ range tally "type" .events }}{{ .count }} {{ .value }}, {{ end }}`
	if got := printed(t, types, `{}`, 5); got != "4 contact.created, 1 contact.updated," {
		t.Errorf("%q", got)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	const source = `{{ columns 40 (fields .data 10) }}`
	for data, want := range map[string]string{
		`{"a":"b","longerNameThanThat":1.10}`: "A                      b\nLonger name than that  1.10",
		`{"note":"one two three four five six seven eight"}`: "Note          one two three four five\n" +
			"              six seven eight",
		`{"note":"one\n\ntwo"}`:                         "Note          one\n              two",
		`{"a name that is longer than the column":"v"}`: "A name that is longer than the column\n                          v",
		`{"nothing":null}|`:                             "",
	} {
		data = strings.TrimSuffix(data, "|")
		if want == "" {
			if got := printed(t, source+".", data, 1); got != "." {
				t.Errorf("%q", got)
			}
			continue
		}
		if got := printed(t, source, data, 1); got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", data, got, want)
		}
	}
}

func TestFieldsAreBounded(t *testing.T) {
	t.Parallel()
	data := `{"` + strings.Repeat("k", 5000) + `":"` + strings.Repeat("v", 5000) + `","..":"signs"}`
	got := printed(t, `{{ range fields .data 10 20 }}{{ len .name }} {{ len .value }} {{ end }}`, data, 1)
	if got != "60 20 2 5" {
		t.Errorf("%q", got)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("The quick brown fox", 7, 3)
	f.Add("one\r\n\r\ntwo   \u2028 x", 1, 0)
	f.Add("\xff\xfe مرحبا 😀😀😀😀", 2, 1)
	f.Fuzz(func(t *testing.T, s string, width, margin int) {
		if width < 1 || width > 500 || margin < 0 || margin > 100 || !utf8.ValidString(s) {
			return
		}
		got := wrap(width, margin, s)
		for i, line := range strings.Split(got, "\n") {
			if i > 0 {
				var ok bool
				if line, ok = strings.CutPrefix(line, strings.Repeat(" ", margin)); !ok {
					t.Errorf("line %d of %q has no margin", i, got)
				}
			}
			if utf8.RuneCountInString(line) > width {
				t.Errorf("%q is longer than %d", line, width)
			}
		}
		if a, b := strings.Join(strings.Fields(got), ""), strings.Join(strings.Fields(s), ""); a != b {
			t.Errorf("%q became %q", s, got)
		}
	})
}
