package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"carillon/auth"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, trusted, peer string
		forwarded           []string
		want                string
	}{
		{"no proxy", "", "203.0.113.7:4000", nil, "203.0.113.7"},
		{"a client that makes up a name", "10.0.0.0/8", "203.0.113.7:4000", []string{"1.2.3.4"}, "203.0.113.7"},
		{"a proxy", "10.0.0.0/8", "10.1.2.3:4000", []string{"198.51.100.9"}, "198.51.100.9"},
		{"a client that makes up a name before its proxy's", "10.0.0.0/8", "10.1.2.3:4000", []string{"1.2.3.4, 198.51.100.9"}, "198.51.100.9"},
		{"two proxies", "10.0.0.0/8", "10.1.2.3:4000", []string{"1.2.3.4, 198.51.100.9, 10.9.9.9"}, "198.51.100.9"},
		{"two headers", "10.0.0.0/8", "10.1.2.3:4000", []string{"198.51.100.9", "10.9.9.9"}, "198.51.100.9"},
		{"a proxy that names nobody", "10.0.0.0/8", "10.1.2.3:4000", nil, "10.1.2.3"},
		{"a name that is none", "10.0.0.0/8", "10.1.2.3:4000", []string{"198.51.100.9, unknown"}, "10.1.2.3"},
		{"a name with a port", "10.0.0.0/8", "10.1.2.3:4000", []string{"198.51.100.9:1234"}, "198.51.100.9"},
		{"IPv6 with brackets and a port", "::1/128", "[::1]:4000", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv4 in IPv6", "127.0.0.0/8", "[::ffff:127.0.0.1]:4000", []string{"::ffff:198.51.100.9"}, "198.51.100.9"},
		{"proxies alone", "10.0.0.0/8", "10.1.2.3:4000", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var trusted Networks
			if err := trusted.UnmarshalText([]byte(test.trusted)); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.RemoteAddr = test.peer
			for _, value := range test.forwarded {
				r.Header.Add("X-Forwarded-For", value)
			}
			var got string
			withAddress(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = auth.Address(r.Context()).String()
			})).ServeHTTP(httptest.NewRecorder(), r)
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
