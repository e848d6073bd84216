package wire

import (
	"fmt"
	"strings"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The protocol's own close codes.
const (
	codeInvalid     websocket.StatusCode = 4400
	codeNotInit     websocket.StatusCode = 4401
	codeForbidden   websocket.StatusCode = 4403
	codeSubprotocol websocket.StatusCode = 4406
	codeInitTimeout websocket.StatusCode = 4408
	codeDuplicate   websocket.StatusCode = 4409
	codeSecondInit  websocket.StatusCode = 4429
	codeInternal    websocket.StatusCode = 4500
)

// closing is how a connection ends; without a code the peer has gone.
type closing struct {
	code   websocket.StatusCode
	reason string // at most 123 bytes
}

// gone ends a connection whose peer is not there to be told.
func gone() *closing { return &closing{} }

// closeAs is the closing with the reason that the protocol's own server gives.
func closeAs(code websocket.StatusCode) *closing {
	reason := ""
	switch code {
	case codeNotInit:
		reason = "Unauthorized"
	case codeForbidden:
		reason = "Forbidden"
	case codeSubprotocol:
		reason = "Subprotocol not acceptable"
	case codeInitTimeout:
		reason = "Connection initialisation timeout"
	case codeSecondInit:
		reason = "Too many initialisation requests"
	case websocket.StatusMessageTooBig:
		reason = "Message too big"
	case websocket.StatusGoingAway:
		reason = "the server is shutting down"
	}
	return &closing{code, reason}
}

const maxReason = 123

func closeInvalid(format string, args ...any) *closing {
	reason := "Invalid message: " + fmt.Sprintf(format, args...)
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	return &closing{codeInvalid, reason}
}

func closeDuplicate(id string) *closing {
	reason := fmt.Sprintf("Subscriber for %s already exists", shorten(id))
	return &closing{codeDuplicate, strings.ToValidUTF8(reason, "")}
}

// message is what a client sends, its payload as JSON inside of the buffer
// that it was read to.
type message struct {
	kind    string
	id      string
	payload []byte // nil where it is missing or null
}

func parseMessage(b []byte) (m message, end *closing) {
	if at := validUTF8(b); at >= 0 {
		return m, closeInvalid("no valid UTF-8 from byte %d on", at+1)
	}
	var kind, id []byte
	fault := members(b, func(name, value []byte, _ bool) {
		switch string(plainName(name)) {
		case "type":
			kind = value
		case "id":
			id = value
		case "payload":
			m.payload = value
		}
	})
	if fault != nil {
		return m, closeInvalid("it must be a JSON object; %s", fault)
	}
	if isNull(m.payload) {
		m.payload = nil
	}
	if len(kind) == 0 || kind[0] != '"' {
		return m, closeInvalid("type must be a string")
	}
	m.kind = unquoted(kind)
	if m.kind == "subscribe" || m.kind == "complete" {
		if len(id) < len(`"x"`) || id[0] != '"' {
			return m, closeInvalid("id must be a string that is not empty")
		}
		m.id = unquoted(id)
	}
	return m, nil
}

// initCredential is the Authorization of connection_init's payload; its name
// is read as a header's, whatever the case.
func initCredential(payload []byte) (string, *closing) {
	if payload == nil {
		return "", nil
	}
	if payload[0] != '{' {
		return "", closeInvalid("the payload of connection_init must be an object")
	}
	var credential []byte
	c := cursor{b: payload}
	c.enter()
	for c.more() {
		name, value := c.key(), c.value()
		if strings.EqualFold(string(name), "Authorization") && !isNull(value) {
			credential = value
		}
	}
	switch {
	case credential == nil:
		return "", nil
	case credential[0] != '"':
		return "", closeInvalid("Authorization must be a string")
	}
	return unquoted(credential), nil
}

func appendPong(dst, payload []byte) []byte {
	dst = append(dst, `{"type":"pong"`...)
	if payload != nil {
		dst = append(dst, `,"payload":`...)
		dst = append(dst, payload...)
	}
	return append(dst, '}')
}

// appendHead begins a message of an operation; its payload is to follow.
func appendHead(dst []byte, kind, id string) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendQuoted(dst, id)
	dst = append(dst, `,"type":"`...)
	dst = append(dst, kind...)
	return append(dst, '"')
}

func appendError(dst []byte, id string, errs gqlerror.List) []byte {
	dst = append(appendHead(dst, "error", id), `,"payload":`...)
	return append(appendErrors(dst, errs), '}')
}
