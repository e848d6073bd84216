package app

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"carillon/models"
)

// rendering runs carillon template render in a folder with these files.
func rendering(t *testing.T, files map[string]string, stdin string, args ...string) outcome {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := command(t, folder, []string{"CARILLON_BOGUS=1"}, append([]string{"template", "render"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	if exited := new(exec.ExitError); err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestTemplateRender(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"http.body.tmpl":         `{"type": "{{ .type }}", "n": {{ .data.n }}, "secret": "{{ .channel.secret }}"}`,
		"welcome.sms.text.tmpl":  "Hello {{ .data.name }}",
		"email.subject.tmpl":     "To {{ .data.name }}",
		"email.html.tmpl":        "<p>{{ .data.name }}</p>\n",
		"http.content-type.tmpl": "text/plain",
		"plain":                  "{{ .id }} {{ .entityId }}",
		"bad.sms.text.tmpl":      "Hello\n  {{ .colour }} {{ shout 1 }}",
		"slack.body.tmpl":        `{"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "` + strings.Repeat("x", 151) + `"}}]}`,
		"data.json":              `{"n": 1.10, "name": "Ben <b>"}`,
		"event.json":             `{"id": "evt_01jd5x3v9kfm8tqz2y4r6w7abc", "type": "a.b", "entityId": "E-1", "data": {"n": 2}}`,
		"broken.json":            `{"n": `,
	}
	for _, row := range []struct {
		name, args, stdin string
		want              outcome
	}{
		{"sample", "welcome.sms.text.tmpl", "", outcome{exitDone, "Hello Ada Lovelace\n", ""}},
		{"data", "http.body.tmpl --event data.json", "", outcome{exitDone, `{"type": "sample.event", "n": 1.10, "secret": "********"}` + "\n", ""}},
		{"event", "http.body.tmpl --event event.json", "", outcome{exitDone, `{"type": "a.b", "n": 2, "secret": "********"}` + "\n", ""}},
		{"standard input", "http.body.tmpl --event -", `{"n":3}`, outcome{exitDone, `{"type": "sample.event", "n": 3, "secret": "********"}` + "\n", ""}},
		{"parts", "email.subject.tmpl email.html.tmpl --event data.json", "", outcome{exitDone, "--- SUBJECT\nTo Ben <b>\n--- HTML\n<p>Ben &lt;b&gt;</p>\n", ""}},
		{"flags", "plain --kind sms --part text --event event.json", "", outcome{exitDone, "evt_01jd5x3v9kfm8tqz2y4r6w7abc E-1\n", ""}},
		{"missing field", "http.body.tmpl http.content-type.tmpl", "", outcome{exitFailed, "--- CONTENT_TYPE\ntext/plain\n", "http.body.tmpl:1:33: BODY: there is no .data.n"}},
		{"problem", "bad.sms.text.tmpl", "", outcome{exitFailed, "", "bad.sms.text.tmpl:2:20: TEXT: there is no function shout"}},
		{"too long for Slack", "slack.body.tmpl", "", outcome{exitFailed, `{"blocks"`, "slack.body.tmpl:1:1: BODY: blocks.0.text"}},
		{"no part", "plain --kind sms", "", outcome{exitUsage, "", "the name of plain says no part"}},
		{"no kind", "plain --part text", "", outcome{exitUsage, "", "--kind"}},
		{"bad kind", "plain --part text --kind pigeon", "", outcome{exitUsage, "", "--kind"}},
		{"two kinds", "http.body.tmpl email.html.tmpl", "", outcome{exitUsage, "", "parts of one template"}},
		{"parts of too few", "plain http.body.tmpl --part text", "", outcome{exitUsage, "", "--part is given 1 times"}},
		{"no file", "none.sms.text.tmpl", "", outcome{exitUsage, "", "none.sms.text.tmpl"}},
		{"no event", "welcome.sms.text.tmpl --event none.json", "", outcome{exitUsage, "", "--event: "}},
		{"broken event", "welcome.sms.text.tmpl --event broken.json", "", outcome{exitUsage, "", "--event: is not JSON"}},
		{"no files", "", "", outcome{exitUsage, "", "file"}},
	} {
		got := rendering(t, files, row.stdin, strings.Fields(row.args)...)
		exact := got.stdout == row.want.stdout || row.want.code == exitFailed && row.want.stdout != "" && strings.HasPrefix(got.stdout, row.want.stdout)
		if got.code != row.want.code || !exact || !strings.Contains(got.stderr, row.want.stderr) || row.want.stderr == "" && got.stderr != "" {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestFileNamesSayKindAndPart(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		kind models.ChannelKind
		part models.PartName
	}{
		"slack.body.tmpl":                {models.KindSlack, models.PartBody},
		"a/b.c/order.email.subject.tmpl": {models.KindEmail, models.PartSubject},
		"http.content_type.tmpl":         {models.KindHTTP, models.PartContentType},
		"text":                           {"", models.PartText},
		"welcome.html":                   {"", models.PartHTML},
		"welcome.tmpl":                   {"", ""},
	} {
		if kind, part := fileSays(name); kind != want.kind || part != want.part {
			t.Errorf("%s: %q %q", name, kind, part)
		}
	}
}
