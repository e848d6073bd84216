package docs

import (
	"context"
	"testing"
	"time"

	"carillon/testkit"
)

const (
	adminKey = "documentation-administrator-key-of-enough-length"
	// patience is for a machine that does other things besides.
	patience = time.Minute
)

// server is one that the readers of pages speak to.
type server struct {
	url      string
	admin    *testkit.Client
	receiver *testkit.Receiver
}

func startServer(t *testing.T) *server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	program, err := testkit.StartProgram(ctx, testkit.ProgramConfig{Binary: programs.carillon, Dir: t.TempDir(), Settings: map[string]string{
		"LISTEN": "127.0.0.1:0", "DATABASE_URL": testkit.SQLite(t), "ADMIN_KEY": adminKey, "ALLOW_NETWORKS": "127.0.0.0/8",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(program.Kill)
	s := &server{url: program.URL, admin: testkit.NewClient(t, program.URL, adminKey), receiver: testkit.NewReceiver(t)}
	for _, listed := range []string{"order.created", "contact.created", "contact-created"} { // with the examples that pages count on
		do(t, s.admin, `mutation($n: String!) { createEventType(input: {name: $n, example: {number: "A-1001"}}) { id } }`, testkit.Vars{"n": listed}, nil)
	}
	return s
}

// tenant makes one, and a key of it.
func (s *server) tenant(t *testing.T) (id string, key *testkit.Client) {
	t.Helper()
	var made struct {
		CreateTenant struct{ ID string }
		CreateApiKey struct{ Secret string }
	}
	do(t, s.admin, `mutation { createTenant(input: {name: "Acme"}) { id } }`, nil, &made)
	do(t, s.admin, `mutation($t: ID!) { createApiKey(input: {name: "reader", tenantId: $t, scopes: [MANAGE, PUBLISH, READ]}) { secret } }`,
		testkit.Vars{"t": made.CreateTenant.ID}, &made)
	return made.CreateTenant.ID, s.admin.WithKey(made.CreateApiKey.Secret)
}

func do(t *testing.T, who *testkit.Client, query string, vars testkit.Vars, out any) {
	t.Helper()
	if err := who.Do(t.Context(), query, vars, out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
