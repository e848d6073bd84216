package wire

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

func TestAppendResponse(t *testing.T) {
	t.Parallel()
	broken := &gqlerror.Error{Message: "m", Extensions: map[string]any{"f": func() {}}}
	for want, resp := range map[string]graphql.Response{
		`{}`:                  {},
		`{"data":null}`:       {Data: json.RawMessage(`null`)},
		`{"data":{"a":1.10}}`: {Data: json.RawMessage(`{"a":1.10}`)},
		`{"errors":[{"message":"<m>"}],"data":{},"extensions":{"a":1}}`: {
			Errors: gqlerror.List{{Message: "<m>"}}, Data: json.RawMessage(`{}`), Extensions: map[string]any{"a": 1},
		},
		`{"errors":[{"message":"m"},{"message":"n"}]}`: {Errors: gqlerror.List{broken, {Message: "n"}}},
		`{"data":{},"extensions":{"b":2}}`:             {Data: json.RawMessage(`{}`), Extensions: map[string]any{"b": 2}},
		`{"data":[]}`:                                  {Data: json.RawMessage(`[]`), Extensions: map[string]any{"f": func() {}}},
	} {
		if got := string(appendResponse(nil, &resp)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestStatusOf(t *testing.T) {
	t.Parallel()
	for code, want := range map[models.Code]int{
		models.CodeBadUserInput:    http.StatusBadRequest,
		models.CodeTooComplex:      http.StatusBadRequest,
		models.CodeUnauthenticated: http.StatusUnauthorized,
		models.CodeForbidden:       http.StatusForbidden,
		models.CodeRateLimited:     http.StatusTooManyRequests,
		models.CodePayloadTooLarge: http.StatusRequestEntityTooLarge,
		models.CodeInternal:        http.StatusInternalServerError,
		"":                         http.StatusBadRequest,
	} {
		for _, value := range []any{code, string(code)} {
			if got := statusOf(gqlerror.List{{Extensions: map[string]any{"code": value}}}); got != want {
				t.Errorf("%s: %d", code, got)
			}
		}
	}
	if got := statusOf(nil); got != http.StatusInternalServerError {
		t.Errorf("nothing: %d", got)
	}
}

func TestCodedErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		models.Invalid("a.b", "is wrong"),
		models.Under("a", models.Invalid("b", "is wrong")),
		gqlerror.Wrap(models.Invalid("a.b", "is wrong")),
	} {
		if got := asGraphQL(err); got.Message != "a.b: is wrong" {
			t.Errorf("got %+v", got)
		}
	}
}

func TestErrorsDoNotRepeatWhatIsLong(t *testing.T) {
	t.Parallel()
	err := &gqlerror.Error{Message: strings.Repeat("ä", maxSaid), Extensions: map[string]any{"code": "X"}}
	text := string(appendErrors(nil, gqlerror.List{err, {Message: "short"}}))
	if len(text) > maxSaid+200 || !strings.Contains(text, `ä…","extensions":{"code":"X"}},{"message":"short"}`) {
		t.Errorf("%d bytes, ending with %q", len(text), text[len(text)-80:])
	}
	if len(err.Message) != 2*maxSaid {
		t.Error("the error itself was changed")
	}
}
