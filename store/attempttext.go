package store

import (
	"encoding/json"

	"carillon/models"
)

// attemptText is what the world sent or is shown, as it is stored.
type attemptText struct {
	target, requestHeaders, requestBody string
	responseHeaders, responseBody       *string
	errorCode, errorMessage             *string
	errorRetryable                      *bool
}

func attemptTextOf(a *models.Attempt) (t attemptText) {
	t.requestHeaders = "[]"
	if a.Error != nil {
		code, message := string(a.Error.Code), models.CleanText(a.Error.Message)
		t.errorCode, t.errorMessage, t.errorRetryable = &code, &message, &a.Error.Retryable
	}
	if !bearsContent(a) {
		return t
	}
	t.target, t.requestBody = models.CleanText(a.Target), models.CleanText(a.RequestBody)
	if len(a.RequestHeaders) > 0 {
		t.requestHeaders = headersJSON(a.RequestHeaders)
	}
	if len(a.ResponseHeaders) > 0 {
		headers := headersJSON(a.ResponseHeaders)
		t.responseHeaders = &headers
	}
	if a.ResponseBody != nil {
		body := models.CleanText(*a.ResponseBody)
		t.responseBody = &body
	}
	return t
}

// bearsContent says that what was sent and answered is stored with this attempt,
// and not with another one of its message.
func bearsContent(a *models.Attempt) bool { return a.RequestID.IsZero() || a.RequestID == a.ID }

func headersJSON(headers []models.Header) string {
	text, _ := json.Marshal(headers) // strings and a flag always marshal
	return string(text)
}
