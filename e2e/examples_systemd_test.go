package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"carillon/testkit"
)

const unitFile = "../examples/systemd/carillon.service"

// TestSystemdUnit: systemd takes the unit as it is, and thinks it safe; its settings
// are the program's.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	unit := readFile(t, unitFile)
	environment := map[string]string{}
	for _, found := range regexp.MustCompile(`(?m)^Environment=(\w+)=(.*)$`).FindAllStringSubmatch(unit, -1) {
		environment[found[1]] = found[2]
	}
	shown := printedSettings(t, environment)
	for variable, value := range environment {
		if shown[variable] != value {
			t.Errorf("%s is %q in force, want %q", variable, shown[variable], value)
		}
	}
	stop := regexp.MustCompile(`(?m)^TimeoutStopSec=(\d+)$`).FindStringSubmatch(unit)
	if stop == nil {
		t.Fatal("the unit has no TimeoutStopSec")
	}
	checkStop(t, "the unit", stop[1]+"s", shown["CARILLON_DRAIN_DELAY"], shown["CARILLON_DRAIN"])

	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed: the unit is not verified")
	}
	// The program is not installed where the unit expects it.
	const program = "ExecStart=/usr/local/bin/carillon serve\n"
	if !strings.Contains(unit, program) {
		t.Fatalf("the unit has no line %q", program)
	}
	file := filepath.Join(t.TempDir(), filepath.Base(unitFile))
	if err := os.WriteFile(file, []byte(strings.Replace(unit, program, "ExecStart="+binary+" serve\n", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", file).CombinedOutput(); err != nil || strings.Contains(string(out), filepath.Base(unitFile)) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// Tenths of what systemd calls exposure, from 0 to 100; an ordinary service has 96.
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", file).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestNoCodeAtRunTime: MemoryDenyWriteExecute of the unit holds only as long as
// nothing in the program, SQLite above all, makes code while it runs.
func TestNoCodeAtRunTime(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the kernel shows a program's memory on Linux alone")
	}
	n := start(t, testkit.SQLite(t))
	w := newWorld(t, n)
	w.webhook("*", w.channel(testkit.NewReceiver(t).URL, nil))
	v := w.watch(nil)
	w.publish("order.paid", `{}`)
	v.next()
	for line := range strings.Lines(readFile(t, "/proc/"+strconv.Itoa(n.program.PID())+"/maps")) {
		fields := strings.Fields(line) // addresses, rights, offset, device, inode, and the file
		executable := len(fields) > 1 && strings.Contains(fields[1], "x")
		if executable && (strings.Contains(fields[1], "w") || len(fields) < 6) {
			t.Errorf("the program may run what it wrote: %s", line)
		}
	}
}
