package catalog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const tooLong = "data: takes too long to check: the schema branches too much for data of this size and depth"

func nested(depth int) string {
	return strings.Repeat(`{"a":`, depth) + `{}` + strings.Repeat(`}`, depth)
}

// Each of these would take more steps than there are atoms, were it done.
func TestBombsAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	var chain strings.Builder
	for i := range 60 {
		fmt.Fprintf(&chain, `"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	tests := map[string]struct{ schema, data string }{
		"a reference twice":   {`{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`, nested(90)},
		"two patterns":        {`{"patternProperties":{"a":{"$ref":"#"},"^a":{"$ref":"#"}}}`, nested(90)},
		"hidden by not":       {`{"not":{"type":"string"},"patternProperties":{"a":{"not":{"$ref":"#"}},"^a":{"not":{"$ref":"#"}}}}`, nested(90)},
		"items and contains":  {`{"items":{"$ref":"#"},"contains":{"$ref":"#"}}`, strings.Repeat("[", 90) + strings.Repeat("]", 90)},
		"definitions doubled": {`{"$ref":"#/$defs/d0","$defs":{` + chain.String() + `"d60":{}}}`, `1`},
		"dynamic references":  {`{"$dynamicAnchor":"n","properties":{"a":{"allOf":[{"$dynamicRef":"#n"},{"$dynamicRef":"#n"}]}}}`, nested(90)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, compile(t, test.schema).Check("data", json.RawMessage(test.data)), tooLong)
		})
	}
}

// The same schemas are of use with data that is not made to hurt.
func TestBranchingSchemasTakeOrdinaryData(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"type":"object","anyOf":[
		{"properties":{"kind":{"const":"value"}}},
		{"properties":{"kind":{"const":"and"},"args":{"items":{"$ref":"#"}}},"required":["args"]},
		{"properties":{"kind":{"const":"or"},"args":{"items":{"$ref":"#"}}},"required":["args"]}]}`)
	data := `{"kind":"value"}`
	for range 8 {
		data = `{"kind":"and","args":[` + data + `,{"kind":"value"}]}`
	}
	wantError(t, s.Check("data", json.RawMessage(data)), "")
}

func TestLargeDataIsAffordable(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{`{"items":{"type":["integer","null"]}}`, `{"items":{"$ref":"#/$defs/n"},"$defs":{"n":{"type":"integer","minimum":0}}}`} {
		data := "[" + strings.Repeat("1,", 100_000) + "1]"
		wantError(t, compile(t, schema).Check("data", json.RawMessage(data)), "")
	}
}

// Arrays made so that a weak hash takes all items for the same.
func TestUniqueItemsOfLikeShape(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 10_000 {
		var b strings.Builder
		for bit := range 14 {
			b.WriteString([]string{"1,", "[1],"}[i>>bit&1])
		}
		items = append(items, "["+b.String()+"1]")
	}
	s := compile(t, `{"uniqueItems":true}`)
	wantError(t, s.Check("data", json.RawMessage("["+strings.Join(items, ",")+"]")), "")
	items = append(items, items[77])
	wantError(t, s.Check("data", json.RawMessage("["+strings.Join(items, ",")+"]")), "data: holds the same item twice, at 77 and 10000")
}

func BenchmarkCheck(b *testing.B) {
	s := compile(b, `{"type":"object","required":["id","emails"],"properties":{"id":{"type":"string","pattern":"^CONT-"},
		"emails":{"type":"array","items":{"type":"object","properties":{"mail":{"type":"string","format":"email"}},"required":["mail"]}}}}`)
	data := json.RawMessage(`{"id":"CONT-5","emails":[{"mail":"a@example.com"}],"text":"` + strings.Repeat("x", 900) + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Check("data", data); err != nil {
			b.Fatal(err)
		}
	}
}
