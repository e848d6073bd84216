package wire

import (
	"net/http"
	"strings"
	"testing"
)

func TestLongNames(t *testing.T) {
	t.Parallel()
	most, more := strings.Repeat("n", maxName), strings.Repeat("n", maxName+1)
	for document, want := range map[string]int{
		"": -1, "{ " + most + " }": -1, "{ " + more + " }": 2, more: 0, most + " " + most: -1,
		`{ a(b: "` + more + `") }`: -1, `{ a(b: "\"` + more + `") }`: -1, `{ a(b: "\\") ` + more + ` }`: 13,
		"{ a(b: \"\"\"" + more + "\" \n \"\" \\\"\"\" " + more + "\"\"\") }": -1, `{ a(b: """x""") ` + more + ` }`: 16,
		"# " + more + "\n{ a }": -1, "# \" \n" + more: 5, "#" + more: -1, `"` + more + "\n" + more: 259,
		"{ a(b: " + strings.Repeat("9", 1000) + ") }": -1, "$" + more: 1, "@" + more: 1, `"` + more: -1, `"""` + more: -1, `"\`: -1,
	} {
		if got := longName(document); got != want {
			t.Errorf("%.40q: %d, want %d", document, got, want)
		}
	}
	b := newBench(t, nil)
	a := b.post(`{"query":"{ ` + more + ` }"}`)
	if a.status != http.StatusBadRequest || a.code() != "BAD_USER_INPUT" || len(a.body) > 300 || !strings.Contains(a.body, "more than 256") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := b.post(`{"query":"{ ` + most + `: me }"}`); a.code() != "" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
