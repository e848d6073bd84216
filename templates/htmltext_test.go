package templates

import (
	"html/template"
	"strings"
	"testing"

	"carillon/models"
)

// FuzzTextIsEscapedAsByTheLibrary compares what a template writes between tags
// and elsewhere with what html/template does of itself.
func FuzzTextIsEscapedAsByTheLibrary(f *testing.F) {
	const source = `<p title="{{ .a }}">{{ .a }}</p><a href="{{ .a }}">{{ upper .a }}</a>{{ if .a }}<b>{{ .a }}</b>{{ end }}`
	library := template.Must(template.New("").Funcs(template.FuncMap{"upper": strings.ToUpper}).Parse(source))
	ours, problems := Compile(models.KindEmail, []Part{
		{Name: PartSubject, Source: "x"},
		{Name: PartHTML, Source: strings.ReplaceAll(source, ".a", ".entityId")},
	})
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	f.Add("a")
	f.Add("\"'&<>+\x00`=/ \u2028é😀")
	f.Add("javascript:alert(1)")
	f.Add("</p><script>")
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return
		}
		v := shown(t, models.KindEmail, `{}`, 1)
		v.Events[0].EntityID = s
		var want strings.Builder
		if err := library.Execute(&want, map[string]string{"a": s}); err != nil {
			t.Fatal(err)
		}
		got, err := ours.Render(v)
		if err != nil {
			t.Fatal(err)
		}
		if got.HTML != want.String() {
			t.Errorf("%q gives\n%s, the library\n%s", s, got.HTML, want.String())
		}
	})
}

// TestTextsAreWritten sees that a value between tags takes the short way, which
// hangs on names within the library.
func TestTextsAreWritten(t *testing.T) {
	t.Parallel()
	compiled, problems := Compile(models.KindEmail, []Part{{Name: PartSubject, Source: "x"}, {Name: PartHTML, Source: `<p title="{{ .id }}">{{ .id }}{{ upper .id }}</p>`}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	tree := compiled.parts[1].exec.(*template.Template).Tree.Root.String()
	for _, want := range []string{"__textField", "__text ", "__htmlField"} {
		if strings.Count(tree, want) != 1 {
			t.Errorf("there is not one %s in %s", want, tree)
		}
	}
}
