package channels

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
)

const (
	checkSID  = "AC0123456789abcdef0123456789abcdef"
	checkFrom = "+14155550100"
	checkTo   = "+14155550123"
)

var checkToken = models.NewSecret("fedcba9876543210fedcba9876543210")

// twilioServer answers as the documentation of Twilio's Message resource says.
type twilioServer struct {
	*httptest.Server
	t *testing.T
	// before may answer a request in the server's stead; after one that made a message.
	before, after func(n int, w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	posts    []url.Values
	lists    []url.Values
	messages []map[string]any
}

func startTwilio(t *testing.T) *twilioServer {
	t.Helper()
	s := &twilioServer{t: t}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /2010-04-01/Accounts/{account}/Messages.json", s.create)
	routes.HandleFunc("GET /2010-04-01/Accounts/{account}/Messages.json", s.list)
	routes.HandleFunc("GET /2010-04-01/Accounts/{account}/Messages/{sid}", s.fetch)
	s.Server = httptest.NewServer(s.authorized(routes))
	t.Cleanup(s.Close)
	return s
}

func (s *twilioServer) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != checkSID || password != checkToken.Reveal() || !strings.Contains(r.URL.Path, checkSID) {
			twilioError(w, http.StatusUnauthorized, 20003, "Authenticate")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// twilioError is an error in the form of Twilio's.
func twilioError(w http.ResponseWriter, status, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"code": code, "message": message, "more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code), "status": status,
	})
}

func (s *twilioServer) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.posts = append(s.posts, r.PostForm)
	n := len(s.posts)
	s.mu.Unlock()
	if s.before != nil && s.before(n, w, r) {
		return
	}
	message := s.add(r.PostForm.Get("To"), r.PostForm.Get("From"), r.PostForm.Get("Body"), time.Now())
	if service := r.PostForm.Get("MessagingServiceSid"); service != "" {
		message["messaging_service_sid"], message["from"] = service, nil
	}
	if s.after != nil && s.after(n, w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(message)
}

func (s *twilioServer) add(to, from, body string, made time.Time) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	message := map[string]any{
		"sid": fmt.Sprintf("SM%032x", len(s.messages)+1), "account_sid": checkSID, "to": to, "from": from, "body": body,
		"status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0", "error_code": nil, "error_message": nil,
		"date_created": made.UTC().Format(time.RFC1123Z), "date_sent": nil, "price": nil, "price_unit": "USD", "api_version": "2010-04-01",
		"messaging_service_sid": nil, "uri": "/2010-04-01/Accounts/x/Messages/y.json", "subresource_uris": map[string]any{"media": "/x"},
	}
	s.messages = append(s.messages, message)
	return message
}

// set changes a message, as the carrier's news do.
func (s *twilioServer) set(i int, status string, code any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages[i]["status"], s.messages[i]["error_code"] = status, code
}

func (s *twilioServer) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	s.mu.Lock()
	s.lists = append(s.lists, query)
	found := []map[string]any{}
	for i := len(s.messages) - 1; i >= 0; i-- { // the newest first
		m := s.messages[i]
		if to := query.Get("To"); to != "" && m["to"] != to {
			continue
		}
		if from := query.Get("From"); from != "" && m["from"] != from {
			continue
		}
		found = append(found, m)
	}
	size, _ := strconv.Atoi(query.Get("PageSize"))
	page, _ := strconv.Atoi(query.Get("Page"))
	size = max(size, 1)
	answer := map[string]any{"page": page, "page_size": size, "next_page_uri": nil}
	if end := (page + 1) * size; end < len(found) {
		answer["next_page_uri"] = fmt.Sprintf("/2010-04-01/Accounts/%s/Messages.json?PageSize=%d&Page=%d&PageToken=PT%d", checkSID, size, page+1, page+1)
		found = found[:end]
	}
	answer["messages"] = found[min(page*size, len(found)):]
	text, err := json.Marshal(answer)
	s.mu.Unlock()
	if err != nil {
		s.t.Error(err)
	}
	_, _ = w.Write(text)
}

func (s *twilioServer) fetch(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m["sid"].(string)+".json" == r.PathValue("sid") {
			_ = json.NewEncoder(w).Encode(m)
			return
		}
	}
	twilioError(w, http.StatusNotFound, 20404, "The requested resource was not found")
}

func (s *twilioServer) sent() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts
}

func (s *twilioServer) looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lists)
}

// smsBundle is an adapter that may reach loopback, with a message to send by it.
type smsBundle struct {
	*SMS
	config  *models.SmsConfig
	message Message
}

func setupSMS(t *testing.T, baseURL string, change func(*SMSOptions)) *smsBundle {
	t.Helper()
	o := SMSOptions{Guard: loopback(), Now: time.Now}
	if change != nil {
		change(&o)
	}
	b := &smsBundle{SMS: NewSMS(o)}
	t.Cleanup(b.Close)
	b.config = &models.SmsConfig{
		Provider: models.ProviderTwilio, AccountID: checkSID, AuthToken: checkToken, BaseURL: baseURL,
		From: checkFrom, To: []string{checkTo}, MaxSegments: models.DefaultMaxSegments,
	}
	b.message = Message{
		Channel: &models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: models.NewID(models.PrefixTenant), Kind: models.KindSMS, Config: b.config},
		ID:      "evt_01jd5x3v9kfm8tqz2y4r6w7abc", Key: "dlv_01jd5x3v9kfm8tqz2y4r6w7abc",
		Time: time.Now(), Begun: time.Now(), Content: models.Content{Text: "The build is red."},
	}
	return b
}

// again makes the next try of a message.
func (b *smsBundle) again(receipt Receipt) { b.message.Progress = receipt.Progress }

func (b *smsBundle) sends(t *testing.T) Receipt {
	t.Helper()
	receipt, err := b.Send(t.Context(), b.message)
	if err != nil {
		t.Fatalf("Send failed with %v", err)
	}
	return receipt
}

// fails sends, and wants a failure of this class and code whose text has no secret.
func (b *smsBundle) fails(t *testing.T, class Class, code models.AttemptErrorCode) (Receipt, *Error) {
	t.Helper()
	receipt, err := b.Send(t.Context(), b.message)
	e := wantClassed(t, err, class, code)
	b.secretless(t, receipt, e)
	return receipt, e
}

func wantClassed(t *testing.T, err error, class Class, code models.AttemptErrorCode) *Error {
	t.Helper()
	e, ok := err.(*Error) //nolint:errorlint // it is to be the error itself
	if !ok {
		t.Fatalf("Send returned %v, want a classed error", err)
	}
	if e.Class != class || e.Code != code {
		t.Fatalf("Send failed with %+v, want class %d and %s", e, class, code)
	}
	return e
}

func (b *smsBundle) secretless(t *testing.T, receipt Receipt, e *Error) {
	t.Helper()
	all := fmt.Sprintf("%+v %+v", receipt, e)
	if receipt.ResponseBody != nil {
		all += *receipt.ResponseBody
	}
	if strings.Contains(all, b.config.AuthToken.Reveal()) {
		t.Errorf("the token shows in %s", all)
	}
}

func state(t *testing.T, receipt Receipt, want ...models.RecipientState) {
	t.Helper()
	got := make([]models.RecipientState, len(receipt.Progress))
	for i, r := range receipt.Progress {
		got[i] = r.State
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the progress is %q, want %q", got, want)
	}
}
