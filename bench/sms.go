package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"carillon/channels"
	"carillon/models"
)

// smsReach is how many messages a second each way is to reach.
const smsReach = 5000

// Who is written to, and what.
const (
	smsAccount = "AC0123456789abcdef0123456789abcdef"
	smsFrom    = "+14155550100"
	smsTo      = "+14155550123"
	smsText    = "The build of main is red: 3 tests failed in carillon/engine. See https://ci.example.com/builds/12345"
)

// sms measures the SMS adapter by itself against servers on this machine,
// without pacing, beside a bare HTTP client that posts what Twilio is posted.
func sms(ctx context.Context, s *site) error {
	web, err := listenSMS(answerTwilio)
	if err != nil {
		return err
	}
	defer web.close()
	center, err := listenSMS(answerSMPP)
	if err != nil {
		return err
	}
	defer center.close()
	adapter := channels.NewSMS(channels.SMSOptions{
		Guard: channels.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}), Now: time.Now,
	})
	defer adapter.Close()

	bare, err := s.bareTwilio(ctx, web)
	if err != nil {
		return err
	}
	config := models.SmsConfig{Provider: models.ProviderTwilio, AccountID: smsAccount, AuthToken: models.NewSecret("0123456789abcdef0123456789abcdef"),
		BaseURL: "http://" + web.address(), From: smsFrom, To: []string{smsTo}, MaxSegments: 1}
	if err := s.smsRate(ctx, "SMS by Twilio's API, 64 at once", adapter, config, bare); err != nil {
		return err
	}
	config.Provider, config.AccountID, config.AuthToken, config.BaseURL = models.ProviderSMPP, "carillon", models.NewSecret("secret08"), "smpp://"+center.address()
	return s.smsRate(ctx, "SMS over SMPP, one session, 64 at once", adapter, config, bare)
}

// smsRate sends for the time of a window, and reports the rate beside the reference.
func (s *site) smsRate(ctx context.Context, measure string, adapter *channels.SMS, config models.SmsConfig, bare float64) error {
	channel := &models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: models.NewID(models.PrefixTenant), Kind: models.KindSMS, Config: &config}
	now := time.Now()
	message := channels.Message{Channel: channel, ID: "evt", Key: "dlv", Time: now, Begun: now, Content: models.Content{Text: smsText}}
	rate, err := s.atFullSpeed(ctx, measure, func() error {
		receipt, err := adapter.Send(ctx, message)
		if err == nil && receipt.Progress[0].State != models.RecipientTaken {
			err = fmt.Errorf("the number is %s", receipt.Progress[0].State)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.report.add(figure{
		measure: measure, got: perSecond(rate), reach: perSecond(smsReach) + " and more", reached: rate >= smsReach,
		reference: "bare HTTP client posting the same " + perSecond(bare), with: times(rate/bare) + " the reference", cpu: s.last.String(),
	})
	return nil
}

// bareTwilio is net/http's client posting the same form to the same server.
func (s *site) bareTwilio(ctx context.Context, web *smsServer) (float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	target := "http://" + web.address() + "/2010-04-01/Accounts/" + smsAccount + "/Messages.json"
	form := url.Values{"To": {smsTo}, "From": {smsFrom}, "Body": {smsText}}.Encode()
	return s.atFullSpeed(ctx, "bare", func() error {
		res, err := client.Post(target, "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, res.Body)
		return res.Body.Close()
	})
}

// smsServer answers every connection by one function.
type smsServer struct {
	listener net.Listener
	all      sync.WaitGroup
	mu       sync.Mutex
	conns    []net.Conn
}

func listenSMS(serve func(net.Conn)) (*smsServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &smsServer{listener: l}
	s.all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			s.all.Go(func() { serve(conn) })
		}
	})
	return s, nil
}

func (s *smsServer) address() string { return s.listener.Addr().String() }

func (s *smsServer) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}

// answerTwilio takes every message with the fields that Twilio answers with.
func answerTwilio(conn net.Conn) {
	body := `{"account_sid": "` + smsAccount + `", "api_version": "2010-04-01", "body": "` + smsText + `", "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", ` +
		`"date_sent": null, "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000", "direction": "outbound-api", "error_code": null, "error_message": null, ` +
		`"from": "` + smsFrom + `", "num_media": "0", "num_segments": "1", "price": null, "price_unit": null, "messaging_service_sid": null, ` +
		`"sid": "SM0123456789abcdef0123456789abcdef", "status": "queued", "subresource_uris": {"media": "/2010-04-01/Accounts/` + smsAccount + `/Messages/SM0/Media.json"}, ` +
		`"to": "` + smsTo + `", "uri": "/2010-04-01/Accounts/` + smsAccount + `/Messages/SM0.json"}`
	answer := fmt.Appendf(nil, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	in := bufio.NewReaderSize(conn, 16<<10)
	for {
		if _, _, err := readMessage(in); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// answerSMPP says yes to every request; each answer's command is the request's
// with the first bit set.
func answerSMPP(conn net.Conn) {
	in, out := bufio.NewReaderSize(conn, 16<<10), bufio.NewWriterSize(conn, 16<<10)
	var head [16]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		length, command := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
		if _, err := in.Discard(int(length) - len(head)); err != nil {
			return
		}
		body := "id0123456789\x00"
		if command == 0x15 || command == 0x06 { // enquire_link and unbind have none
			body = ""
		}
		binary.BigEndian.PutUint32(head[:], uint32(len(head)+len(body)))
		head[4] |= 0x80
		_, _ = out.Write(head[:])
		_, _ = out.WriteString(body)
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}
