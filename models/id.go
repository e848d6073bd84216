package models

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Prefix names the kind of thing that an ID stands for.
type Prefix string

// The prefixes of the public contract.
const (
	PrefixTenant    Prefix = "tnt"
	PrefixApiKey    Prefix = "key"
	PrefixEventType Prefix = "ety"
	PrefixWebhook   Prefix = "whk"
	PrefixChannel   Prefix = "chn"
	PrefixTemplate  Prefix = "tpl"
	PrefixEvent     Prefix = "evt"
	PrefixDelivery  Prefix = "dlv"
	PrefixAttempt   Prefix = "att"
	PrefixRecovery  Prefix = "rec"
	PrefixAudit     Prefix = "aud"
)

// PrefixMessage names the message of a batch, in its webhook-id; there is nothing to look up.
const PrefixMessage Prefix = "msg"

// PrefixSignal names what becomes an operational event; there is nothing to look up.
const PrefixSignal Prefix = "sig"

// PrefixSession is the session of a portal, in the log and the audit log; there is nothing to look up.
const PrefixSession Prefix = "ses"

var prefixes = map[Prefix]bool{
	PrefixTenant: true, PrefixApiKey: true, PrefixEventType: true, PrefixWebhook: true,
	PrefixChannel: true, PrefixTemplate: true, PrefixEvent: true, PrefixDelivery: true,
	PrefixAttempt: true, PrefixRecovery: true, PrefixAudit: true, PrefixSession: true,
}

// ID is a TypeID: a prefix and a UUIDv7, written evt_01jd5x… . It names its
// kind, sorts by time, and is comparable. The zero ID means none.
type ID struct {
	Prefix Prefix
	UUID   uuid.UUID
}

// NewID draws a new ID; within one process IDs of one kind only grow.
func NewID(p Prefix) ID {
	return ID{Prefix: p, UUID: uuid.Must(uuid.NewV7())}
}

// IsZero says that the ID names nothing.
func (id ID) IsZero() bool { return id.UUID == uuid.Nil }

// Compare orders IDs by their time, oldest first.
func (id ID) Compare(other ID) int {
	return strings.Compare(string(id.UUID[:]), string(other.UUID[:]))
}

const suffixLen = 26

// crockford is the alphabet of TypeID: base32 in lower case without i, l, o, u.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// decodeTable maps a character to its five bits, or 0xff.
var decodeTable = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte(crockford) {
		t[c] = byte(i)
	}
	return t
}()

// String is the TypeID; the zero ID is the empty string.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	buf := make([]byte, 0, len(id.Prefix)+1+suffixLen)
	return string(id.append(buf))
}

// append writes the 128 bits as 26 characters, the first of which bears three bits.
func (id ID) append(buf []byte) []byte {
	buf = append(buf, id.Prefix...)
	buf = append(buf, '_')
	from := len(buf)
	buf = buf[:from+suffixLen]
	hi, lo := binary.BigEndian.Uint64(id.UUID[:8]), binary.BigEndian.Uint64(id.UUID[8:])
	for i := suffixLen - 1; i >= 0; i-- {
		buf[from+i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return buf
}

// ParseID reads a TypeID of any kind of the contract.
func ParseID(s string) (ID, error) {
	prefix, suffix, ok := strings.Cut(s, "_")
	if !ok || !prefixes[Prefix(prefix)] || len(suffix) != suffixLen {
		return ID{}, fmt.Errorf("%q is not an id such as evt_01jd5x3v9kfm8tqz2y4r6w7abc", clip(s, 64))
	}
	var hi, lo uint64
	for i := range suffixLen {
		v := decodeTable[suffix[i]]
		if v == 0xff || i == 0 && v > 7 {
			return ID{}, fmt.Errorf("%q is not an id: its letters are not those of base32", clip(s, 64))
		}
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(v)
	}
	id := ID{Prefix: Prefix(prefix)}
	for i := range 8 {
		id.UUID[i] = byte(hi >> (56 - 8*i))
		id.UUID[8+i] = byte(lo >> (56 - 8*i))
	}
	if id.IsZero() {
		return ID{}, fmt.Errorf("%q is not an id: it is empty", clip(s, 64))
	}
	return id, nil
}

// ParseIDOf reads a TypeID that must be of kind p.
func ParseIDOf(p Prefix, s string) (ID, error) {
	id, err := ParseID(s)
	if err != nil {
		return ID{}, err
	}
	if id.Prefix != p {
		return ID{}, fmt.Errorf("%q is an id of another kind; an id that begins with %s_ is needed here", s, p)
	}
	return id, nil
}

// MarshalText writes the TypeID, so that IDs stand in JSON and logs as text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads a TypeID; empty text is the zero ID.
func (id *ID) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*id = ID{}
		return nil
	}
	*id, err = ParseID(string(text))
	return err
}

// clip shortens what a client sent before it is repeated in an error.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
