package demo

import (
	"errors"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"carillon/models"
)

// sends is a message from a client that logs in by this password.
func (d *Demo) sends(t *testing.T, password, raw string) error {
	t.Helper()
	c, err := smtp.Dial(d.MailAddress())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if password != "" {
		if err := c.Auth(sasl.NewPlainClient("", mailUser, password)); err != nil {
			return err
		}
	}
	return c.SendMail("shop@example.com", []string{"ada@example.com", "hidden@example.com"}, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")))
}

const letter = `From: Acme <shop@example.com>
To: ada@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <1@example.com>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Caf=C3=A9
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+SGk8L3A+
--b--
`

func TestMailIsTaken(t *testing.T) {
	t.Parallel()
	d := opened(t)
	if err := d.sends(t, d.keys.mail.Reveal(), letter); err != nil {
		t.Fatal(err)
	}
	m := d.newest(t)
	if m.Kind != models.KindEmail || m.Summary != "Grüße" || m.From != "Acme <shop@example.com>" || m.To != "ada@example.com, hidden@example.com" ||
		strings.TrimSpace(m.Body) != "Café" || m.HTML != "<p>Hi</p>" || !m.Verified || m.Status != 250 || !m.Accepted {
		t.Errorf("%+v", m)
	}
	d.known[mailName].set(true)
	var refused *smtp.SMTPError
	if err := d.sends(t, d.keys.mail.Reveal(), letter); !errors.As(err, &refused) || refused.Code != 451 {
		t.Errorf("while it fails: %v", err)
	}
	if m := d.newest(t); m.Accepted || m.Status != 451 {
		t.Errorf("%+v", m)
	}
}

func TestMailNeedsALogin(t *testing.T) {
	t.Parallel()
	d := opened(t)
	for _, password := range []string{"", "wrong"} {
		if err := d.sends(t, password, letter); err == nil {
			t.Errorf("taken with the password %q", password)
		}
	}
	if _, latest := d.inbox.after(0, ""); latest != 0 {
		t.Errorf("%d messages were received", latest)
	}
}

func TestMailThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                        "",
		"no header":               "no header",
		"Subject: x\r\n\r\nplain": "plain",
		"Subject: x\r\nContent-Type: text/html\r\n\r\n<b>":                                                                 "<b>",
		"Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\ncut":                                        "Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\ncut",
		"Subject: x\r\nContent-Type: broken/;;\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%":                            "Subject: x\r\nContent-Type: broken/;;\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
		"Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed\r\n\r\n--a--": "",
	} {
		if m, _ := readMail([]byte(raw)); m.Body != want {
			t.Errorf("%q became %q", raw, m.Body)
		}
	}
}

func FuzzReadMail(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte("Subject: =?x?\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, _ := readMail(raw); m.ContentType == "" || len(m.Body)+len(m.HTML) > len(raw) {
			t.Errorf("%d bytes became %d and %d of %q", len(raw), len(m.Body), len(m.HTML), m.ContentType)
		}
	})
}
