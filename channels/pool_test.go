package channels

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"carillon/models"
)

// TestConnectionsAreKept opens eight connections at once; from then on there
// always is an idle one for eight senders.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	const senders, sends = 8, 1000
	var opened, requests atomic.Int32
	var all sync.WaitGroup
	all.Add(senders)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) <= senders {
			all.Done()
			all.Wait()
		}
		_, _ = w.Write(make([]byte, 40<<10)) // more than is recorded, so that the rest must be read
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	b := setup(t, server.URL, HTTPConfig{})
	burst := func(each int) {
		var done sync.WaitGroup
		for range senders {
			done.Go(func() {
				for range each {
					if _, err := b.send(t); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		done.Wait()
	}
	burst(1)
	burst(sends / senders)
	if n := opened.Load(); n != senders {
		t.Errorf("%d connections were opened for %d messages", n, requests.Load())
	}
}

// TestKeptConnectionThatIsClosedAgain closes a kept connection just as the next
// message comes in over it, as a receiver does whose idle time is over.
func TestKeptConnectionThatIsClosedAgain(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(served.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			served.Go(func() { answerOnce(conn) })
		}
	})
	b := setup(t, "http://"+listener.Addr().String(), HTTPConfig{})
	for range 5 {
		if receipt, err := b.send(t); err != nil || *receipt.ResponseBody != "ok" {
			t.Fatalf("Send returned %v", err)
		}
	}
}

// answerOnce answers a connection's first request, and closes it on the second.
func answerOnce(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for i := range 2 {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		if i == 0 {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}
}

func TestCacheOfEndpointsIsBounded(t *testing.T) {
	t.Parallel()
	cache := newPrepared(func(c *models.HttpConfig) (*endpoint, error) { return newEndpoint(c, "Carillon") })
	hot := &models.HttpConfig{URL: "http://127.0.0.1", Method: models.MethodPost}
	first, err := cache.of(hot)
	if err != nil {
		t.Fatal(err)
	}
	others := make([]*models.HttpConfig, 3*maxPrepared) // which live, or they would go by themselves
	for i := range others {
		others[i] = &models.HttpConfig{URL: "http://127.0.0.1", Method: models.MethodPost}
		if _, err := cache.of(others[i]); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			if again, err := cache.of(hot); err != nil || again != first {
				t.Fatal("what is in use was made anew")
			}
		}
	}
	if n := count(cache); n > 2*maxPrepared || n < maxPrepared {
		t.Errorf("the cache holds %d", n)
	}
	runtime.KeepAlive(others)
}
