package app

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

func TestListen(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	c := s.begin(t, "Listening to "+s.URL(), "listen") // on a log that is empty
	first := s.publish(t, s.tenant)
	s.expect(t, exitDone, "evt_", "", "publish", "c.d", "--data", "1", "--entity", "E-1")
	lines := c.lines(t, 2)
	if !regexp.MustCompile(`^20\d\d-\S+Z a\.b `+first+`$`).MatchString(lines[0]) || !strings.HasSuffix(lines[1], " E-1") {
		t.Errorf("%q", lines)
	}
	c.stop(t)

	late := s.begin(t, "Listening", "listen", "--since", "1h", "--json", "--types", "c.*,x")
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1")
	s.expect(t, exitDone, "evt_", "", "publish", "c.e", "--data", `{"n":1.0}`)
	lines = late.lines(t, 2)
	if len(lines) != 2 || !strings.Contains(lines[0], `"type":"c.d"`) || !strings.Contains(lines[1], `"type":"c.e"`) || !strings.Contains(lines[1], `"data":{"n":1.0}`) {
		t.Errorf("%q", lines)
	}
	late.stop(t)

	since := s.begin(t, "Listening", "listen", "--since", decodedTime(t, lines[1]), "--json")
	s.expect(t, exitDone, "evt_", "", "publish", "c.f", "--data", "1")
	lines = since.lines(t, 2)
	if !strings.Contains(lines[0], `"type":"c.e"`) || !strings.Contains(lines[1], `"type":"c.f"`) {
		t.Errorf("%q", lines)
	}
	since.stop(t)

	narrow := s.begin(t, "Listening", "listen", "--entity", "E-2", "--types", "c.d")
	s.expect(t, exitDone, "evt_", "", "publish", "c.d", "--data", "1", "--entity", "E-1")
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1", "--entity", "E-2")
	s.expect(t, exitDone, "evt_", "", "publish", "c.d", "--data", "2", "--entity", "E-2")
	if lines := narrow.lines(t, 1); len(lines) != 1 || !strings.Contains(lines[0], " c.d ") || !strings.HasSuffix(lines[0], " E-2") {
		t.Errorf("%q", lines)
	}
	narrow.stop(t)
}

// decodedTime is when an event was published, by its line of JSON.
func decodedTime(t *testing.T, line string) string {
	t.Helper()
	var event struct{ CreatedAt string }
	if err := json.Unmarshal([]byte(line), &event); err != nil {
		t.Fatal(err)
	}
	return event.CreatedAt
}

var secretShown = regexp.MustCompile(`signed with (whsec_\S+)`)

// TestListenForwards: what arrives is what the server itself sends, and signed.
func TestListenForwards(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	local := testkit.NewReceiver(t)
	c := s.begin(t, "signed with", "listen", "--forward-to", local.URL+"/hooks?a=1")
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", `{"n":1.10,"h":"<&>","u":"\u00e9"}`, "--entity", "E", "--tag", "t")
	theirs, ours := s.receiver.Wait(1, patience)[0], local.Wait(1, patience)[0]
	if string(theirs.Body) != string(ours.Body) {
		t.Errorf("forwarded\n%s, the server sends\n%s", ours.Body, theirs.Body)
	}
	for _, name := range []string{"webhook-id", "Content-Type", "User-Agent"} {
		if theirs.Header.Get(name) != ours.Header.Get(name) {
			t.Errorf("%s: %q, the server sends %q", name, ours.Header.Get(name), theirs.Header.Get(name))
		}
	}
	if ours.Path != "/hooks?a=1" || ours.Method != "POST" {
		t.Errorf("%s %s", ours.Method, ours.Path)
	}
	if err := ours.Verify(secretShown.FindStringSubmatch(c.stderr.String())[1]); err != nil {
		t.Error(err)
	}
	if lines := c.lines(t, 1); !regexp.MustCompile(` a\.b evt_\S+ E → 200 in \d`).MatchString(lines[0]) {
		t.Errorf("%q", lines)
	}
	c.stop(t)
}

func TestListenTriesAgain(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
	s := openShop(t)
	local := testkit.NewReceiver(t, testkit.Statuses(500, 200, 410, 503))
	address := strings.TrimPrefix(local.URL, "http://")
	c := s.begin(t, "Forwarding to "+local.URL+", signed with "+secret, "listen", "--forward-to", address, "--secret", secret, "--retries", "1")
	for range 3 {
		s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1")
	}
	lines := c.lines(t, 5)
	for i, want := range []string{
		` → 500 in \S+, again in 1s$`, `^  evt_\S+, try 2: → 200 in \S+$`, ` → 410 in \S+$`, ` → 503 in \S+, again in 1s$`, `^  evt_\S+, try 2: → 503 in \S+$`,
	} {
		if !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Errorf("line %d is %q, want %s", i+1, lines[i], want)
		}
	}
	for _, r := range local.Requests() {
		if err := r.Verify(secret); err != nil {
			t.Error(err)
		}
	}
	local.Close()
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1")
	if lines := c.lines(t, 7); !strings.Contains(lines[5], "→ ") || !strings.Contains(lines[5], "refused") {
		t.Errorf("%q", lines[5:])
	}
	c.stop(t)
}

// TestListenIsStoppedWhileItForwards: Ctrl-C does not wait for a receiver.
func TestListenIsStoppedWhileItForwards(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	local := testkit.NewReceiver(t, testkit.Hanging())
	c := s.begin(t, "Forwarding", "listen", "--json", "--forward-to", local.URL)
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1")
	local.Wait(1, patience)
	c.stop(t)
	if lines := c.lines(t, 1); !strings.HasPrefix(lines[0], `{"id":"evt_`) {
		t.Errorf("%q", lines)
	}
	if !strings.Contains(c.stderr.String(), "try 1: → cut short") {
		t.Errorf("%s", c.stderr)
	}
}

// TestListenEndsWithItsKey: a key that was revoked is not tried for ever.
func TestListenEndsWithItsKey(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.publish(t, s.tenant)
	c := s.begin(t, "Listening", "listen")
	s.publish(t, s.tenant)
	c.lines(t, 1)
	var keys struct {
		ApiKeys struct{ Nodes []struct{ ID string } }
	}
	s.do(t, `query($t: ID!) { apiKeys(tenantId: $t) { nodes { id } } }`, testkit.Vars{"t": s.tenant}, &keys)
	for _, key := range keys.ApiKeys.Nodes {
		s.do(t, `mutation($k: ID!) { revokeApiKey(id: $k) { id } }`, testkit.Vars{"k": key.ID}, nil)
	}
	if code := <-c.ended; code != exitFailed || !strings.Contains(c.stderr.String(), "UNAUTHENTICATED") {
		t.Errorf("code %d:\n%s", code, c.stderr)
	}
}

// TestStoppedBeforeAnAnswer: Ctrl-C while a server stands still.
func TestStoppedBeforeAnAnswer(t *testing.T) {
	t.Parallel()
	silent := testkit.NewReceiver(t, testkit.Hanging())
	environ := []string{"CARILLON_URL=" + silent.URL, "CARILLON_KEY=ck_x"}
	for command, want := range map[string]int{
		"publish a.b --data 1": exitFailed, "attempts": exitFailed, "listen": exitDone, "attempts --follow": exitDone,
	} {
		before := silent.Count()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan int, 1)
		var stderr strings.Builder
		go func() { ended <- Main(ctx, strings.Fields(command), environ, Output{Stderr: &stderr}) }()
		silent.Wait(before+1, patience)
		cancel()
		if code := <-ended; code != want || strings.Contains(stderr.String(), "canceled") || (want == exitFailed) != strings.Contains(stderr.String(), "stopped before the server had answered") {
			t.Errorf("%s: code %d, %q", command, code, &stderr)
		}
	}
}
