package app

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

var shellBlocks = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestTheCommandsOfThePageOnCloudEvents runs each as it stands there.
func TestTheCommandsOfThePageOnCloudEvents(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/cloudevents.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newCEWorld(t, testkit.SQLite(t))
	blocks := shellBlocks.FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 3 {
		t.Fatalf("the page has %d commands", len(blocks))
	}
	for i, block := range blocks {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		run := exec.CommandContext(ctx, "sh", "-c", block[1])
		run.Env = append(os.Environ(), "CARILLON_URL="+w.URL(), "CARILLON_KEY="+w.key)
		out, err := run.CombinedOutput()
		cancel()
		if want := []int{1, 1, 2}[i]; err != nil || !strings.HasPrefix(string(out), `{"ids":["evt_`) || strings.Count(string(out), "evt_") != want {
			t.Errorf("%v, %s of\n%s", err, out, block[1])
		}
	}
	w.receiver.Wait(4, patience)
}
