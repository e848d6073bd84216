package channels

import (
	"bytes"
	"testing"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// FuzzSMPP reads what a server sends: nothing of it may end the process.
func FuzzSMPP(f *testing.F) {
	d, _ := pdu.NewDeliverSM().(*pdu.DeliverSM)
	d.EsmClass = deliverReceipt
	_ = d.Message.SetMessageDataWithEncoding([]byte("id:1 stat:DELIVRD err:000"), data.ASCII)
	d.RegisterOptionalParam(pdu.Field{Tag: pdu.TagReceiptedMessageID, Data: []byte("1\x00")})
	for _, p := range []pdu.PDU{d, pdu.NewSubmitSMResp(), pdu.NewEnquireLink(), pdu.NewGenericNack(), pdu.NewUnbind()} {
		buffer := pdu.NewBuffer(nil)
		p.Marshal(buffer)
		f.Add(buffer.Bytes())
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		in := bytes.NewReader(sent)
		for {
			p, err := readPDU(in)
			if err != nil {
				return
			}
			if d, ok := p.(*pdu.DeliverSM); ok {
				if r, final := receiptOf(d); final && (r.ID == "" || r.State == "" || len(r.ID) > maxReportID) {
					t.Fatalf("a final report is %+v", r)
				}
			}
			if p.CanResponse() {
				p.GetResponse().Marshal(pdu.NewBuffer(nil))
			}
		}
	})
}
