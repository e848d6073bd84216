package wire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"carillon/graph/wire/internal/testschema"
)

// sink is a response writer that costs nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// publishing is a mutation with about 1 KB of data in its variables.
func publishing(data string) string {
	document := "mutation Publish($input: Item!) {\n  publish(input: $input) {\n    id\n    type\n  }\n}\n"
	return `{"query":` + string(appendQuoted(nil, document)) + `,"variables":{"input":{"type":"contact.created","data":` + data +
		`,"tags":["a","b"],"note":"0193d5d0"}},"operationName":"Publish"}`
}

func kilobyte() string {
	var b strings.Builder
	b.WriteString(`{"id":12345678901234567890`)
	for i := 0; b.Len() < 1000; i++ {
		fmt.Fprintf(&b, `,"field%d":{"name":"some value of a field","amount":%d.10,"list":[true,null,%d]}`, i, i, i)
	}
	return b.String() + "}"
}

func plainSchema() graphql.ExecutableSchema {
	return testschema.NewExecutableSchema(testschema.Config{Resolvers: &testschema.Resolver{}})
}

func BenchmarkPost(b *testing.B) {
	small := publishing(kilobyte())
	bulk := make([]string, 100)
	for i := range bulk {
		bulk[i] = `{"type":"contact.created","data":` + kilobyte() + `}`
	}
	const document = `mutation($input:Items!){publishAll(input:$input){id}}`
	large := `{"query":"` + document + `","variables":{"input":{"items":[` + strings.Join(bulk, ",") + `]}}}`
	literal := `{"query":` + string(appendQuoted(nil, `mutation{publish(input:{type:"t",data:{a:1.10,b:[1,2,3]}}){id}}`)) + `}`

	gqlgen := handler.New(plainSchema())
	gqlgen.AddTransport(transport.POST{})
	gqlgen.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	for name, h := range map[string]http.Handler{"wire": NewHandler(Config{Schema: plainSchema()}), "gqlgen": gqlgen} {
		b.Run(name+"/publish", func(b *testing.B) { benchmarkPost(b, h, small) })
		b.Run(name+"/publish100", func(b *testing.B) { benchmarkPost(b, h, large) })
		b.Run(name+"/literal", func(b *testing.B) { benchmarkPost(b, h, literal) })
		b.Run(name+"/typename", func(b *testing.B) { benchmarkPost(b, h, `{"query":"{__typename}"}`) })
	}
}

func benchmarkPost(b *testing.B, h http.Handler, body string) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	from := strings.NewReader(body)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://localhost/graphql", io.NopCloser(from))
	if err != nil {
		b.Fatal(err)
	}
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Type", typeJSON)
	r.Header.Set("Accept", "*/*")
	for b.Loop() {
		from.Reset(body)
		w := &sink{header: make(http.Header)}
		h.ServeHTTP(w, r)
		if w.status > http.StatusOK {
			b.Fatal(w.status)
		}
	}
}
