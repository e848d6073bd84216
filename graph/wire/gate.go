package wire

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// Gate bounds what one client may ask for. Who it is stands in the context, as
// Config.Authenticate has put it there. Its errors are coded RATE_LIMITED; they
// refuse one operation, and end no connection.
type Gate interface {
	// Refused is told of a credential that opens nothing, and what the client
	// would hear; what it hears is the answer.
	Refused(ctx context.Context, err error) error
	// Socket counts a WebSocket until leave is called: when it is opened, by whom
	// is not known then, and once more when it is.
	Socket(ctx context.Context) (leave func(), err error)
	// Request counts an operation, before anything of it is read.
	Request(ctx context.Context) error
	// Subscription counts a subscription until leave is called.
	Subscription(ctx context.Context) (leave func(), err error)
}

// open is the gate where there is none.
type open struct{}

func (open) Refused(_ context.Context, err error) error   { return err }
func (open) Socket(context.Context) (func(), error)       { return func() {}, nil }
func (open) Request(context.Context) error                { return nil }
func (open) Subscription(context.Context) (func(), error) { return func() {}, nil }

// admit is authenticate, and counts the operation.
func (h *Handler) admit(ctx context.Context, credential string) (context.Context, *gqlerror.Error) {
	ctx, refused := h.authenticate(ctx, credential)
	if refused == nil {
		refused = h.count(ctx)
	}
	return ctx, refused
}

func (h *Handler) count(ctx context.Context) *gqlerror.Error {
	if err := h.cfg.Gate.Request(ctx); err != nil {
		return h.readable(ctx, "a request could not be counted", err)
	}
	return nil
}

// hold counts a subscription in; leave is to be called in any case.
func (h *Handler) hold(ctx context.Context) (leave func(), refused gqlerror.List) {
	leave, err := h.cfg.Gate.Subscription(ctx)
	if err != nil {
		return func() {}, gqlerror.List{h.readable(ctx, "a subscription could not be counted", err)}
	}
	return leave, nil
}

// readable is what a client hears of err; what it may not hear is logged.
func (h *Handler) readable(ctx context.Context, what string, err error) *gqlerror.Error {
	var own *models.Error
	if errors.As(err, &own) {
		return coded(own)
	}
	h.cfg.Log.LogAttrs(ctx, slog.LevelError, what, slog.String("request_id", RequestID(ctx)), slog.Any("error", err))
	return InternalError(ctx)
}

// seconds are whole ones, 1 at least, as clients wait for them.
func seconds(wait time.Duration) int {
	return max(1, int(math.Ceil(wait.Seconds())))
}

// retryAfter is the Retry-After header of an answer with these errors; empty for none.
func retryAfter(errs gqlerror.List) string {
	if len(errs) == 0 || codeOf(errs[0]) != models.CodeRateLimited {
		return ""
	}
	if wait, ok := errs[0].Extensions["retryAfter"].(int); ok {
		return strconv.Itoa(wait)
	}
	return "1"
}
