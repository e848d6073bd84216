package filters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func compiler(t testing.TB) *Compiler {
	t.Helper()
	c, err := NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func event(data string) *models.Event {
	return &models.Event{Type: "contact.created", Version: "2", EntityID: "CONT-1", Tags: []string{"vip", "eu"}, Data: json.RawMessage(data)}
}

const sample = `{"total":100.5,"n":3,"id":12345678901234567890,"big":9007199254740993,"name":"Zoë","active":true,"none":null,
	"items":[{"sku":"a","price":5},{"sku":"b","price":50}],"address":{"city":"Bern"}}`

func TestMatch(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	for source, want := range map[string]bool{
		`true`:                                  true,
		`type == "contact.created"`:             true,
		`type.startsWith("deal.")`:              false,
		`version == "2" && entityId != ""`:      true,
		`"vip" in tags`:                         true,
		`size(tags) > 2`:                        false,
		`data.total > 100`:                      true,
		`data.n == 3`:                           true,
		`data.n == 3.0`:                         true,
		`data.n < 3.5 && data.total >= 100`:     true,
		`data.big == 9007199254740993`:          true,
		`data.big == 9007199254740992`:          false,
		`data.id > 5`:                           true,
		`data.name == "Zoë"`:                    true,
		`data.active`:                           true,
		`data.none == null`:                     true,
		`data.address.city in ["Bern", "Bâle"]`: true,
		`data.items.exists(i, i.price > 40)`:    true,
		`data.items.all(i, i.price > 40)`:       false,
		`data.items[0].sku == "a"`:              true,
		`has(data.nick)`:                        false,
		`has(data.nick) && data.nick == "x"`:    false,
		`data.?nick.orValue("none") == "none"`:  true,
		`data.name.lowerAscii() == "zoë"`:       true,
		`data.name.matches("^Z.*")`:             true,
	} {
		f, err := c.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := f.Match(t.Context(), NewInput(event(sample))); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", source, got, err, want)
		}
	}
}

func TestCannotBeTold(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	for _, source := range []string{`data.nick == "x"`, `data.name > 5`, `data.items[7].sku == "a"`, `data.name`, `data.total / 0 == 1 || data.n / 0 == 1`} {
		f, err := c.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := f.Match(t.Context(), NewInput(event(sample))); err == nil || got {
			t.Errorf("%s: got %v without an error", source, got)
		}
	}
	for _, data := range []string{`null`, `5`, `"x"`, `[]`} {
		f, _ := c.Compile(`data.a == 1`)
		if got, err := f.Match(t.Context(), NewInput(event(data))); err == nil || got {
			t.Errorf("%s: got %v without an error", data, got)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	for source, want := range map[string]string{
		``:                              "is empty",
		"  \n":                          "is empty",
		`data.total >`:                  "line 1, column 13: the filter ends in the middle",
		`data.total > > 5`:              `line 1, column 14: ">" is not expected here`,
		`data.total = 5`:                `"=" is not expected here; write ==`,
		`type == "a" and true`:          `"and" is not expected here; write &&`,
		`tags.contains("a")`:            "contains does not go with list(string) and string",
		`data.total > #5`:               `line 1, column 14: "#" is not expected here`,
		"true &&\n  typ == \"x\"":       "line 2, column 3: there is no typ; a filter sees type,",
		`type > 5`:                      "line 1, column 6: > does not go with string and int",
		`type`:                          "gives string, not true or false",
		`size(tags)`:                    "gives int",
		`data.name.matches("(")`:        "invalid matches argument",
		`unknown(data)`:                 "there is no unknown;",
		strings.Repeat("true && ", 600): "at most 4096",
		`[1,2].all(a, [1].all(b, [1].all(c, true)))`: "comprehension exceeds nesting limit",
		strings.Repeat("(", 500):                     "recursion",
	} {
		_, err := c.Compile(source)
		var coded *models.Error
		if !errors.As(err, &coded) || coded.Code != models.CodeBadUserInput || coded.Field != "filter" || !strings.Contains(coded.Message, want) {
			t.Errorf("%.40q: got %v, want %q", source, err, want)
		}
	}
}

// TestBounded: no filter holds a publisher up.
func TestBounded(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	list := "[" + strings.Repeat(`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",`, 5000) + `"b"]`
	for _, source := range []string{
		`data.all(a, data.all(b, a != b + "x"))`,
		`data.map(a, data.map(b, a + b + a + b)).size() > 0`,
		`data.exists(a, a.matches("(a*)*(a*)*(a*)*c"))`,
		`data.all(a, a.replace("a", "aaaaaaaaaaaaaaaaaaaa").size() > 5)`,
		`data.map(a, a.replace("a", data[0]).replace("a", data[0])).size() > 0`,
	} {
		f, err := c.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		in, begin := NewInput(event(list)), time.Now()
		_, err = f.Match(t.Context(), in)
		if took := time.Since(begin); err == nil || took > 2*time.Second {
			t.Errorf("%s: took %v, %v", source, took, err)
		} else {
			t.Log(source, took, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f, _ := c.Compile(`data.all(a, a != "x")`)
	if _, err := f.Match(ended, NewInput(event(list))); err == nil {
		t.Error("the end of the context was not seen")
	}
}

// FuzzFilter: whatever is compiled and evaluated ends, and never panics.
func FuzzFilter(f *testing.F) {
	for _, source := range []string{`data.total > 100`, `data.items.exists(i, i.price > 40)`, `data.?a.orValue(1) == 1`, `"vip" in tags`} {
		f.Add(source, sample)
	}
	c := compiler(f)
	f.Fuzz(func(t *testing.T, source, data string) {
		if !json.Valid([]byte(data)) {
			return
		}
		filter, err := c.Compile(source)
		if err != nil {
			var coded *models.Error
			if !errors.As(err, &coded) {
				t.Fatalf("%q: %v", source, err)
			}
			return
		}
		_, _ = filter.Match(t.Context(), NewInput(event(data)))
	})
}

func BenchmarkMatch(b *testing.B) {
	c := compiler(b)
	for _, source := range []string{`type == "contact.created"`, `data.total > 100 && data.address.city == "Bern"`, `data.items.exists(i, i.price > 40)`} {
		f, err := c.Compile(source)
		if err != nil {
			b.Fatal(err)
		}
		e := event(sample)
		b.Run(fmt.Sprint(source), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := f.Match(b.Context(), NewInput(e)); err != nil || !ok {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
