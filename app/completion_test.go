package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCandidates(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                              "serve demo publish listen attempts template key tenant migrate backup doctor completion version",
		"p":                             "publish",
		"key ":                          "create",
		"key create --sc":               "--scope",
		"key create --scope ":           "ADMIN MANAGE PUBLISH READ",
		"attempts --status ":            "succeeded failed",
		"attempts --status f":           "failed",
		"attempts --status=s":           "succeeded",
		"attempts --status = s":         "succeeded",
		"attempts --bodies --kind sm":   "sms",
		"attempts -f --fol":             "--follow",
		"attempts --key x --url y --da": "",
		"publish --da":                  "--data",
		"publish --data -":              "",
		"publish a.b --a":               "--api-key",
		"completion ":                   "bash zsh fish",
		"completion z":                  "zsh",
		"migrate d":                     "down",
		"migrate up ":                   "",
		"migrate r":                     "rekey",
		"migrate rekey --ch":            "--check",
		"serve --log-format ":           "text json",
		"--h":                           "--help",
		"nonsense ":                     "",
		"template render ":              "",
	} {
		words := strings.Fields(line)
		if line == "" || strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		got := inProcess(t, "", []string{"CARILLON_WORKERS=x"}, append([]string{"__complete", "--"}, words...)...)
		var found []string
		for entry := range strings.Lines(got.stdout) {
			word, _, _ := strings.Cut(entry, "\t")
			found = append(found, word)
		}
		if strings.Join(found, " ") != want || got.code != exitDone {
			t.Errorf("%q: %q, want %q; %s", line, found, want, got.stderr)
		}
	}
}

// shell runs lines of a shell in which the program is on the path.
func shell(t *testing.T, name, script string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test runs in %s: install it (Debian: apt-get install %s), or run .ci/deps", name, name)
	}
	folder := t.TempDir()
	cmd := command(t, folder, []string{
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + folder, "ZDOTDIR=" + folder, "TERM=dumb",
	}, script)
	cmd.Path, cmd.Args = path, []string{name, "-c", script}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestBashCompletes(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		`carillon pub`:                  "publish",
		`carillon attempts --status fa`: "failed",
		`carillon attempts --status = `: "succeeded failed",
		`carillon key create --nam`:     "--name",
	} {
		got := shell(t, "bash", `set -u; source <(carillon completion bash)
COMP_WORDS=(`+words+`); [[ "`+words+`" == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_carillon; echo "${COMPREPLY[*]}"; complete -p carillon`)
		if want += "\ncomplete -o bashdefault -o default -F _carillon carillon"; got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
	}
}

func TestZshCompletes(t *testing.T) {
	t.Parallel()
	got := shell(t, "zsh", `autoload -U compinit; compinit -u; source <(carillon completion zsh)
_describe() { print -rl -- "${(@P)2}"; }
_files() { print files; }
compset() { :; }
words=(carillon attempts --status ''); CURRENT=4; _carillon
words=(carillon pub); CURRENT=2; _carillon
words=(carillon template render ''); CURRENT=4; _carillon
print $_comps[carillon]`)
	want := "succeeded:\nfailed:\npublish:Publish an event to a running server, or many from a file\nfiles\n_carillon"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFishCompletes(t *testing.T) {
	t.Parallel()
	got := shell(t, "fish", `carillon completion fish | source
complete -C 'carillon attempts --status '
complete -C 'carillon publ'
touch a-file
complete -C 'carillon template render a-'`)
	want := "succeeded\nfailed\npublish\tPublish an event to a running server, or many from a file\na-file"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
