package cloudevents

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"carillon/models"
)

// answer is the body of every answer.
type answer struct {
	IDs     []models.ID `json:"ids,omitempty"` // in the order of the events
	Code    models.Code `json:"code,omitempty"`
	Message string      `json:"message,omitempty"`
	Field   string      `json:"field,omitempty"` // the attribute that it is about
	Index   *int        `json:"index,omitempty"` // of the event in a batch, from 0
}

func accepted(w http.ResponseWriter, ids []models.ID) {
	send(w, http.StatusAccepted, &answer{IDs: ids})
}

func refuse(w http.ResponseWriter, status int, err *models.Error) {
	send(w, status, &answer{Code: err.Code, Message: err.Message, Field: err.Field})
}

func send(w http.ResponseWriter, status int, a *answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // the client went away
}

// mediaError is a request whose form is not taken.
type mediaError struct{ coded *models.Error }

func (e *mediaError) Error() string { return e.coded.Error() }
func (e *mediaError) Unwrap() error { return e.coded }

func unsupported(field, why string) error {
	return &mediaError{models.Invalid(field, "%s", why)}
}

// indexed is an error about one event of a batch.
type indexed struct {
	index int
	error
}

func (e *indexed) Unwrap() error { return e.error }

func at(index int, err error) error { return &indexed{index, err} }

// ofBatch takes apart what the publisher says of events.N.field.
func ofBatch(err error) error {
	var coded *models.Error
	if !errors.As(err, &coded) {
		return err
	}
	var index int
	rest, ok := strings.CutPrefix(coded.Field, "events.")
	if !ok {
		return err
	}
	number, field, _ := strings.Cut(rest, ".")
	if _, scanErr := fmt.Sscanf(number, "%d", &index); scanErr != nil {
		return err
	}
	moved := *coded
	moved.Field = field
	return at(index, own(&moved))
}

// own names the attribute that an error of the publisher's is about.
func own(err error) error {
	var coded *models.Error
	if !errors.As(err, &coded) {
		return err
	}
	named := *coded
	switch named.Field {
	case "entityId":
		named.Field = "subject"
	case "timestamp":
		named.Field = "time"
	case "tenantId":
		named.Field = attributeTenant
	case "idempotencyKey":
		named.Field = "id"
		named.Message = "an event with this id and source was published before with other content; send that event unchanged, or give another id"
	}
	return &named
}

// fail answers with what the client may know.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var coded *models.Error
	if !errors.As(err, &coded) {
		if r.Context().Err() != nil {
			return // nobody waits for it any more
		}
		coded = h.internal(r, err)
	}
	status := statusOf(coded.Code)
	if media := new(mediaError); errors.As(err, &media) {
		status = http.StatusUnsupportedMediaType
		w.Header().Set("Accept", TypeStructured+", "+TypeBatch)
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(coded.RetryAfter.Seconds())))))
	}
	a := &answer{Code: coded.Code, Message: coded.Message, Field: coded.Field}
	if one := new(indexed); errors.As(err, &one) {
		a.Index = &one.index
	}
	send(w, status, a)
}

func statusOf(code models.Code) int {
	switch code {
	case models.CodeBadUserInput:
		return http.StatusBadRequest
	case models.CodeUnauthenticated:
		return http.StatusUnauthorized
	case models.CodeForbidden:
		return http.StatusForbidden
	case models.CodeNotFound:
		return http.StatusNotFound
	case models.CodeConflict:
		return http.StatusConflict
	case models.CodePayloadTooLarge:
		return http.StatusRequestEntityTooLarge
	case models.CodeRateLimited:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}
