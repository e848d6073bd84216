package channels

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"carillon/models"
)

// speak is a server that knows no HTTP: it reads a request's head and answers
// each connection with the raw text of answer, then closes it.
func speak(t *testing.T, answer string) (url string, connections *atomic.Int32) {
	t.Helper()
	connections = new(atomic.Int32)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		connections.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, answer)
	})
	return server.URL, connections
}

func TestAnswersThatAreNoGood(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer, message string
		code            models.AttemptErrorCode
	}{
		"nothing":           {"", "closed the connection before it answered", models.ErrConnect},
		"not HTTP":          {"220 mail.example.com ESMTP\r\n", "is not HTTP", models.ErrConnect},
		"half a head":       {"HTTP/1.1 200 OK\r\nX-Half: ", "closed the connection before it answered", models.ErrConnect},
		"bad status":        {"HTTP/1.1 abc\r\n\r\n", "is not HTTP", models.ErrConnect},
		"bad length":        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "", models.ErrConnect},
		"short body":        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", "answered 200 OK, but closed the connection before its answer ended", models.ErrConnect},
		"broken chunks":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "answered 200 OK, but its answer could not be read", models.ErrConnect},
		"too many headers":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Flood: "+strings.Repeat("a", 1000)+"\r\n", 100) + "\r\n", "more than 64 KiB of headers", models.ErrConnect},
		"another protocol":  {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "101 Switching Protocols", models.ErrRejected},
		"an odd status":     {"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n", "answered 999", models.ErrRejected},
		"short and refused": {"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\npart", "answered 500 Internal Server Error", models.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, connections := speak(t, row.answer)
			_, e := setup(t, url, HTTPConfig{}).fails(t, row.code)
			if e.Class != Temporary || !strings.Contains(e.Message, row.message) {
				t.Errorf("failed with %+v, want %q", e, row.message)
			}
			if n := connections.Load(); n != 1 {
				t.Errorf("the receiver had %d requests, want 1", n)
			}
		})
	}
}

func TestShortBodyIsRecorded(t *testing.T) {
	t.Parallel()
	url, _ := speak(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
	receipt, _ := setup(t, url, HTTPConfig{}).fails(t, models.ErrConnect)
	if *receipt.ResponseCode != 200 || *receipt.ResponseBody != "part" {
		t.Errorf("recorded %d, %q", *receipt.ResponseCode, *receipt.ResponseBody)
	}
}

func TestResetWithinTheBody(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	})
	setup(t, server.URL, HTTPConfig{}).fails(t, models.ErrConnect)
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	receipt, e := setup(t, "http://"+address+"/hook?token=hidden", HTTPConfig{}).fails(t, models.ErrConnect)
	if e.Class != Temporary || e.Message != address+" refused the connection" {
		t.Errorf("failed with %+v", e)
	}
	if receipt.ResponseCode != nil || receipt.ResponseBody != nil || len(receipt.RequestHeaders) == 0 {
		t.Errorf("the receipt is %+v", receipt)
	}
}

func TestTimeoutBeforeAnAnswer(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	b := setup(t, server.URL, HTTPConfig{})
	b.config.Timeout = 50 * time.Millisecond
	if _, e := b.fails(t, models.ErrTimeout); e.Class != Temporary || e.Message != "no answer within 50ms" {
		t.Errorf("failed with %+v", e)
	}
}

func TestTrickleCountsAgainstTheTimeout(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		drop := time.NewTicker(5 * time.Millisecond)
		defer drop.Stop()
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, ".")
			_ = http.NewResponseController(w).Flush()
			<-drop.C
		}
	})
	b := setup(t, server.URL, HTTPConfig{})
	b.config.Timeout = time.Second
	receipt, e := b.fails(t, models.ErrTimeout)
	if e.Message != "the endpoint answered 200 OK, but its answer did not end within 1s" {
		t.Errorf("failed with %+v", e)
	}
	if *receipt.ResponseCode != 200 || !strings.HasPrefix(*receipt.ResponseBody, ".") {
		t.Errorf("recorded %d, %q", *receipt.ResponseCode, *receipt.ResponseBody)
	}
}

func TestStopOfTheServerIsNotAFailure(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 2)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "begun")
			_ = http.NewResponseController(w).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for _, path := range []string{"/head", "/body"} {
		b := setup(t, server.URL+path, HTTPConfig{})
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			<-arrived
			stop()
		}()
		_, err := b.Send(ctx, b.message)
		var classed *Error
		if !canceled(err) || errors.As(err, &classed) {
			t.Errorf("%s: Send returned %v", path, err)
		}
	}
}

func TestDeadlineOfTheCallerIsATimeout(t *testing.T) {
	t.Parallel()
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	b := setup(t, server.URL, HTTPConfig{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.Send(ctx, b.message)
	if e := AsError(err); e.Code != models.ErrTimeout || e.Message != "no answer in time" {
		t.Errorf("Send returned %v", err)
	}
}

func TestHugeAnswerIsCut(t *testing.T) {
	t.Parallel()
	wrote := make(chan int, 1)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		block, total := bytes.Repeat([]byte("é"), 32<<10), 0
		for total < 1<<30 {
			n, err := w.Write(block)
			total += n
			if err != nil {
				break
			}
		}
		wrote <- total
	})
	receipt, err := setup(t, server.URL, HTTPConfig{}).send(t)
	if err != nil {
		t.Fatal(err)
	}
	if body := *receipt.ResponseBody; len(body) != models.MaxResponseBody || !utf8.ValidString(body) {
		t.Errorf("%d bytes are recorded", len(body))
	}
	if n := <-wrote; n > 64<<20 {
		t.Errorf("the endpoint could send %d bytes", n)
	}
}

func TestCompressedBombIsNotInflated(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	_, _ = z.Write(make([]byte, 16<<20))
	_ = z.Close()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	receipt, err := setup(t, server.URL, HTTPConfig{}).send(t)
	if err != nil {
		t.Fatal(err)
	}
	body := *receipt.ResponseBody
	if !strings.HasPrefix(body, "\x1f\ufffd\b\ufffd") || len(body) > models.MaxResponseBody || strings.Contains(body, "\x00") {
		t.Errorf("%d bytes are recorded, beginning with %q", len(body), body[:8])
	}
}

func TestRecordedHeadersAreBounded(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 200 {
			w.Header().Set(fmt.Sprintf("A-%03d", i), "v\xff")
		}
		w.Header().Set("A-Long", strings.Repeat("x", 30_000))
	})
	receipt, err := setup(t, server.URL, HTTPConfig{}).send(t)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(receipt.ResponseHeaders); n != maxKeptHeaders {
		t.Errorf("%d headers are recorded", n)
	}
	for i, h := range receipt.ResponseHeaders {
		if h.Name != fmt.Sprintf("A-%03d", i) || h.Value != "v\ufffd" {
			t.Fatalf("header %d is %+v", i, h)
		}
	}
}
