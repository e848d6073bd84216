package channels

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
)

const proxyLogin = "egress:hidden-proxy-word"

// testProxy is a real proxy: it asks for a login and connects wherever it is
// told to, by CONNECT and by SOCKS5. Names lead to loopback.
type testProxy struct {
	address string
	answer  string // to CONNECT, in place of a connection
	mu      sync.Mutex
	asked   []string
	lines   sync.WaitGroup
}

func startProxy(t *testing.T, answer string) *testProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &testProxy{address: listener.Addr().String(), answer: answer}
	p.lines.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.lines.Go(func() {
				defer conn.Close()
				defer closeWithTest(t, conn)()
				p.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.lines.Wait()
	})
	return p
}

// closeWithTest closes a connection when the test is over.
func closeWithTest(t *testing.T, conn net.Conn) (release func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-t.Context().Done():
			_ = conn.Close()
		case <-done:
		}
	}()
	return func() { close(done) }
}

func (p *testProxy) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	first, err := in.Peek(1)
	if err != nil {
		return
	}
	if first[0] == 5 {
		p.socks(conn, in)
		return
	}
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	p.note(r.Method + " " + r.RequestURI)
	switch login := r.Header.Get("Proxy-Authorization"); {
	case p.answer != "":
		_, _ = io.WriteString(conn, p.answer)
		_, _ = io.Copy(io.Discard, in)
	case login != "Basic "+base64.StdEncoding.EncodeToString([]byte(proxyLogin)):
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
	default:
		p.connect(conn, in, r.RequestURI, "HTTP/1.1 200 Connection established\r\n\r\n")
	}
}

// socks takes one CONNECT of SOCKS5, with a user and a password.
func (p *testProxy) socks(conn net.Conn, in *bufio.Reader) {
	read := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(in, b)
		return b
	}
	read(int(read(2)[1]))
	_, _ = conn.Write([]byte{5, 2})
	user := read(int(read(2)[1]))
	password := read(int(read(1)[0]))
	if string(user)+":"+string(password) != proxyLogin {
		_, _ = conn.Write([]byte{1, 1})
		return
	}
	_, _ = conn.Write([]byte{1, 0})
	head := read(4)
	var host string
	if head[3] == 3 {
		host = string(read(int(read(1)[0])))
	} else {
		host = net.IP(read(4)).String()
	}
	target := net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(read(2)))))
	p.note("SOCKS " + target)
	p.connect(conn, in, target, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
}

func (p *testProxy) connect(conn net.Conn, in io.Reader, target, yes string) {
	_, port, _ := net.SplitHostPort(target)
	far, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return
	}
	defer far.Close()
	_, _ = io.WriteString(conn, yes)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(conn, far)
		_ = conn.Close()
	})
	_, _ = io.Copy(far, in)
	_ = far.Close()
	back.Wait()
}

func (p *testProxy) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

// heard takes what was asked since the last call.
func (p *testProxy) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// by is the setting for this proxy.
func by(t *testing.T, setting string) *Proxy {
	t.Helper()
	p, err := ParseProxy(setting)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func portOf(url string) string { return url[strings.LastIndexByte(url, ':')+1:] }

// toLoopback is a name server that knows every name of the domain test, and example.com.
func toLoopback(t *testing.T) *net.Resolver {
	return answerNames(t, func(name string) []string {
		if strings.HasSuffix(name, ".test") || name == "example.com" {
			return []string{"127.0.0.1"}
		}
		return nil
	})
}

func TestProxyCarriesHTTP(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Proto+" "+r.Host+" "+string(body))
	}
	plain := serve(t, echo)
	safe, pool := serveTLS(t, echo, nil)
	proxy := startProxy(t, "")
	for scheme, verb := range map[string]string{"http": "CONNECT ", "socks5": "SOCKS "} {
		adapter := HTTPConfig{Resolver: toLoopback(t), RootCAs: pool, Proxy: by(t, scheme+"://"+proxyLogin+"@"+proxy.address)}
		for _, row := range []struct{ url, protocol string }{
			{"http://hook.test:" + portOf(plain.URL), "HTTP/1.1"}, {"https://example.com:" + portOf(safe.URL), "HTTP/2.0"}, {"http://127.0.0.1:" + portOf(plain.URL), "HTTP/1.1"},
		} {
			b := setup(t, row.url, adapter)
			host := row.url[strings.LastIndexByte(row.url, '/')+1:]
			for range 2 {
				receipt, err := b.send(t)
				if err != nil {
					t.Fatal(err)
				}
				if want := row.protocol + " " + host + ` {"test":1}`; *receipt.ResponseBody != want {
					t.Errorf("the answer is %q, want %q", *receipt.ResponseBody, want)
				}
				for _, h := range receipt.RequestHeaders {
					if strings.Contains(h.Name, "Proxy") {
						t.Errorf("the record has %+v", h)
					}
				}
			}
			if got := proxy.heard(); !slices.Equal(got, []string{verb + host}) {
				t.Errorf("the proxy heard %q", got)
			}
			b.Close()
		}
	}
}

// What may not be reached is refused before the proxy hears of it.
func TestProxyHearsNothingOfRefusedAddresses(t *testing.T) {
	t.Parallel()
	proxy := startProxy(t, "")
	resolver := answerNames(t, func(name string) []string {
		switch name {
		case "private.test":
			return []string{"10.1.2.3"}
		case "mixed.test":
			return []string{"93.184.216.34", "192.168.0.1"}
		case "metadata.google.internal":
			return []string{"169.254.169.254"}
		}
		return nil
	})
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254", "[64:ff9b::7f00:1]", "localhost", "private.test", "mixed.test", "metadata.google.internal", "127。0。0。1"} {
		b := setup(t, "http://"+host+":80/", HTTPConfig{Guard: NewGuard(nil), Resolver: resolver, Proxy: by(t, "http://"+proxyLogin+"@"+proxy.address)})
		if _, e := b.fails(t, models.ErrBlockedAddress); e.Class != Permanent || !strings.Contains(e.Message, AllowSetting) {
			t.Errorf("%s: %+v", host, e)
		}
	}
	for _, host := range []string{"unknown.test", "127.1", "0x7f.1", "2130706433", "017700000001"} {
		b := setup(t, "http://"+host+":80/", HTTPConfig{Guard: NewGuard(nil), Resolver: resolver, Proxy: by(t, "socks5://"+proxyLogin+"@"+proxy.address)})
		if _, err := b.send(t); err == nil || !slices.Contains([]models.AttemptErrorCode{models.ErrDNS, models.ErrBlockedAddress}, AsError(err).Code) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if got := proxy.heard(); len(got) > 0 {
		t.Errorf("the proxy heard %q", got)
	}
}

func TestProxyFailures(t *testing.T) {
	t.Parallel()
	silent := startProxy(t, " ")
	for name, row := range map[string]struct{ setting, answer, message string }{
		"refuses":         {proxyLogin + "@", "HTTP/1.1 403 Forbidden\r\n\r\nhidden", "the outbound proxy answered 403 Forbidden to CONNECT hook.test:80"},
		"another login":   {"egress:hidden-other@", "", "the outbound proxy asks for a user and password, or refuses those in CARILLON_OUTBOUND_PROXY"},
		"no login":        {"", "", "the outbound proxy asks for a user and password, or refuses those in CARILLON_OUTBOUND_PROXY"},
		"not HTTP":        {"", "220 mail.test ESMTP hidden\r\n", "the outbound proxy does not answer as an HTTP proxy"},
		"endless headers": {"", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Hidden: hidden\r\n", 8000), "the outbound proxy does not answer as an HTTP proxy"},
		"speaks first":    {"", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhidden", "the outbound proxy sent more than its answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := startProxy(t, row.answer)
			b := setup(t, "http://hook.test/", HTTPConfig{Resolver: toLoopback(t), Proxy: by(t, "http://"+row.setting+proxy.address)})
			receipt, e := b.fails(t, models.ErrConnect)
			if e.Class != Temporary || e.Message != row.message || strings.Contains(shown(t, receipt, e), "hidden") {
				t.Errorf("failed with %+v", e)
			}
		})
	}
	for scheme, message := range map[string]string{"http": "the outbound proxy cannot be reached", "socks5": "the outbound proxy did not connect to hook.test:80"} {
		b := setup(t, "http://hook.test/", HTTPConfig{Resolver: toLoopback(t), Proxy: by(t, scheme+"://127.0.0.1:1")})
		if _, e := b.fails(t, models.ErrConnect); e.Message != message {
			t.Errorf("failed with %+v", e)
		}
	}
	b := setup(t, "http://hook.test/", HTTPConfig{Resolver: toLoopback(t), Proxy: by(t, "http://"+silent.address)})
	b.config.Timeout = 50 * time.Millisecond
	if _, e := b.fails(t, models.ErrTimeout); e.Class != Temporary {
		t.Errorf("failed with %+v", e)
	}
}

func TestProxyCarriesSlackAndTwilio(t *testing.T) {
	t.Parallel()
	proxy := startProxy(t, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
	way := by(t, "http://"+proxy.address)
	resolver := answerNames(t, func(string) []string { return []string{"93.184.216.34"} })
	slack := NewSlack(SlackOptions{Resolver: resolver, Proxy: way})
	t.Cleanup(slack.Close)
	hook := &models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: models.NewSecret("https://hooks.slack.com" + slackPath)}
	for _, config := range []*models.SlackConfig{hook, slackBot()} {
		_, err := slack.Send(t.Context(), slackMessage(config, `{"text":"hi"}`))
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Message, "the outbound proxy answered 502") {
			t.Errorf("Slack: %v", err)
		}
	}
	b := setupSMS(t, "", func(o *SMSOptions) { o.Resolver, o.Proxy = resolver, way })
	if _, err := b.Send(t.Context(), b.message); !strings.Contains(AsError(err).Message, "the outbound proxy answered 502") {
		t.Errorf("Twilio: %v", err)
	}
	if got := proxy.heard(); !slices.Equal(got, []string{"CONNECT hooks.slack.com:443", "CONNECT slack.com:443", "CONNECT api.twilio.com:443"}) {
		t.Errorf("the proxy heard %q", got)
	}
	// What the operator put in Slack's place is reached directly.
	own := serve(t, says(200, "ok"))
	named := NewSlack(SlackOptions{API: own.URL, Proxy: way})
	t.Cleanup(named.Close)
	w := &slackWorld{Slack: named, url: own.URL}
	if _, err := named.Send(t.Context(), slackMessage(w.webhook(), `{"text":"hi"}`)); err != nil || len(proxy.heard()) > 0 {
		t.Errorf("%v, and the proxy heard of it", err)
	}
}

func TestParseProxy(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://proxy:3128", "http://u:p@proxy.example.com:3128/", "http://token@10.0.0.1:80", "socks5://[::1]:1080", "socks5://u:p%40ss@proxy:1080"} {
		if _, err := ParseProxy(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "proxy:3128", "https://proxy:3128", "socks4://proxy:1", "http://hidden", "http://proxy:0", "http://]:1", "http://a'b:1", "http://127.1:1", "http://proxy:99999", "http://proxy:1/hidden",
		"http://proxy:1?hidden", "http://:hidden@proxy:1", "http://a%3Ab:hidden@proxy:1", "http://a:hidden%0d%0a@proxy:1", "socks5://hidden@proxy:1", "http://%zz:hidden@proxy:1"} {
		if _, err := ParseProxy(bad); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
