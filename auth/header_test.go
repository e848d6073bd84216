package auth

import (
	"strings"
	"testing"

	"carillon/models"
)

func TestParseHeader(t *testing.T) {
	t.Parallel()
	good := map[string]models.Secret{
		"":                               {},
		"Bearer ck_abc":                  models.NewSecret("ck_abc"),
		"bearer ck_abc":                  models.NewSecret("ck_abc"),
		"BEARER   ck_abc":                models.NewSecret("ck_abc"),
		"Bearer !#$%&'*+-./:;=?@[]^_`{}": models.NewSecret("!#$%&'*+-./:;=?@[]^_`{}"),
	}
	for header, want := range good {
		if got, err := parseHeader(header); err != nil || got != want {
			t.Errorf("%q gives %q, %v", header, got.Reveal(), err)
		}
	}
	bad := []string{
		" ", "ck_abc", "Bearer", "Bearer ", "Bearer    ", "Basic dXNlcjpwYXNz", "Bearer\tck_abc", " Bearer ck_abc",
		"Bearer ck_abc ", "Bearer ck_a bc", "Bearer ck_abc, Bearer ck_def", "Bearer ck_\x00", "Bearer kläng",
		"Bearer \xff\xfe", "Bearerck_abc", "Bearer " + strings.Repeat("a", MaxKey+1),
	}
	for _, header := range bad {
		if _, err := parseHeader(header); models.CodeOf(err) != models.CodeUnauthenticated {
			t.Errorf("%q gives %v", header, err)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, seed := range []string{"", "Bearer ck_abc", "bearer  x", "Basic Zm9v", "Bearer \x00", "Bearer a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		secret, err := parseHeader(header)
		switch {
		case err != nil:
			if models.CodeOf(err) != models.CodeUnauthenticated || !secret.Empty() {
				t.Errorf("%q gives %q, %v", header, secret.Reveal(), err)
			}
			for _, word := range strings.Fields(header) {
				if len(word) > 10 && !strings.EqualFold(word, "authorization") && strings.Contains(err.Error(), word) {
					t.Errorf("the error repeats %q: %v", word, err)
				}
			}
		case header != "" && CheckKey(secret) != nil:
			t.Errorf("%q gives %q", header, secret.Reveal())
		}
	})
}
