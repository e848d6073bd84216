package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"carillon/models"
)

func compile(t testing.TB, schema string) *Schema {
	t.Helper()
	s, err := Compile(json.RawMessage(schema))
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return s
}

// wantError compares the field and the whole sentence.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	var e *models.Error
	switch {
	case want == "" && err == nil:
	case want == "" || err == nil || !errors.As(err, &e):
		t.Errorf("got %v, want %q", err, want)
	case e.Code != models.CodeBadUserInput || e.Error() != want:
		t.Errorf("got %s %q, want %q", e.Code, e.Error(), want)
	}
}

func TestCompile(t *testing.T) {
	t.Parallel()
	const notRead = ", which is not part of it; nothing is read from files or the network, so put it under $defs"
	tests := []struct{ schema, want string }{
		{`{}`, ""},
		{`true`, ""},
		{`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}`, ""},
		{`{"$id":"https://example.com/a","properties":{"x":{"$ref":"b"}},"$defs":{"b":{"$id":"b","type":"string"}}}`, ""},
		{`{"properties":{"$ref":{"type":"string"},"$schema":{"type":"string"}}}`, ""},
		{`{"$dynamicRef":"#m","$defs":{"a":{"$dynamicAnchor":"m"}}}`, ""},
		{`{"properties":{"child":{"$ref":"#"}}}`, ""},
		{``, "schema: is empty; give a JSON Schema"},
		{`{`, "schema: is not JSON"},
		{`12`, "schema: is not a JSON Schema; give an object, or true or false"},
		{`null`, "schema: is not a JSON Schema; give an object, or true or false"},
		{`{"type":"strin"}`, "schema.type: must be one of array, boolean, integer, null, number, object, string"},
		{`{"properties":{"a":{"minLength":-1}}}`, "schema.properties.a.minLength: must be at least 0"},
		{`{"properties":{"a":{"required":true}}}`, "schema.properties.a.required: must be array, not boolean"},
		{`{"$ref":"http://example.com/x"}`, "schema: refers to http://example.com/x" + notRead},
		{`{"$ref":"file:///etc/passwd"}`, "schema: refers to file:///etc/passwd" + notRead},
		{`{"$ref":"other.json"}`, "schema: refers to other.json" + notRead},
		{`{"$ref":"https://json-schema.org/draft/2020-12/schema"}`, "schema: refers to https://json-schema.org/draft/2020-12/schema#" + notRead},
		{`{"$ref":"#/$defs/x"}`, "schema: refers to #/$defs/x, which it does not hold"},
		{`{"$ref":"#x"}`, "schema: refers to #x, which it does not hold"},
		{`{"$ref":"#"}`, "schema: refers to itself at # without going deeper into the data"},
		{`{"pattern":"(?=a)"}`, "schema.pattern: is not a regular expression that this server reads (RE2: no look-around, no back references)"},
		{`{"patternProperties":{"(?<!a)b":true}}`, `schema.patternProperties: has the name "(?<!a)b", which is not a regular expression that this server reads (RE2: no look-around, no back references)`},
		{`{"$schema":"http://json-schema.org/draft-07/schema#"}`, "schema.$schema: names another draft; this server reads https://json-schema.org/draft/2020-12/schema"},
		{`{"$defs":{"a":{"$id":"x","$schema":"http://json-schema.org/draft-07/schema#"}},"$ref":"x"}`, "schema: names another draft in a part of it; this server reads https://json-schema.org/draft/2020-12/schema"},
		{`{"minimum":1e999999}`, "schema.minimum: holds a number of more than 400 digits"},
		{`{"enum":[[1e401]]}`, "schema.enum.0.0: holds a number of more than 400 digits"},
		{`{"$defs":{"a":{"$dynamicAnchor":"m"},"b":{"$id":"b","$dynamicAnchor":"m"}}}`, `schema: has the $dynamicAnchor "m" twice, which this server does not resolve; use $anchor and $ref`},
	}
	for _, test := range tests {
		t.Run(test.schema, func(t *testing.T) {
			t.Parallel()
			_, err := Compile(json.RawMessage(test.schema))
			wantError(t, err, test.want)
		})
	}
}

func TestCompileIsBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"not":`, models.MaxDepth+1) + "true" + strings.Repeat("}", models.MaxDepth+1)
	_, err := Compile(json.RawMessage(deep))
	wantError(t, err, "schema: is nested more than 100 deep")

	wide := `{"enum":[` + strings.Repeat("true,", maxParts) + `true]}`
	_, err = Compile(json.RawMessage(wide))
	wantError(t, err, "schema: has 5002 parts; at most 5000 are allowed")

	large := `{"title":"` + strings.Repeat("a", models.MaxSchema) + `"}`
	if _, err := Compile(json.RawMessage(large)); models.CodeOf(err) != models.CodePayloadTooLarge {
		t.Errorf("got %v", err)
	}
}

// Neither the network nor a file is read, whatever a schema asks for.
func TestCompileReadsNothing(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the network was used")
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`true`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{server.URL, file, "file://" + file} {
		for _, keyword := range []string{"$ref", "$dynamicRef", "$schema"} {
			schema := fmt.Sprintf(`{"$id":"https://example.com/","$defs":{"a":{"$id":"a",%q:%q}},"properties":{"a":{"$ref":"a"}}}`, keyword, address)
			if _, err := Compile(json.RawMessage(schema)); models.CodeOf(err) != models.CodeBadUserInput {
				t.Errorf("%s: %v", schema, err)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	contact := `{"type":"object","required":["id","emails"],"properties":{
		"id":{"type":"string","pattern":"^CONT-"},
		"emails":{"type":"array","minItems":1,"items":{"type":"object","required":["mail"],
			"properties":{"mail":{"type":"string","format":"email"},"type":{"enum":["PRIVATE","WORK"]}}}},
		"address":{"anyOf":[{"type":"object","required":["city"],"properties":{"city":{"type":"string"}}},{"type":"null"}]},
		"status":{"const":"ACTIVE"}},"unevaluatedProperties":false}`
	tree := `{"type":"object","required":["v"],"properties":{"v":{"type":"integer"},"left":{"$ref":"#"},"right":{"$ref":"#"}},"additionalProperties":false}`
	tests := []struct{ schema, data, want string }{
		{contact, `{"id":"CONT-1","emails":[{"mail":"a@example.com","type":"WORK"}],"address":null}`, ""},
		{contact, `{"id":5,"emails":[{"mail":"nope","type":"X"},{}],"status":"y"}`,
			"data.emails.0.mail: is not of the format email; data.emails.0.type: must be one of PRIVATE, WORK; " +
				"data.emails.1.mail: is missing; data.id: must be string, not number; data.status: must be ACTIVE"},
		{contact, `[]`, "data: must be object, not array"},
		{contact, `{"id":"CONT-1","emails":[{"mail":"a@example.com"}],"address":{}}`, "data.address.city: is missing"},
		{contact, `{"id":"CONT-1","emails":[{"mail":"a@example.com"}],"address":5}`, "data.address: must be null or object, not number"},
		{contact, `{"id":"CONT-1","emails":[{"mail":"a@example.com"}],"other":5}`, "data.other: is not allowed"},
		{contact, `{`, "data: is not JSON"},
		{contact, ``, "data: is not JSON"},
		{tree, `{"v":1,"left":{"v":2},"right":{"v":"x","foo":1}}`, "data.right.foo: is not allowed here; data.right.v: must be integer, not string"},
		{`{"maximum":12345678901234567890}`, `12345678901234567890`, ""},
		{`{"maximum":12345678901234567890}`, `12345678901234567891`, "data: must be at most 12345678901234567890"},
		{`{"multipleOf":0.01}`, `1.10`, ""},
		{`{"multipleOf":0.01}`, `1.101`, "data: must be a multiple of 0.01"},
		{`{"type":"integer"}`, `1.0`, ""},
		{`{"minimum":0}`, `1e401`, "data: holds a number of more than 400 digits, which cannot be checked"},
		{`{"minimum":0}`, `1e99999999999999999999`, "data: holds a number of more than 400 digits, which cannot be checked"},
		{`{}`, `{"a":[0,` + strings.Repeat("1", 401) + `]}`, "data.a.1: holds a number of more than 400 digits, which cannot be checked"},
		{`{"uniqueItems":true}`, `[1,"1",true,null,[1],{"a":1}]`, ""},
		{`{"uniqueItems":true}`, `[[1],2,[1.0]]`, "data: holds the same item twice, at 0 and 2"},
		{`{"uniqueItems":true}`, `[{"a":1,"b":[2]},{"b":[2],"a":1}]`, "data: holds the same item twice, at 0 and 1"},
		{`{"uniqueItems":true}`, `[1,-1,10e-1]`, "data: holds the same item twice, at 0 and 2"},
		{`{"additionalProperties":{"propertyNames":{"pattern":"^[a-z]+$"}}}`, `{"a":{"BAD":1},"b":{"c":1},"c":{}}`,
			`data.a: has the name "BAD", which does not match the pattern ^[a-z]+$`},
		{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{"a":1,"b":1}`, "data: fits more than one of the forms of which exactly one is allowed"},
		{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{}`, "data: fits none of the 2 forms that are allowed"},
		{`{"anyOf":[{"const":"a"},{"const":1},{"type":"null"}]}`, `"b"`, "data: must be one of a, 1"},
		{`{"not":{"type":"string"}}`, `"b"`, "data: is of a form that is not allowed"},
		{`{"contains":{"type":"string"}}`, `[1]`, "data: holds no item of the form that is needed"},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, "data.b: is missing; it is needed beside a"},
		{`{"type":"object","minLength":3,"properties":{"a\nb":{"minLength":3}}}`, `{"a\nb":"x"}`, "data.a?b: has 1 characters; at least 3 are needed"},
		{`false`, `1`, "data: is not allowed"},
		{`{"minItems":2}`, `[1]`, "data: has 1 items; at least 2 are needed"},
		{`{"maxItems":0}`, `[1]`, "data: has 1 items; at most 0 are allowed"},
		{`{"minProperties":1}`, `{}`, "data: has 0 properties; at least 1 are needed"},
		{`{"maxProperties":0}`, `{"a":1}`, "data: has 1 properties; at most 0 are allowed"},
		{`{"maxLength":1}`, `"äö"`, "data: has 2 characters; at most 1 are allowed"},
		{`{"contains":{"const":1},"minContains":2}`, `[1,2]`, "data: has 1 items of the form that is needed; at least 2 are needed"},
		{`{"contains":{"const":1},"maxContains":1}`, `[1,1]`, "data: has 2 items of the form that is bounded; at most 1 are allowed"},
		{`{"exclusiveMinimum":0.5}`, `0.5`, "data: must be more than 0.5"},
		{`{"exclusiveMaximum":0.5}`, `0.5`, "data: must be less than 0.5"},
		{`{"minimum":-2}`, `-3`, "data: must be at least -2"},
		{`{"enum":["a",1,null,{"b":[]}]}`, `2`, `data: must be one of a, 1, null, {"b":[]}`},
		{`{"enum":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}`, `0`, "data: must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2 more"},
		{`{"allOf":[{"$ref":"#/$defs/a"},{"minLength":9}],"$defs":{"a":{"pattern":"^x","format":"email"}}}`, `"xy"`,
			"data: has 2 characters; at least 9 are needed; data: is not of the format email"},
		{`{"prefixItems":[{"type":"null"}],"items":false,"unevaluatedItems":true}`, `[null,1]`, "data.1: is not allowed"},
		{`{"dependentSchemas":{"a":{"required":["b"]}},"if":{"required":["c"]},"then":{"maxProperties":1}}`, `{"a":1,"c":2}`,
			"data: has 2 properties; at most 1 are allowed; data.b: is missing"},
	}
	for _, test := range tests {
		t.Run(test.data, func(t *testing.T) {
			t.Parallel()
			wantError(t, compile(t, test.schema).Check("data", json.RawMessage(test.data)), test.want)
		})
	}
}

// Secrets that a payload may hold are not repeated in what a client reads.
func TestCheckRepeatsNoValue(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"additionalProperties":{"type":"integer"},"properties":{"a":{"format":"email"},"b":{"pattern":"^x"},"c":{"const":"x"},"d":{"enum":["x"]},"e":{"maxLength":1}}}`)
	err := s.Check("data", json.RawMessage(`{"a":"hunter2","b":"hunter2","c":"hunter2","d":"hunter2","e":"hunter2","f":"hunter2"}`))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestCheckListsABoundedNumber(t *testing.T) {
	t.Parallel()
	data := "[" + strings.Repeat("1,", 1000) + "1]"
	err := compile(t, `{"items":{"type":"string"}}`).Check("data", json.RawMessage(data))
	if err == nil || strings.Count(err.Error(), "must be string") != maxFindings || !strings.HasSuffix(err.Error(), "; and 981 more") {
		t.Errorf("got %v", err)
	}
	name := strings.Repeat("n", 1000)
	deep := strings.Repeat(`{"`+name+`":`, 90) + "1" + strings.Repeat("}", 90)
	err = compile(t, `{"type":"object","additionalProperties":{"$ref":"#"}}`).Check("data", json.RawMessage(deep))
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("got %v", err)
	}
}

func TestCheckConcurrently(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"uniqueItems":true,"items":{"propertyNames":{"pattern":"^a"},"additionalProperties":{"$ref":"#"}}}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if err := s.Check("data", json.RawMessage(`[{"a":[{"ab":1}]},{"b":2}]`)); err == nil ||
					err.Error() != `data.1: has the name "b", which does not match the pattern ^a` {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	wg.Wait()
}
