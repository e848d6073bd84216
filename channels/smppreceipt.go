package channels

import (
	"context"
	"strings"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"carillon/models"
)

// Kinds of deliver_sm, in bits 2 to 5 of its esm_class.
const (
	deliverKind    = 0x3c
	deliverReceipt = 0x04
)

// deliver takes a receipt. It is answered once it is reported, so that the
// server keeps it until then; what is no receipt is of no use to a sender of
// notifications, and only answered.
func (s *smppSession) deliver(d *pdu.DeliverSM) bool {
	r, final := receiptOf(d)
	if !final {
		return s.acknowledge(d, data.ESME_ROK)
	}
	select {
	case s.reports <- struct{}{}:
	default:
		return s.acknowledge(d, data.ESME_RMSGQFUL)
	}
	r.TenantID, r.Origin = s.link.key.tenant, s.link.key.origin
	all := s.link.smpp
	all.all.Go(func() {
		defer func() { <-s.reports }()
		ctx, cancel := context.WithTimeout(s.ctx, smppReportWait)
		defer cancel()
		status := data.ESME_ROK
		if err := all.report(ctx, r); err != nil {
			all.log.Warn("a delivery receipt could not be taken; the server is asked to send it again", "tenant_id", r.TenantID, "error", err)
			status = data.ESME_RX_T_APPN
		} else if s.awaited.Load() > 0 {
			s.awaited.Add(-1)
		}
		s.acknowledge(d, status)
	})
	return true
}

// acknowledge tells whether the answer could be written.
func (s *smppSession) acknowledge(d *pdu.DeliverSM, status data.CommandStatusType) bool {
	answer, ok := d.GetResponse().(*pdu.DeliverSMResp)
	if !ok {
		return false
	}
	answer.CommandStatus = status
	return s.write(answer) == nil
}

// receiptStates are the words of stat in a receipt's text that are final.
var receiptStates = map[string]models.ReportState{
	"DELIVRD": models.ReportDelivered,
	"UNDELIV": models.ReportFailed,
	"REJECTD": models.ReportFailed,
	"DELETED": models.ReportFailed,
	"EXPIRED": models.ReportUndelivered,
}

// messageStates are the values of the parameter message_state for them.
var messageStates = map[byte]string{2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}

// receiptOf reads a delivery receipt: by its parameters where it has them, else
// by its text. final is false for what is no receipt or says nothing final.
func receiptOf(d *pdu.DeliverSM) (r models.Report, final bool) {
	if d.EsmClass&deliverKind != deliverReceipt {
		return r, false
	}
	octets, err := d.Message.GetMessageData()
	if payload, ok := d.OptionalParameters[pdu.TagMessagePayload]; (err != nil || len(octets) == 0) && ok {
		octets = payload.Data
	}
	text := string(octets[:min(len(octets), maxReceiptText)])
	id, stat := receiptField(text, "id:"), receiptField(text, "stat:")
	if f, ok := d.OptionalParameters[pdu.TagReceiptedMessageID]; ok && f.String() != "" {
		id = f.String()
	}
	if f, ok := d.OptionalParameters[pdu.TagMessageStateOption]; ok && len(f.Data) == 1 && stat == "" {
		stat = messageStates[f.Data[0]]
	}
	r.ID, r.State = oneLine(id, maxReportID), receiptStates[strings.ToUpper(stat)]
	if r.ID == "" || r.State == "" {
		return models.Report{}, false
	}
	r.Detail = oneLine(strings.ToUpper(stat), 16)
	if code := receiptField(text, "err:"); code != "" && strings.Trim(code, "0") != "" {
		r.Detail += ", error " + oneLine(code, 16)
	}
	return r, true
}

// maxReceiptText bounds what is read of a receipt's text.
const maxReceiptText = 1024

// receiptField is the value behind a name such as stat: in a receipt's text.
func receiptField(text, name string) string {
	lower := lowerASCII(text)
	for from := 0; ; {
		at := strings.Index(lower[from:], name)
		if at < 0 {
			return ""
		}
		at += from
		if at > 0 && lower[at-1] != ' ' {
			from = at + len(name)
			continue
		}
		value, _, _ := strings.Cut(text[at+len(name):], " ")
		return value
	}
}

// lowerASCII keeps the length, so that places in it are places in text.
func lowerASCII(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
