package channels

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"carillon/models"
)

// slackVerdict is what an answer means: nil for a message that was taken. A word
// that Slack says counts before the status.
func (d *slackDoor) slackVerdict(answer *http.Response, a *slackAnswer, now time.Time) error {
	status := answer.StatusCode
	after := RetryAfter(answer.Header.Get("Retry-After"), now)
	good := status >= 200 && status <= 299
	switch {
	case good && a.known && a.ok:
		return nil
	case status == http.StatusTooManyRequests:
		return &Error{Class: Throttled, Code: models.ErrRateLimited, After: after, Message: "Slack answered 429 Too Many Requests: messages come faster than Slack takes them"}
	}
	if !a.ok && a.word != "" {
		if e := d.refusal(a, after); e != nil {
			return e
		}
	}
	switch {
	case good && a.known:
		return d.unknownRefusal(a, after)
	case good:
		return &Error{Code: models.ErrProvider, After: after,
			Message: fmt.Sprintf("the answer of %s is not one of Slack's: %s, without ok; whether the message was posted is not known", d.hostShown, shownStatus(status))}
	}
	return d.byStatus(answer, a, after)
}

// refusal is what a word that is known means; nil for another.
func (d *slackDoor) refusal(a *slackAnswer, after time.Duration) error {
	w, ok := slackWords[a.word]
	if !ok {
		return nil
	}
	means := w.means
	if !d.bot && w.webhook != "" {
		means = w.webhook
	}
	if a.word == "missing_scope" && a.needed != "" {
		means = fmt.Sprintf("the app lacks the scope %s; add it and install the app again", d.shownPart(a.needed))
	}
	e := &Error{Code: models.ErrRejected, After: after, Message: fmt.Sprintf("Slack answered %s: %s%s", a.word, means, d.shownDetails(a))}
	switch w.fault {
	case faultPace:
		e.Class, e.Code = Throttled, models.ErrRateLimited
	case faultMessage:
		e.Class = Permanent
	case faultChannel:
		e.Class, e.Disable = Permanent, e.Message
	case faultPassing:
	}
	return e
}

// unknownRefusal is temporary: Slack adds words, and a message that is tried a
// few times more costs less than one that is lost to a word of a bad hour.
func (d *slackDoor) unknownRefusal(a *slackAnswer, after time.Duration) error {
	word := a.word
	if word == "" {
		word = "an error that it did not name"
	}
	return &Error{Code: models.ErrRejected, After: after, Message: fmt.Sprintf("Slack answered %s%s", word, d.shownDetails(a))}
}

// byStatus judges an answer that says nothing more. Of an incoming webhook the
// status alone tells whose fault it was; the Web API has no such statuses, so
// that they are of something before it.
func (d *slackDoor) byStatus(answer *http.Response, a *slackAnswer, after time.Duration) error {
	status := answer.StatusCode
	e := &Error{Code: models.ErrRejected, After: after, Message: "Slack answered " + shownStatus(status)}
	if a.word != "" {
		e.Message += ", " + a.word
	}
	if location := answer.Header.Get("Location"); status >= 300 && status <= 399 && location != "" {
		e.Message += fmt.Sprintf(", a redirect to %s; redirects are not followed", d.shownLocation(location))
	}
	if d.bot {
		return e
	}
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		e.Class = Permanent
		e.Message += ": the message is not what a webhook takes"
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		e.Message += ": the webhook may not post any more, or does not exist; make a new one"
		e.Class, e.Disable = Permanent, e.Message
	}
	return e
}

// shownDetails is what Slack says beside the error, such as which block is wrong.
func (d *slackDoor) shownDetails(a *slackAnswer) string {
	const most = 2
	shown := make([]string, 0, most)
	for _, detail := range a.details[:min(len(a.details), most)] {
		shown = append(shown, d.shownPart(strings.TrimPrefix(detail, "[ERROR] ")))
	}
	if len(shown) == 0 {
		return ""
	}
	return " (" + strings.Join(shown, "; ") + ")"
}

// shownPart is a stranger's text, fit to be part of a sentence.
func (d *slackDoor) shownPart(text string) string {
	return cleanString(d.mask.text(strings.Join(strings.Fields(text), " ")), 200)
}
