package e2e

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"carillon/testkit"
)

// TestOutboundProxy: with the setting, messages leave through the proxy.
func TestOutboundProxy(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	var lines sync.WaitGroup
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		mu.Unlock()
		far, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer far.Close()
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer near.Close()
		_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		lines.Go(func() { _, _ = io.Copy(near, far); _ = near.Close() })
		_, _ = io.Copy(far, near)
	}))
	t.Cleanup(func() {
		proxy.Close()
		lines.Wait()
	})
	n := start(t, testkit.SQLite(t), "OUTBOUND_PROXY=http://egress:proxy-word-7d21@"+strings.TrimPrefix(proxy.URL, "http://"), "ALLOW_NETWORKS=127.0.0.1/32")
	w := newWorld(t, n)
	receiver := testkit.NewReceiver(t)
	test := func(url string) attempt {
		attempts, err := w.sendTest(map[string]any{"channelId": w.channelWith(map[string]any{"url": url, "timeout": "20s"}, retries()), "eventType": "a.test", "data": 1})
		if err != nil || len(attempts) != 1 {
			t.Fatalf("%d attempts, %v", len(attempts), err)
		}
		return attempts[0]
	}
	if a := test(receiver.URL); a.Status != "SUCCEEDED" || receiver.Count() != 1 {
		t.Errorf("the attempt is %+v, %+v", a, a.Error)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := "CONNECT " + receiver.Address() + " Basic ZWdyZXNzOnByb3h5LXdvcmQtN2QyMQ=="; len(asked) != 1 || asked[0] != want {
		t.Errorf("the proxy was asked %q, want %q", asked, want)
	}
	if strings.Contains(n.program.Tail(), "proxy-word") {
		t.Error("the log holds the proxy's password")
	}
}
