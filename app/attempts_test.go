package app

import (
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

// delivered waits until an event has as many attempts.
func (s *shop) delivered(t *testing.T, attempts int) {
	t.Helper()
	c := s.begin(t, "Following", "attempts", "--follow", "--limit", "1000", "--json")
	c.lines(t, attempts)
	c.stop(t)
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	s := openShop(t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		if strings.Contains(string(r.Body), "bad") {
			return testkit.Answer{Status: 400, Body: "no\x1b[31m\r\nway"}
		}
		return testkit.Answer{Status: 202}
	}))
	s.expect(t, exitDone, "", "There are no such attempts.\n", "attempts")
	good := strings.TrimSpace(s.expect(t, exitDone, "evt_", "", "publish", "a.good", "--data", "1").stdout)
	s.delivered(t, 1)
	s.expect(t, exitDone, "evt_", "", "publish", "a.bad.one", "--data", "2")
	s.delivered(t, 2)

	all := s.expect(t, exitDone, "", "", "attempts")
	lines := strings.Split(strings.TrimSpace(all.stdout), "\n")
	if len(lines) != 2 {
		t.Fatalf("%q", lines)
	}
	for i, want := range []string{
		`^20\S+Z  succeeded  http  c        a\.good     202   \S+s$`,
		`^20\S+Z  failed     http  c        a\.bad\.one  400   \S+s +REJECTED: the endpoint answered 400 Bad Request, try 1, next 20\S+Z, dlv_\S+$`,
	} {
		if !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Errorf("line %d is %q, want %s", i+1, lines[i], want)
		}
	}
	for _, row := range []struct {
		flags string
		want  int
	}{
		{"--status failed", 1}, {"--status SUCCEEDED", 1}, {"--channel c", 2}, {"--webhook w --kind http", 2}, {"--kind sms", 0},
		{"--type a.good --type a.bad.one", 2}, {"--type a.good", 1}, {"--event " + good, 1}, {"--from 1h", 2}, {"--to 1h", 0},
		{"--limit 1", 1}, {"--from 2026-01-01T00:00:00Z --tests", 2}, {"--tenant " + s.tenant, 2},
	} {
		got := s.expect(t, exitDone, "", "", append([]string{"attempts", "--json"}, strings.Fields(row.flags)...)...)
		if n := strings.Count(got.stdout, "\n"); n != row.want {
			t.Errorf("%s: %d attempts, want %d", row.flags, n, row.want)
		}
	}
	s.expect(t, exitFailed, "", `there is no channel with the name "d"`, "attempts", "--channel", "d")
	s.expect(t, exitFailed, "", "NOT_FOUND", "attempts", "--tenant", "tnt_01jd5x3v9kfm8tqz2y4r6w7abc")

	bodies := s.expect(t, exitDone, "", "", "attempts", "--status", "failed", "--bodies").stdout
	for _, want := range []string{"  > " + s.receiver.URL + "\n", "  > webhook-id: evt_", `"type":"a.bad.one"`, "  < 400\n", "  < no\\x1b[31m\n  < way\n"} {
		if !strings.Contains(bodies, want) {
			t.Errorf("%q is missing in\n%s", want, bodies)
		}
	}
	if strings.Contains(bodies, "\x1b") {
		t.Errorf("an escape is printed: %q", bodies)
	}
	s.expect(t, exitDone, `"responseBody":"no\u001B[31m\r\nway"`, "", "attempts", "--status", "failed", "--bodies", "--json")
}

func TestAttemptsFollow(t *testing.T) {
	t.Parallel()
	s := openShop(t, testkit.Statuses(503, 200))
	// Nothing that the filter takes is there yet, and nothing at all.
	failed := s.begin(t, "Following", "attempts", "--follow", "--status", "failed")
	all := s.begin(t, "Following", "attempts", "-f")
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1")
	if lines := failed.lines(t, 1); !strings.Contains(lines[0], "  failed ") {
		t.Errorf("%q", lines)
	}
	s.expect(t, exitDone, "evt_", "", "publish", "a.c", "--data", "1")
	all.lines(t, 2)
	late := s.begin(t, "Following", "attempts", "-f", "--limit", "1", "--key", s.key)
	s.expect(t, exitDone, "evt_", "", "publish", "a.d", "--data", "1")
	lines := late.lines(t, 2)
	if !strings.Contains(lines[0], " a.c ") || !strings.Contains(lines[1], " a.d ") {
		t.Errorf("%q", lines)
	}
	late.stop(t)
	all.stop(t)
	failed.stop(t)
}
