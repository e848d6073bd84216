package models

import (
	"errors"
	"fmt"
	"time"
)

// Code is the class of an error, as the API's extensions.code shows it.
type Code string

// The codes of the public contract.
const (
	CodeBadUserInput    Code = "BAD_USER_INPUT"
	CodeNotFound        Code = "NOT_FOUND"
	CodeConflict        Code = "CONFLICT"
	CodeUnauthenticated Code = "UNAUTHENTICATED"
	CodeForbidden       Code = "FORBIDDEN"
	CodeRateLimited     Code = "RATE_LIMITED"
	CodePayloadTooLarge Code = "PAYLOAD_TOO_LARGE"
	CodeTooComplex      Code = "QUERY_TOO_COMPLEX"
	CodeInternal        Code = "INTERNAL"
)

// Error is an error that a client may read: its code, the input field that it
// is about (a dotted path, empty where there is none) and a sentence.
type Error struct {
	Code       Code
	Field      string
	Message    string
	RetryAfter time.Duration // for RATE_LIMITED alone
	// Problems are those of a template that was refused.
	Problems []TemplateProblem
}

func (e *Error) Error() string {
	if e.Field != "" {
		return e.Field + ": " + e.Message
	}
	return e.Message
}

// Invalid is BAD_USER_INPUT about one field.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeBadUserInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// NotFound is NOT_FOUND for a thing such as "webhook". It says the same of
// what does not exist and of what belongs to another tenant.
func NotFound(what string, id any) *Error {
	return &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no %s %v", what, id)}
}

// Conflict is CONFLICT about one field; the field may be empty.
func Conflict(field, format string, args ...any) *Error {
	return &Error{Code: CodeConflict, Field: field, Message: fmt.Sprintf(format, args...)}
}

// CodeOf is the code of err, or INTERNAL for an error that has none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Under puts the path of an outer field before the field of a coded error.
func Under(path string, err error) error {
	var e *Error
	if err == nil || path == "" || !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Field = join(path, e.Field)
	return &moved
}

func join(path, field string) string {
	switch {
	case path == "":
		return field
	case field == "":
		return path
	}
	return path + "." + field
}
