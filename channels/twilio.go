package channels

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"carillon/models"
)

// twilioAPI is the base address that twilio-go writes into its requests.
const twilioAPI = "https://api.twilio.com"

// TwilioPath is where Twilio's status callbacks arrive, before the channel's id.
const TwilioPath = "/callbacks/twilio/"

// twilio sends through Twilio's API, or one that is compatible with it.
type twilio struct {
	transport *http.Transport
	userAgent string
	publicURL string
	accounts  *prepared[models.SmsConfig, twilioAccount]
	owners    twilioOwners
}

func newTwilio(o *SMSOptions) *twilio {
	return &twilio{
		transport: newTransport(HTTPConfig{Guard: o.Guard, IdlePerHost: defaultIdlePerHost, RootCAs: o.RootCAs, Resolver: o.Resolver, Proxy: o.Proxy, TLSOnly: o.TLSOnly}),
		userAgent: o.UserAgent,
		publicURL: strings.TrimSuffix(o.PublicURL, "/"),
		accounts:  newPrepared(accountOf),
	}
}

func (t *twilio) close() { t.transport.CloseIdleConnections() }

// twilioAccount is a channel's account made ready for calls.
type twilioAccount struct {
	endpoint // its words for failures, and its mask
	base     string
	sid      string
	token    string
}

func accountOf(config *models.SmsConfig) (*twilioAccount, error) {
	a := &twilioAccount{base: twilioAPI, sid: config.AccountID, token: config.AuthToken.Reveal()}
	if config.BaseURL != "" {
		a.base = strings.TrimRight(config.BaseURL, "/")
	}
	base, err := url.Parse(a.base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel's baseUrl is not a full http or https URL"}
	}
	basic := models.NewSecret(base64.StdEncoding.EncodeToString([]byte(a.sid + ":" + a.token)))
	a.request.URL, a.hostShown, a.timeout = base, base.Host, config.AttemptTimeout()
	a.mask = newMask(append(config.Secrets(), &basic))
	return a, nil
}

// service is twilio-go's service for one call. Its handler is made here, since
// the library's own reads the environment.
func service(call *twilioCall) *api.ApiService {
	return api.NewApiService(&client.RequestHandler{Client: call})
}

// submit sends, after a look for what an earlier try may have left.
func (t *twilio) submit(ctx context.Context, job *smsJob, r *models.Recipient) (smsAnswer, error) {
	account, err := t.accounts.of(job.config)
	if err != nil {
		return smsAnswer{}, err
	}
	if r.State == models.RecipientUnknown || job.message.Doubtful {
		r.State = models.RecipientUnknown
		if answer, found, err := t.lookUp(ctx, account, job, r); found || err != nil {
			return answer, err
		}
		r.State, r.Detail = "", ""
	}
	call := &twilioCall{twilio: t, ctx: ctx, account: account, limit: maxMessageAnswer}
	params := &api.CreateMessageParams{To: &r.Address, Body: &job.text}
	if models.SenderOf(job.config.From) == models.SenderService {
		params.MessagingServiceSid = &job.config.From
	} else {
		params.From = &job.config.From
	}
	if job.config.AwaitReceipt && !job.message.Test && t.publicURL != "" {
		callback := t.publicURL + TwilioPath + job.message.Channel.ID.String()
		params.StatusCallback = &callback
	}
	message, err := service(call).CreateMessage(params)
	answer := call.answer()
	switch {
	case call.failure != nil:
		return answer, account.sendFailure(job.outer, ctx, call, r)
	case call.status < 200 || call.status > 299:
		verdict, suppress := account.verdict(call, job.message)
		answer.suppress = suppress
		return answer, account.settle(verdict, call, r)
	case err != nil || message.Sid == nil || *message.Sid == "" || call.cut:
		return answer, account.doubt(&Error{Code: models.ErrProvider, Message: fmt.Sprintf("%s answered %s with what is no message", account.hostShown, shownStatus(call.status))}, r)
	}
	t.owners.note(*message.Sid, job.message.Key)
	return answer, account.taken(message, r)
}

// taken notes the message that the provider made.
func (a *twilioAccount) taken(message *api.ApiV2010Message, r *models.Recipient) error {
	r.State, r.IDs, r.Detail = models.RecipientTaken, []string{*message.Sid}, ""
	if report, final := reportOf(message); final && report.State != models.ReportDelivered {
		v := &Error{Code: models.ErrRejected, Message: a.hostShown + " took the message and gave it up: " + a.mask.text(report.Detail)}
		r.State, r.IDs = "", nil
		if report.State == models.ReportFailed {
			v.Class, r.State = Permanent, models.RecipientRefused
		}
		return v
	}
	return nil
}

// sendFailure classes a request without a whole answer: once there was a
// connection to write to, the provider may have read it.
func (a *twilioAccount) sendFailure(outer, ctx context.Context, call *twilioCall, r *models.Recipient) error {
	failure := a.failure(outer, ctx, call.failure)
	if !call.connected.Load() {
		return failure
	}
	var e *Error
	if !errors.As(failure, &e) {
		e = &Error{Code: models.ErrConnect, Message: "the server stopped before " + a.hostShown + " answered"}
	}
	return a.doubt(e, r)
}

// doubt marks the number as one that may have the message.
func (a *twilioAccount) doubt(e *Error, r *models.Recipient) error {
	r.State = models.RecipientUnknown
	e.Class = Temporary
	e.Message += "; it may have been sent, and is looked up before it is sent again"
	return e
}

// settle puts a verdict into the number's state.
func (a *twilioAccount) settle(v *Error, call *twilioCall, r *models.Recipient) error {
	switch {
	case call.status >= 500 && v.Class == Temporary:
		return a.doubt(v, r)
	case v.Class == Permanent && v.Code == models.ErrRejected:
		r.State = models.RecipientRefused
	}
	return v
}

// check asks for each message that was taken.
func (t *twilio) check(ctx context.Context, m *Message, config *models.SmsConfig) (reports []models.Report, err error) {
	account, err := t.accounts.of(config)
	if err != nil {
		return nil, err
	}
	for _, r := range m.Progress {
		if r.State != models.RecipientTaken {
			continue
		}
		for _, id := range r.IDs {
			call := &twilioCall{twilio: t, ctx: ctx, account: account, limit: maxMessageAnswer}
			message, err := service(call).FetchMessage(url.PathEscape(id), nil)
			if err := account.asked(ctx, call, err); err != nil {
				return reports, err
			}
			if report, final := reportOf(message); final {
				report.TenantID, report.Origin, report.ID = m.Channel.TenantID, config.Origin(), id
				report.Detail = account.mask.text(report.Detail)
				reports = append(reports, report)
			}
		}
	}
	return reports, nil
}

// asked classes the outcome of a call that only asks, and can be made again.
func (a *twilioAccount) asked(ctx context.Context, call *twilioCall, err error) error {
	switch {
	case call.failure != nil:
		return a.failure(ctx, ctx, call.failure)
	case call.status < 200 || call.status > 299:
		v, _ := a.verdict(call, nil)
		if v.Disable == "" && v.Class == Permanent {
			v.Class = Temporary // that it cannot be asked says nothing of the message
		}
		return v
	case err != nil || call.cut:
		return &Error{Code: models.ErrProvider, Message: a.hostShown + " answered a question with what cannot be read"}
	}
	return nil
}

// problem is the body of Twilio's errors.
type problem struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func problemOf(body []byte) (p problem) {
	if json.Unmarshal(body, &p) != nil {
		return problem{}
	}
	return p
}
