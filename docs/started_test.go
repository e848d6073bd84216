package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon/testkit"
)

// block finds the one block of a page that begins so.
func block(t *testing.T, page, begins string) string {
	t.Helper()
	for _, b := range testkit.OnePage(t, page).Blocks {
		if strings.HasPrefix(b.Text, begins) {
			return b.Text
		}
	}
	t.Fatalf("%s has no block that begins with %q", page, begins)
	return ""
}

// lines are the commands of a block, without what is said of them.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

const free = "CARILLON_LISTEN=127.0.0.1:0"

// TestTwoCommands: what the README begins with is all that it takes.
func TestTwoCommands(t *testing.T) {
	t.Parallel()
	two := lines(block(t, "README.md", "go run . demo"))
	if len(two) != 2 || two[1] != "go run ." {
		t.Fatalf("the README has the commands %q", two)
	}
	if demo := block(t, "docs/demo.md", "go run . demo"); strings.TrimSpace(demo) != two[0] {
		t.Errorf("docs/demo.md has the command %q", demo)
	}
	demo := newReader(t).start(two[0] + " --listen 127.0.0.1:0")
	demo.await(`http://127\.0\.0\.1:\d+/#token=\S+`)
	demo.interrupt()
	r := newReader(t, free)
	server := r.start(two[1])
	server.await(`listening`)
	server.await(`ck_[\w-]{30,}`)
	server.interrupt()
	if _, err := os.Stat(filepath.Join(r.folder, "data", "carillon.db")); err != nil {
		t.Errorf("its data are not in ./data: %v", err)
	}
}

// TestDemosCurl publishes as the page on the demo does.
func TestDemosCurl(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	demo := r.start("go run . demo --listen 127.0.0.1:0")
	variables := demo.await(`CARILLON_URL=\S+ CARILLON_KEY=\S+`)
	if out := r.run("export " + variables + "\n" + block(t, "docs/demo.md", "curl")); !strings.Contains(out, `"id":"evt_`) {
		t.Errorf("it answered %s", out)
	}
}

// TestGettingStarted goes through the page as a reader does: a terminal for each
// thing that goes on, and what was printed in the place of what is cut short.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	const page = "docs/getting-started.md"
	r := newReader(t, free)
	begin := lines(block(t, page, "go run ./examples/receivers/go"))
	if len(begin) != 2 {
		t.Fatalf("the page begins with %q", begin)
	}
	receiver := r.start(begin[0])
	receiving := strings.TrimPrefix(receiver.await(`http://127\.0\.0\.1:\d+`), "http://")
	server := r.start(begin[1])
	r.known["127.0.0.1:8080"] = strings.TrimPrefix(server.await(`127\.0\.0\.1:\d+`), "http://")
	r.known["127.0.0.1:9000"] = receiving
	server.await(`ck_[\w-]{30,}`)

	r.env = append(r.env, "CARILLON_URL=http://"+r.known["127.0.0.1:8080"]) // the address is another one here
	functions := ""
	for _, line := range lines(block(t, page, "export KEY=")) {
		variable, isExport := strings.CutPrefix(line, "export ")
		switch {
		case isExport:
			r.env = append(r.env, r.fill(variable)) // with what was printed before
		case strings.HasPrefix(line, "gql()"):
			functions = line + "\n"
		default:
			if out := r.run(functions + line); strings.Contains(out, `"errors"`) || !strings.Contains(out, `"id":`) {
				t.Fatalf("%s\nanswers %s", line, out)
			}
		}
	}
	follower := r.start(lines(block(t, page, "CARILLON_KEY=$KEY go run . attempts"))[0])
	follower.await("Following")
	event := strings.TrimSpace(r.run(block(t, page, "CARILLON_KEY=$KEY go run . publish")))
	receiver.await(event)
	follower.await(`succeeded .* contact\.created`)
}
