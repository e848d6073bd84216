package channels

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"carillon/models"
)

const (
	loginName = "ada,=lovelace"
	loginWord = "pass-wörd=4711"
)

var errWrong = errors.New("bad credentials")

func sameLogin(name, word string) error {
	if name != loginName || word != loginWord {
		return errWrong
	}
	return nil
}

// dialogue is a mechanism of a server, written as what it does with each response.
type dialogue func(step int, response []byte) (challenge []byte, done bool, err error)

type talking struct {
	dialogue
	step int
}

func (s *talking) Next(response []byte) ([]byte, bool, error) {
	s.step++
	return s.dialogue(s.step, response)
}

func plainServer(*smtp.Conn) sasl.Server {
	return sasl.NewPlainServer(func(_, name, word string) error { return sameLogin(name, word) })
}

func loginServer(*smtp.Conn) sasl.Server {
	var name string
	return &talking{dialogue: func(step int, response []byte) ([]byte, bool, error) {
		switch step {
		case 1:
			return []byte("Username:"), false, nil
		case 2:
			name = string(response)
			return []byte("Password:"), false, nil
		}
		return nil, true, sameLogin(name, string(response))
	}}
}

func cramServer(*smtp.Conn) sasl.Server {
	challenge := []byte("<1896.697170952@mail.example.com>")
	return &talking{dialogue: func(step int, response []byte) ([]byte, bool, error) {
		if step == 1 {
			return challenge, false, nil
		}
		sum := hmac.New(md5.New, []byte(loginWord))
		sum.Write(challenge)
		if string(response) != fmt.Sprintf("%s %x", loginName, sum.Sum(nil)) {
			return nil, false, errWrong
		}
		return nil, true, nil
	}}
}

func tokenServer(*smtp.Conn) sasl.Server {
	return &talking{dialogue: func(step int, response []byte) ([]byte, bool, error) {
		if string(response) == "user="+loginName+"\x01auth=Bearer "+loginWord+"\x01\x01" {
			return nil, true, nil
		}
		if step == 1 {
			return []byte(`{"status":"401"}`), false, nil
		}
		return nil, false, errWrong
	}}
}

// scramServer is the server's side of RFC 5802, with channel binding to TLS 1.3 where plus says so.
func scramServer(h func() hash.Hash, plus bool, iterations int) func(*smtp.Conn) sasl.Server {
	mac := func(key []byte, text string) []byte {
		m := hmac.New(h, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	return func(c *smtp.Conn) sasl.Server {
		salt, header, bare, first, nonce := []byte("0123456789abcdef"), "", "", "", ""
		return &talking{dialogue: func(step int, response []byte) ([]byte, bool, error) {
			switch step {
			case 1: // the client has nothing to say first
				return []byte{}, false, nil
			case 2:
				parts := strings.SplitN(string(response), ",", 3)
				header, bare = parts[0]+","+parts[1]+",", parts[2]
				nonce = bare[strings.Index(bare, ",r=")+3:] + "server"
				first = fmt.Sprintf("r=%s,s=%s,i=%d", nonce, base64.StdEncoding.EncodeToString(salt), iterations)
				if !strings.HasPrefix(bare, "n=ada=2C=3Dlovelace,") {
					return nil, false, errWrong
				}
				return []byte(first), false, nil
			case 3:
				final, proof, _ := strings.Cut(string(response), ",p=")
				binding := header
				if plus {
					state, _ := c.TLSConnectionState()
					data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
					if err != nil || header != "p=tls-exporter,," {
						return nil, false, errWrong
					}
					binding += string(data)
				}
				if final != "c="+base64.StdEncoding.EncodeToString([]byte(binding))+",r="+nonce {
					return nil, false, errWrong
				}
				salted, err := pbkdf2.Key(h, loginWord, salt, iterations, h().Size())
				if err != nil {
					return nil, false, err
				}
				all := bare + "," + first + "," + final
				key := mac(salted, "Client Key")
				stored := h()
				stored.Write(key)
				signature := mac(stored.Sum(nil), all)
				for i := range signature {
					signature[i] ^= key[i]
				}
				if given, err := base64.StdEncoding.DecodeString(proof); err != nil || !bytes.Equal(given, signature) {
					return nil, false, errWrong
				}
				return []byte("v=" + base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), all))), false, nil
			}
			return nil, true, nil
		}}
	}
}

func loginServers() map[string]func(*smtp.Conn) sasl.Server {
	return map[string]func(*smtp.Conn) sasl.Server{
		"PLAIN": plainServer, "LOGIN": loginServer, "CRAM-MD5": cramServer, "XOAUTH2": tokenServer,
		"SCRAM-SHA-1": scramServer(sha1.New, false, 4096), "SCRAM-SHA-256": scramServer(sha256.New, false, 4096),
		"SCRAM-SHA-1-PLUS": scramServer(sha1.New, true, 4096), "SCRAM-SHA-256-PLUS": scramServer(sha256.New, true, 4096),
	}
}

func TestEmailLogin(t *testing.T) {
	t.Parallel()
	secure, pool := certificate(t, "127.0.0.1")
	secure.MinVersion = tls.VersionTLS13
	for name, server := range loginServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office := (&postOffice{mechanisms: map[string]func(*smtp.Conn) sasl.Server{name: server}}).open(t, secure, false)
			p := poster(t, office.address, EmailOptions{RootCAs: pool})
			p.config.TLS, p.config.Username, p.config.Password = models.TLSStart, loginName, models.NewSecret(loginWord)
			p.sends(t)
			if len(office.all()) != 1 {
				t.Error("the message is not there")
			}

			q := poster(t, office.address, EmailOptions{RootCAs: pool})
			q.config.TLS, q.config.Username, q.config.Password = models.TLSStart, loginName, models.NewSecret("wrong-Secret")
			receipt, e := q.fails(t, models.ErrConfig)
			if e.Class != Permanent || e.Disable == "" || *receipt.ResponseCode != 535 {
				t.Errorf("failed with %+v", e)
			}
			if len(office.all()) != 1 {
				t.Error("a message was taken")
			}
		})
	}
}

func TestEmailLogsInByTheStrongestWay(t *testing.T) {
	t.Parallel()
	secure, pool := certificate(t, "127.0.0.1")
	rest := mechanisms()
	for len(rest) > 0 {
		var used string
		offered := map[string]func(*smtp.Conn) sasl.Server{}
		for _, name := range rest {
			offered[name] = func(c *smtp.Conn) sasl.Server {
				used = name
				return loginServers()[name](c)
			}
		}
		office := (&postOffice{mechanisms: offered}).open(t, secure, true)
		p := poster(t, office.address, EmailOptions{RootCAs: pool})
		p.config.TLS, p.config.Username, p.config.Password = models.TLSImplicit, loginName, models.NewSecret(loginWord)
		p.sends(t)
		if used != rest[0] {
			t.Errorf("of %v it took %s", rest, used)
		}
		rest = rest[1:]
	}
}

func TestEmailRelayNamesItsLogin(t *testing.T) {
	t.Parallel()
	s := scripted(t, map[string]string{}, "AUTH=PLAIN LOGIN XOAUTH2")
	relay := "smtp://user:to%2Fken@" + s.address + "?tls=none"
	for _, suffix := range []string{"", "&auth=xoauth2", "&auth=cram-md5"} {
		p := poster(t, "", EmailOptions{Relay: relay + suffix})
		p.config.TLS = ""
		_, err := p.send(t)
		switch lines := s.lines(s.connections() - 1); {
		case suffix == "&auth=cram-md5":
			var e *Error
			if !errors.As(err, &e) || e.Code != models.ErrConfig || e.Class != Temporary || e.Disable != "" {
				t.Errorf("without its login it failed with %v", err)
			}
		case err != nil:
			t.Error(err)
		case suffix == "" && !slices.Contains(lines, "AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00user\x00to/ken"))):
			t.Errorf("the dialogue is %q", lines)
		case suffix != "" && !strings.HasPrefix(lines[1], "AUTH XOAUTH2 "):
			t.Errorf("the dialogue is %q", lines)
		}
	}
}

func TestEmailRelayRefusesItsLogin(t *testing.T) {
	t.Parallel()
	s := scripted(t, map[string]string{"AUTH": "535 5.7.8 no"}, "AUTH PLAIN")
	p := poster(t, "", EmailOptions{Relay: "smtp://user:password1@" + s.address + "?tls=none"})
	p.config.TLS = ""
	if _, e := p.fails(t, models.ErrConfig); e.Class != Temporary || e.Disable != "" || !strings.Contains(e.Message, "the operator") {
		t.Errorf("failed with %+v", e)
	}
}

func TestEmailGoesOnWhereAWayIsNotKnown(t *testing.T) {
	t.Parallel()
	s := scripted(t, map[string]string{"AUTH": "504 5.5.4 not known"}, "AUTH CRAM-MD5 PLAIN")
	p := poster(t, s.address, EmailOptions{})
	p.config.Username, p.config.Password = "user", models.NewSecret("password1")
	p.fails(t, models.ErrConfig)
	if lines := s.lines(0); len(lines) != 3 || lines[1] != "AUTH CRAM-MD5" || !strings.HasPrefix(lines[2], "AUTH PLAIN ") {
		t.Errorf("the dialogue is %q", lines)
	}
	s.now(map[string]string{"AUTH": "535 5.7.8 wrong"})
	p.fails(t, models.ErrConfig)
	if lines := s.lines(1); len(lines) != 2 {
		t.Errorf("a refused password was sent again: %q", lines)
	}
}

func TestEmailLoginIsBounded(t *testing.T) {
	t.Parallel()
	office := (&postOffice{mechanisms: map[string]func(*smtp.Conn) sasl.Server{
		"SCRAM-SHA-256": scramServer(sha256.New, false, 2_000_000_000)}}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	p.config.Username, p.config.Password = loginName, models.NewSecret(loginWord)
	_, e := p.fails(t, models.ErrProvider)
	contains(t, "the error", e.Message, "did not log in by the rules")
	for _, answer := range []string{"334 !!!", "334 " + base64.StdEncoding.EncodeToString([]byte("again"))} {
		s := scripted(t, map[string]string{"AUTH": answer, "*": answer}, "AUTH CRAM-MD5")
		p = poster(t, s.address, EmailOptions{})
		p.config.Username, p.config.Password = loginName, models.NewSecret(loginWord)
		p.fails(t, models.ErrProvider)
		if n := len(s.lines(0)); n > 8 {
			t.Errorf("%q: the client said %d lines", answer, n)
		}
	}
}

func TestEmailSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(loginWord))
	whole := base64.StdEncoding.EncodeToString([]byte("\x00" + loginName + "\x00" + loginWord))
	echo := " you sent " + loginWord + " as " + encoded + " in " + whole + "\x07\x00"
	for verb := range emailSteps {
		for _, code := range []string{"421", "450", "550", "535", "250"} {
			p := stepped(t, verb, code+echo, []string{"AUTH PLAIN"})
			p.config.Username, p.config.Password = loginName, models.NewSecret(loginWord)
			receipt, err := p.send(t)
			text := shown(t, receipt, err)
			for _, part := range []string{"rd=4711", encoded, whole, "\x07", `\u0000`} {
				if strings.Contains(text, part) {
					t.Errorf("%s %s: %q shows in %.600s", verb, code, part, text)
				}
			}
		}
	}
}

func TestRelayURLs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]smtpServer{
		"smtp://mail.example.com":                      {key: smtpKey{"mail.example.com:587", models.TLSStart, "", models.Secret{}, true}, host: "mail.example.com", relay: true},
		"smtps://u:p%40%2F%23@mail.example.com/":       {key: smtpKey{"mail.example.com:465", models.TLSImplicit, "u", models.NewSecret("p@/#"), true}, host: "mail.example.com", relay: true},
		"smtp://a%40b:pw@[::1]:25?tls=none&auth=login": {key: smtpKey{"[::1]:25", models.TLSNone, "a@b", models.NewSecret("pw"), true}, host: "::1", relay: true, mechanism: "LOGIN"},
		"smtp://localhost:2525":                        {key: smtpKey{"localhost:2525", models.TLSNone, "", models.Secret{}, true}, host: "localhost", relay: true},
		"smtp://127.0.0.1?tls=starttls":                {key: smtpKey{"127.0.0.1:587", models.TLSStart, "", models.Secret{}, true}, host: "127.0.0.1", relay: true},
		"smtp://10.0.0.5":                              {key: smtpKey{"10.0.0.5:587", models.TLSStart, "", models.Secret{}, true}, host: "10.0.0.5", relay: true},
		"smtp://mail.example.com:2525?tls=starttls":    {key: smtpKey{"mail.example.com:2525", models.TLSStart, "", models.Secret{}, true}, host: "mail.example.com", relay: true},
	} {
		if got, err := parseRelay(raw); err != nil || *got != want {
			t.Errorf("%s is %+v (%v)", raw, got, err)
		}
	}
	for _, raw := range []string{
		"", "mail.example.com:587", "http://u:hidden@x", "smtp://", "smtp:u:hidden@x", "smtp://u:hidden@x/path", "smtp://u:hid#den@x", "smtp://u:hidden@x:0",
		"smtp://u:hidden@x:99999", "smtp://hidden@x", "smtp://:hidden@x", "smtp://u:hidden%0d%0a@x", "smtp://u:hidden@x?tls=maybe", "smtps://u:hidden@x?tls=none",
		"smtp://u:hidden@x?auth=ntlm", "smtp://u:hidden@x?hidden=1", "smtp://u:hidden%zz@x", "smtp://]", "smtp://a'b",
	} {
		err := CheckRelay(raw)
		if raw != "" { // which is none
			_, err = NewEmail(EmailOptions{Relay: raw})
		}
		if err == nil || strings.Contains(err.Error(), "hid") || !strings.Contains(err.Error(), RelaySetting) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
