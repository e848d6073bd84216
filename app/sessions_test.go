package app

import (
	"strings"
	"testing"
	"time"

	"carillon/testkit"
)

// TestLoginURL: whoever has the link administers the server, until it is over.
func TestLoginURL(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := bootNode(t, url)
		link, err := n.LoginURL(time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		token, ok := strings.CutPrefix(link, n.URL()+"/#token=")
		if !ok {
			t.Fatalf("the link is %q", link)
		}
		n.client = n.client.WithKey(token)
		var made struct {
			CreateTenant struct{ ID string }
			CreateApiKey struct{ Secret string }
		}
		n.do(t, `mutation { createTenant(input: {name: "acme"}) { id } }`, nil, &made)
		n.do(t, `mutation { createApiKey(input: {name: "next", scopes: [ADMIN]}) { secret } }`, nil, &made)
		n.client = n.client.WithKey(made.CreateApiKey.Secret)
		n.do(t, `mutation($id: ID!) { deleteTenant(id: $id) }`, testkit.Vars{"id": made.CreateTenant.ID}, nil)
	})
}

func TestLoginURLIsBounded(t *testing.T) {
	t.Parallel()
	n := bootNode(t, "sqlite:"+t.TempDir()+"/carillon.db")
	for _, ttl := range []time.Duration{-time.Hour, 0, 25 * time.Hour} {
		if link, err := n.LoginURL(ttl); err == nil || link != "" {
			t.Errorf("a link for %s", ttl)
		}
	}
}
