package app

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"carillon/testkit"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"contact.created":     "contact.created",
		"Zoë 日本 👋":            "Zoë 日本 👋",
		"\x1b[31mred\x1b[0m":  `\x1b[31mred\x1b[0m`,
		"a\nb\tc\rd\x00\x7f":  `a\nb\tc\rd\x00\x7f`,
		"\u009b31m\u202egpj.": `\u{9b}31m\u{202e}gpj.`,
		"\xff\ufffd":          `\xff` + "\ufffd",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestNothingReachesTheTerminal with any text: of bytes at random, and of
// characters that terminals obey.
func TestNothingReachesTheTerminal(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "\x1b[0m", "\u009b", "\u202e", "\u2066", "\xff", "\x9b", "\n", "\r", "\x00", "\x7f", `\`, `"`, "é", "👋", "\u2028", "\ufffd"}
	for range 20_000 {
		var b strings.Builder
		for range draw.IntN(12) {
			if draw.IntN(3) == 0 {
				b.WriteByte(byte(draw.IntN(256)))
			} else {
				b.WriteString(pieces[draw.IntN(len(pieces))])
			}
		}
		text := b.String()
		if got := plain(text); strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q: %q", text, got)
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		shown := plainJSON(quoted)
		var before, after string
		if json.Unmarshal(quoted, &before) != nil || json.Unmarshal(shown, &after) != nil || before != after {
			t.Fatalf("%s became %s", quoted, shown)
		}
		if strings.ContainsFunc(string(shown), obeyed) {
			t.Fatalf("%q", shown)
		}
	}
}

// fakeTerminal is a terminal that keeps what is written.
type fakeTerminal struct{ strings.Builder }

func (*fakeTerminal) Terminal() bool { return true }

func TestColoursAreForTerminals(t *testing.T) {
	t.Parallel()
	s := openShop(t, testkit.Statuses(500))
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1")
	s.delivered(t, 1)
	show := func(more ...string) string {
		out := &fakeTerminal{}
		if code := Main(t.Context(), []string{"attempts"}, append(s.environ(), more...), Output{Stdout: out}); code != exitDone {
			t.Fatalf("code %d", code)
		}
		return out.String()
	}
	if text := show(); !strings.Contains(text, "\x1b[31mfailed\x1b[0m") || !strings.Contains(text, "TIME") {
		t.Errorf("%q", text)
	}
	for _, variable := range []string{"NO_COLOR=1", "TERM=dumb"} {
		if text := show(variable); strings.Contains(text, "\x1b") || !strings.Contains(text, "LATENCY") {
			t.Errorf("%s: %q", variable, text)
		}
	}
	if text := s.expect(t, exitDone, "failed", "", "attempts").stdout; strings.Contains(text, "\x1b") || strings.Contains(text, "TIME") {
		t.Errorf("to a file: %q", text)
	}
}

func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	s := openShop(t, testkit.CountOnly())
	notes := &fakeTerminal{}
	out := Output{Stdin: strings.NewReader(strings.Repeat("1\n", 1001)), Stderr: notes}
	if code := Main(t.Context(), []string{"publish", "a.b", "--many", "--data", "-"}, s.environ(), out); code != exitDone {
		t.Fatalf("code %d: %s", code, notes)
	}
	if want := "\r\x1b[K1000 events are published\r\x1b[K1001 events are published\r\x1b[K"; notes.String() != want {
		t.Errorf("%q, want %q", notes, want)
	}
}

// closedPipe is what a program finds that writes to one that has ended.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestAReaderThatHadEnough(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.publish(t, s.tenant)
	for _, args := range []string{"attempts", "listen --since 1h", "publish a.b --data 1", "completion bash", "version"} {
		var stderr strings.Builder
		code := Main(t.Context(), strings.Fields(args), s.environ(), Output{Stdout: closedPipe{}, Stderr: &stderr})
		if code != exitDone || strings.Contains(stderr.String(), "carillon:") {
			t.Errorf("%s: code %d, %s", args, code, &stderr)
		}
	}
}
