package channels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func TestTwilioSends(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, func(o *SMSOptions) { o.PublicURL = "https://carillon.example.com/" })
	b.config.AwaitReceipt = true
	receipt := b.sends(t)
	state(t, receipt, models.RecipientTaken)
	if ids := receipt.Progress[0].IDs; len(ids) != 1 || !strings.HasPrefix(ids[0], "SM") || !receipt.Awaits {
		t.Errorf("the receipt is %+v", receipt)
	}
	if receipt.RequestBody != "The build is red." || *receipt.ResponseCode != 201 || !strings.Contains(*receipt.ResponseBody, `"status":"queued"`) || receipt.Target != checkTo {
		t.Errorf("the receipt is %+v", receipt)
	}
	form := server.sent()[0]
	if form.Get("To") != checkTo || form.Get("From") != checkFrom || form.Get("Body") != "The build is red." || len(form) != 4 ||
		form.Get("StatusCallback") != "https://carillon.example.com/callbacks/twilio/"+b.message.Channel.ID.String() {
		t.Errorf("sent %v", form)
	}
}

func TestTwilioWithoutReceipts(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, func(o *SMSOptions) { o.PublicURL = "https://carillon.example.com" })
	if receipt := b.sends(t); receipt.Awaits || server.sent()[0].Has("StatusCallback") {
		t.Errorf("sent %v, the receipt is %+v", server.sent()[0], receipt)
	}
	b.config.AwaitReceipt, b.message.Test = true, true
	if receipt := b.sends(t); receipt.Awaits || server.sent()[1].Has("StatusCallback") {
		t.Errorf("a test sent %v, the receipt is %+v", server.sent()[1], receipt)
	}
	without := setupSMS(t, server.URL, nil)
	without.config.AwaitReceipt = true
	if receipt := without.sends(t); !receipt.Awaits || server.sent()[2].Has("StatusCallback") {
		t.Errorf("without an address sent %v, the receipt is %+v", server.sent()[2], receipt)
	}
}

func TestTwilioMessagingService(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.config.From = "MG0123456789abcdef0123456789abcdef"
	b.sends(t)
	if form := server.sent()[0]; form.Get("MessagingServiceSid") != b.config.From || form.Has("From") {
		t.Errorf("sent %v", form)
	}
	// A look-up knows a message by its service: the sender is the service's choice.
	b.message.Key, b.message.Doubtful = "dlv_another", true
	b.carriers[models.ProviderTwilio].(*twilio).owners = twilioOwners{}
	if b.sends(t); len(server.sent()) != 1 {
		t.Error("the message was not found")
	}
	b.config.From = "MG00000000000000000123456789abcdef"
	if b.sends(t); len(server.sent()) != 2 {
		t.Error("another service's message was taken for its own")
	}
}

func TestTwilioRefusals(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status, code int
		class        Class
		as           models.AttemptErrorCode
		state        models.RecipientState
		disables     bool
	}{
		{400, 21211, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 21214, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 21606, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 21610, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 21614, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 21617, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 21635, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 30005, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 30006, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{403, 30007, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{400, 99999, Permanent, models.ErrRejected, models.RecipientRefused, false},
		{404, 20404, Permanent, models.ErrConfig, "", false},
		{401, 20003, Permanent, models.ErrConfig, "", true},
		{403, 20003, Permanent, models.ErrConfig, "", true},
		{403, 0, Permanent, models.ErrConfig, "", true},
		{429, 20429, Throttled, models.ErrRateLimited, "", false},
		{429, 0, Throttled, models.ErrRateLimited, "", false},
		{500, 20500, Temporary, models.ErrProvider, models.RecipientUnknown, false},
		{503, 20503, Temporary, models.ErrProvider, models.RecipientUnknown, false},
		{307, 0, Temporary, models.ErrRejected, "", false},
	} {
		t.Run(fmt.Sprint(row.status, row.code), func(t *testing.T) {
			t.Parallel()
			server := startTwilio(t)
			server.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				twilioError(w, row.status, row.code, "said\r\n"+checkToken.Reveal())
				return true
			}
			b := setupSMS(t, server.URL, nil)
			receipt, e := b.fails(t, row.class, row.as)
			state(t, receipt, row.state)
			if (e.Disable != "") != row.disables || *receipt.ResponseCode != row.status || receipt.Awaits {
				t.Errorf("failed with %+v, the receipt is %+v", e, receipt)
			}
			if row.class == Throttled && e.After != 7*time.Second {
				t.Errorf("to wait %s", e.After)
			}
			if row.code != 0 && !strings.Contains(e.Message, fmt.Sprint(row.code, " said")) || strings.ContainsAny(e.Message, "\r\n") {
				t.Errorf("the message is %q", e.Message)
			}
			if unsubscribed := len(receipt.Suppress) == 1 && receipt.Suppress[0].Address == checkTo; unsubscribed != (row.code == 21610) {
				t.Errorf("suppressed: %+v", receipt.Suppress)
			}
			server.before = nil
			b.again(receipt)
			_, err := b.Send(t.Context(), b.message)
			if refused := row.state == models.RecipientRefused; refused != (err != nil) || len(server.sent()) != map[bool]int{true: 1, false: 2}[refused] {
				t.Errorf("the next try returned %v after %d requests", err, len(server.sent()))
			}
			if looked := server.looked(); looked != map[bool]int{true: 1}[row.state == models.RecipientUnknown] {
				t.Errorf("looked up %d times", looked)
			}
		})
	}
}

// twilioDoubts are the ways to lose the answer to a request that was processed.
func twilioDoubts(stop <-chan struct{}) map[string]func(w http.ResponseWriter, r *http.Request) {
	return map[string]func(w http.ResponseWriter, r *http.Request){
		"500": func(w http.ResponseWriter, _ *http.Request) { twilioError(w, 500, 20500, "Internal") },
		"no end": func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-stop:
			}
		},
		"closed": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"no sid":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"queued"}`) },
		"half": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"sid":`)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			block := bytes.Repeat([]byte(" "), 64<<10)
			for total := 0; total < 1<<30; total += len(block) {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
	}
}

func TestTwilioDoubtIsLookedUp(t *testing.T) {
	t.Parallel()
	for name := range twilioDoubts(nil) {
		for _, processed := range []bool{true, false} {
			t.Run(fmt.Sprint(name, processed), func(t *testing.T) {
				t.Parallel()
				server, stop := startTwilio(t), make(chan struct{})
				answer := twilioDoubts(stop)[name]
				lose := func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n == 1 {
						answer(w, r)
					}
					return n == 1
				}
				if processed {
					server.after = lose
				} else {
					server.before = lose
				}
				b := setupSMS(t, server.URL, nil)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				if name == "no end" {
					cancel()
					ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
				}
				defer cancel()
				receipt, err := b.Send(ctx, b.message)
				close(stop)
				e := AsError(err)
				if err == nil || e.Class != Temporary || !strings.Contains(e.Message, "looked up before it is sent again") {
					t.Fatalf("failed with %v", err)
				}
				state(t, receipt, models.RecipientUnknown)
				b.again(receipt)
				second := b.sends(t)
				state(t, second, models.RecipientTaken)
				want := map[bool]int{true: 1, false: 2}[processed]
				if n := len(server.sent()); n != want || server.looked() != 1 {
					t.Errorf("%d requests and %d look-ups, want %d and 1", n, server.looked(), want)
				}
			})
		}
	}
}

func TestTwilioLookUpFindsTheRightMessage(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.message.Doubtful = true
	server.add(checkTo, checkFrom, b.message.Content.Text, time.Now().Add(-time.Hour)) // an older one
	server.add(checkTo, checkFrom, "Another text", time.Now())
	server.add(checkTo, "+14155550199", b.message.Content.Text, time.Now())
	state(t, b.sends(t), models.RecipientTaken)
	if len(server.sent()) != 1 {
		t.Fatalf("%d requests", len(server.sent()))
	}
	receipt := b.sends(t) // its own is there now
	if len(server.sent()) != 1 || receipt.Progress[0].IDs[0] != fmt.Sprintf("SM%032x", 4) {
		t.Errorf("%d requests, the receipt is %+v", len(server.sent()), receipt)
	}
}

func TestTwilioLookUpLeavesOthersTheirMessages(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	first := b.sends(t)
	server.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 2 {
			twilioError(w, 500, 20500, "Internal")
		}
		return n == 2
	}
	b.message.Key = "dlv_01jd5x3v9kfm8tqz2y4r6w7xyz" // the same text, for another delivery
	receipt, _ := b.fails(t, Temporary, models.ErrProvider)
	b.again(receipt)
	second := b.sends(t)
	if len(server.sent()) != 3 || first.Progress[0].IDs[0] == second.Progress[0].IDs[0] {
		t.Errorf("%d requests, %+v and %+v", len(server.sent()), first.Progress, second.Progress)
	}
	// Its own is known again, though its record was lost.
	b.message.Progress, b.message.Doubtful = nil, true
	if third := b.sends(t); third.Progress[0].IDs[0] != second.Progress[0].IDs[0] || len(server.sent()) != 3 {
		t.Errorf("%d requests, %+v", len(server.sent()), third.Progress)
	}
}

func TestTwilioLookUpReadsAllPages(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.message.Doubtful = true
	server.add(checkTo, checkFrom, trialPrefix+b.message.Content.Text, time.Now())
	for i := range 2*lookupPage + 10 {
		server.add(checkTo, checkFrom, fmt.Sprint("text ", i), time.Now())
	}
	receipt := b.sends(t)
	if len(server.sent()) != 0 || server.looked() != 3 || receipt.Progress[0].IDs[0] != fmt.Sprintf("SM%032x", 1) {
		t.Errorf("%d requests, %d look-ups, %+v", len(server.sent()), server.looked(), receipt)
	}
}

func TestTwilioLookUpThatFailsSendsNothing(t *testing.T) {
	t.Parallel()
	var status int
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Error("a message was sent without a look-up")
		}
		twilioError(w, status, 0, "")
	})
	b := setupSMS(t, server.URL, nil)
	b.message.Progress = []models.Recipient{{Address: checkTo, State: models.RecipientUnknown}}
	for status = range map[int]bool{500: true, 404: true, 429: true, 401: true} {
		receipt, err := b.Send(t.Context(), b.message)
		state(t, receipt, models.RecipientUnknown)
		want := map[int]Class{500: Temporary, 404: Temporary, 429: Throttled, 401: Permanent}[status]
		if e := AsError(err); err == nil || e.Class != want || !strings.Contains(e.Message, "could not be looked up") {
			t.Errorf("%d: failed with %+v", status, e)
		}
	}
}

func TestTwilioBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	receipt, e := setupSMS(t, "http://"+address, nil).fails(t, Temporary, models.ErrConnect)
	state(t, receipt, "")
	if e.Message != address+" refused the connection" {
		t.Errorf("failed with %+v", e)
	}
	secure := setupSMS(t, "https://"+strings.TrimPrefix(startTwilio(t).URL, "http://"), nil)
	receipt, _ = secure.fails(t, Temporary, models.ErrTLS)
	state(t, receipt, "")
	other, pool := serveTLS(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") }, nil)
	named := setupSMS(t, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), func(o *SMSOptions) { o.RootCAs = pool })
	receipt, e = named.fails(t, Temporary, models.ErrTLS)
	state(t, receipt, "")
	if !strings.Contains(e.Message, "for another name") {
		t.Errorf("failed with %+v", e)
	}
	blocked := setupSMS(t, "http://"+address, func(o *SMSOptions) { o.Guard = nil })
	blocked.fails(t, Permanent, models.ErrBlockedAddress)
}

func TestTwilioStop(t *testing.T) {
	t.Parallel()
	server, arrived := startTwilio(t), make(chan struct{})
	server.before = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		close(arrived)
		<-r.Context().Done()
		return true
	}
	b := setupSMS(t, server.URL, nil)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-arrived
		stop()
	}()
	receipt, err := b.Send(ctx, b.message)
	wantClassed(t, err, Temporary, models.ErrConnect)
	state(t, receipt, models.RecipientUnknown)
	// Nothing was written: nothing is recorded.
	if _, err := b.Send(ctx, b.message); !canceled(err) {
		t.Errorf("Send returned %v", err)
	}
}

func TestTwilioHugeErrorIsCut(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	server.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadRequest)
		block := bytes.Repeat([]byte("x"), 64<<10)
		for total := 0; total < 1<<30; total += len(block) {
			if _, err := w.Write(block); err != nil {
				break
			}
		}
		return true
	}
	receipt, _ := setupSMS(t, server.URL, nil).fails(t, Permanent, models.ErrRejected)
	if n := len(*receipt.ResponseBody); n != models.MaxResponseBody {
		t.Errorf("%d bytes are recorded", n)
	}
}

func TestTwilioCheck(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.config.To = []string{checkTo, "+14155550124", "+14155550125", "+14155550126"}
	receipt := b.sends(t)
	b.again(receipt)
	if reports, err := b.Check(t.Context(), b.message); err != nil || len(reports) != 0 {
		t.Fatalf("%v, %v", reports, err)
	}
	byID := map[string]int{}
	for i, m := range server.messages {
		byID[m["sid"].(string)] = i
	}
	at := func(i int) int { return byID[receipt.Progress[i].IDs[0]] }
	server.set(at(0), "delivered", nil)
	server.set(at(1), "undelivered", 30003)
	server.set(at(2), "failed", 30006)
	server.set(at(3), "sent", nil)
	reports, err := b.Check(t.Context(), b.message)
	if err != nil || len(reports) != 3 {
		t.Fatalf("%v, %v", reports, err)
	}
	for i, want := range []models.ReportState{models.ReportDelivered, models.ReportUndelivered, models.ReportFailed} {
		r := reports[i]
		if r.State != want || r.ID != receipt.Progress[i].IDs[0] || r.TenantID != b.message.Channel.TenantID || r.Origin != b.config.Origin() {
			t.Errorf("report %d is %+v", i, r)
		}
	}
	b.config = &models.SmsConfig{Provider: models.ProviderTwilio, AccountID: checkSID, AuthToken: models.NewSecret("wrong"), BaseURL: server.URL, To: b.config.To}
	b.message.Channel.Config = b.config
	if _, err := b.Check(t.Context(), b.message); err == nil || !strings.Contains(err.Error(), "20003") {
		t.Errorf("Check returned %v", err)
	}
}

func TestStalledProviderEndsWithTheContext(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	server.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusCreated)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return true
	}
	b := setupSMS(t, server.URL, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := b.Send(ctx, b.message)
	if e := AsError(err); e.Code != models.ErrTimeout || errors.Is(err, context.Canceled) {
		t.Errorf("failed with %v", err)
	}
}
