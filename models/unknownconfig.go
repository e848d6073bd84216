package models

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// UnknownConfig is the configuration of a kind that this program does not have,
// because another version wrote it. It is kept as it was found, its secrets
// sealed, so that the channel can be listed, paused and written back unharmed.
type UnknownConfig struct {
	Of     ChannelKind
	Public json.RawMessage // its JSON form
	Sealed []byte          // its secrets, as they are stored
}

// Kind is the one that is not known.
func (c *UnknownConfig) Kind() ChannelKind { return c.Of }

// Validate refuses: what is not known cannot be judged.
func (c *UnknownConfig) Validate(ConfigRules) error {
	return Invalid("", "is of kind %s, which this version of the server does not know; change it by one that does", c.Of)
}

// Secrets lists none: they stay sealed.
func (c *UnknownConfig) Secrets() []*Secret { return nil }

// Target says that it is not known.
func (c *UnknownConfig) Target() string { return fmt.Sprintf("a channel of kind %s", c.Of) }

// AttemptTimeout bounds an attempt that is not made.
func (c *UnknownConfig) AttemptTimeout() time.Duration { return DefaultTimeout }

// MarshalJSON is the form in which it was found.
func (c *UnknownConfig) MarshalJSON() ([]byte, error) { return c.Public, nil }

// MarshalGQL writes a configuration that is of no type of the schema: none of its
// fields can be asked for. Without it, one channel would fail the list of all.
func (c *UnknownConfig) MarshalGQL(w io.Writer) {
	_, _ = io.WriteString(w, `{"__typename":"UnknownConfig"}`) // the caller's buffer never fails
}
