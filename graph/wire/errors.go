package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// refuse is an error that the client may read, coded as the API's errors are.
func refuse(code models.Code, field, format string, args ...any) *gqlerror.Error {
	return coded(&models.Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)})
}

func invalid(format string, args ...any) *gqlerror.Error {
	return refuse(models.CodeBadUserInput, "", format, args...)
}

// coded carries err for a presenter to find, and its code for one that does
// not look.
func coded(err *models.Error) *gqlerror.Error {
	extensions := map[string]any{"code": string(err.Code)}
	if err.Field != "" {
		extensions["field"] = err.Field
	}
	if err.Code == models.CodeRateLimited {
		extensions["retryAfter"] = seconds(err.RetryAfter)
	}
	return &gqlerror.Error{Err: err, Message: err.Error(), Extensions: extensions}
}

// asGraphQL is err as the executor takes it.
func asGraphQL(err error) *gqlerror.Error {
	var (
		own    *models.Error
		listed *gqlerror.Error
	)
	switch {
	case errors.As(err, &listed):
		return listed
	case errors.As(err, &own):
		return coded(own)
	}
	return gqlerror.Wrap(err)
}

// InternalError is all that a client learns of a fault of the server's: the
// request id under which the log has it.
func InternalError(ctx context.Context) *gqlerror.Error {
	id := RequestID(ctx)
	return &gqlerror.Error{
		Message:    "internal error; request id " + id,
		Extensions: map[string]any{"code": string(models.CodeInternal), "requestId": id},
	}
}

// recovered logs a panic and is what the client gets for it.
func (h *Handler) recovered(ctx context.Context, panicked any) *gqlerror.Error {
	h.cfg.Log.LogAttrs(ctx, slog.LevelError, "request panicked",
		slog.String("request_id", RequestID(ctx)),
		slog.Any("panic", panicked),
		slog.String("stack", string(debug.Stack())))
	return InternalError(ctx)
}

// contract gives the executor's own complaints the code that the API has for
// them.
func contract(errs gqlerror.List) gqlerror.List {
	for _, err := range errs {
		switch err.Extensions["code"] {
		case errcode.ParseFailed, errcode.ValidationFailed:
			code := models.CodeBadUserInput
			if strings.HasPrefix(err.Message, "exceeded ") { // the parser's limits of tokens and of depth
				code = models.CodeTooComplex
			}
			err.Extensions["code"] = string(code)
		}
	}
	return errs
}

// codeOf reads the code that a presenter has set, in either of its types.
func codeOf(err *gqlerror.Error) models.Code {
	switch code := err.Extensions["code"].(type) {
	case models.Code:
		return code
	case string:
		return models.Code(code)
	}
	return ""
}

// statusOf is the HTTP status of an answer without data, where the status may
// tell: for application/graphql-response+json, and for what is no GraphQL.
func statusOf(errs gqlerror.List) int {
	if len(errs) == 0 {
		return http.StatusInternalServerError
	}
	switch codeOf(errs[0]) {
	case models.CodeUnauthenticated:
		return http.StatusUnauthorized
	case models.CodeForbidden:
		return http.StatusForbidden
	case models.CodeRateLimited:
		return http.StatusTooManyRequests
	case models.CodePayloadTooLarge:
		return http.StatusRequestEntityTooLarge
	case models.CodeInternal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
