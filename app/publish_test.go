package app

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

var eventLine = regexp.MustCompile(`^evt_[a-z0-9]{26}\n$`)

// written is a file with that text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPublish(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	const data = `{"z":1.10,"a":12345678901234567890,"h":"<&>"}`
	got := s.expect(t, exitDone, "", "a.b: 1 delivery\n", "publish", "a.b", "--data", data, "--entity", "E-1", "--key", "once",
		"--tag", "x,y", "--tag", "z", "--event-version", "7", "--timestamp", "2026-01-02T03:04:05Z")
	if !eventLine.MatchString(got.stdout) {
		t.Errorf("stdout is more than the id: %q", got.stdout)
	}
	request := s.receiver.Wait(1, patience)[0]
	want := `{"id":"` + strings.TrimSpace(got.stdout) + `","type":"a.b","timestamp":"2026-01-02T03:04:05.000Z","version":"7","entityId":"E-1","tags":["x,y","z"],"data":` + data + `}`
	if string(request.Body) != want {
		t.Errorf("sent %s, want %s", request.Body, want)
	}
	again := s.expect(t, exitDone, got.stdout, "", "publish", "a.b", "--data", data, "--entity", "E-1", "--key", "once",
		"--tag", "x,y", "--tag", "z", "--event-version", "7", "--timestamp", "2026-01-02T03:04:05Z")
	if again.stdout != got.stdout {
		t.Errorf("the same key made another event: %q", again.stdout)
	}
	s.expect(t, exitFailed, "", "carillon: CONFLICT: ", "publish", "a.b", "--data", "2", "--key", "once")
	s.expect(t, exitDone, `"data":[1,2]`, "1 delivery", "publish", "a.c", "--data", "@"+written(t, " [1, 2]\n"), "--json")
	if got := s.run(t, `"from stdin"`, "publish", "a.c", "--data", "-", "--json"); got.code != exitDone || !strings.Contains(got.stdout, `"data":"from stdin"`) {
		t.Errorf("%+v", got)
	}
}

func TestPublishTellsWhatItCan(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.do(t, `mutation { createEventType(input: {name: "with.example", example: {n: 1.50}}) { id } }`, nil, nil)
	s.do(t, `mutation { createEventType(input: {name: "without.example"}) { id } }`, nil, nil)
	s.expect(t, exitDone, `"data":{"n":1.50}`, "", "publish", "with.example", "--example", "--json")
	s.expect(t, exitFailed, "", "has no example of without.example", "publish", "without.example", "--example")
	s.expect(t, exitFailed, "", "has no event type not.there", "publish", "not.there", "--example")

	s.key = s.keyFor(t, "PUBLISH")
	if got := s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1"); got.stderr != "" {
		t.Errorf("a key that may not read was told %q", got.stderr)
	}
	s.expect(t, exitFailed, "", "FORBIDDEN", "publish", "with.example", "--example")
	s.expect(t, exitFailed, "", "use a key with that scope", "attempts")

	s.key = testAdmin.Reveal()
	s.expect(t, exitFailed, "", "BAD_USER_INPUT: tenantId: ", "publish", "a.b", "--data", "1")
	s.expect(t, exitDone, "evt_", "", "publish", "a.b", "--data", "1", "--tenant", s.tenant)
	var made struct{ CreateTenant struct{ ID string } }
	s.do(t, `mutation { createTenant(input: {name: "quiet"}) { id } }`, nil, &made)
	s.expect(t, exitDone, "evt_", "a.b: no webhook takes it, so nothing is sent\n", "publish", "a.b", "--data", "1", "--tenant", made.CreateTenant.ID)
}

// TestClientUsage: what is wrong before any server is asked.
func TestClientUsage(t *testing.T) {
	t.Parallel()
	environ := []string{"CARILLON_URL=http://127.0.0.1:1", "CARILLON_KEY=ck_x"}
	for _, row := range []struct{ args, want string }{
		{"publish", "give its type"},
		{"publish a.b", "--data @FILE"},
		{"publish a.b --data 1 --example", "exclude each other"},
		{"publish a/b --data 1", "TYPE: "},
		{"publish a.b --data {", "--data: is not JSON: column 1: "},
		{"publish a.b --data @/nowhere", "--data: open /nowhere: "},
		{"publish a.b --data=", "there is no data"},
		{"publish a.b --data -", "--data: is empty"},
		{"publish a.b --data 1 --tenant x", "--tenant: "},
		{"publish a.b --data 1 --timestamp soon", "--timestamp: "},
		{"publish a.b --data 1 --many", "--many reads lines"},
		{"publish a.b --data 1 --url nothing", "CARILLON_URL: is not an address"},
		{"publish a.b --dta 1", "unknown flag --dta, did you mean one of"},
		{"listen --types a/b", "--types: "},
		{"listen --since soon", "--since: "},
		{"listen --tenant x", "--tenant: "},
		{"listen --secret x", "give --forward-to as well"},
		{"listen --forward-to http://", "--forward-to: "},
		{"listen --forward-to localhost:1 --secret x", "--secret: is not a signing secret"},
		{"listen --forward-to localhost:1 --retries -1", "--retries"},
		{"listen --forward-to localhost:1 --retries 21", "--retries: "},
		{"listen --forward-to localhost:1 --timeout 1h", "--timeout: "},
		{"attempts --status x", "--status: "},
		{"attempts --kind x", "--kind: "},
		{"attempts --type a.*", "--type: "},
		{"attempts --event dlv_01jd5x3v9kfm8tqz2y4r6w7abc", "--event: "},
		{"attempts --delivery x", "--delivery: "},
		{"attempts --tenant x", "--tenant: "},
		{"attempts --from x", "--from: "},
		{"attempts --to x", "--to: "},
		{"attempts --limit 0", "--limit: "},
		{"attempts --limit 10001", "--limit: "},
		{"attempts --follow --to 1h", "give one of them"},
		{"completion tcsh", `"bash","zsh","fish"`},
		{"publsh", "did you mean carillon publish?"},
		{"nonsense", "the commands of carillon are serve, demo, publish"},
		{"key creat", "did you mean carillon key create?"},
		{"nonsense --help", "unexpected argument nonsense"},
	} {
		got := inProcess(t, "", environ, strings.Fields(row.args)...)
		if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, row.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v; want %q", row.args, got, row.want)
		}
	}
	for _, key := range []string{"", "with a space", "with\na break"} {
		got := inProcess(t, "", []string{"CARILLON_KEY=" + key}, "attempts")
		if got.code != exitUsage || !strings.Contains(got.stderr, "CARILLON_KEY") || strings.Contains(got.stderr, "with") {
			t.Errorf("%q: %+v", key, got)
		}
	}
	for _, args := range []string{"help publish", "publish --help"} {
		got := inProcess(t, "", nil, strings.Fields(args)...)
		if got.code != exitDone || !strings.Contains(got.stdout, "carillon publish order.paid --data @order.json") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

func TestClientsThatReachNobody(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, command := range [][]string{{"publish", "a.b", "--data", "1"}, {"listen"}, {"attempts"}, {"attempts", "--follow"}} {
		for _, row := range []struct{ flags, want string }{
			{"--url http://127.0.0.1:1", "carillon: no server answers at http://127.0.0.1:1: connection refused; carillon serve starts one\n"},
			{"--url " + s.receiver.URL, "is not a Carillon server"},
			{"--url " + strings.Replace(s.URL(), "http", "https", 1), "does not speak TLS; give an address with http://"},
			{"--api-key ck_wrong", "carillon: UNAUTHENTICATED: this API key is not known; check CARILLON_KEY\n"},
		} {
			got := s.run(t, "", append(append([]string(nil), command...), strings.Fields(row.flags)...)...)
			if got.code != exitFailed || !strings.Contains(got.stderr, row.want) || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("%s %s: %+v; want %q", command, row.flags, got, row.want)
			}
		}
	}
}

func TestPublishMany(t *testing.T) {
	t.Parallel()
	s := openShop(t, testkit.CountOnly())
	var lines strings.Builder
	for i := range 2_500 {
		fmt.Fprintf(&lines, "{\"n\": %d}\n", i)
		if i%1000 == 7 {
			lines.WriteString("  \n") // is passed by
		}
	}
	file := "@" + written(t, strings.TrimSuffix(lines.String(), "\n"))
	s.expect(t, exitDone, "2500 events are published\n", "", "publish", "a.many", "--data", file, "--many", "--key", "import")
	first := s.expect(t, exitDone, "", "2500 events are published\n", "publish", "a.many", "--data", file, "--many", "--key", "import", "--json")
	again := s.expect(t, exitDone, "", "", "publish", "a.many", "--data", file, "--many", "--key", "import", "--json")
	if first.stdout != again.stdout || strings.Count(first.stdout, "\n") != 2_500 {
		t.Error("publishing again with the same key made other events")
	}
	for i, line := range strings.Split(strings.TrimSpace(first.stdout), "\n") {
		if want := fmt.Sprintf(`"data":{"n":%d}`, i); !strings.Contains(line, want) {
			t.Fatalf("event %d is %s; want %s", i, line, want)
		}
	}
	s.receiver.Wait(2_500, patience)

	whole := `{"type":"a.one","data":1,"entityId":"E"}` + "\n" + `{"type":"a.two","data":2,"idempotencyKey":"own"}`
	if got := s.run(t, whole, "publish", "--many", "--data", "-", "--tag", "t", "--json"); got.code != exitDone ||
		!regexp.MustCompile(`"type":"a.one",.*"entityId":"E","tags":\["t"\],"data":1,.*\n.*"type":"a.two",.*"data":2,"idempotencyKey":"own"`).MatchString(got.stdout) {
		t.Errorf("%+v", got)
	}
}

func TestPublishManyNamesTheLine(t *testing.T) {
	t.Parallel()
	s := openShop(t, testkit.CountOnly())
	good := strings.Repeat("{}\n", 1500)
	for _, row := range []struct {
		stdin, args string
		code        int
		want        string
	}{
		{"", "a.b", exitFailed, "there are no lines, so nothing was published"},
		{"{}\n{", "a.b", exitUsage, "line 2: is not JSON: column 1: "},
		{good + "{", "a.b", exitUsage, "line 1501: is not JSON: column 1: unexpected end of JSON input; 1500 events are published, up to line 1500, the rest is not"},
		{`{"type":"a.b","data":1}` + "\n\n" + `{"type":"a.b","data":1,"tags":[""]}`, "", exitFailed, "line 3: BAD_USER_INPUT: tags.0: is empty; nothing was published"},
		{`{"type":"a.b","data":1,"dta":1}`, "", exitUsage, `line 1: is not an event such as {"type": "contact.created", "data": {}}: unknown field "dta"`},
		{`{"type":"a.b","data":null}`, "", exitFailed, "line 1: BAD_USER_INPUT: data: "},
		{`{"type":"a.b"}`, "", exitUsage, "line 1: data: is needed"},
		{`{"type":"a/b","data":1}`, "", exitUsage, "line 1: type: "},
		{"12", "", exitUsage, "line 1: is not an event"},
	} {
		args := append([]string{"publish", "--many", "--data", "-"}, strings.Fields(row.args)...)
		got := s.run(t, row.stdin, args...)
		if got.code != row.code || !strings.Contains(got.stderr, row.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%.40q: %+v; want %d, %s", row.stdin, got, row.code, row.want)
		}
	}
}
