// Package cloudevents takes in CloudEvents 1.0 by HTTP, structured, binary and in
// batches, and publishes them. It owns how their attributes become an event's, and
// the shape of the answers. It refuses what it cannot keep, rather than lose it.
package cloudevents

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"carillon/auth"
	"carillon/engine"
	"carillon/models"
)

// The media types of CloudEvents.
const (
	TypeStructured = "application/cloudevents+json"
	TypeBatch      = "application/cloudevents-batch+json"
)

// Publisher stores events; all of a batch, or none.
type Publisher interface {
	Publish(ctx context.Context, in engine.PublishInput) (models.Event, error)
	PublishAll(ctx context.Context, in []engine.PublishInput) ([]models.Event, error)
}

// Gate bounds what one client may ask for; its errors are coded.
type Gate interface {
	Refused(ctx context.Context, err error) error
	Request(ctx context.Context) error
}

// Config is what the handler stands on.
type Config struct {
	Publisher Publisher
	// Authenticate puts who asks into auth's context, by the Authorization header.
	Authenticate func(ctx context.Context, header string) (context.Context, error)
	Gate         Gate  // nil for none
	MaxBody      int64 // bytes
	Log          *slog.Logger
}

// Handler answers POST /cloudevents. Make it with NewHandler.
type Handler struct{ cfg Config }

// NewHandler makes the handler.
func NewHandler(cfg Config) *Handler {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Handler{cfg: cfg}
}

// ServeHTTP publishes what the request bears, and answers 202 with the events' ids.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST, OPTIONS")
		refuse(w, http.StatusMethodNotAllowed, models.Invalid("", "events are sent by POST"))
		return
	}
	ids, err := h.publish(w, r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	accepted(w, ids)
}

func (h *Handler) publish(w http.ResponseWriter, r *http.Request) ([]models.ID, error) {
	ctx, err := h.admit(r)
	if err != nil {
		return nil, err
	}
	mode, err := modeOf(r.Header)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	if err != nil {
		return nil, bodyError(err)
	}
	tenant := r.URL.Query().Get("tenant")
	if mode == batch {
		return h.publishBatch(ctx, body, tenant)
	}
	var e *event
	if mode == structured {
		e, err = readStructured(body)
	} else {
		e, err = readBinary(r.Header, body)
	}
	if err != nil {
		return nil, err
	}
	in, err := e.input(ctx, tenant)
	if err != nil {
		return nil, err
	}
	stored, err := h.cfg.Publisher.Publish(ctx, in)
	if err != nil {
		return nil, own(err)
	}
	return []models.ID{stored.ID}, nil
}

// publishBatch reads every event before any is stored.
func (h *Handler) publishBatch(ctx context.Context, body []byte, tenant string) ([]models.ID, error) {
	list, err := splitBatch(body)
	if err != nil {
		return nil, err
	}
	inputs := make([]engine.PublishInput, len(list))
	for i, raw := range list {
		e, err := readStructured(raw)
		if err == nil {
			inputs[i], err = e.input(ctx, tenant)
		}
		if err != nil {
			return nil, at(i, err)
		}
	}
	stored, err := h.cfg.Publisher.PublishAll(ctx, inputs)
	if err != nil {
		return nil, ofBatch(err)
	}
	ids := make([]models.ID, len(stored))
	for i := range stored {
		ids[i] = stored[i].ID
	}
	return ids, nil
}

// admit finds out who asks, before anything of the body is read.
func (h *Handler) admit(r *http.Request) (context.Context, error) {
	ctx, err := h.cfg.Authenticate(r.Context(), r.Header.Get("Authorization"))
	if err != nil {
		if h.cfg.Gate != nil {
			err = h.cfg.Gate.Refused(r.Context(), err)
		}
		return nil, err
	}
	if h.cfg.Gate != nil {
		if err := h.cfg.Gate.Request(ctx); err != nil {
			return nil, err
		}
	}
	return ctx, auth.From(ctx).Need(models.ScopePublish)
}

// mode is how a request bears its events.
type mode int

const (
	structured mode = iota
	binary
	batch
)

// modeOf goes by the media type, as the protocol says, else by the headers of binary
// events.
func modeOf(header http.Header) (mode, error) {
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return 0, unsupported("Content-Encoding", "bodies are taken without compression")
	}
	content := header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(content)
	if content != "" && err != nil {
		return 0, unsupported("Content-Type", "it cannot be read")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return 0, unsupported("Content-Type", "the charset is not UTF-8")
	}
	switch {
	case media == TypeStructured:
		return structured, nil
	case media == TypeBatch:
		return batch, nil
	case strings.HasPrefix(media, "application/cloudevents"):
		return 0, unsupported("Content-Type", "of the formats of CloudEvents, JSON alone is taken")
	case header.Get("Ce-Specversion") == "":
		return 0, unsupported("Content-Type", "this is no CloudEvent: send "+TypeStructured+", "+TypeBatch+", or the headers ce-specversion, ce-id, ce-source and ce-type")
	}
	return binary, nil
}

func bodyError(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return &models.Error{Code: models.CodePayloadTooLarge, Message: "the request is too long"}
	}
	return models.Invalid("", "the request could not be read to its end")
}

// internal logs the cause and tells the client where to look for it.
func (h *Handler) internal(r *http.Request, err error) *models.Error {
	id := uuid.NewString()
	h.cfg.Log.ErrorContext(r.Context(), "a request failed", "request_id", id, "path", r.URL.Path, "error", err)
	return &models.Error{Code: models.CodeInternal, Message: "internal error; request id " + id}
}
