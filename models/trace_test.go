package models

import (
	"strings"
	"testing"
)

func TestTrace(t *testing.T) {
	t.Parallel()
	const id, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	whole := NewTrace("00-"+id+"-"+span+"-01", "vendor=1,other=2")
	if whole.ID() != id || whole.Parent() != "00-"+id+"-"+span+"-01" || whole.State() != "vendor=1,other=2" {
		t.Errorf("the trace is %q, %q, %q", whole.ID(), whole.Parent(), whole.State())
	}
	if alone := NewTrace(" 00-"+id+"-"+span+"-00 ", ""); alone.ID() != id || alone.State() != "" {
		t.Errorf("without a state it is %q", alone)
	}
	for _, state := range []string{strings.Repeat("a", MaxTraceState+1), "a=1\r\nx: y", "a=\x00"} {
		if got := NewTrace("00-"+id+"-"+span+"-01", state); got.State() != "" || got.ID() != id {
			t.Errorf("the state %q is kept: %q", state, got)
		}
	}
	for _, parent := range []string{
		"", "00", "00-" + id + "-" + span, "00-" + id + "-" + span + "-1", "01-" + id + "-" + span + "-01-more", "ff-" + id + "-" + span + "-01",
		"00-" + strings.ToUpper(id) + "-" + span + "-01", "00-" + strings.Repeat("0", 32) + "-" + span + "-01",
		"00-" + id + "-" + strings.Repeat("0", 16) + "-01", "00-" + id + "-" + span + "-0g", "00-" + id + "_" + span + "-01",
		"00-" + id + "-" + span + "-01\r\nx: y", "00-" + id[:31] + " -" + span + "-01",
	} {
		if got := NewTrace(parent, "a=1"); got != "" || got.ID() != "" || got.Parent() != "" {
			t.Errorf("%q is taken as %q", parent, got)
		}
	}
}
