package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carillon/channels"
	"carillon/models"
)

// emailSenders send at once.
const emailSenders = 64

// email measures the adapter alone: messages of 1 KB as text and as HTML to an
// SMTP server that takes all at once, beside a loop that writes the same bytes.
func email(ctx context.Context, s *site) error {
	for _, offer := range []string{"PIPELINING", "8BITMIME"} {
		if err := s.emails(ctx, offer); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) emails(ctx context.Context, offer string) error {
	sink, err := openSink(offer)
	if err != nil {
		return err
	}
	defer sink.close()
	adapter, err := channels.NewEmail(channels.EmailOptions{Guard: channels.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})})
	if err != nil {
		return err
	}
	defer adapter.Close()
	channel := &models.Channel{Kind: models.KindEmail, Config: &models.EmailConfig{
		SmtpServer: sink.address(), TLS: models.TLSNone, From: "Bench <bench@example.com>", To: []string{"ada@example.com"}}}
	content := models.Content{Subject: "A message to measure with", Text: strings.Repeat("Fifty characters of text, and a line break behind.\n", 20),
		HTML: strings.Repeat("<p>Fifty characters of HTML with a line break.</p>\n", 20)}
	send := func(n int64) error {
		_, err := adapter.Send(ctx, channels.Message{Channel: channel, Key: fmt.Sprintf("dlv_%020d", n), Begun: time.Now(), Time: time.Now(), Content: content})
		return err
	}
	if _, err := bySenders(2000, send); err != nil { // warms up
		return err
	}
	letter := sink.last()
	n := int64(15_000 * s.seconds)
	if s.profile != "" {
		f, err := os.Create(filepath.Join(s.profile, "email.pprof"))
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
	}
	rate, err := bySenders(n, send)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	bare, err := bareEmail(sink.address(), letter, n, offer == "PIPELINING")
	if err != nil {
		return fmt.Errorf("bare SMTP: %w", err)
	}
	s.report.add(figure{
		measure: "emails, " + strings.ToLower(offer), got: perSecond(rate), reach: "3000/s and more", reached: rate >= 3000,
		reference: "bare SMTP " + perSecond(bare), with: fmt.Sprintf("%d senders, %d bytes each", emailSenders, len(letter)),
	})
	return nil
}

// bySenders does so many things by all senders, and returns how many a second.
func bySenders(n int64, do func(n int64) error) (float64, error) {
	var (
		next   atomic.Int64
		failed atomic.Value
		all    sync.WaitGroup
	)
	begin := time.Now()
	for range emailSenders {
		all.Go(func() {
			for i := next.Add(1); i <= n && failed.Load() == nil; i = next.Add(1) {
				if err := do(i); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	all.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

// bareEmail is the limit: the same letter and the same dialogue, over kept
// connections, with nothing around it.
func bareEmail(address string, letter []byte, n int64, piped bool) (float64, error) {
	lines := make(chan *bufio.ReadWriter, emailSenders)
	for range emailSenders {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		rw := bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
		if err := say(rw, nil, 1); err != nil {
			return 0, err
		}
		if err := say(rw, []byte("EHLO bench\r\n"), 3); err != nil {
			return 0, err
		}
		lines <- rw
	}
	envelope := []string{"MAIL FROM:<bench@example.com>\r\n", "RCPT TO:<ada@example.com>\r\n", "DATA\r\n"}
	if piped {
		envelope = []string{strings.Join(envelope, "")}
	}
	whole := append(bytes.Clone(letter), ".\r\n"...)
	return bySenders(n, func(int64) error {
		rw := <-lines
		defer func() { lines <- rw }()
		for _, part := range envelope {
			if err := say(rw, []byte(part), 3/len(envelope)); err != nil {
				return err
			}
		}
		return say(rw, whole, 1)
	})
}

// say writes, and reads so many lines.
func say(rw *bufio.ReadWriter, text []byte, lines int) error {
	if _, err := rw.Write(text); err != nil {
		return err
	}
	if err := rw.Flush(); err != nil {
		return err
	}
	for range lines {
		if _, err := rw.ReadSlice('\n'); err != nil {
			return err
		}
	}
	return nil
}

// sink is an SMTP server that takes everything and keeps the last letter.
type sink struct {
	net.Listener
	offer string
	seen  atomic.Pointer[[]byte]
	mu    sync.Mutex
	open  []net.Conn
}

func openSink(offer string) (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{Listener: l, offer: offer}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, conn)
			s.mu.Unlock()
			go s.serve(conn)
		}
	}()
	return s, nil
}

func (s *sink) address() string { return s.Addr().String() }

func (s *sink) last() []byte { return *s.seen.Load() }

func (s *sink) close() {
	_ = s.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.open {
		_ = conn.Close()
	}
}

func (s *sink) serve(conn net.Conn) {
	defer conn.Close()
	r, w := bufio.NewReader(conn), bufio.NewWriter(conn)
	_, _ = w.WriteString("220 sink\r\n")
	for {
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return
			}
		}
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case bytes.HasPrefix(line, []byte("EHLO")):
			_, _ = fmt.Fprintf(w, "250-sink\r\n250-%s\r\n250 SIZE\r\n", s.offer)
		case bytes.HasPrefix(line, []byte("DATA")):
			_, _ = w.WriteString("354 go on\r\n")
			if err := w.Flush(); err != nil {
				return
			}
			if err := s.letter(r); err != nil {
				return
			}
			_, _ = w.WriteString("250 taken\r\n")
		default:
			_, _ = w.WriteString("250 fine\r\n")
		}
	}
}

func (s *sink) letter(r *bufio.Reader) error {
	keep := s.seen.Load() == nil
	var letter []byte
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if string(line) == ".\r\n" {
			if keep {
				s.seen.Store(&letter)
			}
			return nil
		}
		if keep {
			letter = append(letter, line...)
		}
	}
}
