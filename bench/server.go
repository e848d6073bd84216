package main

import (
	"bufio"
	"bytes"
	"context"
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
	log     string // a file
	seam    string // the socket for profiles, where it was built with one
	web     *http.Client
}

// build compiles the program once for all measures, on request the one with
// the seam for profiles.
func build(ctx context.Context, dir string, profiled bool) (string, error) {
	binary, program := filepath.Join(dir, "carillon"), "carillon"
	if profiled {
		program = "carillon/bench/profiled"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, program)
	cmd.Stderr = os.Stderr
	return binary, cmd.Run()
}

// start runs a server on a database, with more settings on request, and waits until
// it is ready.
func start(binary, dir, database string, more ...string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(dir, "server-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s := &server{address: address, log: log.Name(), seam: log.Name() + ".socket", web: &http.Client{Timeout: 30 * time.Second}}
	cmd := exec.Command(binary, "serve")
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(),
		"CARILLON_LISTEN="+address, "CARILLON_DATABASE_URL="+database, "CARILLON_ADMIN_KEY="+adminKey,
		"CARILLON_ENCRYPTION_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "CARILLON_ALLOW_NETWORKS=127.0.0.0/8",
		"BENCH_PROFILE_SOCKET="+s.seam)
	cmd.Env = append(cmd.Env, more...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.cmd = cmd
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
	text, _ := os.ReadFile(s.log)
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

// stop drains the server; it may be called twice.
func (s *server) stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// complaints is a line of each kind of warning and error in the log, attempts apart.
func (s *server) complaints() (lines []string) {
	f, err := os.Open(s.log)
	if err != nil {
		return []string{err.Error()}
	}
	defer f.Close()
	first, count := map[string]string{}, map[string]int{}
	for in := bufio.NewScanner(f); in.Scan(); {
		line := in.Text()
		_, rest, ok := strings.Cut(line, " msg=")
		if !ok || !strings.Contains(line, "level=WARN") && !strings.Contains(line, "level=ERROR") || strings.HasPrefix(rest, "attempt ") {
			continue
		}
		kind, _, _ := strings.Cut(rest, "=")
		if count[kind]++; count[kind] == 1 {
			first[kind] = line
		}
	}
	for kind, line := range first {
		lines = append(lines, fmt.Sprintf("%d times: %.300s", count[kind], line))
	}
	return lines
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
