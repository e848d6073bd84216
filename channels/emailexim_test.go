//go:build linux

package channels

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// eximConfig takes mail for anybody from who is logged in, and writes it to files.
const eximConfig = `
keep_environment =
primary_hostname = mail.example.com
spool_directory = DIR/spool
log_file_path = DIR/%slog
pid_file_path = DIR/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = PORT
host_lookup =
deliver_drop_privilege = true
rfc1413_query_timeout = 0s
smtp_accept_max_nonmail = 5
tls_advertise_hosts = *
tls_certificate = DIR/cert.pem
tls_privatekey = DIR/key.pem
auth_advertise_hosts = ${if def:tls_in_cipher {*}}
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  deny ! authenticated = *
       message = relaying denied
  deny local_parts = nobody
       message = no such user
  defer local_parts = later
       message = greylisted
  accept
begin routers
ada:
  driver = accept
  local_parts = ada
  transport = ada
bob:
  driver = accept
  transport = bob
begin transports
ada:
  driver = appendfile
  file = DIR/mail/ada
bob:
  driver = appendfile
  file = DIR/mail/bob
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{user}}{eq{$auth3}{open sesame}}}}
  server_set_id = $auth2
`

// exim runs Debian's Exim on a port of loopback, and returns its address, its
// folder and who signed its certificate.
func exim(t *testing.T) (address, dir string, pool *x509.CertPool) {
	t.Helper()
	program := installed(t, "exim4", "exim4", "exim", "/usr/sbin/exim4", "/usr/sbin/exim")
	dir, err := os.MkdirTemp("", "carillon-exim-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l := listen(t)
	address = l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(address)
	secure, pool := certificate(t, "127.0.0.1")
	writeFiles(t, dir, secure, strings.NewReplacer("DIR", dir, "PORT", port).Replace(eximConfig))
	cmd := eximCommand(t, program, dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	// The death signal is sent when the thread ends that started the process.
	runtime.LockOSThread()
	cmd.SysProcAttr.Pdeathsig, cmd.SysProcAttr.Setpgid = syscall.SIGTERM, true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		// What wraps it ends by itself, and tidies up.
		text, _ := os.ReadFile(filepath.Join(dir, "exim.pid"))
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			pid = -cmd.Process.Pid
		}
		_ = syscall.Kill(pid, syscall.SIGTERM)
		<-exited
	})
	awaitPort(t, address, exited, &said)
	return address, dir, pool
}

// eximCommand runs it as its own user for root. It chowns its queue to that user,
// so that anybody else needs fakeroot, and a copy without the set-uid bit.
func eximCommand(t *testing.T, program, dir string) *exec.Cmd {
	t.Helper()
	args := []string{"-C", filepath.Join(dir, "exim.conf"), "-bdf", "-odf"}
	if os.Geteuid() != 0 {
		fake := installed(t, "fakeroot", "fakeroot")
		binary, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		own := filepath.Join(dir, "exim")
		if err := testkit.WriteProgram(own, binary); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(fake, append([]string{own}, args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		return cmd
	}
	owner, err := user.Lookup("Debian-exim")
	if err != nil {
		if owner, err = user.Lookup("exim"); err != nil {
			t.Fatal("Exim is there, and no user for it")
		}
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	for _, name := range []string{"", "spool", "mail", "cert.pem", "key.pem", "exim.conf"} {
		if err := os.Chown(filepath.Join(dir, name), uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return cmd
}

// installed finds a program by one of its names.
func installed(t *testing.T, what string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: run .ci/deps", what)
	}
	t.Skipf("SKIPPED, NOT PASSED: no real mail server was tried, for %s is missing; run .ci/deps", what)
	return ""
}

func writeFiles(t *testing.T, dir string, secure *tls.Config, config string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(secure.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"spool", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string][]byte{
		"cert.pem":  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificates[0].Certificate[0]}),
		"key.pem":   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"exim.conf": []byte(config),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func awaitPort(t *testing.T, address string, exited <-chan struct{}, said *bytes.Buffer) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(30 * time.Second); ; {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-exited:
			t.Fatalf("Exim ended: %s", said)
		case <-limit:
			t.Fatal("Exim does not listen")
		case <-tick.C:
		}
	}
}

func TestEmailThroughExim(t *testing.T) {
	t.Parallel()
	address, dir, pool := exim(t)
	p := poster(t, address, EmailOptions{RootCAs: pool})
	p.config.TLS, p.config.Username, p.config.Password = models.TLSStart, "user", models.NewSecret("open sesame")
	p.config.To = []string{"Größe <ada@example.com>", "bob@example.com", "nobody@example.com"}
	p.config.Bcc = []string{"later@example.com"}
	text := ".\nFrom the start\n..\n東京 🔔\n" + strings.Repeat("long ", 400) + "\n"
	p.message.Content = models.Content{Subject: "Größe: " + strings.Repeat("東京 ", 40) + "end", Text: text, HTML: "<p>é</p>\n"}
	receipt, e := p.fails(t, models.ErrRejected)
	contains(t, "the error", e.Message, "reached 2 of 4 recipients", "put off: later@example.com (451 greylisted)", "refused: nobody@example.com (550 no such user)")
	if got := states(receipt.Progress); len(got) != 3 || got["bob@example.com"] != models.RecipientTaken {
		t.Errorf("the progress is %v", got)
	}
	for i := range 3 { // over the kept connection
		if err := p.again(t, fmt.Sprint("dlv_", i)); AsError(err).Code != models.ErrRejected {
			t.Error(err)
		}
	}
	for _, name := range []string{"ada", "bob"} {
		box := await(t, filepath.Join(dir, "mail", name), 4)
		raw := []byte(nil)
		for _, one := range bytes.Split(append([]byte("\n"), box...), []byte("\nFrom no-reply@acme.example.com ")) {
			if bytes.Contains(one, []byte(p.message.Key)) {
				_, raw, _ = bytes.Cut(one, []byte("\n")) // behind the line that parts an mbox
			}
		}
		// Exim keeps messages with the line ends of Unix.
		m, err := mail.ReadMessage(bytes.NewReader(bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))))
		if err != nil {
			t.Fatal(err)
		}
		if got := addressList(t, m, "To"); got != "Größe ada@example.com| bob@example.com| nobody@example.com" {
			t.Errorf("To is %q", got)
		}
		text := strings.Replace(text, "\nFrom", "\n>From", 1) // which mbox has to do
		if got := partsOf(t, m); !reflect.DeepEqual(got, []part{{"text/plain", "UTF-8", text}, {"text/html", "UTF-8", "<p>é</p>\n"}}) {
			t.Errorf("the parts are %q", got)
		}
	}

	p.message.Progress = nil
	p.message.Channel = &models.Channel{Kind: models.KindEmail, Config: &models.EmailConfig{
		SmtpServer: address, TLS: models.TLSStart, Username: "user", Password: models.NewSecret("wrong"), From: p.config.From, To: p.config.To}}
	if _, e := p.fails(t, models.ErrConfig); e.Class != Permanent || e.Disable == "" {
		t.Errorf("a wrong password failed with %+v", e)
	}
}

// await is the mailbox once it has so many messages.
func await(t *testing.T, path string, messages int) []byte {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(30 * time.Second); ; {
		box, _ := os.ReadFile(path)
		if bytes.Count(box, []byte("Message-ID:")) >= messages {
			return box
		}
		select {
		case <-limit:
			log, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "mainlog"))
			t.Fatalf("%s holds %s; the log says %s", path, box, log)
		case <-tick.C:
		}
	}
}
