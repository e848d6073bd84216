package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// watched is what a dashboard shows of an attempt.
const watched = `subscription($f: DeliveryAttemptFilter) { deliveryAttempts(filter: $f) {
	id number status startedAt latency target responseCode error { code message }
	delivery { id status } event { id type } channel { id name } } }`

// subscriber is one WebSocket with one subscription. It speaks the protocol by
// hand, because thousands of them share the machine with the server.
type subscriber struct {
	conn net.Conn
	in   *bufio.Reader
	buf  []byte
	lags []time.Duration // from the start of each attempt to its arrival here
}

func dialSubscriber(address, key, tenant string) (*subscriber, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &subscriber{conn: conn, in: bufio.NewReaderSize(conn, 2<<10)}
	_, err = fmt.Fprintf(conn, "GET /graphql HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", address)
	if err != nil {
		return s, err
	}
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return s, err
		}
		if line == "\r\n" {
			break
		}
	}
	if err := s.send(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + key + `"}}`); err != nil {
		return s, err
	}
	if text, err := s.read(); err != nil || !bytes.Contains(text, []byte("connection_ack")) {
		return s, fmt.Errorf("no connection_ack but %.200s: %w", text, err)
	}
	query := strings.Join(strings.Fields(watched), " ")
	return s, s.send(`{"id":"1","type":"subscribe","payload":{"query":"` + query + `","variables":{"f":{"tenantId":"` + tenant + `"}}}}`)
}

// send masks with zeroes, which changes nothing.
func (s *subscriber) send(text string) error { return s.frame(0x81, []byte(text)) }

func (s *subscriber) frame(head byte, payload []byte) error {
	frame := []byte{head, 0x80 | byte(len(payload)), 0, 0, 0, 0}
	if len(payload) > 125 {
		frame = binary.BigEndian.AppendUint16([]byte{head, 0x80 | 126}, uint16(len(payload)))
		frame = append(frame, 0, 0, 0, 0)
	}
	_, err := s.conn.Write(append(frame, payload...))
	return err
}

// read gives the next message that is no ping, and answers those.
func (s *subscriber) read() ([]byte, error) {
	for {
		head, err := s.in.Peek(2)
		if err != nil {
			return nil, err
		}
		kind, size, length := head[0]&15, 2, int(head[1])
		if length == 126 {
			if head, err = s.in.Peek(4); err != nil {
				return nil, err
			}
			size, length = 4, int(binary.BigEndian.Uint16(head[2:]))
		}
		_, _ = s.in.Discard(size)
		s.buf = slices.Grow(s.buf[:0], length)[:length]
		if _, err := io.ReadFull(s.in, s.buf); err != nil {
			return nil, err
		}
		switch {
		case kind == 8:
			return nil, fmt.Errorf("the server closed a subscriber: %.100q", s.buf)
		case kind == 9:
			if err := s.frame(0x8A, s.buf); err != nil {
				return nil, err
			}
		case kind == 1 && !bytes.Equal(s.buf, []byte(`{"type":"ping"}`)):
			return s.buf, nil
		}
	}
}

// follow takes n attempts.
func (s *subscriber) follow(n int) error {
	s.lags = make([]time.Duration, 0, n)
	for range n {
		text, err := s.read()
		if err != nil {
			return fmt.Errorf("after %d of %d attempts: %w", len(s.lags), n, err)
		}
		_, rest, found := bytes.Cut(text, []byte(`"startedAt":"`))
		if !found || !bytes.HasPrefix(text, []byte(`{"id":"1","type":"next"`)) {
			return fmt.Errorf("no attempt but %.200s", text)
		}
		begun, err := time.Parse(time.RFC3339Nano, string(rest[:bytes.IndexByte(rest, '"')]))
		if err != nil {
			return err
		}
		s.lags = append(s.lags, time.Since(begun))
	}
	return nil
}

// crowd connects n subscribers of a tenant, and gives the server a moment to
// answer whatever it has against one of them.
func crowd(address, key, tenant string, n int) ([]*subscriber, error) {
	all, errs := make([]*subscriber, n), make([]error, 16)
	var next atomic.Int64
	var dialing sync.WaitGroup
	for worker := range errs {
		dialing.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && errs[worker] == nil; i = next.Add(1) - 1 {
				all[i], errs[worker] = dialSubscriber(address, key, tenant)
			}
		})
	}
	dialing.Wait()
	time.Sleep(2 * time.Second)
	return all, first(errs)
}

func disperse(all []*subscriber) {
	for _, s := range all {
		if s != nil {
			_ = s.conn.Close()
		}
	}
}

// readKey makes a key that may read one tenant.
func (s *server) readKey(tenant string) (string, error) {
	var made struct{ CreateApiKey struct{ Secret string } }
	err := s.do(`mutation($t: ID!) { createApiKey(input: {name: "bench", tenantId: $t, scopes: [READ]}) { secret } }`,
		map[string]string{"t": tenant}, &made)
	return made.CreateApiKey.Secret, err
}

// measureSubscribers runs subscribers on a database of their own.
func measureSubscribers(ctx context.Context, binary, dir string, seconds int) error {
	home := filepath.Join(dir, "subscribers")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	db, err := startCluster(ctx, home)
	if err != nil {
		return err
	}
	defer db.Remove() //nolint:errcheck // the folder around it goes too
	fmt.Println("live subscriptions, PostgreSQL")
	return subscribers(ctx, binary, home, db.URL("postgres"), seconds)
}

// subscribers measures live subscriptions: attempts shown to 500 of one tenant,
// and 5,000 that wait for attempts which do not come.
func subscribers(ctx context.Context, binary, dir, database string, seconds int) error {
	r, err := newReceiver()
	if err != nil {
		return err
	}
	defer r.listener.Close()
	for _, measure := range []func(s *server) error{
		func(s *server) error { return fanOut(ctx, s, r, 500, 40, seconds) },
		func(s *server) error { return waiting(ctx, s, r, 5000, seconds) },
	} {
		s, err := start(binary, dir, database)
		if err != nil {
			return err
		}
		err = measure(s)
		s.stop()
		if err != nil {
			return fmt.Errorf("subscribers: %w", err)
		}
	}
	return nil
}

// audience is subscribers of a new tenant, whose events go to the receiver.
func (s *server) audience(r *receiver, n int) (tenant string, all []*subscriber, err error) {
	if tenant, err = s.route(r.url()); err != nil {
		return "", nil, err
	}
	key, err := s.readKey(tenant)
	if err != nil {
		return "", nil, err
	}
	all, err = crowd(s.address, key, tenant, n)
	return tenant, all, err
}

// follow has everybody take n attempts within the time, or those are missed.
func follow(all []*subscriber, n int, limit time.Duration) (wait func() error) {
	errs := make([]error, len(all))
	var following sync.WaitGroup
	for i, sub := range all {
		following.Go(func() {
			_ = sub.conn.SetReadDeadline(time.Now().Add(limit))
			errs[i] = sub.follow(n)
		})
	}
	return func() error {
		following.Wait()
		return first(errs)
	}
}

// first is the first of so many errors, or there would be thousands alike.
func first(errs []error) error {
	failed, at := 0, -1
	for i, err := range errs {
		if err != nil && failed == 0 {
			at = i
		}
		if err != nil {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d failed: %w", failed, len(errs), errs[at])
}

// fanOut shows attempts at a steady pace to everybody.
func fanOut(ctx context.Context, s *server, r *receiver, many, perSecond, seconds int) error {
	tenant, all, err := s.audience(r, many)
	defer disperse(all)
	if err != nil {
		return err
	}
	n := perSecond * seconds
	wait := follow(all, n, time.Duration(seconds)*time.Second+time.Minute)
	used := cpuSeconds(s.cmd.Process.Pid)
	begin := time.Now()
	if err := publishSteadily(ctx, s, tenant, perSecond, n); err != nil {
		return err
	}
	if err := wait(); err != nil {
		return err
	}
	took := time.Since(begin).Seconds()
	used = cpuSeconds(s.cmd.Process.Pid) - used
	var lags []time.Duration
	for _, sub := range all {
		lags = append(lags, sub.lags...)
	}
	slices.Sort(lags)
	what := fmt.Sprintf("%d subscribers, %d attempts/s, each to all: ", many, perSecond)
	figure(what+"p50", lags[len(lags)/2].Round(100*time.Microsecond).String(), "start of attempt to client, commit between")
	figure(what+"p99", lags[len(lags)*99/100].Round(100*time.Microsecond).String(), "under 250 ms")
	figure("  messages; the server's share of a core", fmt.Sprintf("%.0f/s, %.2f", float64(len(lags))/took, used/took), "")
	return nil
}

// publishSteadily publishes n events at a steady pace.
func publishSteadily(ctx context.Context, s *server, tenant string, perSecond, n int) error {
	c, err := dial(s.address, adminKey)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	body := publishOne(tenant)
	pace := time.NewTicker(time.Second / time.Duration(perSecond))
	defer pace.Stop()
	for i := range n {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pace.C:
		}
		if _, err := c.post(body(i)); err != nil {
			return err
		}
	}
	return nil
}

// waiting holds subscribers of one tenant, and publishes for another while they
// wait and when they have left. What they cost is all that a fresh server grows
// by; that they are there is shown by an attempt that reaches all of them.
func waiting(ctx context.Context, s *server, r *receiver, many, seconds int) error {
	busy, err := s.route(r.url())
	if err != nil {
		return err
	}
	before := memory(s.cmd.Process.Pid)
	quiet, all, err := s.audience(r, many)
	defer disperse(all)
	if err != nil {
		return err
	}
	each := float64(memory(s.cmd.Process.Pid)-before) / float64(many) / (1 << 10)
	figure(fmt.Sprintf("%d subscribers that wait: memory of each", many), fmt.Sprintf("%.1f KiB", each), "under 60 KiB")
	wait := follow(all, 1, time.Duration(seconds)*time.Second+2*time.Minute)
	with, _, err := throughput(s, r, busy, 1, seconds)
	if err != nil {
		return err
	}
	if err := publishSteadily(ctx, s, quiet, 1, 1); err != nil {
		return err
	}
	if err := wait(); err != nil {
		return err
	}
	disperse(all)
	without, _, err := throughput(s, r, busy, 1, seconds)
	if err != nil {
		return err
	}
	figure("  publishing for another tenant: with, without them", perSecond(with)+", "+perSecond(without), "as fast")
	return nil
}
