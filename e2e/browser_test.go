package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"carillon/testkit"
)

// browserPage is a page of a real browser. Each step waits until it is done.
type browserPage struct {
	t     *testing.T
	steps io.Writer
	lines *bufio.Reader
}

const browserPackage = "browser"

// chromium is CHROMIUM, or where browsers are found; .ci/deps looks there too.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("this test runs in a browser: install Chromium or Chrome, or name one by CHROMIUM=/path")
	return ""
}

// newPage starts a browser, which ends with the test.
func newPage(t *testing.T) *browserPage {
	t.Helper()
	if err := testkit.InstallPackages(browserPackage); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", "drive.mjs", chromium(t))
	command.Dir, command.Stderr = browserPackage, os.Stderr
	steps, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	results, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = steps.Close() // the script closes the browser then
		stuck := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
		defer stuck.Stop()
		if err := command.Wait(); err != nil && !t.Failed() {
			t.Errorf("the browser: %v", err)
		}
	})
	return &browserPage{t: t, steps: steps, lines: bufio.NewReader(results)}
}

type step map[string]any

// do runs a step of drive.mjs, by its name, and decodes what it gives into out.
func (p *browserPage) do(name string, options step, out any) {
	p.t.Helper()
	all := step{"do": name}
	for key, value := range options {
		all[key] = value
	}
	line, err := json.Marshal(all)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.steps.Write(append(line, '\n')); err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	answer, err := p.lines.ReadBytes('\n')
	if err != nil {
		p.t.Fatalf("%s: the browser is gone: %v", name, err)
	}
	var result struct {
		Value json.RawMessage
		Error string
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		p.t.Fatalf("%s: %v in %s", name, err, answer)
	}
	if result.Error != "" {
		p.t.Fatalf("%s %v: %s", name, options, result.Error)
	}
	if out != nil {
		if err := json.Unmarshal(result.Value, out); err != nil {
			p.t.Fatalf("%s: %v in %s", name, err, answer)
		}
	}
}

// texts waits until a selector finds so many elements, and gives their texts.
func (p *browserPage) texts(selector string, count int) (texts []string) {
	p.t.Helper()
	p.do("texts", step{"selector": selector, "count": count}, &texts)
	return texts
}

// complaints are errors and warnings of the page since it was asked last.
func (p *browserPage) complaints() (all []string) {
	p.t.Helper()
	p.do("complaints", nil, &all)
	return all
}
