package channels

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"carillon/models"
)

// part is one part of a received message, decoded.
type part struct{ kind, charset, text string }

func decoded(t *testing.T, kind, encoding string, body io.Reader) part {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "quoted-printable" {
		t.Errorf("the encoding is %q", encoding)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return part{media, params["charset"], strings.ReplaceAll(string(text), "\r\n", "\n")}
}

func partsOf(t *testing.T, m *mail.Message) (list []part) {
	t.Helper()
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		return []part{decoded(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)}
	}
	if media != "multipart/alternative" {
		t.Errorf("the message is %s", media)
	}
	for reader := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, decoded(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p))
	}
}

func TestEmailIsReadBack(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	p.config.From = `"Ünïcode, Inc." <no-reply@acme.example.com>`
	p.config.To = []string{"Ada Lovelace <ada@example.com>", "bob@example.com"}
	p.config.Cc, p.config.Bcc = []string{"cc@example.com"}, []string{"hidden@example.com"}
	p.config.ReplyTo, p.config.ListUnsubscribe = "help@acme.example.com", "https://acme.example.com/u?id=1"
	subject := "Größe 東京 🔔 " + strings.Repeat("long ", 60) + "end"
	text := ".\n..\n.dot first\nFrom here\n東京 🔔 = ü\n" + strings.Repeat("x", 5000) + "\ntrailing \n"
	html := "<p>" + strings.Repeat("é", 3000) + "</p>\n.\n"
	p.message.Content = models.Content{Subject: subject, Text: text, HTML: html}
	receipt := p.sends(t)

	mails := office.all()
	if len(mails) != 1 || mails[0].from != "no-reply@acme.example.com" ||
		!slices.Equal(mails[0].to, []string{"ada@example.com", "bob@example.com", "cc@example.com", "hidden@example.com"}) {
		t.Fatalf("the envelopes are %+v", mails)
	}
	raw := string(mails[0].raw)
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("a line of %d bytes is %.80q", len(line), line)
		}
	}
	if strings.Contains(raw, "hidden") || strings.Contains(strings.ToLower(raw), "bcc") {
		t.Error("the hidden recipient shows")
	}
	m := mails[0].parsed(t)
	header := func(name string) string {
		value, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return value
	}
	for name, want := range map[string]string{
		"Subject": subject, "Message-Id": "<dlv_01jd5x3v9kfm8tqz2y4r6w7abc@acme.example.com>", "Date": "Sat, 30 Mar 2024 10:15:00 +0000",
		"Auto-Submitted": "auto-generated", "List-Unsubscribe": "<https://acme.example.com/u?id=1>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Mime-Version": "1.0",
	} {
		if got := header(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if len(m.Header[name]) != 1 {
			t.Errorf("%s is there %d times", name, len(m.Header[name]))
		}
	}
	for name, want := range map[string]string{
		"From": `Ünïcode, Inc. no-reply@acme.example.com`, "To": "Ada Lovelace ada@example.com| bob@example.com",
		"Cc": " cc@example.com", "Reply-To": " help@acme.example.com",
	} {
		if got := addressList(t, m, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	want := []part{{"text/plain", "UTF-8", text}, {"text/html", "UTF-8", html}}
	if got := partsOf(t, m); !reflect.DeepEqual(got, want) {
		t.Errorf("the parts are %.400q", got)
	}
	checkEmailReceipt(t, receipt, subject, text, html)
}

func addressList(t *testing.T, m *mail.Message, name string) string {
	t.Helper()
	list, err := m.Header.AddressList(name)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	shown := make([]string, len(list))
	for i, a := range list {
		shown[i] = a.Name + " " + a.Address
	}
	return strings.Join(shown, "|")
}

func checkEmailReceipt(t *testing.T, r Receipt, subject, text, html string) {
	t.Helper()
	var body struct{ Subject, Text, HTML string }
	if err := json.Unmarshal([]byte(r.RequestBody), &body); err != nil || body.Subject != subject || body.Text != text || body.HTML != html {
		t.Errorf("the request's body is %.200s (%v)", r.RequestBody, err)
	}
	if r.ResponseCode == nil || *r.ResponseCode != 250 {
		t.Errorf("the code is %v", r.ResponseCode)
	}
	contains(t, "the answer", *r.ResponseBody, "RCPT TO <hidden@example.com>: 250", "the end of the message: 250")
	contains(t, "the target", r.Target, "hidden@example.com", "Ada Lovelace <ada@example.com>")
	if len(r.Progress) != 4 || r.Progress[3].State != models.RecipientTaken || r.Progress[3].Address != "hidden@example.com" {
		t.Errorf("the progress is %+v", r.Progress)
	}
	names := make([]string, len(r.RequestHeaders))
	for i, h := range r.RequestHeaders {
		names[i] = h.Name
	}
	contains(t, "the list of headers", strings.Join(names, " "), "Date", "Message-ID", "Subject", "From", "To", "Cc", "Reply-To", "List-Unsubscribe-Post")
	if slices.Contains(names, "Bcc") {
		t.Error("Bcc is recorded as a header")
	}
}

func TestEmailIsTheSameOnEachTry(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	for range 2 {
		p.message.Progress = nil
		p.message.Time = p.message.Time.Add(60e9)
		if _, err := p.Send(t.Context(), p.message); err != nil {
			t.Fatal(err)
		}
	}
	if mails := office.all(); len(mails) != 2 || string(mails[0].raw) != string(mails[1].raw) {
		t.Errorf("the messages differ: %q", mails)
	}
}

func TestEmailOfOnePart(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	for want, content := range map[part]models.Content{
		{"text/plain", "UTF-8", "ü\n"}:       {Subject: "s", Text: "ü\n"},
		{"text/html", "UTF-8", "<b>ü</b>\n"}: {Subject: "", HTML: "<b>ü</b>\n"},
	} {
		p := poster(t, office.address, EmailOptions{})
		p.message.Content = content
		p.sends(t)
		mails := office.all()
		if got := partsOf(t, mails[len(mails)-1].parsed(t)); !slices.Equal(got, []part{want}) {
			t.Errorf("the parts are %q, want %q", got, want)
		}
	}
}

func TestEmailSubjects(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	for _, subject := range []string{
		"", "plain", strings.Repeat("word ", 100) + "end", strings.Repeat("x", 3000), "two  spaces " + strings.Repeat(" ", 200) + "many",
		" around ", "=?utf-8?q?=0D=0ABcc:_x@example.com?=", strings.Repeat("東", 100), "a=?b?=", strings.Repeat("x", 68) + " " + strings.Repeat("y", 67),
	} {
		p.message.Progress, p.message.Content.Subject = nil, subject
		p.sends(t)
		mails := office.all()
		last := mails[len(mails)-1]
		m := last.parsed(t)
		got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || got != subject {
			t.Errorf("the subject is %.100q (%v), want %.100q", got, err, subject)
		}
		if m.Header.Get("Bcc") != "" {
			t.Error("a subject made a header")
		}
		for line := range strings.SplitSeq(string(last.raw), "\r\n") {
			if len(line) > 200 {
				t.Errorf("a line has %d bytes", len(line))
			}
		}
	}
}

func TestEmailRefusesContents(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	for name, content := range map[string]models.Content{
		"CR":      {Subject: "a\rBcc: x@example.com", Text: "t"},
		"LF":      {Subject: "a\nBcc: x@example.com", Text: "t"},
		"CRLF":    {Subject: "a\r\n\r\nbody", Text: "t"},
		"NUL":     {Subject: "a\x00", Text: "t"},
		"NEL":     {Subject: "a\u0085b", Text: "t"},
		"no part": {Subject: "a"},
	} {
		p := poster(t, office.address, EmailOptions{})
		p.message.Content = content
		if _, e := p.fails(t, models.ErrTemplate); e.Class != Permanent {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if office.connections() != 0 {
		t.Error("something was sent")
	}
}

func TestEmailUnsubscribeByMail(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	p.config.ListUnsubscribe = "mailto:leave@acme.example.com?subject=leave"
	p.sends(t)
	header := office.all()[0].parsed(t).Header
	if header.Get("List-Unsubscribe") != "<mailto:leave@acme.example.com?subject=leave>" || header.Get("List-Unsubscribe-Post") != "" {
		t.Errorf("the headers are %v", header)
	}
}

func FuzzHeaderText(f *testing.F) {
	for _, seed := range []string{"", "plain", " a  b ", "=?utf-8?q?x?=", strings.Repeat("東", 40), strings.Repeat("x ", 100), strings.Repeat("y", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ToValidUTF8(s, "") != s || strings.ContainsFunc(s, unicode.IsControl) {
			return
		}
		text := headerText(s)
		for i, line := range strings.Split("Subject: "+text, "\r\n") {
			if len(line) > 90 || i > 0 && strings.Trim(line, " ") == "" || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q has the line %q", s, line)
			}
		}
		m, err := mail.ReadMessage(strings.NewReader("Subject: " + text + "\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || got != s {
			t.Errorf("%q came back as %q (%v)", s, got, err)
		}
	})
}
