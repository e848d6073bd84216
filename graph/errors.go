package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
	"carillon/stream"
)

// presenter decides what an error tells a client. Coded errors are shown,
// the rest goes to the log, under an id that the client is told.
type presenter struct {
	log       *slog.Logger
	requestID func(context.Context) string // may be nil
}

// error is gqlgen's error presenter.
func (p *presenter) error(ctx context.Context, err error) *gqlerror.Error {
	var located *gqlerror.Error
	if !errors.As(err, &located) {
		located = &gqlerror.Error{Err: err, Path: graphql.GetPath(ctx)}
	}
	path, input := splitPath(ctx, located.Path)
	shown := &gqlerror.Error{Path: path, Locations: located.Locations}

	coded := codedError(err)
	switch {
	case coded != nil:
		describe(shown, coded, joinPath(input, coded.Field))
	case isProtocol(located):
		protocolError(ctx, shown, located)
	case len(input) > 0:
		describe(shown, models.Invalid("", "has a value of the wrong type: %s", located.Message), joinPath(input, ""))
	case ctx.Err() != nil:
		shown.Message = "the request was given up"
		shown.Extensions = map[string]any{"code": string(models.CodeInternal)}
	case located.Err != nil:
		p.internal(ctx, shown, located.Err)
	default:
		p.internal(ctx, shown, err)
	}
	return shown
}

// codedError is the error that a client may read; nil where there is none.
// A subscription that ends by itself is to be opened again.
func codedError(err error) *models.Error {
	var coded *models.Error
	if errors.As(err, &coded) {
		return coded
	}
	if errors.Is(err, stream.ErrSlow) || errors.Is(err, stream.ErrStopped) {
		return &models.Error{Code: models.CodeRateLimited, Message: err.Error(), RetryAfter: time.Second}
	}
	return nil
}

// describe shows a coded error about one field.
func describe(shown *gqlerror.Error, coded *models.Error, field string) {
	shown.Extensions = map[string]any{"code": string(coded.Code)}
	shown.Message = coded.Message
	if field != "" {
		shown.Message = field + ": " + coded.Message
		shown.Extensions["field"] = field
	}
	if len(coded.Problems) > 0 {
		shown.Extensions["problems"] = problemsOf(coded.Problems)
	}
	if coded.Code == models.CodeRateLimited {
		shown.Extensions["retryAfter"] = max(1, int(math.Ceil(coded.RetryAfter.Seconds())))
	}
}

// problemsOf shows the problems of a template as its type TemplateProblem would.
func problemsOf(problems []models.TemplateProblem) []map[string]any {
	shown := make([]map[string]any, len(problems))
	for i, p := range problems {
		shown[i] = map[string]any{"part": string(p.Part), "line": p.Line, "column": p.Column, "message": p.Message}
	}
	return shown
}

// internal logs the cause and tells the client where to look for it.
func (p *presenter) internal(ctx context.Context, shown *gqlerror.Error, err error) {
	id := ""
	if p.requestID != nil {
		id = p.requestID(ctx)
	}
	if id == "" {
		id = uuid.NewString()
	}
	shown.Message = "internal error; request id " + id
	shown.Extensions = map[string]any{"code": string(models.CodeInternal), "requestId": id}
	attrs := []any{"request_id", id, "path", shown.Path.String(), "error", err}
	var crash *panicked
	if errors.As(err, &crash) {
		attrs = append(attrs, "stack", string(crash.stack))
	}
	p.log.ErrorContext(ctx, "a request failed", attrs...)
}

// panicked is what a resolver threw.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recovered is gqlgen's recover function.
func (p *presenter) recovered(_ context.Context, value any) error {
	return &panicked{value: value, stack: debug.Stack()}
}

// isProtocol says that the error is about the document or its variables, found
// before anything was executed.
func isProtocol(err *gqlerror.Error) bool {
	return err.Err == nil || len(err.Path) > 0 && err.Path[0] == ast.PathName("variable")
}

const tokenLimit = "exceeded token limit of "

// protocolError keeps what GraphQL says of a document, and makes
// BAD_USER_INPUT of what is wrong with a value in it or in the variables.
func protocolError(ctx context.Context, shown, err *gqlerror.Error) {
	shown.Message, shown.Extensions, shown.Rule = err.Message, err.Extensions, err.Rule
	field, about := fieldOf(ctx, err)
	switch {
	case about:
		shown.Path = nil
		describe(shown, models.Invalid("", "%s", err.Message), field)
	case strings.HasPrefix(err.Message, tokenLimit):
		shown.Message = fmt.Sprintf("the query has more than %s words, values and brackets; send values as variables, or ask for less at once",
			strings.TrimPrefix(err.Message, tokenLimit))
		shown.Extensions = map[string]any{"code": string(models.CodeTooComplex)}
	case err.Rule == overlapsRule:
		shown.Rule, shown.Extensions = "", map[string]any{"code": string(models.CodeTooComplex)}
	}
}

// splitPath tells the path of the response's field from that of the value
// within its arguments.
func splitPath(ctx context.Context, path ast.Path) (field, input ast.Path) {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil {
		return path, nil
	}
	field = fc.Path()
	if len(path) > len(field) && field.String() == path[:len(field)].String() {
		return field, path[len(field):]
	}
	return path, nil
}

// joinPath writes the dotted path of a field: below `input`, or from the
// argument's name on.
func joinPath(input ast.Path, field string) string {
	parts := make([]string, 0, len(input)+1)
	for i, element := range input {
		if i == 0 && element == ast.PathName("input") {
			continue
		}
		parts = append(parts, fmt.Sprint(element))
	}
	if field != "" {
		parts = append(parts, field)
	}
	return strings.Join(parts, ".")
}
