package channels

import (
	"fmt"
	"net/http"
	"strings"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"carillon/models"
)

// Codes of Twilio's that stand for more than their status.
const (
	twilioAuth         = 20003
	twilioTooMany      = 20429
	twilioUnsubscribed = 21610
)

// twilioForGood are refusals that another try could not change.
var twilioForGood = map[int]bool{
	21211: true, // the number is not valid
	21214: true, // the number cannot be reached
	21606: true, // the sender cannot send
	21610: true, // the recipient unsubscribed
	21614: true, // the number is not a mobile one
	21617: true, // the text is too long
	21635: true, // the number is a landline
	30005: true, // unknown handset
	30006: true, // landline or unreachable carrier
	30007: true, // filtered by the carrier
}

// verdict is what a status that is not 2xx means, and why the number is to be
// suppressed, where it is. m is nil for a call that only asks.
func (a *twilioAccount) verdict(call *twilioCall, m *Message) (v *Error, suppress string) {
	p := problemOf(call.body)
	v = &Error{Code: models.ErrRejected, Message: fmt.Sprintf("%s answered %s", a.hostShown, shownStatus(call.status))}
	if p.Code != 0 {
		v.Message += fmt.Sprintf(": %d", p.Code)
		if p.Message != "" {
			v.Message += " " + a.shown(p.Message)
		}
	}
	switch {
	case twilioForGood[p.Code]:
		v.Class = Permanent
		if p.Code == twilioUnsubscribed {
			suppress = fmt.Sprintf("unsubscribed (%d)", p.Code)
		}
	case call.status == http.StatusTooManyRequests || p.Code == twilioTooMany:
		v.Class, v.Code = Throttled, models.ErrRateLimited
		if m != nil {
			v.After = RetryAfter(call.header.Get("Retry-After"), m.Time)
		}
	case p.Code == twilioAuth || call.status == http.StatusUnauthorized || call.status == http.StatusForbidden:
		v.Class, v.Code, v.Disable = Permanent, models.ErrConfig, v.Message
	case call.status == http.StatusNotFound || call.status == http.StatusMethodNotAllowed:
		// No number is at fault where there is no such address.
		v.Class, v.Code = Permanent, models.ErrConfig
	case call.status >= 500:
		v.Code = models.ErrProvider
		if m != nil {
			v.After = RetryAfter(call.header.Get("Retry-After"), m.Time)
		}
	case call.status >= 400:
		v.Class = Permanent
	default:
		v.Message += "; redirects are not followed"
	}
	return v, suppress
}

// shown is a provider's text in one line, without secrets.
func (a *twilioAccount) shown(text string) string {
	return oneLine(a.mask.text(text), 256)
}

// oneLine makes text of a stranger fit for an error: one line, of at most limit bytes.
func oneLine(text string, limit int) string {
	return cleanString(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.TrimSpace(text)), limit)
}

// reportOf reads a message's status; final says that it will not change any more.
func reportOf(message *api.ApiV2010Message) (r models.Report, final bool) {
	code := 0
	if message.ErrorCode != nil {
		code = *message.ErrorCode
	}
	words := ""
	if message.ErrorMessage != nil {
		words = *message.ErrorMessage
	}
	return twilioReport(text(message.Status), code, words)
}

func twilioReport(status string, code int, words string) (r models.Report, final bool) {
	r.Detail = status
	if code != 0 {
		r.Detail += fmt.Sprintf(": %d", code)
		if words != "" {
			r.Detail += " " + oneLine(words, 200)
		}
	}
	r.Detail = oneLine(r.Detail, 256)
	switch status {
	case "delivered", "read":
		r.State = models.ReportDelivered
	case "undelivered", "failed":
		r.State = models.ReportUndelivered
		if twilioForGood[code] {
			r.State = models.ReportFailed
		}
	case "canceled":
		r.State = models.ReportFailed
	default:
		return models.Report{}, false
	}
	return r, true
}

// text is the string that p points at; empty for nil.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
