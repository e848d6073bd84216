package channels

import (
	"context"
	"net/url"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"carillon/models"
)

// Bounds of a look for a message that may have been sent.
const (
	lookupPage  = 200
	lookupPages = 10
	// lookupSlack is how far the provider's clock may be behind.
	lookupSlack = 5 * time.Minute
)

// trialPrefix is what Twilio writes before the texts of accounts on trial.
const trialPrefix = "Sent from your Twilio trial account - "

// lookUp asks whether an earlier try was sent after all: a message to this
// number, from this sender, made since the delivery was begun, with this text.
// found says that there is nothing more to do in this try. While it cannot be
// asked, the number stays unknown and is not sent to.
func (t *twilio) lookUp(ctx context.Context, account *twilioAccount, job *smsJob, r *models.Recipient) (answer smsAnswer, found bool, err error) {
	params := &api.ListMessageParams{To: &r.Address}
	if models.SenderOf(job.config.From) != models.SenderService {
		params.From = &job.config.From
	}
	size := lookupPage
	params.PageSize = &size
	// The list is not narrowed by DateSent: a message that is still queued has none.
	since := job.message.Begun.Add(-lookupSlack)
	token, page := "", ""
	for range lookupPages {
		call := &twilioCall{twilio: t, ctx: ctx, account: account, limit: maxListAnswer}
		list, err := service(call).PageMessage(params, token, page)
		if err := account.asked(ctx, call, err); err != nil {
			return call.answer(), false, account.stillUnknown(err)
		}
		for i := range list.Messages {
			message := &list.Messages[i]
			if sameMessage(message, job, r.Address, since) && !t.owners.another(*message.Sid, job.message.Key) {
				t.owners.note(*message.Sid, job.message.Key)
				answer = call.answer()
				return answer, true, account.taken(message, r)
			}
		}
		if token, page = nextPage(list.NextPageUri); page == "" && token == "" || allOlder(list.Messages, since) {
			break
		}
	}
	return smsAnswer{}, false, nil
}

// stillUnknown says what a look-up that failed means for the message.
func (a *twilioAccount) stillUnknown(err error) error {
	e := AsError(err)
	e.Message = "it is not known whether an earlier try was sent, and it could not be looked up: " + e.Message
	return e
}

func sameMessage(message *api.ApiV2010Message, job *smsJob, to string, since time.Time) bool {
	body, ours := strings.TrimSpace(text(message.Body)), strings.TrimSpace(job.text)
	if text(message.Sid) == "" || text(message.To) != to || body != ours && body != trialPrefix+ours {
		return false
	}
	if strings.HasPrefix(text(message.Direction), "inbound") {
		return false
	}
	if service := job.config.From; models.SenderOf(service) == models.SenderService && text(message.MessagingServiceSid) != service {
		return false
	}
	return !older(message, since)
}

// older says that a message was made before; one without a time was not.
func older(message *api.ApiV2010Message, since time.Time) bool {
	made, err := time.Parse(time.RFC1123Z, text(message.DateCreated))
	return err == nil && made.Before(since)
}

// allOlder ends a search: lists begin with the newest.
func allOlder(messages []api.ApiV2010Message, since time.Time) bool {
	for i := range messages {
		if !older(&messages[i], since) {
			return false
		}
	}
	return true
}

// nextPage reads the place of the next page from its address.
func nextPage(uri *string) (token, page string) {
	next, err := url.Parse(text(uri))
	if err != nil {
		return "", ""
	}
	query := next.Query()
	return query.Get("PageToken"), query.Get("Page")
}
