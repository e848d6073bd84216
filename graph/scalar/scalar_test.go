package scalar_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"carillon/graph/scalar"
	"carillon/models"
)

func text(m graphql.Marshaler) string {
	var buf bytes.Buffer
	m.MarshalGQL(&buf)
	return buf.String()
}

func TestTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-11-20T12:00:00Z":             `"2026-11-20T12:00:00.000Z"`,
		"2026-11-20T13:00:00.123456+01:00": `"2026-11-20T12:00:00.123Z"`,
	} {
		got, err := scalar.UnmarshalTime(in)
		if err != nil || text(scalar.MarshalTime(got)) != want {
			t.Errorf("%s becomes %s, %v", in, got, err)
		}
	}
	for _, in := range []any{"", "today", "2026-11-20", "2026-02-30T00:00:00Z", 17, nil, true, "2026-11-20 12:00:00Z"} {
		if _, err := scalar.UnmarshalTime(in); models.CodeOf(err) != models.CodeBadUserInput {
			t.Errorf("%v: %v", in, err)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"500ms": `"500ms"`, "1h0m": `"1h"`, "90s": `"1m30s"`, "0s": `"0s"`} {
		got, err := scalar.UnmarshalDuration(in)
		if err != nil || text(scalar.MarshalDuration(got)) != want {
			t.Errorf("%s becomes %s, %v", in, got, err)
		}
	}
	for _, in := range []any{"", "5", "-5s", "1d", 5, json.Number("5"), "99999999h"} {
		if d, err := scalar.UnmarshalDuration(in); models.CodeOf(err) != models.CodeBadUserInput {
			t.Errorf("%v: %v %v", in, d, err)
		}
	}
	if got := text(scalar.MarshalDuration(1500 * time.Microsecond)); got != `"1.5ms"` {
		t.Error(got)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	id := models.NewID(models.PrefixEvent)
	got, err := scalar.UnmarshalID(id.String())
	if err != nil || got != id || text(scalar.MarshalID(got)) != `"`+id.String()+`"` {
		t.Errorf("%s becomes %s, %v", id, got, err)
	}
	if got, err := scalar.UnmarshalID(nil); err != nil || !got.IsZero() {
		t.Errorf("null becomes %s, %v", got, err)
	}
	for _, in := range []any{"", "evt_", "17", 17, "xxx_01jd5x3v9kfm8tqz2y4r6w7abc", id.String() + "x"} {
		if _, err := scalar.UnmarshalID(in); models.CodeOf(err) != models.CodeBadUserInput {
			t.Errorf("%v: %v", in, err)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"b":12345678901234567890,"a":1.10,"c":"<&>"}`)
	for _, in := range []any{raw, map[string]any{"x": []any{json.Number("1.10"), "<&>", nil}}, "text", int64(7), true} {
		got, err := scalar.UnmarshalJSON(in)
		if err != nil || !json.Valid(got) || text(scalar.MarshalJSON(got)) != string(got) {
			t.Errorf("%v becomes %s, %v", in, got, err)
		}
	}
	if got, _ := scalar.UnmarshalJSON(raw); string(got) != string(raw) {
		t.Errorf("raw JSON becomes %s", got)
	}
	if got, _ := scalar.UnmarshalJSON(map[string]any{"x": "<&>", "n": json.Number("1.10")}); string(got) != `{"n":1.10,"x":"<&>"}` {
		t.Errorf("a map becomes %s", got)
	}
	for _, in := range []any{nil, json.RawMessage(` null `)} {
		if got, err := scalar.UnmarshalJSON(in); err != nil || got != nil {
			t.Errorf("null becomes %q, %v", got, err)
		}
	}
	if got := text(scalar.MarshalJSON(nil)); got != "null" {
		t.Error(got)
	}
	if _, err := scalar.UnmarshalJSON(func() {}); models.CodeOf(err) != models.CodeBadUserInput {
		t.Error(err)
	}
}

func TestEnumsAreExact(t *testing.T) {
	t.Parallel()
	if got, err := scalar.UnmarshalScope("ADMIN"); err != nil || got != models.ScopeAdmin {
		t.Errorf("%s %v", got, err)
	}
	for _, in := range []any{"admin", "", nil, 1, "ADMIN "} {
		if got, err := scalar.UnmarshalScope(in); models.CodeOf(err) != models.CodeBadUserInput || got != "" {
			t.Errorf("%v: %s %v", in, got, err)
		}
	}
}
