package channels

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"carillon/models"
)

const token = `s3same-"open"-ß-4711`

// shown is all that a receipt and an error would ever show or store.
func shown(t *testing.T, r Receipt, err error) string {
	t.Helper()
	stored, bad := json.Marshal(r)
	if bad != nil {
		t.Fatal(bad)
	}
	return fmt.Sprintf("%s %+v %v %#v", stored, r, err, AsError(err))
}

func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		value := r.Header.Get("Authorization")
		_, bare, _ := strings.Cut(value, " ")
		w.Header().Set("X-Echo", value)
		w.Header().Set("Location", "/"+strings.Trim(r.Header.Get("X-Key"), " ")+"/x")
		code := 200
		if r.URL.Path == "/redirect" {
			code = 302
		}
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"whole": value, "bare": bare})
		_, _ = io.WriteString(w, value+value+bare)
		_, _ = io.WriteString(w, strings.Repeat("x", models.MaxResponseBody-300)+strings.Repeat(" "+value, 20))
	})
	for _, path := range []string{"/ok", "/redirect"} {
		b := setup(t, server.URL+path, HTTPConfig{})
		b.config.Headers = []models.ConfigHeader{
			{Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer " + token)},
			{Name: "X-Key", Secret: true, SecretValue: models.NewSecret("plainkey0815")},
		}
		receipt, err := b.send(t)
		text := shown(t, receipt, err)
		for _, part := range []string{"s3same", "-4711", "plainkey", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} {
			if strings.Contains(text, part) || strings.Contains(*receipt.ResponseBody, part) {
				t.Errorf("%s: %q shows in %.300s", path, part, text)
			}
		}
		if !strings.Contains(*receipt.ResponseBody, "****") {
			t.Errorf("%s: the body is %.100s", path, *receipt.ResponseBody)
		}
	}
}

func TestShortSecretsLeaveTextAlone(t *testing.T) {
	t.Parallel()
	m := newMask([]*models.Secret{new(models.NewSecret("ok")), new(models.Secret)})
	if got := m.text("ok, ok"); got != "ok, ok" || m.longest != 0 {
		t.Errorf("got %q", got)
	}
}

func TestCleanText(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in, want string
		limit    int
	}{
		{"", "", 5},
		{"plain", "plain", 5},
		{"plainer", "plain", 5},
		{"a\x00b", "a\ufffdb", 10},
		{"a\xff\xfeb", "a\ufffdb", 10},
		{"aé", "a", 2},
		{"aaaaé", "aaaa", 5},
		{"a\U0001f514", "a", 4},
		{"\x00\x00", "\ufffd", 5},
		{"\xff", "\ufffd", 3},
		{"aa\xc3", "aa\ufffd", 5},
	} {
		if got := cleanText([]byte(row.in), row.limit); got != row.want {
			t.Errorf("cleanText(%q, %d) = %q, want %q", row.in, row.limit, got, row.want)
		}
		if got := cleanString(row.in, row.limit); got != row.want {
			t.Errorf("cleanString(%q, %d) = %q, want %q", row.in, row.limit, got, row.want)
		}
	}
}

func FuzzCleanText(f *testing.F) {
	f.Add([]byte("a\x00\xff\xc3"), 3)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		if limit < 0 || limit > 1000 {
			return
		}
		got := cleanText(in, limit)
		if len(got) > limit || strings.ToValidUTF8(got, "") != got || strings.Contains(got, "\x00") {
			t.Errorf("cleanText(%q, %d) = %q", in, limit, got)
		}
	})
}

func TestEveryWayToWriteASecretIsHidden(t *testing.T) {
	t.Parallel()
	m := newMask([]*models.Secret{new(models.NewSecret("a/ü\U0001f514<\"z")), new(models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))})
	for _, written := range []string{
		"a/ü\U0001f514<\"z", "a/ü\U0001f514\\u003c\\\"z", `a/\u00fc\ud83d\udd14<\"z`, `a\/\u00fc\ud83d\udd14<\"z`,
		"a/ü\U0001f514&lt;&#34;z", "a%2F%C3%BC%F0%9F%94%94%3C%22z", "a%2f%c3%bc%f0%9f%94%94%3c%22z", "a%252F%25C3%25BC%25F0%259F%2594%2594%253C%2522z",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	} {
		if got := m.text("[" + written + "]"); got != "["+strings.Repeat("*", len(written))+"]" {
			t.Errorf("%s became %s", written, got)
		}
	}
}

// echo answers with every header and the whole URL, as they come, and as
// several languages write them into JSON, HTML and a redirect.
func echo(w http.ResponseWriter, r *http.Request) {
	said := []string{r.RequestURI, r.URL.Query().Get("token"), r.URL.Query().Get("token_previous")}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Secret") {
			said = append(said, values...)
		}
	}
	w.Header().Set("Location", "/next/"+url.PathEscape(said[len(said)-1])+"?back="+r.RequestURI)
	w.Header().Set("X-Echo", strings.Join(said, " "))
	switch r.URL.Path {
	case "/redirect":
		w.WriteHeader(http.StatusFound)
	case "/refuse":
		w.WriteHeader(http.StatusForbidden)
	case "/drop":
		panic(http.ErrAbortHandler)
	}
	for _, text := range said {
		_, _ = fmt.Fprintln(w, text, html.EscapeString(text), url.QueryEscape(text), strings.ToLower(url.PathEscape(text)), inJSON(text, true), inJSON(text, false),
			strings.ReplaceAll(inJSON(text, false), "/", `\/`))
	}
}
