package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// screen writes what a person reads, or another program. What comes from data
// passes through plain or plainJSON first: an event's type or a receiver's answer
// must not move the cursor or change what the terminal does.
type screen struct {
	out, notes io.Writer
	coloured   bool // out is a terminal that shows colours
	live       bool // notes is a terminal, where a line may be written over
}

func newScreen(out Output, environ []string) *screen {
	plainOnly := false
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if name == "NO_COLOR" && value != "" || name == "TERM" && value == "dumb" {
			plainOnly = true
		}
	}
	return &screen{
		out: out.Stdout, notes: out.Stderr,
		coloured: !plainOnly && terminal(out.Stdout), live: terminal(out.Stderr),
	}
}

// terminal says whether a person looks at what is written. A writer may answer
// for itself.
func terminal(w any) bool {
	switch w := w.(type) {
	case interface{ Terminal() bool }:
		return w.Terminal()
	case *os.File:
		return term.IsTerminal(int(w.Fd()))
	}
	return false
}

// style is how a piece of text stands out.
type style string

const (
	faint style = "2"
	red   style = "31"
	green style = "32"
)

func (s *screen) paint(as style, text string) string {
	if !s.coloured || text == "" {
		return text
	}
	return "\x1b[" + string(as) + "m" + text + "\x1b[0m"
}

// printf writes to the output.
func (s *screen) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(s.out, format, args...)
	return err
}

// note tells what is no part of the output, on a line of its own.
func (s *screen) note(format string, args ...any) {
	_, _ = fmt.Fprintln(s.notes, plain(fmt.Sprintf(format, args...))) // nothing else could tell it
}

// shownTime is a time as the API writes it, so that it can be given back.
func shownTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// plain shows text on one line: what is not printable, line breaks too, as
// escapes of Go.
func plain(text string) string {
	if !strings.ContainsFunc(text, hidden) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case hidden(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }

// plainJSON is the same JSON value without characters that a terminal would obey
// or that turn the direction of text: they can stand only inside of strings,
// where an escape means the same.
func plainJSON(text []byte) []byte {
	if !strings.ContainsFunc(string(text), obeyed) {
		return text
	}
	b := make([]byte, 0, len(text)+64)
	for _, r := range string(text) {
		if obeyed(r) {
			b = fmt.Appendf(b, `\u%04x`, r)
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func obeyed(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
