package models_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func TestPatternMatch(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pattern string
		takes   string // separated by spaces
		refuses string
	}{
		{"contact.created", "contact.created", "contact.create contact.created.now contact-created Contact.created"},
		{"*", "a a.b a-b.c", ""},
		{"**", "a a.b a-b.c", ""},
		{"contact.*", "contact.created contact.x", "contact contact.note.created contact-created contacts.created contact.a-b"},
		{"*.created", "contact.created", "created contact.note.created contact-created contact.created.now"},
		{"lead.**", "lead.a lead.a.b lead.a-b", "lead lead-a.b leads.a"},
		{"**.created", "a.created a.b.created a-b.created", "created a-created a.created.x"},
		{"a.**.z", "a.b.z a.z.z a.b-c.z", "a.z a.b.y a-b.z a.b-z"},
		{"*-*", "basket-submitted", "basket basket.submitted a-b-c"},
		{"a.**.m.**.z", "a.b.m.c.z a.m.m.m.z a.m.b.m.c.z", "a.m.z a.m.c.z a.b.m.z"},
		{"**.*", "a.b a.b.c a-b.c", "a a-b"},
		{"*.**", "a.b a.b.c a.b-c", "a a-b.c"},
	} {
		for _, name := range strings.Fields(row.takes) {
			if !models.Pattern(row.pattern).Match(name) {
				t.Errorf("%s does not take %s", row.pattern, name)
			}
		}
		for _, name := range strings.Fields(row.refuses) {
			if models.Pattern(row.pattern).Match(name) {
				t.Errorf("%s takes %s", row.pattern, name)
			}
		}
	}
}

func TestCheckPattern(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "a.b", "a-b_c.d", "*", "**", "a.*", "*.a", "a.**-b", strings.Repeat("a", models.MaxEventType)} {
		if err := models.CheckPattern("eventTypes.0", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a..b", "a*", "***", "a b", "a\n", "ä", "a.\x00", strings.Repeat("a", models.MaxEventType+1)} {
		err := models.CheckPattern("eventTypes.0", bad)
		if models.CodeOf(err) != models.CodeBadUserInput || !strings.HasPrefix(err.Error(), "eventTypes.0: ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Many stars must not make matching exponential: patterns come from clients.
func TestPatternMatchIsFastWithManyStars(t *testing.T) {
	t.Parallel()
	pattern := models.Pattern(strings.Repeat("**.", 40) + "x")
	name := strings.Repeat("a.", 62) + "y"
	done := make(chan bool, 1)
	go func() { done <- pattern.Match(name) }()
	select {
	case took := <-done:
		if took {
			t.Error("took a name that ends otherwise")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still matching after ten seconds")
	}
}

// FuzzPattern compares with the same rule written as a regular expression.
func FuzzPattern(f *testing.F) {
	f.Add("a.**.z", "a.b.c.z")
	f.Add("*-**", "a-b.c")
	f.Add("**.*.**", "a.b.c.d")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if models.CheckPattern("p", pattern) != nil || models.CheckEventType("n", name) != nil {
			return
		}
		expr := regexp.QuoteMeta(pattern)
		expr = strings.ReplaceAll(expr, `\*\*`, `[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)~`)
		expr = strings.ReplaceAll(expr, `\*`, `[A-Za-z0-9_]+`)
		expr = strings.ReplaceAll(expr, `~`, `*`)
		want := pattern == "*" || regexp.MustCompile("^"+expr+"$").MatchString(name)
		if got := models.Pattern(pattern).Match(name); got != want {
			t.Fatalf("%q takes %q: %v, want %v", pattern, name, got, want)
		}
	})
}
