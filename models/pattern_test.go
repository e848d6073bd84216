package models_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// The console previews patterns with a rule of its own, which is held to the same table.
func TestPatternMatch(t *testing.T) {
	t.Parallel()
	var rows []struct {
		Pattern        string
		Takes, Refuses []string
	}
	table, err := os.ReadFile("testdata/patterns.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(table, &rows); err != nil || len(rows) < 12 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, name := range row.Takes {
			if !models.Pattern(row.Pattern).Match(name) {
				t.Errorf("%s does not take %s", row.Pattern, name)
			}
		}
		for _, name := range row.Refuses {
			if models.Pattern(row.Pattern).Match(name) {
				t.Errorf("%s takes %s", row.Pattern, name)
			}
		}
	}
}

func TestCheckPattern(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "a.b", "a-b_c.d", "*", "**", "a.*", "*.a", "a.**-b", "carillon.**", "carillon.channel.*", "carillon.*.high", "carillon", strings.Repeat("a", models.MaxEventType)} {
		if err := models.CheckPattern("eventTypes.0", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a..b", "a*", "***", "a b", "a\n", "ä", "a.\x00", "carillon.*", "carillon.channel", "carillon.chanel.*", strings.Repeat("a", models.MaxEventType+1)} {
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
