package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon/models"
)

// Session is what a session's token says. It is stored nowhere.
type Session struct {
	ID        models.ID      // of its own, for the log
	TenantID  *models.ID     // nil for an administrator's
	Scopes    []models.Scope // ADMIN has no tenant, and nothing else is without one
	ExpiresAt time.Time      // to the millisecond
	KeyID     models.ID      // the key that made it, and ends it; zero for the server itself
}

// check holds for all that is issued, and so for all that opens.
func (s *Session) check() error {
	for _, scope := range s.Scopes {
		if !slices.Contains(scopeBits(), scope) {
			return fmt.Errorf("there is no scope %q", scope)
		}
	}
	switch admin := slices.Contains(s.Scopes, models.ScopeAdmin); {
	case len(s.Scopes) == 0:
		return errors.New("a session without scopes opens nothing")
	case admin != (s.TenantID == nil):
		return errors.New("a session has either a tenant or the scope ADMIN")
	case s.TenantID != nil && s.TenantID.IsZero(), s.ID.IsZero(), s.ExpiresAt.UnixMilli() <= 0:
		return errors.New("a session needs an id, an end, and a tenant that is one")
	}
	return nil
}

func (s *Session) principal() *Principal {
	p := &Principal{SessionID: s.ID, KeyID: s.KeyID, KeyName: "portal session",
		TenantID: s.TenantID, Scopes: s.Scopes, ExpiresAt: &s.ExpiresAt}
	if s.TenantID == nil {
		p.KeyName = "administrator session"
	}
	return p
}

// Sessions makes and opens the tokens of sessions: cs_, the payload, a dot, and
// the HMAC-SHA256 of all that stands before it. There is one way to sign and
// one length, so that a token has nothing to say about how it is to be read.
type Sessions struct {
	macs *Hasher
	text *base64.Encoding
}

// NewSessions needs the secret that all nodes share, and that signs nothing else.
func NewSessions(secret []byte) *Sessions {
	return &Sessions{macs: NewHasher(secret), text: base64.RawURLEncoding.Strict()}
}

// The payload: version, scopes, end, and the ids of session, tenant and key,
// of which the last two may be zero.
const (
	sessionPrefix  = "cs_"
	sessionVersion = 1
	payloadSize    = 1 + 1 + 8 + 3*16
	payloadText    = (payloadSize*8 + 5) / 6
	signedText     = len(sessionPrefix) + payloadText
	tokenSize      = signedText + 1 + (sha256.Size*8+5)/6
)

// scopeBits gives each scope the bit of its place.
func scopeBits() []models.Scope {
	return []models.Scope{models.ScopeAdmin, models.ScopeManage, models.ScopePublish, models.ScopeRead}
}

// Issue makes the token; it refuses a session that could not be opened.
func (s *Sessions) Issue(session Session) (models.Secret, error) {
	if err := session.check(); err != nil {
		return models.Secret{}, fmt.Errorf("issue a session: %w", err)
	}
	payload := make([]byte, 0, payloadSize)
	var scopes byte
	for bit, scope := range scopeBits() {
		if slices.Contains(session.Scopes, scope) {
			scopes |= 1 << bit
		}
	}
	payload = append(payload, sessionVersion, scopes)
	payload = binary.BigEndian.AppendUint64(payload, uint64(session.ExpiresAt.UnixMilli())) //nolint:gosec // positive, by check
	var tenant models.ID
	if session.TenantID != nil {
		tenant = *session.TenantID
	}
	for _, id := range []models.ID{session.ID, tenant, session.KeyID} {
		payload = append(payload, id.UUID[:]...)
	}
	signed := sessionPrefix + s.text.EncodeToString(payload)
	sum := s.macs.sum(signed)
	return models.NewSecret(signed + "." + s.text.EncodeToString(sum[:])), nil
}

// isSession tells a session's token by its looks. Keys that people choose may
// begin like one.
func isSession(secret models.Secret) bool {
	text := secret.Reveal()
	return len(text) == tokenSize && text[signedText] == '.' && strings.HasPrefix(text, sessionPrefix)
}

var errNoSession = errors.New("not a session of this server")

// open reads what Issue has made, whether it is over or not. Nothing is read
// before the signature is found right.
func (s *Sessions) open(token models.Secret) (*Session, error) {
	if !isSession(token) {
		return nil, errNoSession
	}
	text := token.Reveal()
	var given [sha256.Size]byte
	if n, err := s.text.Decode(given[:], []byte(text[signedText+1:])); err != nil || n != len(given) {
		return nil, errNoSession
	}
	if sum := s.macs.sum(text[:signedText]); !hmac.Equal(sum[:], given[:]) {
		return nil, errNoSession
	}
	var payload [payloadSize]byte
	if n, err := s.text.Decode(payload[:], []byte(text[len(sessionPrefix):signedText])); err != nil || n != len(payload) {
		return nil, errNoSession
	}
	return parseSession(payload)
}

// parseSession takes the one payload that Issue writes for a session.
func parseSession(payload [payloadSize]byte) (*Session, error) {
	version, scopes, rest := payload[0], payload[1], payload[2:]
	bits := scopeBits()
	if version != sessionVersion || scopes >= 1<<len(bits) {
		return nil, errNoSession
	}
	session := &Session{ExpiresAt: time.UnixMilli(int64(binary.BigEndian.Uint64(rest))).UTC()} //nolint:gosec // check refuses what wraps
	rest = rest[8:]
	for bit, scope := range bits {
		if scopes&(1<<bit) != 0 {
			session.Scopes = append(session.Scopes, scope)
		}
	}
	session.ID = idAt(models.PrefixSession, rest)
	if tenant := idAt(models.PrefixTenant, rest[16:]); !tenant.IsZero() {
		session.TenantID = &tenant
	}
	session.KeyID = idAt(models.PrefixApiKey, rest[32:])
	if err := session.check(); err != nil {
		return nil, errNoSession
	}
	return session, nil
}

// idAt reads one id; zero bytes are the zero ID, without a prefix.
func idAt(prefix models.Prefix, from []byte) (id models.ID) {
	copy(id.UUID[:], from)
	if !id.IsZero() {
		id.Prefix = prefix
	}
	return id
}
