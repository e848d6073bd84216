package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	bits "encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carillon/models"
	"carillon/store"
)

const (
	// canaryHost is a name that no DNS server answers for (RFC 6761): a channel
	// with it reaches nobody but by a token.
	canaryHost = "canary.invalid"
	canaryPath = "/canary/"
	// canaryLife is how long an address of the canary may be sent to.
	canaryLife = 10 * time.Minute
	// canaryBytes bounds a message of the canary.
	canaryBytes = 64 << 10
)

// canaries are messages that the server sends to itself, for carillon doctor. An
// administrator asks for an address, which is of one tenant and ends soon; only a
// message of that tenant to that address goes to the server's own port, past the
// guard, and all that it reaches there is the receiver below.
type canaries struct {
	key []byte // signs addresses; all nodes share it
	now func() time.Time
}

func newCanaries(ctx context.Context, s *store.Store, now func() time.Time) (*canaries, error) {
	key, err := s.ServerSecret(ctx, "canary", drawSecret)
	if err != nil {
		return nil, err
	}
	return &canaries{key: key, now: now}, nil
}

// address is where a tenant may send to, until it ends.
func (c *canaries) address(tenant models.ID) (address string, end time.Time) {
	end = c.now().Add(canaryLife)
	claim := bits.BigEndian.AppendUint64(nil, uint64(end.Unix()))
	claim = append(claim, tenant.UUID[:]...)
	token := base64.RawURLEncoding.EncodeToString(append(claim, c.sum(claim)...))
	return "https://" + canaryHost + canaryPath + token, end
}

func (c *canaries) sum(claim []byte) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write(claim)
	return mac.Sum(nil)
}

const canaryClaim = 8 + 16 // when it ends, whose it is

// tenant reads whose token it is; ok is false for one that was made up or has ended.
func (c *canaries) tenant(token string) (id models.ID, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != canaryClaim+sha256.Size || !hmac.Equal(raw[canaryClaim:], c.sum(raw[:canaryClaim])) {
		return id, false
	}
	end := time.Unix(int64(bits.BigEndian.Uint64(raw)), 0)
	id = models.ID{Prefix: models.PrefixTenant, UUID: [16]byte(raw[8:canaryClaim])}
	return id, c.now().Before(end)
}

// takes says that a message of a tenant is the canary's.
func (c *canaries) takes(tenant models.ID, target *url.URL) bool {
	if target.Host != canaryHost {
		return false
	}
	token, found := strings.CutPrefix(target.EscapedPath(), canaryPath)
	if !found || target.Scheme != "https" || target.RawQuery != "" {
		return false
	}
	owner, ok := c.tenant(token)
	return ok && owner == tenant
}

// ask gives an address out; only administrators come here.
func (c *canaries) ask(w http.ResponseWriter, r *http.Request) {
	var in struct{ TenantID models.ID }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, canaryBytes)).Decode(&in); err != nil || in.TenantID.Prefix != models.PrefixTenant {
		answer(w, http.StatusBadRequest, map[string]string{"error": `tenantId: is not the id of a tenant; give {"tenantId": "tnt_…"}`})
		return
	}
	address, end := c.address(in.TenantID)
	answer(w, http.StatusOK, map[string]string{"url": address, "expiresAt": shownTime(end)})
}

// receive tells what came, for whoever sent it to compare and to verify.
func (c *canaries) receive(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.tenant(r.PathValue("token")); !ok {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, canaryBytes))
	if err != nil {
		status := http.StatusBadRequest
		if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
			status = http.StatusRequestEntityTooLarge
		}
		w.WriteHeader(status)
		return
	}
	sum := sha256.Sum256(body)
	answer(w, http.StatusOK, map[string]string{
		"sha256": hex.EncodeToString(sum[:]),
		"id":     r.Header.Get("webhook-id"), "timestamp": r.Header.Get("webhook-timestamp"), "signature": r.Header.Get("webhook-signature"),
	})
}

// ownAddress is how the server reaches the port that it listens on.
func (a *App) ownAddress() string {
	listening := a.listener.Addr().String()
	host, port, err := net.SplitHostPort(listening)
	if err == nil && net.ParseIP(host).IsUnspecified() {
		// What listens on all addresses, of IPv6 too, takes those of IPv4.
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listening
}
