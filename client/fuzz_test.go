package client

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// FuzzBase: the address of a server is one that requests can be made below, and
// stays what it is when it is read again.
func FuzzBase(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:8080", "https://example.com/carillon/graphql/", "http://user:password@host", "http://[::1", "https://h?x=1", "/graphql", "http://h/%2f//", "http://h/a%3fb%23c", "http://h/a%20"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		base, err := parseBase(address)
		if err != nil {
			u, bad := url.Parse(strings.TrimSpace(address))
			if bad != nil || u.User == nil {
				return
			}
			if password, _ := u.User.Password(); len(password) > 12 && strings.Contains(err.Error(), password) && !strings.Contains(u.Host, password) {
				t.Fatalf("%q: the error repeats the password: %v", address, err)
			}
			return
		}
		if u, err := url.Parse(base + "/graphql"); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q becomes %q: %v", address, base, err)
		}
		if again, err := parseBase(base); err != nil || again != base {
			t.Fatalf("%q becomes %q, and then %q, %v", address, base, again, err)
		}
	})
}

// FuzzAnswer reads what a server answers: nothing of it may end the program.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"data":{"x":1}}`, `{"errors":[{"message":"m","extensions":{"code":"C","field":"f","retryAfter":1.5}}]}`, `{"errors":[{}]}`, `{"data":null}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, body []byte) {
		var a answer
		if json.Unmarshal(body, &a) != nil {
			return
		}
		var e Event
		_ = json.Unmarshal(a.Data, &e) // what is no event is told so
		if e.ID.String() != "" {
			_ = e.Model()
		}
		var attempt Attempt
		_ = json.Unmarshal(a.Data, &attempt) // likewise
	})
}
