package channels

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"carillon/models"
)

func TestSMPPSends(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	b.config.AwaitReceipt = true
	receipt := b.sends(t)
	state(t, receipt, models.RecipientTaken)
	if fmt.Sprint(receipt.Progress[0].IDs) != "[id1]" || !receipt.Awaits || *receipt.ResponseBody != checkTo+": TAKEN id1\n" {
		t.Errorf("the receipt is %+v", receipt)
	}
	for range 3 {
		b.sends(t)
	}
	binds, submits := server.counts()
	if binds != 1 || submits != 4 {
		t.Errorf("%d binds, %d messages", binds, submits)
	}
	bind, sm := server.binds[0], server.submits[0]
	if bind.SystemID != "carillon" || bind.Password != "pass1234" || bind.InterfaceVersion != 0x34 || bind.CommandID != data.BIND_TRANSCEIVER {
		t.Errorf("bound with %+v", bind)
	}
	text, _ := sm.Message.GetMessageData()
	if string(text) != "The build is red." || sm.EsmClass != 0 || sm.RegisteredDelivery != 1 || sm.Message.Encoding().DataCoding() != 0 {
		t.Errorf("sent %+v", sm)
	}
	if to := sm.DestAddr; to.Ton() != 1 || to.Npi() != 1 || to.Address() != "14155550123" {
		t.Errorf("sent to %+v", to)
	}
	if from := sm.SourceAddr; from.Ton() != 5 || from.Npi() != 0 || from.Address() != "Carillon" {
		t.Errorf("sent from %+v", from)
	}
	b.config.From, b.config.AwaitReceipt = "12345", false
	if receipt := b.sends(t); receipt.Awaits || server.submits[4].RegisteredDelivery != 0 || server.submits[4].SourceAddr.Ton() != 3 {
		t.Errorf("sent %+v", server.submits[4])
	}
}

func TestSMPPSegments(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	for _, text := range []string{strings.Repeat("a", 152) + "€" + strings.Repeat("b", 160), strings.Repeat("я", 66) + "😀" + strings.Repeat("ж", 60)} {
		_, before := server.counts()
		b.message.Content.Text = text
		receipt := b.sends(t)
		parts, encoding := models.SplitSegments(text)
		_, after := server.counts()
		if after-before != len(parts) || len(receipt.Progress[0].IDs) != len(parts) || len(parts) < 2 {
			t.Fatalf("%d messages for %d parts, ids %q", after-before, len(parts), receipt.Progress[0].IDs)
		}
		var references []byte
		for i, sm := range server.submits[before:] {
			total, number, reference, ok := sm.Message.UDH().GetConcatInfo()
			octets, _ := sm.Message.GetMessageData()
			if !ok || int(total) != len(parts) || int(number) != i+1 || sm.EsmClass != 0x40 || string(octets) != string(parts[i].Octets) {
				t.Errorf("part %d is %+v", i, sm)
			}
			if coding := sm.Message.Encoding().DataCoding(); (coding == 8) != (encoding == models.EncodingUCS2) {
				t.Errorf("part %d has data_coding %d", i, coding)
			}
			references = append(references, reference)
		}
		if references[0] != references[1] {
			t.Errorf("the references are %v", references)
		}
	}
}

func TestSMPPStatuses(t *testing.T) {
	t.Parallel()
	for status, row := range map[data.CommandStatusType]struct {
		class Class
		code  models.AttemptErrorCode
		state models.RecipientState
	}{
		data.ESME_RTHROTTLED:  {Throttled, models.ErrRateLimited, ""},
		data.ESME_RMSGQFUL:    {Throttled, models.ErrRateLimited, ""},
		data.ESME_RINVDSTADR:  {Permanent, models.ErrRejected, models.RecipientRefused},
		data.ESME_RINVSRCADR:  {Permanent, models.ErrConfig, ""},
		data.ESME_RSYSERR:     {Temporary, models.ErrProvider, ""},
		data.ESME_RX_T_APPN:   {Temporary, models.ErrProvider, ""},
		data.ESME_RX_P_APPN:   {Permanent, models.ErrRejected, models.RecipientRefused},
		0x4ff:                 {Temporary, models.ErrProvider, ""},
		data.ESME_RINVBNDSTS:  {Temporary, models.ErrProvider, ""},
		data.ESME_RINVMSGLEN:  {Permanent, models.ErrRejected, models.RecipientRefused},
		data.ESME_RSUBMITFAIL: {Temporary, models.ErrProvider, ""},
	} {
		t.Run(fmt.Sprintf("%#x", uint32(status)), func(t *testing.T) {
			t.Parallel()
			server := startSMSC(t, nil)
			server.onSubmit = func(c *smscConn, n int, sm *pdu.SubmitSM) bool {
				if n == 1 {
					c.refuse(sm, status)
				}
				return n == 1
			}
			b := setupSMPP(t, server.address(), nil)
			receipt, e := b.fails(t, row.class, row.code)
			state(t, receipt, row.state)
			if e.Disable != "" || !strings.Contains(e.Message, fmt.Sprintf("0x%02X", uint32(status))) {
				t.Errorf("failed with %+v", e)
			}
			b.again(receipt)
			_, err := b.Send(t.Context(), b.message)
			if refused := row.state == models.RecipientRefused; refused != (err != nil) {
				t.Errorf("the next try returned %v", err)
			}
		})
	}
}

func TestSMPPLoginRefused(t *testing.T) {
	t.Parallel()
	for status, row := range map[data.CommandStatusType]struct {
		class    Class
		code     models.AttemptErrorCode
		disables bool
	}{
		data.ESME_RINVPASWD:  {Permanent, models.ErrConfig, true},
		data.ESME_RINVSYSID:  {Permanent, models.ErrConfig, true},
		data.ESME_RBINDFAIL:  {Permanent, models.ErrConfig, true},
		data.ESME_RSYSERR:    {Temporary, models.ErrProvider, false},
		data.ESME_RALYBND:    {Temporary, models.ErrProvider, false},
		data.ESME_RTHROTTLED: {Throttled, models.ErrRateLimited, false},
	} {
		t.Run(fmt.Sprintf("%#x", uint32(status)), func(t *testing.T) {
			t.Parallel()
			server := startSMSC(t, nil)
			server.onBind = func(c *smscConn, p *pdu.BindRequest) bool {
				c.refuse(p, status)
				return true
			}
			receipt, e := setupSMPP(t, server.address(), nil).fails(t, row.class, row.code)
			state(t, receipt, "")
			if (e.Disable != "") != row.disables {
				t.Errorf("failed with %+v", e)
			}
		})
	}
}

func TestSMPPServerIsLeftAloneAfterAFailedLogin(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	refuse := atomic.Bool{}
	refuse.Store(true)
	server.onBind = func(c *smscConn, p *pdu.BindRequest) bool {
		if refuse.Load() {
			c.refuse(p, data.ESME_RSYSERR)
		}
		return refuse.Load()
	}
	var passed atomic.Int64
	start := time.Now()
	b := setupSMPP(t, server.address(), func(o *SMSOptions) {
		o.Now = func() time.Time { return start.Add(time.Duration(passed.Load())) }
	})
	b.fails(t, Temporary, models.ErrProvider)
	_, e := b.fails(t, Temporary, models.ErrProvider)
	if binds, _ := server.counts(); binds != 1 || e.After != smppBackoff {
		t.Errorf("%d binds, failed with %+v", binds, e)
	}
	refuse.Store(false)
	passed.Store(int64(smppBackoff))
	b.sends(t)
}

func TestSMPPWithoutAnAnswerIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		hook func(c *smscConn, sm *pdu.SubmitSM)
		code models.AttemptErrorCode
	}{
		"silence": {func(*smscConn, *pdu.SubmitSM) {}, models.ErrTimeout},
		"closed":  {func(c *smscConn, _ *pdu.SubmitSM) { _ = c.conn.Close() }, models.ErrConnect},
		"unbind":  {func(c *smscConn, _ *pdu.SubmitSM) { c.send(pdu.NewUnbind()) }, models.ErrConnect},
		"noise":   {func(c *smscConn, _ *pdu.SubmitSM) { _, _ = io.WriteString(c.conn, "HTTP/1.1 400 Bad Request\r\n\r\n") }, models.ErrConnect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSMSC(t, nil)
			server.onSubmit = func(c *smscConn, n int, sm *pdu.SubmitSM) bool {
				if n == 1 {
					row.hook(c, sm)
				}
				return n == 1
			}
			b := setupSMPP(t, server.address(), nil)
			ctx, cancel := context.WithTimeout(t.Context(), map[bool]time.Duration{true: 300 * time.Millisecond, false: 10 * time.Second}[name == "silence"])
			defer cancel()
			receipt, err := b.Send(ctx, b.message)
			e := wantClassed(t, err, Permanent, row.code)
			state(t, receipt, models.RecipientUnknown)
			if !strings.Contains(e.Message, "may have been sent; it is not repeated by itself, retryDelivery sends it again") {
				t.Errorf("failed with %+v", e)
			}
			// A person asks for it again, over a session that is bound anew.
			b.again(receipt)
			state(t, b.sends(t), models.RecipientTaken)
		})
	}
}

func TestSMPPUnknownWaitsForThoseThatAreNot(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	b.config.To = []string{"+14155550101", "+14155550102"}
	b.message.Progress = []models.Recipient{{Address: "+14155550101", State: models.RecipientUnknown, Detail: "it may have been sent"}}
	receipt, e := b.fails(t, Permanent, models.ErrProvider)
	state(t, receipt, models.RecipientUnknown, models.RecipientTaken)
	if _, submits := server.counts(); submits != 1 || !strings.Contains(e.Message, "+14155550101: it may have been sent") {
		t.Errorf("%d messages, failed with %+v", submits, e)
	}
	b.again(receipt)
	state(t, b.sends(t), models.RecipientTaken, models.RecipientTaken)
}

func TestSMPPPartsThatAreTakenAreNotSentAgain(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	server.onSubmit = func(c *smscConn, n int, sm *pdu.SubmitSM) bool {
		if n == 2 {
			c.refuse(sm, data.ESME_RX_P_APPN)
		}
		return n == 2
	}
	b := setupSMPP(t, server.address(), nil)
	b.message.Content.Text = strings.Repeat("a", 400)
	receipt, e := b.fails(t, Permanent, models.ErrRejected)
	state(t, receipt, models.RecipientUnknown)
	if fmt.Sprint(receipt.Progress[0].IDs) != "[id1]" || !strings.HasPrefix(e.Message, "1 of 3 segments were taken, then: ") || !strings.HasSuffix(e.Message, notRepeated) {
		t.Errorf("failed with %+v, the receipt is %+v", e, receipt)
	}
}

func TestSMPPLaterPartsWaitWhereTheyMay(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	server.onSubmit = func(c *smscConn, n int, sm *pdu.SubmitSM) bool {
		pauses := map[int]data.CommandStatusType{2: data.ESME_RTHROTTLED, 3: data.ESME_RMSGQFUL, 4: data.ESME_RSYSERR}
		status, ok := pauses[n]
		if ok {
			c.refuse(sm, status)
		}
		return ok
	}
	b := setupSMPP(t, server.address(), nil)
	b.carriers[models.ProviderSMPP].(*smpp).partPause = time.Millisecond
	b.message.Content.Text = strings.Repeat("a", 200)
	receipt := b.sends(t)
	if fmt.Sprint(receipt.Progress[0].IDs) != "[id1 id5]" {
		t.Errorf("the receipt is %+v", receipt)
	}
	server.onSubmit = func(c *smscConn, n int, sm *pdu.SubmitSM) bool {
		if n > 6 {
			c.refuse(sm, data.ESME_RTHROTTLED)
		}
		return n > 6
	}
	b.carriers[models.ProviderSMPP].(*smpp).partPause = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	receipt, err := b.Send(ctx, b.message)
	wantClassed(t, err, Permanent, models.ErrRateLimited)
	state(t, receipt, models.RecipientUnknown)
}

func TestSMPPBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	receipt, _ := setupSMPP(t, address, nil).fails(t, Temporary, models.ErrConnect)
	state(t, receipt, "")
	setupSMPP(t, address, func(o *SMSOptions) { o.Guard = nil }).fails(t, Permanent, models.ErrBlockedAddress)

	silent := startSMSC(t, nil)
	silent.onBind = func(*smscConn, *pdu.BindRequest) bool { return true }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	b := setupSMPP(t, silent.address(), nil)
	receipt, err = b.Send(ctx, b.message)
	wantClassed(t, err, Temporary, models.ErrTimeout)
	state(t, receipt, "")
	b = setupSMPP(t, silent.address(), nil)
	b.carriers[models.ProviderSMPP].(*smpp).bindWait = 100 * time.Millisecond
	if _, e := b.fails(t, Temporary, models.ErrTimeout); e.Message != "no answer of "+silent.address()+" to the login within 100ms" {
		t.Errorf("failed with %+v", e)
	}

	mail := startSMSC(t, nil)
	mail.onBind = func(c *smscConn, _ *pdu.BindRequest) bool {
		_, _ = io.WriteString(c.conn, "220 mail.example.com ESMTP\r\n")
		return true
	}
	_, e := setupSMPP(t, mail.address(), nil).fails(t, Temporary, models.ErrConnect)
	if !strings.Contains(e.Message, "is not SMPP") {
		t.Errorf("failed with %+v", e)
	}
}

func TestSMPPStop(t *testing.T) {
	t.Parallel()
	server, arrived := startSMSC(t, nil), make(chan struct{})
	server.onSubmit = func(*smscConn, int, *pdu.SubmitSM) bool { close(arrived); return true }
	b := setupSMPP(t, server.address(), nil)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-arrived
		stop()
	}()
	receipt, err := b.Send(ctx, b.message)
	wantClassed(t, err, Permanent, models.ErrConnect)
	state(t, receipt, models.RecipientUnknown)
	// Nothing was written: nothing is recorded.
	b.again(Receipt{})
	if _, err := b.Send(ctx, b.message); !canceled(err) {
		t.Errorf("Send returned %v", err)
	}
}

func TestSMPPOverTLS(t *testing.T) {
	t.Parallel()
	web, pool := serveTLS(t, func(http.ResponseWriter, *http.Request) {}, nil)
	server := startSMSC(t, &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12})
	old := startSMSC(t, &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	over := func(address string, pool *x509.CertPool) *smsBundle {
		b := setupSMPP(t, address, func(o *SMSOptions) { o.RootCAs = pool })
		b.config.BaseURL = "smpps://" + address
		return b
	}
	state(t, over(server.address(), pool).sends(t), models.RecipientTaken)
	for name, row := range map[string]struct {
		b    *smsBundle
		says string
	}{
		"unknown authority": {over(server.address(), x509.NewCertPool()), "not signed by an authority"},
		"another name":      {over(strings.Replace(server.address(), "127.0.0.1", "localhost", 1), pool), "for another name"},
		"TLS 1.1":           {over(old.address(), pool), "TLS handshake"},
		"no TLS":            {over(strings.TrimPrefix(serve(t, func(http.ResponseWriter, *http.Request) {}).URL, "http://"), pool), "smpp rather than smpps"},
	} {
		if _, e := row.b.fails(t, Temporary, models.ErrTLS); !strings.Contains(e.Message, row.says) {
			t.Errorf("%s: failed with %+v", name, e)
		}
	}
}

func TestSMPPReconnects(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	b.sends(t)
	l, err := b.carriers[models.ProviderSMPP].(*smpp).link(b.message.Channel, b.config)
	if err != nil {
		t.Fatal(err)
	}
	session := l.session.Load()
	server.drop()
	of(t, session.ctx.Done())
	b.sends(t)
	if binds, submits := server.counts(); binds != 2 || submits != 2 {
		t.Errorf("%d binds, %d messages", binds, submits)
	}
}

func TestSMPPWindowIsBounded(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	var under, most atomic.Int64
	full, once := make(chan struct{}), sync.Once{}
	var held sync.WaitGroup
	release := make(chan struct{})
	server.onSubmit = func(c *smscConn, n int, sm *pdu.SubmitSM) bool {
		now := under.Add(1)
		most.Store(max(most.Load(), now))
		if now == smppWindow {
			once.Do(func() { close(full) })
		}
		held.Go(func() { // answered late, and in any order
			<-release
			under.Add(-1)
			c.take(sm, sm.DestAddr.Address())
		})
		return true
	}
	b := setupSMPP(t, server.address(), nil)
	var all sync.WaitGroup
	for i := range 40 {
		m, config := b.message, *b.config
		channel := *m.Channel
		config.To = []string{fmt.Sprintf("+1415555%04d", i)}
		channel.Config, m.Channel = &config, &channel
		all.Go(func() {
			receipt, err := b.Send(t.Context(), m)
			if err != nil || "+"+receipt.Progress[0].IDs[0] != config.To[0] {
				t.Errorf("%+v, %v", receipt, err)
			}
		})
	}
	of(t, full)
	close(release)
	all.Wait()
	held.Wait()
	if binds, submits := server.counts(); binds != 1 || submits != 40 || most.Load() > smppWindow {
		t.Errorf("%d binds, %d messages, %d under way at once", binds, submits, most.Load())
	}
}

func TestSMPPReceipts(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	reports := make(chan models.Report, 64)
	var failing atomic.Bool
	b := setupSMPP(t, server.address(), func(o *SMSOptions) {
		o.Report = func(_ context.Context, r models.Report) error {
			if failing.Load() {
				return errors.New("the database is away")
			}
			reports <- r
			return nil
		}
	})
	b.config.AwaitReceipt = true
	b.sends(t)
	form := func(stat string) string {
		return "id:0A1b-2 sub:001 dlvrd:001 submit date:2611211330 done date:2611211331 stat:" + stat + " err:012 text:stat:DELIVRD"
	}
	for stat, want := range map[string]models.ReportState{
		"DELIVRD": models.ReportDelivered, "UNDELIV": models.ReportFailed, "REJECTD": models.ReportFailed,
		"DELETED": models.ReportFailed, "EXPIRED": models.ReportUndelivered, "delivrd": models.ReportDelivered,
	} {
		server.last().receipt(form(stat))
		r := of(t, reports)
		if r.State != want || r.ID != "0A1b-2" || r.Origin != b.config.Origin() || r.TenantID != b.message.Channel.TenantID || !strings.Contains(r.Detail, "error 012") {
			t.Errorf("%s: %+v", stat, r)
		}
		if answer := of(t, server.answers); answer.CommandStatus != data.ESME_ROK {
			t.Errorf("answered %v", answer.CommandStatus)
		}
	}
	// What is not final, and what is no receipt, is answered and dropped.
	for _, text := range []string{form("ENROUTE"), form("ACCEPTD"), form("UNKNOWN"), "hello", "", "stat:DELIVRD", "\xff\xfeİİİ stat:"} {
		server.last().receipt(text)
		if answer := of(t, server.answers); answer.CommandStatus != data.ESME_ROK || len(reports) != 0 {
			t.Errorf("%q: answered %v, %d reports", text, answer.CommandStatus, len(reports))
		}
	}
	// The parameters go before the text.
	server.last().receipt("id:other", pdu.Field{Tag: pdu.TagReceiptedMessageID, Data: []byte("777\x00")}, pdu.Field{Tag: pdu.TagMessageStateOption, Data: []byte{2}})
	if r := of(t, reports); r.ID != "777" || r.State != models.ReportDelivered {
		t.Errorf("got %+v", r)
	}
	of(t, server.answers)
	server.last().receipt("", pdu.Field{Tag: pdu.TagMessagePayload, Data: []byte(form("EXPIRED"))})
	if r := of(t, reports); r.ID != "0A1b-2" || r.State != models.ReportUndelivered {
		t.Errorf("got %+v", r)
	}
	of(t, server.answers)
	// A report that cannot be kept is asked for again.
	failing.Store(true)
	server.last().receipt(form("DELIVRD"))
	if answer := of(t, server.answers); answer.CommandStatus != data.ESME_RX_T_APPN {
		t.Errorf("answered %v", answer.CommandStatus)
	}
}

func TestSMPPAnswersTheServersQuestions(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	b.sends(t)
	c := server.last()
	c.send(pdu.NewEnquireLink())
	_, _ = c.conn.Write([]byte("\x00\x00\x00\x10\x00\x00\x01\x99\x00\x00\x00\x00\x00\x00\x00\x01"))                 // an unknown command
	_, _ = c.conn.Write([]byte("\x00\x00\x00\x14\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00")) // a broken deliver_sm
	c.send(pdu.NewGenericNack())
	for range 5 {
		b.sends(t)
	}
	if binds, _ := server.counts(); binds != 1 {
		t.Errorf("%d binds", binds)
	}
}

func TestSMPPKeepsAndEndsSessions(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	b.carriers[models.ProviderSMPP].(*smpp).enquire = 5 * time.Millisecond
	b.sends(t)
	of(t, server.unbound) // nobody uses it
	server.mu.Lock()
	enquired := server.enquired
	server.mu.Unlock()
	if enquired < smppIdle-2 {
		t.Errorf("asked %d times", enquired)
	}
	if reports, err := b.Check(t.Context(), b.message); err != nil || reports != nil {
		t.Errorf("Check returned %v, %v", reports, err)
	}
	if binds, _ := server.counts(); binds != 2 {
		t.Errorf("%d binds after a check", binds)
	}
}

func TestSMPPDeadServerIsNoticed(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	server.deaf = true
	b := setupSMPP(t, server.address(), nil)
	carrier := b.carriers[models.ProviderSMPP].(*smpp)
	carrier.enquire, carrier.enquireWait = 5*time.Millisecond, 20*time.Millisecond
	b.sends(t)
	l, err := carrier.link(b.message.Channel, b.config)
	if err != nil {
		t.Fatal(err)
	}
	if session := l.session.Load(); session != nil {
		of(t, session.ctx.Done())
	}
	b.sends(t)
	if binds, _ := server.counts(); binds != 2 {
		t.Errorf("%d binds", binds)
	}
}

func TestSMPPReceiptsAreBounded(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	begun := make(chan struct{}, 2*smppReports)
	b := setupSMPP(t, server.address(), func(o *SMSOptions) {
		o.Report = func(ctx context.Context, _ models.Report) error {
			begun <- struct{}{}
			<-ctx.Done() // the database hangs
			return ctx.Err()
		}
	})
	b.sends(t)
	for range smppReports {
		server.last().receipt("id:1 stat:DELIVRD")
		of(t, begun)
	}
	server.last().receipt("id:1 stat:DELIVRD")
	if answer := of(t, server.answers); answer.CommandStatus != data.ESME_RMSGQFUL {
		t.Errorf("answered %v", answer.CommandStatus)
	}
	b.sends(t) // messages go on beside it
	b.Close()  // and the stop does not wait for it
}

func TestSMPPSessionsAreNotShared(t *testing.T) {
	t.Parallel()
	server := startSMSC(t, nil)
	b := setupSMPP(t, server.address(), nil)
	b.sends(t)
	b.message.Channel.TenantID = models.NewID(models.PrefixTenant)
	b.sends(t)
	config := *b.config
	config.AuthToken = models.NewSecret("another1")
	b.message.Channel.Config = &config
	b.sends(t)
	if binds, _ := server.counts(); binds != 3 {
		t.Errorf("%d binds", binds)
	}
	b.Close()
	for range 3 {
		of(t, server.unbound)
	}
	b.fails(t, Temporary, models.ErrConnect)
}
