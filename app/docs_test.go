package app

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"carillon/testkit"
)

// example is one command of the page, with what it prints.
type example struct {
	command, output string
	interrupted     bool // by Ctrl-C, at the end
}

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

// examples are all commands of a page, in their order.
func examples(text string) (all []example) {
	for _, block := range consoleBlock.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			command, isCommand := strings.CutPrefix(line, "$ ")
			switch {
			case isCommand:
				all = append(all, example{command: strings.TrimSpace(command)})
			case line == "^C\n":
				all[len(all)-1].interrupted = true
			default:
				all[len(all)-1].output += line
			}
		}
	}
	return all
}

// TestTheExamplesOfThePage runs every example of docs/cli.md against a server, in
// their order, and compares what is printed. Those that Ctrl-C ends go on until
// all others are done.
func TestTheExamplesOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	s := openShop(t)
	d := &reader{t: t, shop: s, folder: t.TempDir(), local: testkit.NewReceiver(t)}
	s.describe(t)
	var open []*exec.Cmd
	var written []*transcript
	var expected []example
	all := examples(string(page))
	for _, e := range all {
		cmd, out := d.shell(e), newTranscript()
		cmd.Stdout, cmd.Stderr = out, out
		d.settle()
		if !e.interrupted {
			_ = cmd.Run() // how it ended is part of what is printed
			d.compare(e, out.String())
			continue
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		out.await(t, "Ctrl-C ends it")
		open, written, expected = append(open, cmd), append(written, out), append(expected, e)
	}
	for i, cmd := range open {
		d.awaitLines(written[i], strings.Count(expected[i].output, "\n"))
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: Ctrl-C: %v", expected[i].command, err)
		}
		d.compare(expected[i], written[i].String())
	}
	if len(all) < 20 {
		t.Errorf("%d examples were found, which are too few", len(all))
	}
}

// describe makes what the page speaks of: a channel that works, and one whose
// endpoint is away.
func (s *shop) describe(t *testing.T) {
	t.Helper()
	away := testkit.NewReceiver(t, testkit.Answers(func(testkit.Received) testkit.Answer {
		return testkit.Answer{Status: 500, Body: "closed for stocktaking", Header: map[string][]string{"Date": nil}}
	}))
	s.tenant = ""
	var made struct{ CreateTenant, CreateChannel struct{ ID string } }
	s.do(t, `mutation { createTenant(input: {name: "page"}) { id } }`, nil, &made)
	s.tenant = made.CreateTenant.ID
	s.key = s.keyFor(t, "MANAGE", "PUBLISH", "READ")
	for _, c := range []struct{ name, url, types string }{
		{"my server", s.receiver.URL, "contact.*"}, {"warehouse", away.URL + "/hooks", "order.*"},
	} {
		s.do(t, `mutation($t: ID!, $n: String!, $u: String!) { createChannel(input: {tenantId: $t, name: $n, config: {http: {url: $u}}, retryPolicy: {schedule: ["5m"]}}) { id } }`,
			testkit.Vars{"t": s.tenant, "n": c.name, "u": c.url}, &made)
		s.do(t, `mutation($t: ID!, $n: String!, $e: [String!]!, $c: ID!) { createWebhook(input: {tenantId: $t, name: $n, eventTypes: $e, routes: [{channelId: $c}]}) { id } }`,
			testkit.Vars{"t": s.tenant, "n": c.name, "e": []string{c.types}, "c": made.CreateChannel.ID}, nil)
	}
}

// reader does what the page says, in a folder of its own.
type reader struct {
	t      *testing.T
	shop   *shop
	folder string
	local  *testkit.Receiver
}

func (d *reader) shell(e example) *exec.Cmd {
	d.t.Helper()
	text := strings.ReplaceAll(e.command, "http://localhost:3000", d.local.URL)
	if e.interrupted {
		text = "exec " + text
	}
	cmd := command(d.t, d.folder, []string{
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"CARILLON_URL=" + d.shop.URL(), "CARILLON_KEY=" + d.shop.key,
	})
	bash, err := exec.LookPath("bash")
	if err != nil {
		d.t.Fatal(err)
	}
	cmd.Path, cmd.Args = bash, []string{"bash", "-c", text}
	return cmd
}

// compare looks at what is the same on every run.
func (d *reader) compare(e example, printed string) {
	d.t.Helper()
	printed = strings.ReplaceAll(printed, d.shop.URL(), "http://127.0.0.1:8080")
	printed = strings.ReplaceAll(printed, d.local.URL, "http://localhost:3000")
	if got, want := settled(printed), settled(e.output); got != want {
		d.t.Errorf("$ %s\nprints\n%s\nand the page has\n%s", e.command, printed, e.output)
	}
}

// settled puts one sign for what is another one on every run.
func settled(text string) string {
	for _, varying := range []struct{ form, sign string }{
		{`\b(evt|dlv|att|tnt|key|whk|chn)_[0-9a-z]{26}\b`, "${1}_"},
		{`\b(ck_|whsec_)[\w+/=-]+`, "$1"},
		{`v1,[\w+/=]+`, "v1,"},
		{`webhook-timestamp: \d+`, "webhook-timestamp:"},
		{`20\d\d-\d\d-\d\dT[\d:.]+Z`, "TIME"},
		{`\b\d+(\.\d+)?(µs|ms|s)\b`, "DURATION"},
		{`127\.0\.0\.1:\d\d\d\d+`, "HOST"},
		{`Carillon/[\d.]+`, "Carillon/"},
		{`(?m)^key [0-9a-f]{8} `, "key "},
		{` {2,}`, "  "},
	} {
		text = regexp.MustCompile(varying.form).ReplaceAllString(text, varying.sign)
	}
	return text
}

// settle waits until what was published has been tried.
func (d *reader) settle() {
	d.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var out struct {
			Deliveries struct{ Nodes []struct{ ID string } }
		}
		d.shop.do(d.t, `query($t: ID!) { deliveries(filter: {tenantId: $t, statuses: [PENDING, DELIVERING]}) { nodes { id } } }`,
			testkit.Vars{"t": d.shop.tenant}, &out)
		if len(out.Deliveries.Nodes) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-d.t.Context().Done():
			d.t.Fatal("deliveries are not tried")
		}
	}
}

func (d *reader) awaitLines(out *transcript, n int) {
	d.t.Helper()
	c := &session{stdout: out, stderr: newTranscript()}
	c.lines(d.t, n)
}

func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := newParser(&program{}, environment{}, Output{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		help := inProcess(t, "", nil, append(strings.Fields(leaf.Path()), "--help")...)
		if name := "carillon " + leaf.Path(); !strings.Contains(help.stdout, "Example") || strings.Count(help.stdout, name) < 2 {
			t.Errorf("carillon %s --help shows no example", leaf.Path())
		}
		if !strings.Contains(string(page), fmt.Sprintf("`%s`", leaf.Path())) {
			t.Errorf("docs/cli.md does not have %s", leaf.Path())
		}
	}
}
