package wire

import (
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/executor"
)

func TestPostRefusesWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.MaxBody = 1000 })
	deep := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	for name, row := range map[string]struct {
		body   string
		header []string
		status int
		code   string
		says   string
	}{
		"empty":              {"", nil, 400, "BAD_USER_INPUT", "empty"},
		"white space":        {" \n ", nil, 400, "BAD_USER_INPUT", "empty"},
		"malformed":          {`{"query": "secret`, nil, 400, "BAD_USER_INPUT", "no valid JSON"},
		"two values":         {`{"query":"{__typename}"} {}`, nil, 400, "BAD_USER_INPUT", "no valid JSON from byte 26"},
		"NaN":                {`{"query":"{__typename}","variables":{"a":NaN}}`, nil, 400, "BAD_USER_INPUT", "no valid JSON"},
		"invalid UTF-8":      {"{\"query\":\"{__typename}\xff\"}", nil, 400, "BAD_USER_INPUT", "UTF-8 from byte 23"},
		"byte order mark":    {"\ufeff" + `{"query":"{__typename}"}`, nil, 400, "BAD_USER_INPUT", "no valid JSON"},
		"batch":              {`[{"query":"{__typename}"}]`, nil, 400, "BAD_USER_INPUT", "batches"},
		"a number":           {`5`, nil, 400, "BAD_USER_INPUT", "not a JSON object"},
		"no query":           {`{}`, nil, 400, "BAD_USER_INPUT", "query is missing"},
		"null query":         {`{"query":null}`, nil, 400, "BAD_USER_INPUT", "query is missing"},
		"query no string":    {`{"query":{}}`, nil, 400, "BAD_USER_INPUT", "query must be a string"},
		"name no string":     {`{"query":"{__typename}","operationName":1}`, nil, 400, "BAD_USER_INPUT", "operationName"},
		"variables a list":   {`{"query":"{__typename}","variables":[]}`, nil, 400, "BAD_USER_INPUT", "variables"},
		"extensions a word":  {`{"query":"{__typename}","extensions":"x"}`, nil, 400, "BAD_USER_INPUT", "extensions"},
		"too large":          {`{"query":"{__typename}","pad":"` + strings.Repeat("x", 1000) + `"}`, nil, 413, "PAYLOAD_TOO_LARGE", "more than 1000 bytes"},
		"no content type":    {`{"query":"{__typename}"}`, []string{"Content-Type", ""}, 415, "BAD_USER_INPUT", "Content-Type"},
		"a form":             {`query={__typename}`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "BAD_USER_INPUT", "Content-Type"},
		"another charset":    {`{"query":"{__typename}"}`, []string{"Content-Type", "application/json; charset=utf-16"}, 415, "BAD_USER_INPUT", "UTF-8"},
		"compressed":         {`{"query":"{__typename}"}`, []string{"Content-Encoding", "gzip"}, 415, "BAD_USER_INPUT", "Content-Encoding"},
		"nothing acceptable": {`{"query":"{__typename}"}`, []string{"Accept", "text/html"}, 406, "BAD_USER_INPUT", "Accept"},
		"a bad key":          {`{"query":"{__typename}"}`, []string{"Authorization", "Bearer bad"}, 401, "UNAUTHENTICATED", "not known"},
		"a broken server":    {`{"query":"{__typename}"}`, []string{"Authorization", "Bearer broken"}, 500, "INTERNAL", "request id"},
		"a panic":            {`{"query":"{__typename}"}`, []string{"Authorization", "Bearer panics"}, 500, "INTERNAL", "request id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.post(row.body, row.header...)
			if got.status != row.status || got.code() != row.code || got.hasData || !strings.Contains(got.body, row.says) {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if strings.Contains(got.body, "secret") || strings.Contains(got.body, "database") {
				t.Errorf("the answer tells too much: %s", got.body)
			}
		})
	}
	t.Run("deep", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, nil)
		got := b.post(`{"query":"{__typename}","variables":{"a":` + deep + `}}`)
		if got.status != 400 || got.code() != "BAD_USER_INPUT" || !strings.Contains(got.body, "deep") {
			t.Errorf("got %d %.300s", got.status, got.body)
		}
	})
}

func TestPostAnswers(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct {
		body   string
		header []string
		status int
		want   string
	}{
		"a query":            {`{"query":"{__typename}"}`, nil, 200, `{"data":{"__typename":"Query"}}`},
		"a charset":          {`{"query":"{__typename}"}`, []string{"Content-Type", `Application/JSON; Charset="UTF-8"`}, 200, `{"data":{"__typename":"Query"}}`},
		"the last member":    {`{"query":"{","query":"{__typename}","qu\u0065ry":"{me}"}`, nil, 200, `{"data":{"me":null}}`},
		"an escaped query":   {`{"query":"{\n\t hello(name: \"\u00e9\ud83c\udfc3\")}"}`, nil, 200, `{"data":{"hello":"hello é🏃"}}`},
		"an operation":       {`{"query":"query A{me} query B{__typename}","operationName":"B"}`, nil, 200, `{"data":{"__typename":"Query"}}`},
		"a mutation":         {`{"query":"mutation{publish(input:{type:\"x\",data:1}){type}}"}`, nil, 200, `{"data":{"publish":{"type":"x"}}}`},
		"a caller":           {`{"query":"{me}"}`, []string{"Authorization", goodKey}, 200, `{"data":{"me":"good"}}`},
		"another upgrade":    {`{"query":"{__typename}"}`, []string{"Upgrade", "h2c"}, 200, `{"data":{"__typename":"Query"}}`},
		"partly":             {`{"query":"{failsSoftly}"}`, nil, 200, `{"errors":[{"message":"it broke","path":["failsSoftly"],"locations":[{"line":1,"column":2}]}],"data":{"failsSoftly":null}}`},
		"wholly":             {`{"query":"{fails}"}`, []string{"Accept", typeResponse}, 200, `{"errors":[{"message":"it broke","path":["fails"],"locations":[{"line":1,"column":2}]}],"data":null}`},
		"HTML is not for us": {`{"query":"{hello(name:\"<b>&\")}"}`, nil, 200, `{"data":{"hello":"hello <b>&"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.post(row.body, row.header...)
			if got.status != row.status || got.body != row.want {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
}

func TestStatusFollowsTheMediaType(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct {
		body           string
		plain, telling int
	}{
		"parsing":             {`{"query":"{"}`, 200, 400},
		"validation":          {`{"query":"{nothing}"}`, 200, 400},
		"a missing variable":  {`{"query":"query($n:String!){hello(name:$n)}"}`, 200, 400},
		"an unknown name":     {`{"query":"{me}","operationName":"X"}`, 200, 400},
		"a subscription":      {`{"query":"subscription{quiet}"}`, 400, 400},
		"@defer":              {`{"query":"{... @defer{me}}"}`, 200, 400},
		"@defer in fragments": {`{"query":"{...F @defer} fragment F on Query{me}"}`, 200, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain, telling := b.post(row.body, "Accept", typeJSON), b.post(row.body, "Accept", typeResponse)
			if plain.status != row.plain || telling.status != row.telling || plain.body != telling.body {
				t.Errorf("got %d %s and %d %s", plain.status, plain.body, telling.status, telling.body)
			}
			if plain.code() != "BAD_USER_INPUT" || plain.hasData {
				t.Errorf("got %s", plain.body)
			}
		})
	}
}

func TestBodyWithoutKeyIsBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	large := `{"query":"{__typename}","pad":"` + strings.Repeat("x", anonymousBody) + `"}`
	if got := b.post(large); got.status != http.StatusUnauthorized || got.code() != "UNAUTHENTICATED" {
		t.Errorf("without a key: %d %s", got.status, got.body)
	}
	if got := b.post(large, "Authorization", goodKey); got.status != http.StatusOK {
		t.Errorf("with a key: %d %s", got.status, got.body)
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead} {
		got := b.do(b.request(method, `{"query":"{__typename}"}`))
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
			t.Errorf("%s: %d", method, got.status)
		}
	}
	if got := b.do(b.request(http.MethodOptions, "")); got.status != http.StatusNoContent {
		t.Errorf("OPTIONS: %d", got.status)
	}
}

func TestPanicIsInternal(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	got := b.post(`{"query":"{panics}"}`, "X-Request-Id", "abc-1")
	if got.code() != "INTERNAL" || got.errors[0].Extensions.RequestID != "abc-1" || strings.Contains(got.body, "panicked") {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if !strings.Contains(b.log.String(), "abc-1") || !strings.Contains(b.log.String(), "a resolver panicked") {
		t.Errorf("the log has %s", b.log)
	}
	if got := b.post(`{"query":"{__typename}"}`); got.status != 200 {
		t.Errorf("then %d %s", got.status, got.body)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for given, kept := range map[string]bool{
		"abc-1": true, "0af7651916cd43dd8448eb211c80319c": true, "Root=1-67891233-abcdef": true,
		"has space": false, "": false, "ü": false, strings.Repeat("x", 129): false,
	} {
		got := b.post(`{"query":"{__typename}"}`, "X-Request-Id", given).header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("%q: %q", given, got)
		}
	}
}

func TestParserLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) {
		c.Configure = func(e *executor.Executor) { e.SetParserTokenLimit(100) }
	})
	for _, query := range []string{"{" + strings.Repeat("me ", 200) + "}", "{echo(data:" + strings.Repeat("[", 5000) + ")}"} {
		if got := b.query(query, `{}`); got.code() != "QUERY_TOO_COMPLEX" {
			t.Errorf("got %s", got.body)
		}
	}
	if got := b.query("{me}", `{}`); got.code() != "" {
		t.Errorf("got %s", got.body)
	}
}
