package channels_test

import (
	"bytes"
	"net"
	"testing"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"carillon/channels"
	"carillon/channels/conformance"
	"carillon/models"
)

// serveSMPP speaks as much SMPP as it takes to misbehave in it.
func serveSMPP(s *tcpServer, conn net.Conn) {
	for {
		p, err := pdu.Parse(conn)
		if err != nil {
			return
		}
		answer, _ := p.(interface{ GetResponse() pdu.PDU })
		if answer == nil {
			continue
		}
		response := answer.GetResponse()
		switch p.(type) {
		case *pdu.BindRequest:
			switch s.does() {
			case conformance.Hang:
				<-s.over
				return
			case conformance.Drop:
				return
			case conformance.Trickle:
				_, _ = conn.Write([]byte{0, 0, 4, 0}) // a length of 1,024
				trickle(conn, []byte{0})
				return
			case conformance.Oversize:
				flood(conn, bytes.Repeat(packed(pdu.NewEnquireLink()), 4<<10))
				return
			case conformance.RefuseChannel:
				response = refused(response, data.ESME_RINVPASWD)
			}
		case *pdu.SubmitSM:
			switch s.does() {
			case conformance.RefuseForGood:
				response = refused(response, data.ESME_RINVDSTADR)
			case conformance.FailForNow:
				response = refused(response, data.ESME_RSYSERR)
			case conformance.Throttle:
				response = refused(response, data.ESME_RTHROTTLED)
			default:
				response.(*pdu.SubmitSMResp).MessageID = "4711"
				s.take("")
			}
		}
		if _, err := conn.Write(packed(response)); err != nil {
			return
		}
	}
}

func refused(p pdu.PDU, status data.CommandStatusType) pdu.PDU {
	switch p := p.(type) {
	case *pdu.BindResp:
		p.CommandStatus = status
	case *pdu.SubmitSMResp:
		p.CommandStatus = status
	}
	return p
}

func packed(p pdu.PDU) []byte {
	buffer := pdu.NewBuffer(nil)
	p.Marshal(buffer)
	return buffer.Bytes()
}

func TestSMPPConforms(t *testing.T) {
	conformance.Run(t, conformance.Subject{
		New: func(t *testing.T) conformance.Provider {
			server := startTCP(t, serveSMPP)
			return newSMSSubject(t, server, &models.SmsConfig{
				Provider: models.ProviderSMPP, AccountID: "carillon", AuthToken: models.NewSecret("pass1234"),
				BaseURL: "smpp://" + server.address(), From: "Carillon",
			})
		},
		Skips: map[conformance.Behaviour]string{
			conformance.EchoSecrets: "what an SMSC refuses with is a number, without text",
		},
		Lacks: smsLacks(map[conformance.Part]string{
			conformance.ResponseCode: "an SMSC answers with a status for each segment",
			conformance.Pause:        "SMPP does not say how long to wait",
		}),
		Verdicts: map[conformance.Behaviour]conformance.Verdict{
			conformance.Throttle: {Class: channels.Throttled, Codes: []models.AttemptErrorCode{models.ErrRateLimited}},
		},
	})
}
