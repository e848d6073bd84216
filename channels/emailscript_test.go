package channels

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"
)

// What a scripted server does in an answer's stead.
const (
	hang = "hang"
	drop = "drop"
)

// script is a server that does as it is told, which a real one would not.
type script struct {
	address string
	answers map[string]string // by the command's first word, "greeting" and "."; 250 for what is not there
	hello   string            // what EHLO offers
	over    chan struct{}     // closed when the test is over

	mu    sync.Mutex
	heard [][]string // of each connection, without contents
	calls sync.WaitGroup
}

func scripted(t *testing.T, answers map[string]string, offers ...string) *script {
	t.Helper()
	s := &script{answers: answers, hello: "250-mail.example.com", over: make(chan struct{})}
	for _, o := range offers {
		s.hello += "\r\n250-" + o
	}
	s.hello += "\r\n250 HELP"
	l := listen(t)
	s.address = l.Addr().String()
	s.calls.Go(func() {
		for n := 0; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.heard = append(s.heard, nil)
			s.mu.Unlock()
			s.calls.Go(func() { s.serve(n, conn) })
		}
	})
	t.Cleanup(func() {
		close(s.over)
		_ = l.Close()
		s.calls.Wait()
	})
	return s
}

// now changes what it does from here on.
func (s *script) now(answers map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

func (s *script) lines(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n >= len(s.heard) {
		return nil
	}
	return append([]string(nil), s.heard[n]...)
}

func (s *script) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.heard)
}

func (s *script) serve(n int, conn net.Conn) {
	gone := make(chan struct{})
	s.calls.Go(func() {
		select {
		case <-s.over:
		case <-gone:
		}
		_ = conn.Close()
	})
	defer close(gone)
	if !s.answer(conn, n, "greeting", "220 ready") {
		return
	}
	lines := bufio.NewScanner(conn)
	for content := false; lines.Scan(); {
		line := lines.Text()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if content {
			if line != "." {
				continue
			}
			verb = "."
		} else {
			s.mu.Lock()
			s.heard[n] = append(s.heard[n], line)
			s.mu.Unlock()
		}
		usual := "250 fine"
		switch verb {
		case "EHLO":
			usual = s.hello
		case "DATA":
			usual = "354 go on"
		case "AUTH":
			usual = "235 welcome"
		}
		content = verb == "DATA" && strings.HasPrefix(s.told(n, verb, usual), "354")
		if !s.answer(conn, n, verb, usual) {
			return
		}
	}
}

// told is the answer to a command; one for a connection or a whole line goes before.
func (s *script) told(n int, verb, usual string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := s.answers[string(rune('0'+n))+verb]; ok {
		return text
	}
	if text, ok := s.answers[verb]; ok {
		return text
	}
	if text, ok := s.answers["*"]; ok && usual == "250 fine" {
		return text
	}
	return usual
}

func (s *script) answer(conn net.Conn, n int, verb, usual string) bool {
	text := s.told(n, verb, usual)
	switch text {
	case hang:
		<-s.over
		return false
	case drop:
		return false
	}
	text, last := strings.CutSuffix(text, "!drop")
	text, silent := strings.CutSuffix(text, "!hang")
	_, err := conn.Write([]byte(text + "\r\n"))
	if silent {
		<-s.over
	}
	return err == nil && !last && !silent
}
