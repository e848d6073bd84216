package channels

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"carillon/models"
)

// answerNames runs a name server on loopback and returns a resolver that asks
// it. addresses gives the answers for a name; a name without any does not exist.
func answerNames(t *testing.T, addresses func(name string) []string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := answerName(buffer[:n], addresses); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	address := conn.LocalAddr().String()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", address)
	}}
}

func answerName(query []byte, addresses func(string) []string) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	question := m.Questions[0]
	var found []string
	if addresses != nil && question.Type == dnsmessage.TypeA {
		found = addresses(strings.TrimSuffix(question.Name.String(), "."))
	}
	for _, text := range found {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(text).As4()},
		})
	}
	if len(found) == 0 && (addresses == nil || question.Type == dnsmessage.TypeA) {
		m.RCode = dnsmessage.RCodeNameError
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// only is a guard that lets 127.0.0.1 through and no other loopback address.
func only() *Guard { return NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}) }

// twins are two servers at one port: an allowed one at 127.0.0.1, and one that
// must not be reached at 127.0.0.2. Where a system has no second loopback
// address nothing can answer there, and the refusal alone is to be seen.
func twins(t *testing.T) (port string, allowed, forbidden *atomic.Int32) {
	t.Helper()
	allowed, forbidden = new(atomic.Int32), new(atomic.Int32)
	count := func(n *atomic.Int32) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			n.Add(1)
		}
	}
	_, port, _ = net.SplitHostPort(serve(t, count(allowed)).Listener.Addr().String())
	listener, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		return port, allowed, forbidden
	}
	second := &httptest.Server{Listener: listener, Config: &http.Server{Handler: count(forbidden)}}
	second.Start()
	t.Cleanup(second.Close)
	return port, allowed, forbidden
}

func TestNameThatChangesItsAnswerDoesNotPass(t *testing.T) {
	t.Parallel()
	port, allowed, forbidden := twins(t)
	var asked atomic.Int32
	resolver := answerNames(t, func(name string) []string {
		if name != "rebind.test" {
			return nil
		}
		if asked.Add(1) == 1 {
			return []string{"127.0.0.1"}
		}
		return []string{"127.0.0.2"}
	})
	b := setup(t, "http://rebind.test:"+port, HTTPConfig{Guard: only(), Resolver: resolver})
	if _, err := b.send(t); err != nil {
		t.Fatal(err)
	}
	b.Close() // so that the next message dials anew
	_, e := b.fails(t, models.ErrBlockedAddress)
	want := "rebind.test leads to an address that is refused: 127.0.0.2 is not a public address; add its network to CARILLON_ALLOW_NETWORKS to let channels reach it"
	if e.Message != want {
		t.Errorf("the message is %q", e.Message)
	}
	if allowed.Load() != 1 || forbidden.Load() != 0 {
		t.Errorf("the allowed server had %d messages, the forbidden one %d", allowed.Load(), forbidden.Load())
	}
}

func TestEachOfSeveralAnswersIsJudged(t *testing.T) {
	t.Parallel()
	port, allowed, forbidden := twins(t)
	resolver := answerNames(t, func(string) []string { return []string{"127.0.0.2", "127.0.0.1", "127.0.0.3"} })
	b := setup(t, "http://several.test:"+port, HTTPConfig{Guard: only(), Resolver: resolver})
	for range 5 {
		if _, err := b.send(t); err != nil {
			t.Fatal(err)
		}
		b.Close()
	}
	if allowed.Load() != 5 || forbidden.Load() != 0 {
		t.Errorf("the allowed server had %d messages, the forbidden one %d", allowed.Load(), forbidden.Load())
	}
}

func TestNameThatDoesNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t, "http://nobody.invalid/?token=hidden", HTTPConfig{Resolver: answerNames(t, nil)})
	if _, e := b.fails(t, models.ErrDNS); e.Class != Temporary || e.Message != "the name nobody.invalid does not exist or has no address" {
		t.Errorf("failed with %+v", e)
	}
}
