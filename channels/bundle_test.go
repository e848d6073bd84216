package channels

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var checkSecret = models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

// checkPrivate is the key of the seed 00 01 02 and so on.
var checkPrivate = models.NewSecret("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")

func loopback() *Guard {
	return NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")})
}

// bundle is an adapter that may reach loopback, with a message to send by it.
type bundle struct {
	*HTTP
	config  *models.HttpConfig
	message Message
}

func setup(t *testing.T, url string, adapter HTTPConfig) *bundle {
	t.Helper()
	if adapter.Guard == nil {
		adapter.Guard = loopback()
	}
	b := &bundle{HTTP: NewHTTP(adapter)}
	t.Cleanup(b.Close)
	b.config = &models.HttpConfig{
		URL: url, Method: models.MethodPost, Timeout: 30 * time.Second,
		Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: checkSecret},
	}
	b.message = Message{
		Channel: &models.Channel{Kind: models.KindHTTP, Config: b.config},
		ID:      "evt_01jd5x3v9kfm8tqz2y4r6w7abc",
		Time:    time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC),
		Content: models.Content{ContentType: "application/json", Body: []byte(`{"test":1}`)},
	}
	return b
}

func (b *bundle) send(t *testing.T) (Receipt, error) {
	t.Helper()
	return b.Send(t.Context(), b.message)
}

// fails sends, and wants a classed failure of this code.
func (b *bundle) fails(t *testing.T, code models.AttemptErrorCode) (Receipt, *Error) {
	t.Helper()
	receipt, err := b.send(t)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("Send returned %v, want a classed error", err)
	}
	if e.Code != code {
		t.Fatalf("Send failed with %q, want the code %s", e, code)
	}
	return receipt, e
}

// serve runs a real server, and closes it before the goroutines are counted.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func canceled(err error) bool { return errors.Is(err, context.Canceled) }
