package channels

import (
	"errors"
	"net/url"
	"strconv"

	"github.com/twilio/twilio-go/client"

	"carillon/models"
)

// ErrForgedCallback is a callback that the channel's account did not sign.
var ErrForgedCallback = errors.New("the signature is not of the channel's account")

// TwilioReport reads a status callback. publicURL is the whole address that
// Twilio called, as it stands in the StatusCallback of the message. final is false
// for a status that may still change. An error means that nothing in the form
// may be believed.
func TwilioReport(channel *models.Channel, publicURL string, form url.Values, signature string) (r models.Report, final bool, err error) {
	config, ok := channel.Config.(*models.SmsConfig)
	if !ok || config == nil || config.Provider != models.ProviderTwilio || config.AuthToken.Empty() {
		return r, false, errors.New("the channel is none of Twilio's")
	}
	fields := make(map[string]string, len(form))
	for name := range form {
		fields[name] = form.Get(name)
	}
	validator := client.NewRequestValidator(config.AuthToken.Reveal())
	if !validator.Validate(publicURL, fields, signature) {
		return r, false, ErrForgedCallback
	}
	if form.Get("AccountSid") != config.AccountID {
		return r, false, errors.New("the callback is of another account")
	}
	id, status := form.Get("MessageSid"), form.Get("MessageStatus")
	if id == "" {
		id = form.Get("SmsSid")
	}
	if status == "" {
		status = form.Get("SmsStatus")
	}
	if id == "" || len(id) > maxReportID {
		return r, false, errors.New("the callback names no message")
	}
	code, err := strconv.Atoi(form.Get("ErrorCode"))
	if err != nil {
		code = 0 // there is none
	}
	r, final = twilioReport(status, code, form.Get("ErrorMessage"))
	r.TenantID, r.Origin, r.ID = channel.TenantID, config.Origin(), id
	return r, final, nil
}

// maxReportID bounds the ids that reports may name.
const maxReportID = 256
