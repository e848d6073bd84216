package templates

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"carillon/models"
)

func TestBuiltinsAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, b := range Builtins() {
		if i > 0 && Builtins()[i-1].ID.Compare(b.ID) >= 0 {
			t.Errorf("%s stands behind %s", b.ID, Builtins()[i-1].ID)
		}
		if seen[b.Name] || b.Name == "" || b.Description == "" || b.Version != 1 || !b.BuiltIn || !b.TenantID.IsZero() || b.CreatedAt.IsZero() {
			t.Errorf("%+v", b)
		}
		seen[b.Name] = true
		if _, problems := Compile(b.Kind, b.Parts); len(problems) > 0 {
			t.Errorf("%s: %s", b.Name, problems[0])
		}
		if got, ok := BuiltinByID(b.ID); !ok || got.Name != b.Name {
			t.Errorf("%s is found as %q", b.ID, got.Name)
		}
		if id, err := models.ParseIDOf(models.PrefixTemplate, b.ID.String()); err != nil || id != b.ID {
			t.Errorf("%s: %v", b.ID, err)
		}
	}
	if len(seen) < 4 {
		t.Errorf("only %d", len(seen))
	}
	if _, ok := BuiltinByID(models.NewID(models.PrefixTemplate)); ok {
		t.Error("an unknown id is found")
	}
	if id := Builtins()[0].ID.String(); id != "tpl_0000000000e008000000000001" {
		t.Errorf("the id of the first has changed: %s", id)
	}
}

// TestTheStandardEnvelopeIsWhatItsSourceSays: who copies the source gets the same bytes.
func TestTheStandardEnvelopeIsWhatItsSourceSays(t *testing.T) {
	t.Parallel()
	copied := Builtins()[0]
	copied.ID, copied.BuiltIn = models.NewID(models.PrefixTemplate), false
	set := NewSet()
	everyView(t, models.KindHTTP, func(t *testing.T, v *View) {
		if v.Events[0].Data[0] == '"' {
			t.Skip("a text that is all of the data is quoted anew")
		}
		usual, err := set.Render(v)
		if err != nil {
			t.Fatal(err)
		}
		if len(usual.Body) > maxOutput {
			t.Skip("longer than a template of one's own may be")
		}
		own := *v
		own.Template = &copied
		c, err := set.Render(&own)
		if err != nil || !bytes.Equal(c.Body, usual.Body) || c.ContentType != usual.ContentType {
			t.Errorf("%v\n got %.2000s\nwant %.2000s", err, c.Body, usual.Body)
		}
	})
}

func own(kind models.ChannelKind, version int, source string) *models.Template {
	name := PartBody
	if kind == models.KindSMS {
		name = PartText
	}
	return &models.Template{ID: models.ID{Prefix: models.PrefixTemplate, UUID: [16]byte{1}}, Kind: kind, Version: version, Parts: []Part{{Name: name, Source: source}}}
}

func TestASetTellsVersionsApart(t *testing.T) {
	t.Parallel()
	set := NewSet()
	var all sync.WaitGroup
	for range 20 {
		for version := 1; version <= 3; version++ {
			all.Go(func() {
				v := shown(t, models.KindSMS, `{}`, 1)
				v.Template = own(models.KindSMS, version, fmt.Sprintf("version %d of {{ .type }}", version))
				c, err := set.Render(v)
				if want := fmt.Sprintf("version %d of contact.created", version); err != nil || c.Text != want {
					t.Errorf("%q, %v; want %q", c.Text, err, want)
				}
			})
		}
	}
	all.Wait()
}

// TestASetKeepsNothingWithoutAnID: two drafts are not the same template.
func TestASetKeepsNothingWithoutAnID(t *testing.T) {
	t.Parallel()
	set := NewSet()
	for _, text := range []string{"one", "two"} {
		v := shown(t, models.KindSMS, `{}`, 1)
		v.Template = own(models.KindSMS, 0, text)
		v.Template.ID = models.ID{}
		if c, err := set.Render(v); err != nil || c.Text != text {
			t.Errorf("%q, %v; want %q", c.Text, err, text)
		}
	}
}

func TestASetIsBounded(t *testing.T) {
	t.Parallel()
	set := NewSet()
	set.most = 2
	for _, version := range []int{1, 2, 1, 3, 1} {
		v := shown(t, models.KindSMS, `{}`, 1)
		v.Template = own(models.KindSMS, version, "x")
		if _, err := set.Render(v); err != nil {
			t.Fatal(err)
		}
	}
	var kept []int
	for at := set.ready.Front(); at != nil; at = at.Next() {
		kept = append(kept, at.Value.(*entry).ref.Version)
	}
	if fmt.Sprint(kept) != "[1 3]" || len(set.known) != 2 {
		t.Errorf("%v are kept, %d known", kept, len(set.known))
	}
}

func TestASetRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	v := shown(t, models.KindSMS, `{}`, 1)
	v.Template = own(models.KindSlack, 1, "{}")
	if _, err := NewSet().Render(v); err == nil || !strings.Contains(err.Error(), "SLACK") {
		t.Error(err)
	}
	v.Template = own(models.KindSMS, 1, "one\n {{ nothing }}")
	_, err := NewSet().Render(v)
	var at *RenderError
	if !errors.As(err, &at) || at.Part != PartText || at.Line != 2 || at.Column < 2 {
		t.Errorf("%v", err)
	}
}

// TestABuiltinTakesAnyBatch: only a template of one's own is held to 256 KiB besides the data.
func TestABuiltinTakesAnyBatch(t *testing.T) {
	t.Parallel()
	v := shown(t, models.KindHTTP, `{"a":"`+strings.Repeat("x", 1000)+`"}`, 1000)
	large := own(models.KindHTTP, 1, `{"a":{{ .events }},"b":{{ .events }}}`)
	v.Template = large
	if _, err := NewSet().Render(v); err == nil || !strings.Contains(err.Error(), "256 KiB") {
		t.Error(err)
	}
	large.BuiltIn = true
	if c, err := NewSet().Render(v); err != nil || len(c.Body) < 1_000_000 {
		t.Errorf("%d bytes, %v", len(c.Body), err)
	}
}
