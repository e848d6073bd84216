package scalar_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"carillon/graph/scalar"
	"carillon/models"
)

// FuzzScalars: what a scalar takes is written so that it is taken again as the same.
func FuzzScalars(f *testing.F) {
	for _, seed := range []string{"2026-11-20T12:00:00.123456789+02:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1h30m", "2562047h", "evt_01jd5x3v9kfm8tqz2y4r6w7abc", `{"a":1.10}`, "\xff", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := scalar.UnmarshalTime(text); err == nil {
			var shown string
			written := write(t, scalar.MarshalTime(at), &shown)
			if again, err := scalar.UnmarshalTime(shown); err != nil || at.Sub(again) < 0 || at.Sub(again) >= 1e6 {
				t.Fatalf("%q is written %s: %v", text, written, err)
			}
		}
		if d, err := scalar.UnmarshalDuration(text); err == nil {
			var shown string
			written := write(t, scalar.MarshalDuration(d), &shown)
			if again, err := scalar.UnmarshalDuration(shown); err != nil || again != d {
				t.Fatalf("%q is %s, written %s, and then %s, %v", text, d, written, again, err)
			}
		}
		if id, err := scalar.UnmarshalID(text); err == nil && id != (models.ID{}) {
			var shown string
			if write(t, scalar.MarshalID(id), &shown); shown != text {
				t.Fatalf("%q is written %q", text, shown)
			}
		}
		if raw, err := scalar.UnmarshalJSON(text); err != nil || !json.Valid(raw) {
			t.Fatalf("%q becomes %q, %v", text, raw, err)
		}
		if raw, err := scalar.UnmarshalJSON(json.RawMessage(text)); err == nil && json.Valid([]byte(text)) && raw != nil {
			var out strings.Builder
			if scalar.MarshalJSON(raw).MarshalGQL(&out); out.String() != text {
				t.Fatalf("%q is written %q", text, out.String())
			}
		}
	})
}

// write gives the JSON of a scalar, and reads it.
func write(t *testing.T, m graphql.Marshaler, into any) string {
	t.Helper()
	var out bytes.Buffer
	m.MarshalGQL(&out)
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatalf("%q is no JSON: %v", &out, err)
	}
	return out.String()
}
