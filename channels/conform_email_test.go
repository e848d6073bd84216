package channels_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"carillon/channels"
	"carillon/channels/conformance"
	"carillon/models"
)

// serveMail speaks as much SMTP as it takes to misbehave in it.
func serveMail(s *tcpServer, conn net.Conn) {
	switch s.does() {
	case conformance.Hang:
		<-s.over
	case conformance.Trickle:
		trickle(conn, []byte("220-one moment\r\n"))
	case conformance.Oversize:
		flood(conn, []byte(strings.Repeat("220-flood\r\n", 4<<10)))
	case conformance.Throttle:
		_, _ = conn.Write([]byte("421 4.3.2 too many connections\r\n"))
	default:
		_, _ = conn.Write([]byte("220 mail.example.com\r\n"))
		converse(s, conn)
	}
}

func converse(s *tcpServer, conn net.Conn) {
	lines := bufio.NewScanner(conn)
	var heard []string
	content, id := false, ""
	for lines.Scan() {
		line := lines.Text()
		heard = append(heard, line)
		if content && line != "." {
			if value, ok := strings.CutPrefix(line, "Message-ID: "); ok {
				id = value
			}
			continue
		}
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		answer := "250 fine"
		switch verb {
		case "EHLO":
			answer = "250-mail.example.com\r\n250 AUTH PLAIN"
		case "AUTH":
			answer = "235 welcome"
		case "DATA":
			answer, content = "354 go on", true
		case ".":
			content = false
			s.take(id)
		case "QUIT":
			answer = "221 bye"
		}
		switch s.does() {
		case conformance.RefuseForGood:
			answer = at(verb, "RCPT", "550 5.1.1 there is nobody of that name", answer)
		case conformance.RefuseChannel:
			answer = at(verb, "AUTH", "535 5.7.8 wrong password", answer)
		case conformance.FailForNow:
			answer = at(verb, "RCPT", "451 4.7.1 try again later", answer)
		case conformance.EchoSecrets:
			answer = at(verb, "RCPT", fmt.Sprintf("451 4.0.0 you said %s, that is login and %s", strings.Join(heard, " "), mailPassword), answer)
		case conformance.Drop:
			if verb == "RCPT" {
				return
			}
		}
		if _, err := conn.Write([]byte(answer + "\r\n")); err != nil {
			return
		}
	}
}

// at is the answer to one command, else the usual one.
func at(verb, wanted, answer, usual string) string {
	if verb == wanted {
		return answer
	}
	return usual
}

const mailPassword = "s3same-open-4711"

// emailSubject is a channel that sends through the server.
type emailSubject struct {
	*tcpServer
	adapter *channels.Email
	channel *models.Channel
}

func newEmailSubject(t *testing.T) conformance.Provider {
	t.Helper()
	s := &emailSubject{tcpServer: startTCP(t, serveMail)}
	var err error
	if s.adapter, err = channels.NewEmail(channels.EmailOptions{Guard: toLoopback(), Hello: "carillon.example.com"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.adapter.Close)
	s.channel = &models.Channel{Name: "mail", Kind: models.KindEmail, Config: &models.EmailConfig{
		SmtpServer: s.address(), TLS: models.TLSNone, Username: "login", Password: models.NewSecret(mailPassword),
		From: "Acme <no-reply@acme.com>", To: []string{"ada@example.com"},
	}}
	return s
}

func (s *emailSubject) Adapter() channels.Adapter { return s.adapter }
func (s *emailSubject) Rules() models.ConfigRules { return models.ConfigRules{} }
func (s *emailSubject) Secrets() []string         { return nil }

func (s *emailSubject) Message() channels.Message {
	return channels.Message{
		Channel: s.channel, ID: "evt_01jd5x3v9kfm8tqz2y4r6w7abc", Key: "dlv_01jd5x3v9kfm8tqz2y4r6w7abd",
		Time: time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC), Begun: time.Date(2024, 3, 30, 10, 14, 0, 0, time.UTC),
		Content: models.Content{Subject: "Order 42", Text: "Order 42 was paid", HTML: "<p>Order 42 was paid</p>"},
	}
}

func TestEmailConforms(t *testing.T) {
	conformance.Run(t, conformance.Subject{
		New: newEmailSubject,
		Lacks: map[conformance.Part]string{
			conformance.ResponseHeaders: "an SMTP server answers without headers",
			conformance.Pause:           "SMTP does not say how long to wait",
		},
		Verdicts: map[conformance.Behaviour]conformance.Verdict{
			conformance.Throttle: {Class: channels.Throttled, Codes: []models.AttemptErrorCode{models.ErrRejected, models.ErrRateLimited}},
		},
	})
}
