package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"carillon/graph/wire/internal/testschema"
)

// FuzzCheckJSON holds the reader of JSON to encoding/json's.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{
		odd, `{}`, `[]`, ` [ 1 , 2 ] `, `{"a":{"b":[{}]}}`, `"\ud83c\udfc3\ud83c"`, `-0.0e+1`, `01`, `1.`, `.5`, `+1`,
		`[1,]`, `{"a":1,}`, `{"a"}`, `{,}`, `tru`, `nul`, `"\x"`, `"\u12"`, "\"\n\"", `[[[[`, `]`, `{"a":1}}`, `"a`, `--1`, `1e`, `{1:2}`, `[}`, `{]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fault := checkJSON(b)
		if (fault == nil) != json.Valid(b) {
			t.Fatalf("%q: %v", b, fault)
		}
		if objectFault := members(b, func(_, _ []byte, _ bool) {}); objectFault == nil && fault != nil {
			t.Fatalf("%q passes as an object", b)
		}
		if fault != nil || !utf8.Valid(b) {
			return
		}
		head := skipSpace(b, 0)
		if end := skipValue(b, head); skipSpace(b, end) != len(b) {
			t.Fatalf("%q ends at %d", b, end)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, b); err != nil {
			t.Fatal(err)
		}
		if got := compact(b[head:]); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%q becomes %q", b, got)
		}
		if b[head] == '{' {
			checkMembers(t, b)
		}
		if b[head] != '"' {
			return
		}
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			t.Fatal(err)
		}
		raw := bytes.TrimSpace(b)
		if got := unquoted(raw); got != text {
			t.Fatalf("%q reads %q, not %q", b, got, text)
		}
		var again string
		if err := json.Unmarshal(appendQuoted(nil, text), &again); err != nil || again != text {
			t.Fatalf("%q is written %q", text, appendQuoted(nil, text))
		}
	})
}

// checkMembers holds members to encoding/json, for an object that is valid.
func checkMembers(t *testing.T, b []byte) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]json.RawMessage)
	fault := members(b, func(name, value []byte, spaced bool) {
		got[unquoted(name)] = bytes.Clone(value)
		if spaced != (len(compact(value)) != len(value)) {
			t.Fatalf("%q: spaced is %v", value, spaced)
		}
	})
	if fault != nil || len(got) != len(want) {
		t.Fatalf("%q: %v, %d members, not %d", b, fault, len(got), len(want))
	}
	for name, value := range want {
		if !bytes.Equal(got[name], value) {
			t.Fatalf("%q: %q is %q, not %q", b, name, got[name], value)
		}
	}
}

// FuzzPost sends anything as a body: there is always one answer, it is JSON,
// and nothing panics.
func FuzzPost(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{__typename}"}`,
		`{"query":"query($i:Item!){scalars(input:$i)}","variables":{"i":{"type":"t","data":{"a":[1.10]},"tags":"x","count":1e1}}}`,
		`{"query":"query A($s:Int=5){echo(data:{s:$s,n:[1.10,\"x\"]})}","operationName":"A","variables":null,"extensions":{"a":1}}`,
		`{"query":"mutation{publishAll(input:{items:[{type:\"t\",data:{}}]}){data}}"}`,
		`{"query":"query($c:Choice!){choose(choice:$c)}","variables":{"c":{"text":"x"}}}`,
		`{"query":"{...F @defer} fragment F on Query{me}"}`,
		`[{"query":"{__typename}"}]`, `{"query":5}`, "\xff", ``, `{"query":"{","variables":[]}`,
	} {
		f.Add([]byte(seed))
	}
	h := NewHandler(Config{
		Schema:    testschema.NewExecutableSchema(testschema.Config{Resolvers: &testschema.Resolver{}}),
		Configure: func(e *executor.Executor) { e.Use(extension.Introspection{}) },
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		if bytes.Contains(body, []byte("blocks")) || bytes.Contains(body, []byte("anics")) {
			return // these fields do what their names say
		}
		req := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		req.Header.Set("Content-Type", typeJSON)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		got, _ := io.ReadAll(w.Result().Body)
		if !json.Valid(got) || w.Code >= http.StatusInternalServerError || strings.Contains(string(got), `"INTERNAL"`) {
			t.Fatalf("%q: %d %s", body, w.Code, got)
		}
	})
}

// FuzzGet sends anything as the address and the Accept header: there is always one
// answer, of a type that was asked for, and nothing is changed.
func FuzzGet(f *testing.F) {
	f.Add("query=%7B__typename%7D", "application/json")
	f.Add("query=query($i:Item!)%7Bscalars(input:$i)%7D&variables=%7B%22i%22%3A%7B%7D%7D&operationName=", "application/graphql-response+json;q=0.9, */*;q=0.1")
	f.Add("query=mutation%7BpublishAll(input:%7Bitems:[]%7D)%7Bdata%7D%7D", "text/event-stream")
	f.Add("query=%ff&extensions=[]&variables=x", "a/b;q=NaN, application/json;charset=latin1")
	h := NewHandler(Config{
		Schema:    testschema.NewExecutableSchema(testschema.Config{Resolvers: &testschema.Resolver{}}),
		Configure: func(e *executor.Executor) { e.Use(extension.Introspection{}) },
	})
	f.Fuzz(func(t *testing.T, query, accept string) {
		if plain, err := url.QueryUnescape(query); err == nil && (strings.Contains(plain, "blocks") || strings.Contains(plain, "anics")) {
			return // these fields do what their names say
		}
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL.RawQuery = query
		req.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		got, _ := io.ReadAll(w.Result().Body)
		stream := strings.HasPrefix(w.Header().Get("Content-Type"), typeEvents)
		if !stream && !json.Valid(got) || w.Code >= http.StatusInternalServerError || strings.Contains(string(got), `"INTERNAL"`) {
			t.Fatalf("%q, %q: %d %s", query, accept, w.Code, got)
		}
		if stream && !strings.Contains(accept, "event-stream") && !strings.Contains(strings.ToLower(accept), "event-stream") {
			t.Fatalf("%q is answered by a stream", accept)
		}
	})
}

// FuzzMessage sends anything to a WebSocket's reader.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init","payload":{"authorization":"Bearer x"}}`, `{"type":"subscribe","id":"1","payload":{"query":"{me}"}}`,
		`{"type":"ping","payload":null}`, `{"id":1}`, `[]`, `x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, end := parseMessage(b)
		if end == nil && m.kind == "connection_init" {
			_, end = initCredential(m.payload)
		}
		if end != nil && (end.code != codeInvalid || len(end.reason) > maxReason || !utf8.ValidString(end.reason)) {
			t.Fatalf("%q: %d %q", b, end.code, end.reason)
		}
	})
}
