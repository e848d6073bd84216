package channels

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// FuzzSMTP: whatever a server says, the try ends, in what can be stored and shown, and
// nothing counts as handed over but what the server took.
func FuzzSMTP(f *testing.F) {
	for _, seed := range []string{
		"220 ready\r\n250-mail.example.com\r\n250-PIPELINING\r\n250 SIZE 1000\r\n250 from\r\n250 to\r\n354 go on\r\n250 2.0.0 queued as 7\r\n",
		"220 ready\r\n250 mail\r\n250 from\r\n550 5.1.1 nobody\r\n", "220 ready\r\n500 EHLO\r\n250 HELO\r\n250 a\r\n452 4.2.2 full\r\n",
		"421 4.3.2 busy\r\n", "220-a\r\n220 b\r\n250-AUTH PLAIN\r\n250-STARTTLS\r\n250 8BITMIME\r\n530 5.7.0 log in\r\n", "HTTP/1.1 400 Bad\r\n\r\n", "220\r\n25",
		"220 a\r\n250 b\r\n250 \x1b[2J\xff\x00\r\n\r\n250 c\r\n354\r\n999 d\r\n",
	} {
		f.Add(seed)
	}
	// One for all: where each had its own, the system had no port left after a minute.
	l := listen(f)
	f.Cleanup(func() { _ = l.Close() })
	f.Fuzz(func(t *testing.T, said string) {
		if err := l.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		calls.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				calls.Go(func() { recite(conn, said) })
			}
		})
		defer calls.Wait()
		defer func() { _ = l.SetDeadline(time.Now()) }()
		p := poster(t, l.Addr().String(), EmailOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		receipt, err := p.Send(ctx, p.message)
		p.Close()
		if ctx.Err() != nil {
			t.Fatalf("%q is waited for in vain", said)
		}
		if err == nil {
			if !strings.Contains(said, "354") || strings.Count(said, "2") < 5 {
				t.Fatalf("%q takes a message: %+v", said, receipt)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Code == "" || e.Message == "" {
			t.Fatalf("%q: %v", said, err)
		}
		if len(e.Message) > 2000 || !utf8.ValidString(e.Message) || strings.ContainsFunc(e.Message, unicode.IsControl) {
			t.Fatalf("%q is told as %q", said, e.Message)
		}
	})
}

// recite says it all at once, and hears the client out.
func recite(conn net.Conn, said string) {
	defer conn.Close()
	if _, err := io.WriteString(conn, said); err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, conn)
}
