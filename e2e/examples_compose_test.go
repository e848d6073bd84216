package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"carillon/testkit"
)

// composeFile is what the tests look at in examples/compose/compose.yaml.
type composeFile struct {
	Services map[string]struct {
		Image           string
		Environment     map[string]string
		StopGracePeriod string `yaml:"stop_grace_period"`
		DependsOn       map[string]struct{ Condition string }
		Healthcheck     struct{ Test []string }
	}
}

var composeVariable = regexp.MustCompile(`\$\{(\w+)(:\?[^}]+)?\}`)

// readCompose fills in the variables that .env has to have.
func readCompose(t *testing.T, values map[string]string) composeFile {
	t.Helper()
	text := composeVariable.ReplaceAllStringFunc(readFile(t, "../examples/compose/compose.yaml"), func(found string) string {
		parts := composeVariable.FindStringSubmatch(found)
		value, ok := values[parts[1]]
		if !ok || parts[2] == "" {
			t.Errorf("%s is not in .env, or does not stop the start where it is missing", found)
		}
		return value
	})
	var file composeFile
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestCompose: the settings of both nodes are the program's, and two programs with
// them, on one PostgreSQL, are two nodes. No container is run.
func TestCompose(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"POSTGRES_PASSWORD":       "0123456789abcdef",
		"CARILLON_ENCRYPTION_KEY": base64.StdEncoding.EncodeToString([]byte(rand.Text() + "012345")),
		"CARILLON_ADMIN_KEY":      "ck_" + rand.Text() + rand.Text(),
	}
	file := readCompose(t, values)
	postgres := file.Services["postgres"]
	if postgres.Environment["POSTGRES_PASSWORD"] != values["POSTGRES_PASSWORD"] || len(postgres.Healthcheck.Test) == 0 {
		t.Errorf("PostgreSQL has %+v", postgres)
	}
	database := testkit.Postgres(t)
	var nodes []*node
	var checks [][]string
	for _, name := range []string{"node1", "node2"} {
		service := file.Services[name]
		shown := printedSettings(t, service.Environment)
		for variable, value := range service.Environment {
			if got := shown[variable]; got != value && !strings.Contains(got, "***") {
				t.Errorf("%s: %s is %q in force, want %q", name, variable, got, value)
			}
		}
		checkStop(t, name, service.StopGracePeriod, shown["CARILLON_DRAIN_DELAY"], shown["CARILLON_DRAIN"])
		checks = append(checks, service.Healthcheck.Test)
		nodes = append(nodes, composeNode(t, service.Environment, database))
	}
	for i, check := range checks {
		checkHealth(t, nodes[i], check[1:])
	}
	w := newWorldOf(t, nodes[0], values["CARILLON_ADMIN_KEY"])
	receiver := testkit.NewReceiver(t)
	w.webhook("*", w.channel(receiver.URL, nil))
	v := w.watch(nil)
	other := testkit.NewClient(t, nodes[1].url, w.api.Key)
	event, err := publishWith(w.ctx, other, "order.paid", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	if a := v.next(); a.Event.ID != event || a.Status != "SUCCEEDED" {
		t.Errorf("the attempt is %+v", a)
	}
}

// composeNode runs the program with the settings of a service; only the addresses
// are this test's. What it would write beside the database, it must not.
func composeNode(t *testing.T, environment map[string]string, database string) *node {
	t.Helper()
	settings := map[string]string{}
	for variable, value := range environment {
		settings[strings.TrimPrefix(variable, "CARILLON_")] = value
	}
	settings["LISTEN"], settings["DATABASE_URL"], settings["ALLOW_NETWORKS"] = "127.0.0.1:0", database, loopback
	settings["DRAIN_DELAY"] = "0s" // no balancer looks
	folder := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	program, err := testkit.StartProgram(ctx, testkit.ProgramConfig{Binary: binary, Dir: folder, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, url: program.URL, database: database, program: program}
	t.Cleanup(func() {
		n.terminate()
		n.await()
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("a node with a read-only disk wrote %v, %v", left, err)
		}
	})
	return n
}

// printedSettings are those in force with an environment; the program must take it.
func printedSettings(t *testing.T, environment map[string]string) map[string]string {
	t.Helper()
	show := testkit.Command(t.Context(), binary, "serve", "--print-config")
	show.Dir, show.Env = t.TempDir(), testkit.Environment(nil)
	for name, value := range environment {
		if strings.HasPrefix(name, "CARILLON_") {
			show.Env = append(show.Env, name+"="+value)
		}
	}
	var out, errs bytes.Buffer
	show.Stdout, show.Stderr = &out, &errs
	if err := show.Run(); err != nil {
		t.Fatalf("serve --print-config: %v: %s", err, errs.String())
	}
	settings := map[string]string{}
	for line := range strings.Lines(out.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		settings[name] = value
	}
	return settings
}

// checkStop: who stops the program waits longer than it does for what is under way.
func checkStop(t *testing.T, name, grace, delay, drain string) {
	t.Helper()
	patient, err := time.ParseDuration(grace)
	before, bad := time.ParseDuration(delay)
	waits, worse := time.ParseDuration(drain)
	if err != nil || bad != nil || worse != nil || patient < before+waits+5*time.Second {
		t.Errorf("%s: a stop is given %s (%v), the program takes %s and %s (%v, %v)", name, grace, err, delay, drain, bad, worse)
	}
}

// TestComposeREADME: what the page writes into .env is what the file asks for.
func TestComposeREADME(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(readFile(t, "../examples/compose/README.md"), "```sh\n")
	script, _, found := strings.Cut(rest, "docker compose up")
	if !found {
		t.Fatal("the page has no commands")
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("the commands of the page need openssl")
	}
	write := exec.CommandContext(t.Context(), "sh", "-euc", script)
	write.Dir = t.TempDir()
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	values := map[string]string{}
	for line := range strings.Lines(readFile(t, write.Dir+"/.env")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	printedSettings(t, readCompose(t, values).Services["node1"].Environment)
}
