package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.uber.org/goleak"

	"carillon/graph/wire/internal/testschema"
	"carillon/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a running handler of the test schema.
type bench struct {
	*testing.T
	handler  *Handler
	resolver *testschema.Resolver
	url      string
	log      *logged
}

type callerKey struct{}

const goodKey = "Bearer good"

var errBadKey = &models.Error{Code: models.CodeUnauthenticated, Message: "the key is not known"}

// newBench serves the test schema until the test ends; tune may be nil.
func newBench(t *testing.T, tune func(*Config)) *bench {
	t.Helper()
	b := &bench{T: t, log: &logged{}}
	b.resolver = &testschema.Resolver{
		End: EndSubscription,
		Me: func(ctx context.Context) string {
			name, _ := ctx.Value(callerKey{}).(string)
			return name
		},
		Block: func(ctx context.Context) { <-ctx.Done() },
	}
	cfg := Config{
		Schema: testschema.NewExecutableSchema(testschema.Config{Resolvers: b.resolver}),
		Configure: func(e *executor.Executor) {
			e.Use(extension.Introspection{})
			e.SetErrorPresenter(presentForTest)
		},
		Authenticate: func(ctx context.Context, header string) (context.Context, error) {
			switch header {
			case goodKey:
				return context.WithValue(ctx, callerKey{}, "good"), nil
			case "Bearer broken":
				return ctx, errors.New("the database is down")
			case "Bearer panics":
				panic("authentication panicked")
			}
			return ctx, errBadKey
		},
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if tune != nil {
		tune(&cfg)
	}
	b.handler = NewHandler(cfg)
	server := httptest.NewServer(b.handler)
	b.url = server.URL
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = b.handler.Drain(ctx)
		server.Close()
	})
	return b
}

func presentForTest(ctx context.Context, err error) *gqlerror.Error {
	presented := graphql.DefaultErrorPresenter(ctx, err)
	var own *models.Error
	if errors.As(err, &own) && presented.Extensions["code"] == nil {
		presented.Extensions = map[string]any{"code": own.Code}
	}
	return presented
}

// logged keeps what was logged.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// answer is an HTTP answer, read.
type answer struct {
	status  int
	header  http.Header
	body    string
	errors  []answerError
	data    json.RawMessage
	hasData bool
}

type answerError struct {
	Message    string
	Extensions struct{ Code, Field, RequestID string }
}

func (b *bench) do(req *http.Request) answer {
	b.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
	var parts map[string]json.RawMessage
	if json.Unmarshal(body, &parts) == nil {
		_ = json.Unmarshal(parts["errors"], &a.errors)
		a.data, a.hasData = parts["data"]
	}
	return a
}

func (b *bench) request(method, body string, header ...string) *http.Request {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", typeJSON)
	for i := 0; i < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	return req
}

// post sends a body as it is.
func (b *bench) post(body string, header ...string) answer {
	b.Helper()
	return b.do(b.request(http.MethodPost, body, header...))
}

// query runs a document with variables given as JSON, byte for byte.
func (b *bench) query(document, variables string) answer {
	b.Helper()
	return b.post(`{"query":` + string(appendQuoted(nil, document)) + `,"variables":` + variables + `}`)
}

func (a answer) code() string {
	if len(a.errors) == 0 {
		return ""
	}
	return a.errors[0].Extensions.Code
}
