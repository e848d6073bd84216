package wire

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (b *bench) get(params map[string]string, accept string) answer {
	b.Helper()
	values := url.Values{}
	for name, value := range params {
		values.Set(name, value)
	}
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.url+"?"+values.Encode(), nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	return b.do(req)
}

func TestGet(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct {
		params map[string]string
		status int
		says   string
	}{
		"a query":              {map[string]string{"query": "{__typename}"}, 200, `{"data":{"__typename":"Query"}}`},
		"variables":            {map[string]string{"query": "query($d:JSON){echo(data:$d)}", "variables": ` {"d":` + odd + "} "}, 200, `{"data":{"echo":` + odd + `}}`},
		"an operation":         {map[string]string{"query": "query A{me} query B{__typename}", "operationName": "B"}, 200, "Query"},
		"extensions":           {map[string]string{"query": "{__typename}", "extensions": `{"a":1}`}, 200, "Query"},
		"nothing":              {nil, 400, "query is missing"},
		"a mutation":           {map[string]string{"query": "mutation{publish(input:{type:\"t\",data:1}){id}}"}, 405, "POST"},
		"a subscription":       {map[string]string{"query": "subscription{quiet}"}, 400, "server-sent events"},
		"variables no JSON":    {map[string]string{"query": "{me}", "variables": "{"}, 400, "variables is no valid JSON"},
		"variables no object":  {map[string]string{"query": "{me}", "variables": "[]"}, 400, "variables must be"},
		"extensions no object": {map[string]string{"query": "{me}", "extensions": "5"}, 400, "extensions must be"},
		"invalid UTF-8":        {map[string]string{"query": "{me}\xff"}, 400, "UTF-8"},
		"parsing":              {map[string]string{"query": "{"}, 400, "Expected Name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := b.get(row.params, typeResponse); got.status != row.status || !strings.Contains(got.body, row.says) {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	if got := b.get(map[string]string{"query": "mutation{publish(input:{type:\"t\",data:1}){id}}"}, typeJSON); got.status != 405 || got.header.Get("Allow") != "POST" {
		t.Errorf("a mutation: %d", got.status)
	}
}
