package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon/testkit"
)

// claim says which test runs, or holds to the program, some blocks of a page.
type claim struct {
	page     string
	language string // of the blocks; indented for those that have none
	begins   string // how their text begins; empty takes all of the language
	by       string // folder.TestName
}

const indented = "indented"

// claims are those of single pages. A new block needs one, or a language that is
// run wherever it stands: see everywhere.
func claims() []claim {
	return []claim{
		{"README.md", indented, "go run . demo", "docs.TestTwoCommands"},
		{"CONTRIBUTING.md", indented, "", "docs.TestDevelopmentCommands"},
		{"docs/getting-started.md", indented, "", "docs.TestGettingStarted"},
		{"docs/getting-started.md", "sh", "", "docs.TestGettingStarted"},
		{"docs/demo.md", indented, "go run . demo", "docs.TestTwoCommands"},
		{"docs/demo.md", "sh", "", "docs.TestDemosCurl"},
		{"docs/demo.md", "json", "", "docs.TestJSON"},
		{"docs/cli.md", "console", "", "app.TestTheExamplesOfThePage"},
		{"docs/architecture.md", indented, "server.go →", "docs.TestImportLawOfThePage"},
		{"docs/architecture.md", "mermaid", "stateDiagram-v2", "docs.TestStatesOfThePage"},
		{"docs/architecture.md", "text", "", pictureOnly},
		{"docs/backup-and-upgrade.md", indented, "the database needs a newer carillon", "store.TestAStepThatTakesAwayKeepsOldProgramsOut"},
		{"docs/backup-and-upgrade.md", indented, "carillon backup", "docs.TestBackupPage"},
		{"docs/backup-and-upgrade.md", indented, "rm -f data/carillon.db", "docs.TestBackupPage"},
		{"docs/backup-and-upgrade.md", indented, "pg_dump", "docs.TestDumpOfThePage"},
		{"docs/monitoring.md", "sh", "OTEL_EXPORTER_OTLP_ENDPOINT=", "docs.TestTracesOfThePage"},
		{"docs/monitoring.md", "text", "time=", "docs.TestTracesOfThePage"},
		{"docs/console.md", indented, "go run .", "docs.TestDevelopmentCommands"},
		{"docs/chaos.md", indented, "CHAOS_SEED=7", "docs.TestDevelopmentCommands"},
		{"docs/channels.md", "text", "", pictureOnly},
		{"docs/channels/email.md", indented, "CARILLON_SMTP_URL=", "docs.TestSettingsOfThePages"},
		{"docs/channels/http.md", "http", "", "docs.TestThePagesMessage"},
		{"docs/channels/http.md", "text", "", "docs.TestTheLibrariesOfThePage"},
		{"docs/channels/http.md", "go", "", "channels.TestThePagesGo"},
		{"docs/channels/http.md", "js", "", "channels.TestSignaturesWithNode"},
		{"docs/channels/http.md", "python", "", "channels.TestThePagesPython"},
		{"docs/migrating.md", "sh", "jq", "docs.TestCurlsOfThePages"},
		{"docs/migrating.md", "json", "", "docs.TestJSON"},
		{"docs/operations.md", "sh", "", "app.TestTheCommandsOfOperations"},
		{"docs/operations.md", "sql", "", "app.TestTheStatementsOfOperations"},
		{"docs/operations.md", "nginx", "", "e2e.TestBehindNginx"},
		{"docs/templates.md", "tmpl", "", "docs.TestTemplatesOfThePages"},
		{"docs/templates.md", "sh", "carillon template render", "docs.TestTemplatesOfThePages"},
		{"docs/writing-a-channel.md", "go", "", "channels/conformance.TestTheGuidesChannelWorks"},
		{"docs/writing-a-channel.md", "tmpl", "", "docs.TestTemplatesOfThePages"},
		{"examples/README.md", "sh", "jq", "docs.TestCurlsOfThePages"},
		{"examples/compose/README.md", "sh", "", "e2e.TestComposeREADME"},
		{"examples/systemd/README.md", "sh", "", "docs.TestSystemdREADME"},
		{"examples/frontend/README.md", indented, "", "docs.TestDevelopmentCommands"},
		{"examples/react-portal/README.md", indented, "", "docs.TestDevelopmentCommands"},
		{"examples/receivers/README.md", indented, "", "docs.TestDevelopmentCommands"},
	}
}

// pictureOnly is claimed for what nobody could run: drawings, and how a message looks.
const pictureOnly = "nothing to run"

// everywhere are the tests that run a language on all pages.
func everywhere() map[string]string {
	return map[string]string{"graphql": "docs.TestOperations", "json": "docs.TestJSON"}
}

// TestEveryBlockIsRun: whatever a page shows apart is claimed by a test that
// exists, and no claim is for what is not shown any more.
func TestEveryBlockIsRun(t *testing.T) {
	t.Parallel()
	used := map[claim]bool{}
	for _, page := range testkit.Pages(t) {
		for i := range page.Blocks {
			b := &page.Blocks[i]
			found := everywhere()[b.Language]
			for _, c := range claims() {
				if c.takes(b) {
					found, used[c] = c.by, true
				}
			}
			if found == "" {
				first, _, _ := strings.Cut(b.Text, "\n")
				t.Errorf("%s:%d: no test claims the block of %q that begins with %q: add one to claims in docs/claims_test.go", b.Page, b.Line, b.Language, first)
			} else if err := exists(t, found); err != nil {
				t.Errorf("%s:%d: %v", b.Page, b.Line, err)
			}
		}
	}
	for _, c := range claims() {
		if !used[c] {
			t.Errorf("%s shows nothing that is %s and begins with %q, which %s claims to run", c.page, c.language, c.begins, c.by)
		}
	}
}

func (c *claim) takes(b *testkit.Block) bool {
	language := b.Language
	if b.Indented {
		language = indented
	}
	return c.page == b.Page && c.language == language && strings.HasPrefix(b.Text, c.begins)
}

// exists: the test is there, and of a test elsewhere that it reads the page is for
// its authors to see.
func exists(t *testing.T, by string) error {
	t.Helper()
	if by == pictureOnly {
		return nil
	}
	folder, name, _ := strings.Cut(by, ".")
	files, err := filepath.Glob(filepath.Join(testkit.Root(t), folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), "func "+name+"(") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name {
				return nil
			}
		}
	}
	return fmt.Errorf("the test %s, which claims it, is not there", by)
}
