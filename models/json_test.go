package models_test

import (
	"encoding/json"
	"strings"
	"testing"

	"carillon/models"
)

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"", "null", "true", "0", "-1.5e10", `""`, `"\u0000"`, "[]", "{}", ` {"a": [1, {"b": "[[[[{{{\"\\"}]} `,
		"12345678901234567890", "1.10", nested(models.MaxDepth),
		`"` + strings.Repeat("[", 1000) + `"`,
	} {
		if err := models.CheckJSON("data", json.RawMessage(good), 4096); err != nil {
			t.Errorf("%.60s: %v", good, err)
		}
	}
	for _, bad := range []string{
		" ", "{", "}", "nul", "NaN", "Infinity", "01", "1.", "'a'", "{a:1}", "[1,]", "1 2", "\"\x00\"", "\"\xff\"", "\ufeff1",
		`"\"`, nested(models.MaxDepth + 1), strings.Repeat("[", 2000), `{"a":` + nested(models.MaxDepth) + `}`,
	} {
		checkField(t, "data", models.CheckJSON("data", json.RawMessage(bad), 4096))
	}
	if err := models.CheckJSON("data", json.RawMessage(nested(10_000)), 1<<20); models.CodeOf(err) != models.CodeBadUserInput {
		t.Errorf("10,000 deep: %v", err)
	}
	err := models.CheckJSON("data", json.RawMessage(`"12345"`), 6)
	if models.CodeOf(err) != models.CodePayloadTooLarge {
		t.Errorf("over the limit: %v", err)
	}
	if err := models.CheckJSON("data", json.RawMessage(`"1234"`), 6); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestCompactJSONKeepsDigitsAndOrder(t *testing.T) {
	t.Parallel()
	got := models.CompactJSON(json.RawMessage("{ \"b\" : 12345678901234567890 ,\n\t\"a\": [ 1.10 , 1e400, -0, \"<ä \\u00e4>\" ] }"))
	if want := `{"b":12345678901234567890,"a":[1.10,1e400,-0,"<ä \u00e4>"]}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := models.CompactJSON(json.RawMessage("not JSON")); string(got) != "not JSON" {
		t.Errorf("changed what is not JSON to %s", got)
	}
}

func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,"x\\\""]}`, `"\"[`, nested(101), "1e999"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) == 0 || models.CheckJSON("data", raw, 1<<16) != nil {
			return
		}
		compact := models.CompactJSON(raw)
		if err := models.CheckJSON("data", compact, 1<<16); err != nil {
			t.Fatalf("%q is fine but compact it is not: %v", raw, err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q passed: %v", raw, err)
		}
	})
}

func TestNormalizeJSON(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", models.MaxDepth+1) + strings.Repeat("]", models.MaxDepth+1)
	tests := []struct {
		raw, want string
		code      models.Code
	}{
		{raw: `{"b":1.10,"a":12345678901234567890}`, want: `{"b":1.10,"a":12345678901234567890}`},
		{raw: "{ \"b\" : [1,\n 2] }", want: `{"b":[1,2]}`},
		{raw: `{"a b\" {[":"\\"}`, want: `{"a b\" {[":"\\"}`},
		{raw: `"` + strings.Repeat("[", 500) + `"`, want: `"` + strings.Repeat("[", 500) + `"`},
		{raw: deep, code: models.CodeBadUserInput},
		{raw: `"` + strings.Repeat("x", 2000) + `"`, code: models.CodePayloadTooLarge},
		{raw: "\"\xff\"", code: models.CodeBadUserInput},
		{raw: ``, want: ``},
	}
	for _, tt := range tests {
		got, err := models.NormalizeJSON("data", json.RawMessage(tt.raw), 1000)
		switch {
		case tt.code == "" && (err != nil || string(got) != tt.want):
			t.Errorf("%.40q gave %q, %v, want %q", tt.raw, got, err, tt.want)
		case tt.code != "" && models.CodeOf(err) != tt.code:
			t.Errorf("%.40q gave %v, want %s", tt.raw, err, tt.code)
		}
	}
}
