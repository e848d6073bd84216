package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"carillon/pgserver"
	"carillon/testkit"
)

// TestBehindNginx runs nginx with the lines of docs/operations.md before a server:
// queries, WebSockets and server-sent events go through it over TLS, at once, and
// the server knows whom they come from.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed: the lines of docs/operations.md are not tried")
	}
	found := regexp.MustCompile("(?ms)^```nginx\n(.*?)^```$").FindStringSubmatch(readFile(t, "../docs/operations.md"))
	if found == nil {
		t.Fatal("docs/operations.md has no lines for nginx")
	}
	port, err := pgserver.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	front := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	n := start(t, testkit.SQLite(t), "PUBLIC_URL=https://"+front, "TRUSTED_PROXIES=127.0.0.1/32")
	folder := t.TempDir()
	certify(t, folder)
	lines := replaceAll(t, found[1], map[string]string{
		"server 127.0.0.1:8080 ": "server " + strings.TrimPrefix(n.url, "http://") + " ", "listen 443 ssl;": "listen " + front + " ssl;",
		"/etc/ssl/carillon.pem": folder + "/cert.pem", "/etc/ssl/carillon.key": folder + "/key.pem",
	})
	runNginx(t, nginx, folder, lines)

	w := newWorld(t, n)
	receiver := testkit.NewReceiver(t)
	w.webhook("*", w.channel(receiver.URL, nil))
	// From another address of this machine than the proxy's.
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	web := &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer web.CloseIdleConnections()
	post := func(body, accept string) *http.Response {
		t.Helper()
		var res *http.Response
		for {
			r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, "https://"+front+"/graphql", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}, "Authorization": {"Bearer " + w.api.Key}}
			if res, err = web.Do(r); err == nil {
				break
			}
			select { // nginx may still be starting
			case <-time.After(20 * time.Millisecond):
			case <-w.ctx.Done():
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", body, res.Status)
		}
		return res
	}
	post(`{"query": "{ viewer { name } }"}`, "application/json")
	sse := post(`{"query": "subscription { deliveryAttempts { status } }"}`, "text/event-stream")

	ws, _, err := websocket.Dial(w.ctx, "wss://"+front+"/graphql", &websocket.DialOptions{HTTPClient: web, Subprotocols: []string{"graphql-transport-ws"},
		HTTPHeader: http.Header{"Origin": {"https://" + front}}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	say := func(text string) {
		if err := ws.Write(w.ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(piece string) {
		t.Helper()
		for {
			_, text, err := ws.Read(w.ctx)
			if err != nil {
				t.Fatalf("waiting for %s: %v", piece, err)
			}
			if bytes.Contains(text, []byte(piece)) {
				return
			}
		}
	}
	say(`{"type": "connection_init", "payload": {"Authorization": "Bearer ` + w.api.Key + `"}}`)
	hear("connection_ack")
	say(`{"type": "subscribe", "id": "1", "payload": {"query": "subscription { deliveryAttempts { status } }"}}`)
	say(`{"type": "ping"}`)
	hear("pong")
	// The subscriptions may begin after the first events.
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			_, _ = publishWith(context.WithoutCancel(w.ctx), w.api, "order.paid", `{}`)
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	hear("SUCCEEDED")
	buffer, seen := make([]byte, 4096), ""
	for !strings.Contains(seen, "SUCCEEDED") {
		n, err := sse.Body.Read(buffer)
		if seen += string(buffer[:n]); err != nil {
			t.Fatalf("the stream ended: %v\n%s", err, seen)
		}
	}
	metrics, err := web.Get("https://" + front + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	_ = metrics.Body.Close()
	if metrics.StatusCode != http.StatusNotFound {
		t.Errorf("/metrics: %s", metrics.Status)
	}
	webAs(t, w, web, front)
}

// webAs: what is changed through the proxy is in the audit log with the client's address.
func webAs(t *testing.T, w *world, web *http.Client, front string) {
	t.Helper()
	body := `{"query": "mutation { createChannel(input: {name: \"by proxy\", config: {http: {url: \"https://example.com\"}}}) { id } }"}`
	r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, "https://"+front+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + w.api.Key}, "X-Forwarded-For": {"203.0.113.7"}}
	res, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	var log struct {
		AuditLog struct{ Nodes []struct{ Address *string } }
	}
	w.do(`{ auditLog(first: 1) { nodes { address } } }`, nil, &log)
	if nodes := log.AuditLog.Nodes; len(nodes) != 1 || nodes[0].Address == nil || *nodes[0].Address != "127.0.0.2" {
		t.Errorf("the audit log has %+v, want the client's address", nodes)
	}
}

func replaceAll(t *testing.T, text string, pairs map[string]string) string {
	t.Helper()
	for old, fresh := range pairs {
		if !strings.Contains(text, old) {
			t.Errorf("the lines for nginx have no %q", old)
		}
		text = strings.ReplaceAll(text, old, fresh)
	}
	return text
}

// runNginx runs it until the test ends.
func runNginx(t *testing.T, program, folder, lines string) {
	t.Helper()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n" // who may read the test's folder
	}
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += kind + "_temp_path " + folder + "/" + kind + ";\n"
	}
	conf := user + "daemon off;\nworker_processes 1;\npid " + folder + "/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + temp + lines + "}\n"
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), program, "-t", "-p", folder, "-c", file).CombinedOutput(); err != nil {
		t.Fatalf("nginx does not take the lines: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-p", folder, "-c", file)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // which ends its workers too
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("nginx: %s", &log)
		}
	})
}

// certify writes a certificate that nobody vouches for.
func certify(t *testing.T, folder string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
