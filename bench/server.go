package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// adminKey opens the servers of the benchmark, which listen on loopback alone.
const adminKey = "benchmark-administrator-key-of-some-length"

// server is a carillon process of its own.
type server struct {
	cmd     *exec.Cmd
	address string
	web     *http.Client
}

// build compiles the program once for all measures.
func build(dir string) (string, error) {
	binary := filepath.Join(dir, "carillon")
	cmd := exec.Command("go", "build", "-o", binary, "carillon")
	cmd.Stderr = os.Stderr
	return binary, cmd.Run()
}

// start runs a server on a database and waits until it is ready.
func start(binary, dir, database string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, "serve")
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(),
		"CARILLON_LISTEN="+address, "CARILLON_DATABASE_URL="+database, "CARILLON_ADMIN_KEY="+adminKey,
		"CARILLON_ENCRYPTION_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "CARILLON_ALLOW_NETWORKS=127.0.0.0/8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, address: address, web: &http.Client{Timeout: 30 * time.Second}}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := s.web.Get("http://" + address + "/readyz")
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return s, nil
		}
	}
	s.stop()
	text, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("the server did not become ready:\n%s", text)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// do runs one operation and gives back its data.
func (s *server) do(query string, variables any, into any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+s.address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+adminKey)
	res, err := s.web.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if strings.Contains(string(answer), `"errors"`) {
		return fmt.Errorf("%s", answer)
	}
	return json.Unmarshal(answer, &struct{ Data any }{into})
}

// route makes a tenant whose every event goes to the URL, and returns its id.
func (s *server) route(url string) (string, error) {
	var tenant struct{ CreateTenant struct{ ID string } }
	if err := s.do(`mutation { createTenant(input: {name: "bench"}) { id } }`, nil, &tenant); err != nil {
		return "", err
	}
	var channel struct{ CreateChannel struct{ ID string } }
	err := s.do(`mutation($t: ID!, $url: String!) { createChannel(input: {tenantId: $t, name: "bench", config: {http: {url: $url}}}) { id } }`,
		map[string]string{"t": tenant.CreateTenant.ID, "url": url}, &channel)
	if err != nil {
		return "", err
	}
	return tenant.CreateTenant.ID, s.do(`mutation($t: ID!, $c: ID!) { createWebhook(input: {tenantId: $t, name: "bench", eventTypes: ["*"], routes: [{channelId: $c}]}) { id } }`,
		map[string]string{"t": tenant.CreateTenant.ID, "c": channel.CreateChannel.ID}, &struct{}{})
}
