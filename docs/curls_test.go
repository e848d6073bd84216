package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

var settingName = regexp.MustCompile(`\bCARILLON_[A-Z_]*`)

// TestCurlsOfThePages runs what pages send by curl from the root of the checkout.
func TestCurlsOfThePages(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tenant, _ := s.tenant(t)
	r := newReader(t, "CARILLON_URL="+s.url, "ADMIN_KEY="+adminKey, "KEY="+adminKey)
	r.folder = testkit.Root(t)
	r.known["http://127.0.0.1:8080"], r.known["tnt_…"] = s.url, tenant
	if out := r.run(block(t, "docs/migrating.md", "jq")); strings.Contains(out, `"errors"`) || !strings.Contains(out, `"contact-created"`) {
		t.Errorf("the import of docs/migrating.md answers %s", out)
	}
	if out := r.run(block(t, "examples/README.md", "jq")); strings.Contains(out, `"errors"`) || !strings.Contains(out, `"evt_`) {
		t.Errorf("the publication of examples/README.md answers %s", out)
	}
}

// TestSettingsOfThePages: every setting that a page names is one, and what a page
// sets is taken.
func TestSettingsOfThePages(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"CARILLON_URL": true, "CARILLON_KEY": true, "CARILLON_": true}
	for line := range strings.Lines(printConfig(t)) {
		name, _, _ := strings.Cut(line, "=")
		known[name] = true
	}
	for _, page := range testkit.Pages(t) {
		var beside string // what the examples beside the page read for themselves
		for _, name := range settingName.FindAllString(page.Text, -1) {
			if known[name] {
				continue
			}
			if beside == "" {
				beside = " " + sources(t, filepath.Join(testkit.Root(t), filepath.Dir(page.Path), "*.[jt]s")) +
					sources(t, filepath.Join(testkit.Root(t), "e2e", "browser", "*.ts")) + sources(t, filepath.Join(testkit.Root(t), filepath.Dir(page.Path), "src", "*.ts"))
			}
			if !strings.Contains(beside, name) {
				t.Errorf("%s names %s, which is no setting", page.Path, name)
			}
		}
	}
	relay := lines(block(t, "docs/channels/email.md", "CARILLON_SMTP_URL="))
	if shown := printConfig(t, relay...); !strings.Contains(shown, "CARILLON_SMTP_URL=***") {
		t.Errorf("the setting of docs/channels/email.md is not in force:\n%s", shown)
	}
}

// printConfig is what is in force with such settings; the program must take them.
func printConfig(t *testing.T, settings ...string) string {
	t.Helper()
	show := testkit.Command(t.Context(), programs.carillon, "serve", "--print-config")
	show.Dir, show.Env = t.TempDir(), append(testkit.Environment(nil), settings...)
	out, err := show.Output()
	if err != nil {
		t.Fatalf("serve --print-config with %q: %v", settings, err)
	}
	return string(out)
}

// asRoot stands for sudo: what would be installed in the system goes below a
// folder, and the service manager is only asked whether it knows the unit.
const asRoot = `#!/bin/sh
case "$1" in
install)
	shift
	for last; do :; done
	i=$#
	while [ "$i" -gt 1 ]; do set -- "$@" "$1"; shift; i=$((i - 1)); done
	shift
	mkdir -p "$DOCS_ROOT/$(dirname "$last")"
	case "$last" in */) mkdir -p "$DOCS_ROOT$last" ;; esac
	exec install "$@" "$DOCS_ROOT$last" ;;
systemctl) echo "$@" >> "$DOCS_ROOT/systemctl" ;;
*) echo "sudo $*: the reader does not know this" >&2; exit 1 ;;
esac
`

// TestSystemdREADME installs as the page says, into a folder.
func TestSystemdREADME(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	r := newReader(t, "DOCS_ROOT="+root)
	r.folder = testkit.Root(t)
	tools := t.TempDir()
	r.tool(tools, "sudo", asRoot)
	r.tool(tools, "go", "#!/bin/sh\nexec cp \"$DOCS_CARILLON\" \"$DOCS_ROOT/carillon\"\n")
	for i, entry := range r.env {
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			r.env[i] = "PATH=" + tools + string(os.PathListSeparator) + path
		}
	}
	script := block(t, "examples/systemd/README.md", "CGO_ENABLED=0")
	if !strings.Contains(script, "install carillon /usr/local/bin/") {
		t.Fatalf("the page installs otherwise:\n%s", script)
	}
	// The build is put beside what is installed, not into the checkout.
	r.run(strings.Replace(script, "install carillon /usr", "install "+root+"/carillon /usr", 1))
	unit := filepath.Join(root, "etc", "systemd", "system", "carillon.service")
	if text, err := os.ReadFile(unit); err != nil || !strings.Contains(string(text), "ExecStart=/usr/local/bin/carillon serve\n") {
		t.Errorf("the unit: %v", err)
	}
	for path, mode := range map[string]os.FileMode{"usr/local/bin/carillon": 0o755, "etc/carillon/carillon.env": 0o600} {
		if at, err := os.Stat(filepath.Join(root, path)); err != nil || at.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, at, err)
		}
	}
	environment, err := os.ReadFile(filepath.Join(root, "etc", "carillon", "carillon.env"))
	if err != nil {
		t.Fatal(err)
	}
	if got := printConfig(t, lines(string(environment))...); !strings.Contains(got, "CARILLON_ADMIN_KEY=***") {
		t.Errorf("the environment of the service is in force as\n%s", got)
	}
	if asked, err := os.ReadFile(filepath.Join(root, "systemctl")); err != nil || string(asked) != "systemctl daemon-reload\nsystemctl enable --now carillon\n" {
		t.Errorf("systemctl was asked %q, %v", asked, err)
	}
}
