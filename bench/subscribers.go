package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
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

// subscribers measures live subscriptions: attempts shown to 500 of one tenant,
// and 5,000 that wait for attempts which do not come.
func subscribers(ctx context.Context, s *site) error {
	r := newReceiver()
	defer r.close()
	url, err := r.listen()
	if err != nil {
		return err
	}
	for _, measure := range []func(one *server) error{
		func(one *server) error { return s.followed(ctx, one, url, 500, 40) },
		func(one *server) error { return s.idle(ctx, one, r, url, 5000) },
	} {
		one, err := s.serve()
		if err != nil {
			return err
		}
		if err := measure(one); err != nil {
			return err
		}
		one.stop()
	}
	return nil
}

// audience is subscribers of a new tenant, whose events go to the URL.
func (s *server) audience(url string, n int) (tenant string, all []*subscriber, err error) {
	if tenant, err = s.route(url, nil); err != nil {
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

// followed shows attempts at a steady pace to everybody.
func (s *site) followed(ctx context.Context, one *server, url string, many, perSecond int) error {
	tenant, all, err := one.audience(url, many)
	defer disperse(all)
	if err != nil {
		return err
	}
	n := perSecond * s.seconds
	wait := follow(all, n, time.Duration(s.seconds)*time.Second+time.Minute)
	close, err := s.watch(ctx, "followed")
	if err != nil {
		return err
	}
	if err := publishSteadily(ctx, one, tenant, perSecond, n); err != nil {
		return err
	}
	if err := errors.Join(wait(), close()); err != nil {
		return err
	}
	var lags []time.Duration
	for _, sub := range all {
		lags = append(lags, sub.lags...)
	}
	slices.Sort(lags)
	p99 := percentile(lags, 99)
	s.report.add(figure{
		measure: "p99 start of attempt to client, commit between, " + s.kind, got: millis(p99),
		reach: "under 250 ms", reached: p99 < 250*time.Millisecond, reference: "p50 " + millis(percentile(lags, 50)),
		with: fmt.Sprintf("%d subscribers, %d attempts/s, each to all", many, perSecond), cpu: s.last.String(),
	})
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

// idle holds subscribers of one tenant, and publishes for another while they
// wait and when they have left. What they cost is all that a fresh server grows
// by; that they are there is shown by an attempt that reaches all of them.
func (s *site) idle(ctx context.Context, one *server, r *receiver, url string, many int) error {
	busy, err := one.route(url, nil)
	if err != nil {
		return err
	}
	before := memory(one.pid())
	quiet, all, err := one.audience(url, many)
	defer disperse(all)
	if err != nil {
		return err
	}
	each := float64(memory(one.pid())-before) / float64(many) / (1 << 10)
	s.report.add(figure{
		measure: "memory of each subscriber that waits, " + s.kind, got: mean1(each) + " KiB",
		reach: "under 60 KiB", reached: each < 60, with: fmt.Sprintf("%d subscribers, a fresh server", many),
	})
	body := publishOne(busy)
	publishing := load{to: []*server{one}, body: func(_, n int) []byte { return body(n) }}
	wait := follow(all, 1, time.Duration(s.seconds)*time.Second+2*time.Minute)
	with, err := s.saturate(ctx, "with subscribers", publishing, r)
	if err != nil {
		return err
	}
	if err := publishSteadily(ctx, one, quiet, 1, 1); err != nil {
		return err
	}
	if err := wait(); err != nil {
		return err
	}
	disperse(all)
	without, err := s.saturate(ctx, "without subscribers", publishing, r)
	if err != nil {
		return err
	}
	s.share(figure{measure: "publishEvent, delivered, while others' subscribers wait"}, without, with, 0.95,
		fmt.Sprintf("%d subscribers of another tenant", many))
	return nil
}
