package models

import "strings"

// Trace says which trace an event or a message belongs to, by W3C Trace Context: the
// value of traceparent, and behind a space that of tracestate where there is one.
// Empty for none.
type Trace string

// MaxTraceState is how long a tracestate may be to be kept, in bytes: what the
// standard asks everybody to pass on.
const MaxTraceState = 512

const traceParentSize = 55 // of version 00: 00-<32 digits>-<16 digits>-<2 digits>

// NewTrace is the trace that a pair of headers names; empty for a traceparent that
// is none. A tracestate that is too long is left out, as the standard allows.
func NewTrace(parent, state string) Trace {
	parent, state = strings.TrimSpace(parent), strings.TrimSpace(state)
	if !validParent(parent) {
		return ""
	}
	if state == "" || len(state) > MaxTraceState || strings.ContainsFunc(state, func(r rune) bool { return r < ' ' || r > '~' }) {
		return Trace(parent)
	}
	return Trace(parent + " " + state)
}

// validParent takes version 00, the only one that there is.
func validParent(parent string) bool {
	if len(parent) != traceParentSize || parent[:3] != "00-" || parent[35] != '-' || parent[52] != '-' {
		return false
	}
	for _, part := range []string{parent[3:35], parent[36:52], parent[53:]} {
		if strings.ContainsFunc(part, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }) {
			return false
		}
	}
	return strings.Trim(parent[3:35], "0") != "" && strings.Trim(parent[36:52], "0") != ""
}

// Parent is the value of traceparent.
func (t Trace) Parent() string {
	parent, _, _ := strings.Cut(string(t), " ")
	return parent
}

// State is the value of tracestate.
func (t Trace) State() string {
	_, state, _ := strings.Cut(string(t), " ")
	return state
}

// ID is the trace's id, 32 hexadecimal digits; empty for no trace.
func (t Trace) ID() string {
	if len(t) < traceParentSize {
		return ""
	}
	return string(t[3:35])
}
