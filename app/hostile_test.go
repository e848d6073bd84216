package app

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// besieged is a server as the program sets it up, and clients that mean no good.
type besieged struct {
	*testing.T
	app *App
}

func besiege(t *testing.T, cfg Config) *besieged {
	t.Helper()
	cfg.DatabaseURL = testkit.SQLite(t)
	return &besieged{t, boot(t, cfg)}
}

// dial opens a connection and sends a text. It ends with the test.
func (b *besieged) dial(text string) net.Conn {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", b.app.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, text) // the server may have closed it already
	return conn
}

// serves makes sure that others are served meanwhile.
func (b *besieged) serves() {
	b.Helper()
	if err := ask(b.T, b.app.URL(), testAdmin, "{ viewer { scopes } }", nil); err != nil {
		b.Errorf("others are not served: %v", err)
	}
}

func head(extra ...string) string {
	return "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + strings.Join(extra, "")
}

// TestGarbageIsRefused: what is no HTTP, or not quite, is answered with 400 or
// with the end of the connection.
func TestGarbageIsRefused(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{})
	for name, text := range map[string]string{
		"noise":                       "\x00\xff\x13\x37\r\n\r\n",
		"words":                       "hello?\r\n\r\n",
		"TLS":                         "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on\r\n\r\n",
		"HTTP/2":                      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00",
		"HTTP/9":                      "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
		"no host":                     "GET /graphql HTTP/1.1\r\n\r\n",
		"two hosts":                   "GET /graphql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"a header without a name":     "GET /graphql HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
		"a space in a header's name":  "GET /graphql HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n",
		"NUL in a header":             "GET /graphql HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
		"two lengths":                 head("Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}}}"),
		"a negative length":           head("Content-Length: -1\r\n\r\n{}"),
		"a length of words":           head("Content-Length: many\r\n\r\n{}"),
		"an unknown transfer":         head("Transfer-Encoding: gzip\r\n\r\n{}"),
		"chunks that are none":        head("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
		"chunks of enormous size":     head("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
		"a line folded":               "GET /graphql HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
		"an address that is none":     "GET http://%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"a WebSocket without its key": "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
	} {
		answer, err := http.ReadResponse(bufio.NewReader(b.dial(text)), nil)
		if err != nil {
			continue // it was closed
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode < 400 || answer.StatusCode >= 500 && answer.StatusCode != http.StatusNotImplemented && answer.StatusCode != http.StatusHTTPVersionNotSupported {
			t.Errorf("%s: %d", name, answer.StatusCode)
		}
	}
	b.serves()
}

// ended reads until the server closes the connection, and gives what it said.
func (b *besieged) ended(conn net.Conn) string {
	b.Helper()
	said, err := io.ReadAll(conn)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // it is not wrapped
		b.Errorf("the connection is still open; it said %q", said)
	}
	return string(said)
}

// TestSlowAndEndlessHeaders: whoever does not finish a request's headers is cut
// off, however slowly or fast it goes on sending.
func TestSlowAndEndlessHeaders(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{})
	silent, half, slow := b.dial(""), b.dial("POST /graphql HTTP/1.1\r\nHo"), b.dial("GET / HTTP/1.1\r\nHost: x\r\nX: ")
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-stop:
				return
			}
			if _, err := slow.Write([]byte("x")); err != nil {
				return
			}
		}
	}()
	endless := b.dial("GET / HTTP/1.1\r\nHost: x\r\n")
	sent := 0
	for line := "X-More: " + strings.Repeat("x", 1000) + "\r\n"; sent < 64<<20; sent += len(line) {
		if _, err := io.WriteString(endless, line); err != nil {
			break
		}
	}
	if sent >= 64<<20 {
		t.Error("headers have no end")
	}
	many := b.dial("GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: y\r\n", 20_000) + "\r\n")
	if answer, err := http.ReadResponse(bufio.NewReader(many), nil); err == nil && answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("too many headers: %d", answer.StatusCode)
	}
	b.serves()
	for _, conn := range []net.Conn{silent, half, slow} {
		if said := b.ended(conn); strings.Contains(said, " 200 ") {
			t.Errorf("it was served: %q", said)
		}
	}
}

// refusedByHead is a request whose body does not come.
type refusedByHead struct {
	name, text string
	status     int
}

// TestBodiesThatAreNotRead: what is refused by its head alone is refused before
// the body comes; what is unpacked, or longer than allowed, is not read.
func TestBodiesThatAreNotRead(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{})
	var all sync.WaitGroup
	defer all.Wait()
	wrong, right := "Authorization: Bearer wrong\r\n", "Authorization: Bearer "+testAdmin.Reveal()+"\r\n"
	for _, row := range []refusedByHead{
		{"half a body, wrong key", head(wrong, "Content-Length: 1000\r\n\r\n{"), 401},
		{"no body, wrong key", head(wrong, "Content-Length: 1000\r\n\r\n"), 401},
		{"a body announced, wrong key", head(wrong, "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"), 401},
		{"a large body, no key", head("Content-Length: 1000000\r\n\r\n{"), 401},
		{"a huge body", head(right, "Content-Length: 10000000000\r\n\r\n{"), 413},
		{"a compressed body", head(right, "Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n\x1f\x8b"), 415},
		{"a body packed twice", head(right, "Content-Encoding: gzip, gzip\r\nContent-Length: 1000\r\n\r\n\x1f\x8b"), 415},
		{"a body packed with br", head(right, "Content-Encoding: br\r\nContent-Length: 1000\r\n\r\n"), 415},
		{"a form", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b", 415},
	} {
		all.Go(func() {
			answer, err := http.ReadResponse(bufio.NewReader(b.dial(row.text)), nil)
			if err != nil || answer.StatusCode != row.status {
				t.Errorf("%s: %v %+v, want %d", row.name, err, answer, row.status)
			}
		})
	}
	endless := b.dial(head("Transfer-Encoding: chunked\r\n\r\n"))
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 32<<10, strings.Repeat(" ", 32<<10))
	sent := 0
	for ; sent < 64<<20; sent += len(chunk) {
		if _, err := io.WriteString(endless, chunk); err != nil {
			break
		}
	}
	if sent >= 64<<20 {
		t.Error("an endless body without a key is read on and on")
	}
	b.serves()
}

// TestHostileDocuments: each is refused with a code, soon, and costs the next
// client nothing.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{})
	nested := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	query := func(q string) string {
		text, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		return `{"query":` + string(text) + `}`
	}
	var aliases, chain strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&aliases, "a%d: viewer { scopes } ", i)
	}
	for i := range 5000 {
		fmt.Fprintf(&chain, "fragment F%d on Viewer { ...F%d } ", i, i+1)
	}
	const publish = `mutation($d: JSON!) { publishEvent(input: {tenantId: \"tnt_01jd5x3v9kfm8tqz2y4r6w7abc\", type: \"a\", data: $d}) { id } }`
	most := 10 * time.Second
	if testkit.Racing {
		most *= 6
	}
	for _, row := range []struct {
		name, body string
		codes      string
	}{
		{"an array 100,000 deep", nested("[", "]", 100_000), "BAD_USER_INPUT"},
		{"an object 100,000 deep", strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), "BAD_USER_INPUT"},
		{"variables 100,000 deep", `{"query":"` + publish + `","variables":{"d":` + nested("[", "]", 100_000) + `}}`, "BAD_USER_INPUT"},
		{"extensions 100,000 deep", `{"query":"{__typename}","extensions":{"d":` + nested("[", "]", 100_000) + `}}`, "BAD_USER_INPUT"},
		{"data 20,000 deep", `{"query":"` + publish + `","variables":{"d":` + nested("[", "]", 20_000) + `}}`, "BAD_USER_INPUT"},
		{"10,000 aliases", query("{ " + aliases.String() + "}"), "QUERY_TOO_COMPLEX"},
		{"a selection 10,000 deep", query("{ " + nested("viewer { ", "} ", 3000) + "}"), "QUERY_TOO_COMPLEX BAD_USER_INPUT"},
		{"a literal 10,000 deep", query(`mutation { publishEvent(input: {type: "a", data: ` + nested("[", "]", 7000) + `}) { id } }`), "QUERY_TOO_COMPLEX BAD_USER_INPUT"},
		{"a chain of fragments", query("{ viewer { ...F0 } } " + chain.String()), "QUERY_TOO_COMPLEX BAD_USER_INPUT"},
		{"a circle of fragments", query("{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }"), "BAD_USER_INPUT"},
		{"a fragment of itself", query("{ viewer { ...A } } fragment A on Viewer { ...A }"), "BAD_USER_INPUT"},
		{"variables of types 10,000 deep", query("query($v: " + nested("[", "]", 7000) + ") { viewer { scopes } }"), "QUERY_TOO_COMPLEX BAD_USER_INPUT"},
		{"10,000 directives", query("{ viewer " + strings.Repeat("@skip(if: false) ", 10_000) + "{ scopes } }"), "QUERY_TOO_COMPLEX BAD_USER_INPUT"},
		{"10,000 operations", query(strings.Repeat("{ viewer { scopes } } ", 10_000)), "QUERY_TOO_COMPLEX BAD_USER_INPUT"},
		{"a string of 8 MiB", query(`{ event(id: "` + strings.Repeat("x", 8<<20) + `") { id } }`), "BAD_USER_INPUT QUERY_TOO_COMPLEX"},
		{"a name of 8 MiB", query(`{ ` + strings.Repeat("x", 8<<20) + ` }`), "BAD_USER_INPUT QUERY_TOO_COMPLEX"},
		{"an operation's name of 8 MiB", `{"query":"query a { __typename } query b { __typename }","operationName":"` + strings.Repeat("x", 8<<20) + `"}`, "BAD_USER_INPUT"},
		{"an input field of 8 MiB", `{"query":"mutation($i: PublishEventInput!) { publishEvent(input: $i) { id } }","variables":{"i":{"` + strings.Repeat("x", 8<<20) + `":1}}}`, "BAD_USER_INPUT"},
		{"an enum of 8 MiB", `{"query":"mutation($s: [Scope!]!) { createApiKey(input: {name: \"a\", scopes: $s}) { secret } }","variables":{"s":["` + strings.Repeat("x", 8<<20) + `"]}}`, "BAD_USER_INPUT"},
		{"a time of 8 MiB", `{"query":"mutation($t: Time) { createApiKey(input: {name: \"a\", scopes: [READ], expiresAt: $t}) { secret } }","variables":{"t":"` + strings.Repeat("x", 8<<20) + `"}}`, "BAD_USER_INPUT"},
		{"an id of 8 MiB", `{"query":"query($i: ID!) { event(id: $i) { id } }","variables":{"i":"` + strings.Repeat("x", 8<<20) + `"}}`, "BAD_USER_INPUT NOT_FOUND"},
		{"a number of 8 MiB", `{"query":"query($n: Int) { events(first: $n) { nodes { id } } }","variables":{"n":` + strings.Repeat("9", 8<<20) + `}}`, "BAD_USER_INPUT"},
		{"a literal enum of 8 MiB", query(`mutation { createApiKey(input: {name: "a", scopes: ["` + strings.Repeat("x", 8<<20) + `"]}) { secret } }`), "BAD_USER_INPUT"},
		{"a literal number of 8 MiB", query(`{ events(first: ` + strings.Repeat("9", 8<<20) + `) { nodes { id } } }`), "BAD_USER_INPUT"},
		{"a variable of 20 MiB", `{"query":"` + publish + `","variables":{"d":"` + strings.Repeat("x", 20<<20) + `"}}`, "PAYLOAD_TOO_LARGE"},
		{"a number of 1,000,000 digits", `{"query":"` + publish + `","variables":{"d":` + strings.Repeat("9", 1_000_000) + `}}`, "PAYLOAD_TOO_LARGE BAD_USER_INPUT"},
		{"a body of 33 MiB", query(strings.Repeat(" ", 33<<20)), "PAYLOAD_TOO_LARGE"},
		{"a batch", `[` + strings.TrimSuffix(strings.Repeat(`{"query":"{__typename}"},`, 1000), ",") + `]`, "BAD_USER_INPUT"},
	} {
		began := time.Now()
		_, text, err := testkit.NewClient(t, b.app.URL(), testAdmin.Reveal()).Post(t.Context(), []byte(row.body))
		var answer struct {
			Errors testkit.Errors
		}
		if err == nil {
			err = json.Unmarshal(text, &answer)
		}
		if err != nil || len(answer.Errors) == 0 || !strings.Contains(row.codes, answer.Errors[0].Extensions.Code) {
			t.Errorf("%s: %v %.200s", row.name, err, text)
		}
		if len(text) > 64<<10 {
			t.Errorf("%s: the answer has %d bytes", row.name, len(text))
		}
		if took := time.Since(began); took > most { // a noisy machine takes one second
			t.Errorf("%s: took %s", row.name, took)
		}
	}
	b.serves()
}

// TestAServerThatIsFull: with more busy clients than it takes, those who watch it
// are answered, and others are told to come again.
func TestAServerThatIsFull(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{MaxConnections: 16})
	for range 16 {
		stream, err := testkit.NewClient(t, b.app.URL(), testAdmin.Reveal()).Subscribe(t, "subscription { deliveryAttempts { id } }", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stream.Close)
	}
	get := func(path string) *http.Response {
		t.Helper()
		conn := b.dial("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/graphql": 503, "/": 503} {
		answer := get(path)
		if answer.StatusCode != want || !answer.Close || (want == 503) != (answer.Header.Get("Retry-After") != "") {
			t.Errorf("%s: %d %v", path, answer.StatusCode, answer.Header)
		}
	}
	if n := b.app.taken.Open(); n < 16 || n > 16+surplusConnections {
		t.Errorf("%d are open", n)
	}
}

// TestIdleConnectionsCostNobodyTheirPlace: with a full house of silent ones, a
// client that asks is served at once.
func TestIdleConnectionsCostNobodyTheirPlace(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{MaxConnections: 16})
	for range 200 {
		b.dial("GET / HT")
	}
	for range 5 {
		b.serves()
	}
	if gaveWay, _ := b.app.taken.Closed(); gaveWay < 180 {
		t.Errorf("%d gave way", gaveWay)
	}
}

// TestTheLimitsOfTheProgram asks as clients do: wrong keys and no keys run into
// their limits, and a key and a session from the same address do not.
func TestTheLimitsOfTheProgram(t *testing.T) {
	t.Parallel()
	b := besiege(t, Config{FailedLogins: 3, RateLimitPortal: 2, MaxSubscriptions: 1})
	refusal := func(key models.Secret, code string) testkit.Error {
		t.Helper()
		first, _ := testkit.Refusal(ask(t, b.app.URL(), key, "{ viewer { scopes } }", nil))
		if first.Extensions.Code != code || (code == "RATE_LIMITED") != (first.Extensions.RetryAfter >= 1) {
			t.Errorf("got %+v, want %s", first, code)
		}
		return first
	}
	for range 3 {
		refusal(models.NewSecret("wrong"), "UNAUTHENTICATED")
	}
	if first, second := refusal(models.NewSecret("wrong"), "RATE_LIMITED"), refusal(models.NewSecret("wrong, too"), "RATE_LIMITED"); second.Extensions.RetryAfter <= first.Extensions.RetryAfter {
		t.Errorf("the wait does not grow: %+v, %+v", first, second)
	}
	stranger := testkit.NewClient(t, b.app.URL(), "wrong again")
	if _, err := stranger.Subscribe(t, "subscription { events { id } }", nil); err == nil || !strings.Contains(err.Error(), "come again in") {
		t.Errorf("a wrong key in connection_init: %v", err)
	}
	b.serves()

	var made struct {
		CreateTenant        struct{ ID string }
		CreatePortalSession struct{ Token models.Secret }
	}
	b.must(`mutation { createTenant(input: {name: "t"}) { id } }`, nil, &made)
	b.must(`mutation($t: ID!) { createPortalSession(input: {tenantId: $t}) { token } }`, testkit.Vars{"t": made.CreateTenant.ID}, &made)
	refused := 0
	for range 50 {
		if err := ask(t, b.app.URL(), made.CreatePortalSession.Token, "{ viewer { scopes } }", nil); err != nil {
			if first, _ := testkit.Refusal(err); first.Extensions.Code != "RATE_LIMITED" {
				t.Fatal(err)
			}
			refused++
		}
	}
	if refused == 0 || refused > 46 {
		t.Errorf("%d of 50 requests of a session are refused", refused)
	}
	admin := testkit.NewClient(t, b.app.URL(), testAdmin.Reveal())
	stream, err := admin.SubscribeSSE(t, "subscription { events { id } }", nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := admin.Subscribe(t, "subscription { events { id } }", nil)
	if err != nil {
		t.Fatal(err)
	}
	if first, _ := testkit.Refusal(second.Next(t.Context(), new(any))); first.Extensions.Code != "RATE_LIMITED" {
		t.Errorf("a second subscription: %+v", first)
	}
	stream.Close()
	answer, err := http.DefaultTransport.RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", b.app.URL()+"/metrics", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	for _, line := range []string{`carillon_refused_total{limit="failed_logins"} 3`, `carillon_refused_total{limit="connections"} 0`, "carillon_http_connections "} {
		if !strings.Contains(string(text), line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
	for name, n := range map[string]uint64{"failed_logins": 3, "portal_rate": uint64(refused), "key_subscriptions": 1} {
		if got := b.app.rooms.gate.refused()[name]; got != n {
			t.Errorf("%s: counted %d, want %d", name, got, n)
		}
	}
}

func (b *besieged) must(query string, vars testkit.Vars, out any) {
	b.Helper()
	if err := testkit.NewClient(b.T, b.app.URL(), testAdmin.Reveal()).Do(b.Context(), query, vars, out); err != nil {
		b.Fatal(err)
	}
}
