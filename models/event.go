package models

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// Event is something that happened on the platform.
type Event struct {
	ID             ID
	Seq            int64 // its place in the order of commits, from 1; 0 until stored
	TenantID       ID
	Type           string
	Version        string
	EntityID       string // empty for none
	Tags           []string
	Data           json.RawMessage // compact; digits and key order as published
	IdempotencyKey string          // empty for none
	Timestamp      time.Time       // when it happened
	CreatedAt      time.Time       // when the server had it safely
	Test           bool
	Trace          Trace // that it was published in; empty for none
}

// Bounds of one event.
const (
	DefaultMaxPayload = 256 << 10 // bytes of data
	MaxEntityID       = 256
	MaxTags           = 50
	MaxTag            = 128
	MaxIdempotencyKey = 256
	MaxBatch          = 1000 // events of one publishEvents
)

// Validate names the first field that is wrong. What Data holds is for
// NormalizeJSON to check.
func (e *Event) Validate() error {
	if err := CheckEventType("type", e.Type); err != nil {
		return err
	}
	if err := CheckVersion("version", e.Version); err != nil {
		return err
	}
	if len(e.Data) == 0 {
		return Invalid("data", "is needed; give any JSON value")
	}
	if err := CheckText("entityId", e.EntityID, MaxEntityID); err != nil {
		return err
	}
	if err := CheckText("idempotencyKey", e.IdempotencyKey, MaxIdempotencyKey); err != nil {
		return err
	}
	return e.validateTags()
}

func (e *Event) validateTags() error {
	if n := len(e.Tags); n > MaxTags {
		return Invalid("tags", "has %d entries; at most %d are allowed", n, MaxTags)
	}
	for i, tag := range e.Tags {
		field := fmt.Sprintf("tags.%d", i)
		if tag == "" {
			return Invalid(field, "is empty")
		}
		if err := CheckText(field, tag, MaxTag); err != nil {
			return err
		}
	}
	return nil
}

// Fingerprint tells a repeat of an idempotency key from a clash: a hash of
// type, version, entityId, data and tags, each with its length before it.
func (e *Event) Fingerprint() [32]byte {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	put([]byte(e.Type))
	put([]byte(e.Version))
	put([]byte(e.EntityID))
	put(e.Data)
	for _, tag := range e.Tags {
		put([]byte(tag))
	}
	return [32]byte(h.Sum(nil))
}
