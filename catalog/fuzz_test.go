package catalog

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"carillon/models"
)

// Whatever is compiled and checked, nothing panics and every error is one that
// a client may read.
func FuzzCompileAndCheck(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"type":"object","properties":{"a":{"type":["string","null"],"minLength":2}}}`, `{"a":"x"}`},
		{`{"oneOf":[{"const":1.0},{"enum":[1,{"a":[]}]}],"not":{"minimum":3}}`, `1e2`},
		{`{"$ref":"#/$defs/a","$defs":{"a":{"items":{"$ref":"#"},"contains":false}}}`, `[[[]],[]]`},
		{`{"uniqueItems":true,"prefixItems":[{"multipleOf":0.1}],"unevaluatedItems":false}`, `[1,1]`},
		{`{"propertyNames":{"format":"uri"},"patternProperties":{"^a":false},"dependentSchemas":{"a":{"$id":"x"}}}`, `{"a":1}`},
		{`{"$dynamicAnchor":"n","if":{"$dynamicRef":"#n"},"dependencies":{"a":["b"],"b":{"$ref":"#"}}}`, `{"b":1}`},
		{`{"minimum":1e400,"maxLength":1e300,"$id":"http://a/b","$anchor":"x"}`, `-0.0`},
		{`{"$ref":"http://example.com/"}`, `null`},
		{`false`, `"\ud800"`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, schema, data []byte) {
		s, err := Compile(json.RawMessage(schema))
		if err != nil {
			wantReadable(t, "schema", err)
			return
		}
		if err := s.Check("data", json.RawMessage(data)); err != nil {
			wantReadable(t, "data", err)
		}
	})
}

func wantReadable(t *testing.T, field string, err error) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Code != models.CodeBadUserInput && e.Code != models.CodePayloadTooLarge {
		t.Fatalf("got %#v", err)
	}
	if e.Field != field && !strings.HasPrefix(e.Field, field+".") || e.Message == "" || len(e.Error()) > 30_000 {
		t.Fatalf("field %q, %d bytes: %v", e.Field, len(e.Error()), err)
	}
}
