package channels

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"carillon/models"
)

// smppPart is one part of a text on its way to one number.
type smppPart struct {
	from, to   string
	octets     []byte
	encoding   models.TextEncoding
	reference  byte // the same in all parts of a text
	number, of int
	awaits     bool
}

// Types of numbers and numbering plans of SMPP.
const (
	tonInternational, npiISDN = 1, 1
	tonNetwork, npiUnknown    = 3, 0
	tonAlphanumeric           = 5
)

// udhIndicator in esm_class says that a header leads the text.
const udhIndicator = 0x40

// smppAddress gives an address the type that follows from its form.
func smppAddress(text string) (pdu.Address, error) {
	switch models.SenderOf(text) {
	case models.SenderNumber:
		return pdu.NewAddressWithTonNpiAddr(tonInternational, npiISDN, strings.TrimPrefix(text, "+"))
	case models.SenderShortCode:
		return pdu.NewAddressWithTonNpiAddr(tonNetwork, npiUnknown, text)
	}
	return pdu.NewAddressWithTonNpiAddr(tonAlphanumeric, npiUnknown, text)
}

// compose makes the submit_sm of a part.
func (p *smppPart) compose() (*pdu.SubmitSM, error) {
	sm := &pdu.SubmitSM{}
	sm.CommandID = data.SUBMIT_SM
	var err error
	if sm.SourceAddr, err = smppAddress(p.from); err != nil {
		return nil, err
	}
	if sm.DestAddr, err = smppAddress(p.to); err != nil {
		return nil, err
	}
	if p.awaits {
		sm.RegisteredDelivery = 1
	}
	encoding := data.GSM7BIT
	if p.encoding == models.EncodingUCS2 {
		encoding = data.UCS2
	}
	if err := sm.Message.SetMessageDataWithEncoding(p.octets, encoding); err != nil {
		return nil, err
	}
	if p.of > 1 {
		sm.EsmClass = udhIndicator
		sm.Message.SetUDH(pdu.UDH{pdu.NewIEConcatMessage(byte(p.of), byte(p.number), p.reference)})
	}
	return sm, nil
}

// submit sends one part and waits for its answer. It marks the number where the
// answer settles it, or where none came.
func (s *smppSession) submit(outer, ctx context.Context, part *smppPart, r *models.Recipient) (id string, err error) {
	sm, err := part.compose()
	if err != nil {
		return "", &Error{Class: Permanent, Code: models.ErrConfig, Message: "the message does not fit into SMPP"}
	}
	s.use()
	select {
	case s.window <- struct{}{}:
		defer func() { <-s.window }()
	case <-s.ctx.Done():
		return "", &Error{Code: models.ErrConnect, Message: s.link.address + " closed the connection"}
	case <-ctx.Done():
		return "", s.link.words.failure(outer, ctx, ctx.Err())
	}
	if err := ctx.Err(); err != nil {
		return "", s.link.words.failure(outer, ctx, err)
	}
	if !s.alive() {
		return "", &Error{Code: models.ErrConnect, Message: s.link.address + " closed the connection"}
	}
	answer, err := s.ask(ctx, sm)
	if err != nil {
		return "", s.silence(outer, ctx, err, r)
	}
	status := answer.GetHeader().CommandStatus
	if status != data.ESME_ROK {
		return "", s.refused(status, r)
	}
	taken, ok := answer.(*pdu.SubmitSMResp)
	if !ok {
		return "", s.silence(outer, ctx, errSMPPClosed, r)
	}
	if part.awaits {
		s.awaited.Add(1)
	}
	return oneLine(taken.MessageID, maxReportID), nil
}

// silence is a part that was written and never answered: nothing can be looked
// up over SMPP, so that a person must decide.
func (s *smppSession) silence(outer, ctx context.Context, err error, r *models.Recipient) error {
	r.State = models.RecipientUnknown
	e := &Error{Class: Permanent, Code: models.ErrConnect, Message: s.link.address + " closed the connection before it answered"}
	switch {
	case errors.Is(err, errSMPPClosed):
	case outer.Err() != nil && errors.Is(outer.Err(), context.Canceled):
		e.Message = "the server stopped before " + s.link.address + " answered"
	case ctx.Err() != nil:
		e.Code, e.Message = models.ErrTimeout, s.link.address+" did not answer in time"
	}
	e.Message += "; the message may have been sent" + notRepeated
	return e
}

// refused is a part that was answered with an error.
func (s *smppSession) refused(status data.CommandStatusType, r *models.Recipient) error {
	if status == data.ESME_RINVBNDSTS {
		s.close() // the server does not know this session
	}
	e := smppVerdict(s.link.address, status)
	if e.Class == Permanent && e.Code == models.ErrRejected {
		r.State = models.RecipientRefused
	}
	return e
}

// smppVerdict is what a status of submit_sm means. A refusal that is not named
// here is the message's own; codes of a vendor's own may pass.
func smppVerdict(address string, status data.CommandStatusType) *Error {
	e := &Error{Code: models.ErrRejected, Message: fmt.Sprintf("%s answered 0x%02X%s", address, uint32(status), shownStatusOf(status))}
	switch status {
	case data.ESME_RTHROTTLED, data.ESME_RMSGQFUL:
		e.Class, e.Code = Throttled, models.ErrRateLimited
	case data.ESME_RSYSERR, data.ESME_RSUBMITFAIL, data.ESME_RX_T_APPN, data.ESME_RINVBNDSTS, data.ESME_RALYBND:
		e.Code = models.ErrProvider
	case data.ESME_RINVSRCADR, data.ESME_RINVSRCTON, data.ESME_RINVSRCNPI, data.ESME_RINVSYSTYP, data.ESME_RINVSERTYP:
		e.Class, e.Code = Permanent, models.ErrConfig
	default:
		if status >= smppReserved {
			e.Code = models.ErrProvider
		} else {
			e.Class = Permanent
		}
	}
	return e
}

// smppReserved begins the codes that SMPP 3.4 leaves to vendors and later versions.
const smppReserved = 0x100

// smppBindVerdict is what a status of bind_transceiver means.
func smppBindVerdict(address string, status data.CommandStatusType) *Error {
	e := &Error{Code: models.ErrProvider, Message: fmt.Sprintf("%s refused the login with 0x%02X%s", address, uint32(status), shownStatusOf(status))}
	switch status {
	case data.ESME_RTHROTTLED, data.ESME_RMSGQFUL:
		e.Class, e.Code = Throttled, models.ErrRateLimited
	case data.ESME_RBINDFAIL, data.ESME_RINVPASWD, data.ESME_RINVSYSID:
		e.Class, e.Code, e.Disable = Permanent, models.ErrConfig, e.Message
	}
	return e
}

var smppWords = map[data.CommandStatusType]string{
	data.ESME_RSYSERR: "system error", data.ESME_RINVSRCADR: "invalid source address", data.ESME_RINVDSTADR: "invalid destination address",
	data.ESME_RBINDFAIL: "bind failed", data.ESME_RINVPASWD: "invalid password", data.ESME_RINVSYSID: "invalid system_id",
	data.ESME_RMSGQFUL: "message queue full", data.ESME_RSUBMITFAIL: "submit_sm failed", data.ESME_RTHROTTLED: "throttled",
	data.ESME_RX_T_APPN: "temporary error of the receiver", data.ESME_RX_P_APPN: "permanent error of the receiver",
	data.ESME_RINVBNDSTS: "not bound", data.ESME_RALYBND: "already bound", data.ESME_RINVMSGLEN: "invalid length",
	data.ESME_RINVDSTTON: "invalid type of destination", data.ESME_RINVSRCTON: "invalid type of source",
}

func shownStatusOf(status data.CommandStatusType) string {
	if words, ok := smppWords[status]; ok {
		return " (" + words + ")"
	}
	return ""
}
