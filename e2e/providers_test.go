package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// slackPost is a message as Slack got it.
type slackPost struct {
	Token string
	Path  string
	Body  map[string]any
}

// slackServer stands in for Slack: the Web API at /api/ and incoming webhooks at
// /services/. Each message that it takes gets a time stamp of its own.
type slackServer struct {
	*httptest.Server
	mu    sync.Mutex
	posts []slackPost
	error string // what the Web API answers; empty for ok
}

func newSlack(t *testing.T) *slackServer {
	t.Helper()
	s := &slackServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *slackServer) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	post := slackPost{Token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), Path: r.URL.Path, Body: map[string]any{}}
	if json.Unmarshal(raw, &post.Body) != nil {
		form, _ := url.ParseQuery(string(raw))
		for name := range form {
			post.Body[name] = form.Get(name)
			var list []any
			if json.Unmarshal([]byte(form.Get(name)), &list) == nil {
				post.Body[name] = list
			}
		}
		if post.Token == "" {
			post.Token = form.Get("token")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = append(s.posts, post)
	if strings.HasPrefix(r.URL.Path, "/services/") {
		_, _ = io.WriteString(w, "ok")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if s.error != "" {
		_, _ = fmt.Fprintf(w, `{"ok":false,"error":%q}`, s.error)
		return
	}
	_, _ = fmt.Fprintf(w, `{"ok":true,"channel":"C024BE91L","ts":"1700000000.%06d"}`, len(s.posts))
}

func (s *slackServer) got() []slackPost {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

func (s *slackServer) refuse(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.error = code
}

// mail is a message as the mail server got it.
type mail struct {
	from string
	to   []string
	text string
}

// mailServer is a real SMTP server that takes everything, but for recipients
// that begin with "gone".
type mailServer struct {
	address string
	mu      sync.Mutex
	mails   []mail
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	m := &mailServer{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.address = listener.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: m}, nil }))
	server.Domain, server.ReadTimeout, server.WriteTimeout = "mail.test", 30*time.Second, 30*time.Second
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return m
}

func (m *mailServer) got() []mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

type mailSession struct {
	server *mailServer
	mail   mail
}

func (s *mailSession) Reset()        { s.mail = mail{} }
func (s *mailSession) Logout() error { return nil }
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.mail = mail{from: from}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "gone") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.mail.to = append(s.mail.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.text = string(raw)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}

// twilioServer stands in for Twilio's API: it takes every message and queues it.
type twilioServer struct {
	*httptest.Server
	mu       sync.Mutex
	messages []url.Values
}

func newTwilio(t *testing.T) *twilioServer {
	t.Helper()
	s := &twilioServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, password, ok := r.BasicAuth(); !ok || password != twilioToken || r.Method != http.MethodPost || r.ParseForm() != nil {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"code":20003,"message":"Authenticate","status":401}`)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.messages = append(s.messages, r.PostForm)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"sid":%q,"status":"queued","to":%q,"num_segments":"1","error_code":null}`, sidOf(len(s.messages)), r.PostForm.Get("To"))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *twilioServer) got() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

func sidOf(n int) string { return fmt.Sprintf("SM%032d", n) }

const (
	twilioAccount = "AC0123456789abcdef0123456789abcdef"
	twilioToken   = "3a7f0c52b98e4d61a0c4f2e7d8b5961f"
)

// twilioSigns is the signature of a callback: HMAC-SHA1 over the address and the
// sorted parameters.
func twilioSigns(address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(twilioToken))
	mac.Write([]byte(address))
	for _, name := range names {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
