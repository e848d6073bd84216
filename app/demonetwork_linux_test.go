package app

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// isolated is set for a run of a test on a machine of its own, so to speak: one
// that is connected to nothing.
const isolated = "CARILLON_TEST_ISOLATED"

// TestDemoNeedsNoNetwork runs the demo's first minute where nothing but loopback
// is: whoever asks for a name, or dials anything else, fails there.
func TestDemoNeedsNoNetwork(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestDemoFirstMinute$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), isolated+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.Process == nil {
		t.Skipf("this system makes no networks for tests: %v", err)
	}
	if err != nil || !strings.Contains(string(text), "--- PASS: TestDemoFirstMinute") {
		t.Errorf("%v:\n%s", err, text)
	}
}

// withoutNetwork raises loopback in a network that is new, and makes sure that
// there is nothing else.
func withoutNetwork(t *testing.T) {
	t.Helper()
	if os.Getenv(isolated) == "" {
		return
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(socket) }()
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		t.Fatal(errno)
	}
	if _, err := net.Dial("udp", "192.0.2.1:53"); err == nil {
		t.Fatal("there is a network")
	}
}
