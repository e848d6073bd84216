package app

import (
	"context"
	"strings"
	"testing"

	"carillon/testkit"
)

// shop is a server with one tenant, whose every event goes to a receiver, and a
// key of that tenant: what the client commands talk to.
type shop struct {
	node
	tenant   string
	key      string
	receiver *testkit.Receiver
}

func openShop(t *testing.T, options ...testkit.ReceiverOption) *shop {
	t.Helper()
	s := &shop{node: bootNode(t, testkit.SQLite(t)), receiver: testkit.NewReceiver(t, options...)}
	s.tenant = s.route(t, s.receiver.URL)
	s.key = s.keyFor(t, "MANAGE", "PUBLISH", "READ")
	return s
}

func (s *shop) keyFor(t *testing.T, scopes ...string) string {
	t.Helper()
	var made struct{ CreateApiKey struct{ Secret string } }
	s.do(t, `mutation($t: ID!, $s: [Scope!]!) { createApiKey(input: {name: "k", tenantId: $t, scopes: $s}) { secret } }`,
		testkit.Vars{"t": s.tenant, "s": scopes}, &made)
	return made.CreateApiKey.Secret
}

func (s *shop) environ() []string {
	return []string{"CARILLON_URL=" + s.URL(), "CARILLON_KEY=" + s.key, "CARILLON_WORKERS=x", "CARILLON_BOGUS=1"}
}

// run runs a command to its end, in this process.
func (s *shop) run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	return inProcess(t, stdin, s.environ(), args...)
}

func inProcess(t *testing.T, stdin string, environ []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr strings.Builder
	code := Main(ctx, args, environ, Output{Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr})
	return outcome{code, stdout.String(), stderr.String()}
}

// expect runs a command and looks at its code and at pieces of what it wrote.
func (s *shop) expect(t *testing.T, code int, stdout, stderr string, args ...string) outcome {
	t.Helper()
	got := s.run(t, "", args...)
	if got.code != code || !strings.Contains(got.stdout, stdout) || !strings.Contains(got.stderr, stderr) {
		t.Errorf("%q: %+v; want code %d, %q and %q", args, got, code, stdout, stderr)
	}
	return got
}

// session is a command that goes on until it is stopped.
type session struct {
	stdout, stderr *transcript
	cancel         context.CancelFunc
	ended          chan int
}

// begin starts a command in this process, and waits until it says so.
func (s *shop) begin(t *testing.T, ready string, args ...string) *session {
	t.Helper()
	c := &session{stdout: newTranscript(), stderr: newTranscript(), ended: make(chan int, 1)}
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.ended <- Main(ctx, args, s.environ(), Output{Stdout: c.stdout, Stderr: c.stderr})
	}()
	t.Cleanup(func() {
		c.cancel()
		<-done
	})
	c.stderr.await(t, ready)
	return c
}

// stop is Ctrl-C: the command must end by itself, and well.
func (c *session) stop(t *testing.T) {
	t.Helper()
	c.cancel()
	if code := <-c.ended; code != exitDone {
		t.Errorf("it ended with code %d:\n%s", code, c.stderr)
	}
}

// lines waits for n lines of output.
func (c *session) lines(t *testing.T, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		c.stdout.mu.Lock()
		text, grown := c.stdout.text.String(), c.stdout.grown
		c.stdout.mu.Unlock()
		if strings.Count(text, "\n") >= n {
			return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		}
		select {
		case <-grown:
		case <-ctx.Done():
			t.Fatalf("%d lines did not come; it wrote:\n%s\n%s", n, text, c.stderr)
		}
	}
}
