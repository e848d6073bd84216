package channels

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/linxGnu/gosmpp/data"
	smpperrors "github.com/linxGnu/gosmpp/errors"
	"github.com/linxGnu/gosmpp/pdu"

	"carillon/models"
)

// smppSession is one bound connection. Its goroutines are read and keep, and
// one for each receipt that is being taken.
type smppSession struct {
	link *smppLink
	conn net.Conn
	in   *bufio.Reader

	writing sync.Mutex
	out     *bufio.Writer
	writers atomic.Int32 // who waits to write; the last one flushes

	window  chan struct{}
	reports chan struct{}
	ctx     context.Context // ends with the session
	end     context.CancelFunc

	mu      sync.Mutex
	pending map[int32]chan pdu.PDU
	last    int32

	used    atomic.Bool  // since keep looked last
	awaited atomic.Int64 // receipts that are due
}

// errSMPPClosed is the end of a session that nobody here asked for.
var errSMPPClosed = errors.New("the session ended")

// bind dials, makes the connection safe where that is asked for, and logs in.
func (l *smppLink) bind(outer, ctx context.Context) (*smppSession, error) {
	bounded, cancel := context.WithTimeout(ctx, l.smpp.bindWait)
	defer cancel()
	conn, err := l.dial(bounded)
	if err != nil {
		return nil, l.bindFailure(outer, ctx, bounded, err)
	}
	s := &smppSession{
		link: l, conn: conn, in: bufio.NewReaderSize(conn, 16<<10), out: bufio.NewWriterSize(conn, 16<<10),
		window: make(chan struct{}, smppWindow), reports: make(chan struct{}, smppReports),
		pending: map[int32]chan pdu.PDU{}, last: 1,
	}
	release := context.AfterFunc(bounded, func() { _ = conn.Close() })
	status, err := s.login(l.system, l.key.password.Reveal())
	if !release() && err == nil {
		err = bounded.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, l.bindFailure(outer, ctx, bounded, err)
	}
	if status != data.ESME_ROK {
		_ = conn.Close()
		return nil, smppBindVerdict(l.address, status)
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	l.session.Store(s)
	if !l.smpp.started(s) {
		s.close()
		return nil, &Error{Code: models.ErrConnect, Message: "the server stops"}
	}
	return s, nil
}

func (l *smppLink) dial(ctx context.Context) (net.Conn, error) {
	if l.secure {
		return l.smpp.dialer.dialTLS(ctx, "tcp", l.address)
	}
	return l.smpp.dialer.tcp.DialContext(ctx, "tcp", l.address)
}

// bindFailure classes a bind that had no answer: nothing was sent by it.
func (l *smppLink) bindFailure(outer, ctx, bounded context.Context, err error) error {
	var (
		invalid *smpperrors.SmppErr
		plain   tls.RecordHeaderError
	)
	switch {
	case ctx.Err() == nil && bounded.Err() != nil:
		return &Error{Code: models.ErrTimeout, Message: fmt.Sprintf("no answer of %s to the login within %s", l.address, models.FormatDuration(l.smpp.bindWait))}
	case errors.As(err, &invalid):
		return &Error{Code: models.ErrConnect, Message: fmt.Sprintf("the answer of %s is not SMPP", l.address)}
	case errors.As(err, &plain):
		return &Error{Code: models.ErrTLS, Message: fmt.Sprintf("%s does not speak TLS; is its baseUrl smpp rather than smpps?", l.address)}
	}
	return l.words.failure(outer, ctx, err)
}

// login asks to be bound for both directions, and waits for the answer.
func (s *smppSession) login(system, password string) (data.CommandStatusType, error) {
	request := pdu.NewBindRequest(pdu.Transceiver)
	request.SetSequenceNumber(1)
	request.SystemID, request.Password = system, password
	if err := s.write(request); err != nil {
		return 0, err
	}
	for range smppWindow {
		p, err := readPDU(s.in)
		if err != nil {
			return 0, err
		}
		h := p.GetHeader()
		if _, ok := p.(*pdu.BindResp); ok || h.CommandID == data.GENERIC_NACK {
			return h.CommandStatus, nil
		}
	}
	return 0, smpperrors.ErrInvalidPDU
}

// readPDU reads one PDU of at most 64 KiB. What is refused often comes without
// the body that the specification asks for: its head is enough.
func readPDU(in io.Reader) (pdu.PDU, error) {
	for {
		p, err := parsePDU(in)
		switch {
		case err == nil:
			return p, nil
		case p != nil && p.GetHeader().CommandStatus != data.ESME_ROK:
			return p, nil
		case p != nil: // its length was right, so that what follows can be read
			return &brokenPDU{PDU: p}, nil
		case errors.Is(err, smpperrors.ErrUnknownCommandID):
			continue
		}
		return nil, err
	}
}

// parsePDU holds what the library does with some PDUs to that PDU: it panics where
// one that has no optional parameters bears some.
func parsePDU(in io.Reader) (p pdu.PDU, err error) {
	defer func() {
		if recover() != nil {
			p, err = nil, smpperrors.ErrInvalidPDU
		}
	}()
	return pdu.Parse(in)
}

// brokenPDU is one whose body cannot be read.
type brokenPDU struct{ pdu.PDU }

// alive says that the session may still be used.
func (s *smppSession) alive() bool { return s.ctx.Err() == nil }

func (s *smppSession) use() { s.used.Store(true) }

// close ends the session at once; whoever waits for an answer learns of it.
func (s *smppSession) close() {
	s.end()
	_ = s.conn.Close()
}

// unbind ends the session in good order.
func (s *smppSession) unbind() {
	ctx, cancel := context.WithTimeout(s.ctx, smppUnbindWait)
	defer cancel()
	_, _ = s.ask(ctx, pdu.NewUnbind()) // it ends either way
	s.close()
}

// write sends a PDU. What several write at once leaves together.
func (s *smppSession) write(p pdu.PDU) error {
	buffer := pdu.NewBuffer(make([]byte, 0, 256))
	p.Marshal(buffer)
	s.writers.Add(1)
	s.writing.Lock()
	defer s.writing.Unlock()
	timeout := time.AfterFunc(smppWriteWait, func() { _ = s.conn.Close() })
	defer timeout.Stop()
	_, err := s.out.Write(buffer.Bytes())
	if s.writers.Add(-1) == 0 && err == nil {
		err = s.out.Flush()
	}
	return err
}

// ask sends a request and waits for its answer. Once ask has begun to write, the
// request may have been read, whatever the error.
func (s *smppSession) ask(ctx context.Context, request pdu.PDU) (pdu.PDU, error) {
	answer := make(chan pdu.PDU, 1)
	s.mu.Lock()
	if s.last++; s.last <= 0 {
		s.last = 1
	}
	sequence := s.last
	s.pending[sequence] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pending, sequence)
		s.mu.Unlock()
	}()
	request.SetSequenceNumber(sequence)
	if err := s.write(request); err != nil {
		s.close()
		return nil, errSMPPClosed
	}
	select {
	case p := <-answer:
		return p, nil
	case <-s.ctx.Done():
		select { // it may have come just before the end
		case p := <-answer:
			return p, nil
		default:
			return nil, errSMPPClosed
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read takes what the server sends until the connection ends.
func (s *smppSession) read() {
	defer s.link.smpp.ended(s)
	defer s.close()
	for {
		p, err := readPDU(s.in)
		if err != nil {
			return
		}
		if !s.handle(p) {
			return
		}
	}
}

// handle tells whether the session goes on.
func (s *smppSession) handle(p pdu.PDU) bool {
	switch p := p.(type) {
	case *pdu.EnquireLink:
		return s.write(p.GetResponse()) == nil
	case *pdu.Unbind:
		_ = s.write(p.GetResponse()) // the session ends either way
		return false
	case *pdu.DeliverSM:
		return s.deliver(p)
	case *brokenPDU:
		if p.CanResponse() {
			nack := pdu.NewGenericNack()
			nack.SetSequenceNumber(p.GetSequenceNumber())
			return s.write(nack) == nil
		}
		return true
	}
	if p.CanResponse() {
		return s.write(p.GetResponse()) == nil
	}
	s.mu.Lock()
	answer, ok := s.pending[p.GetSequenceNumber()]
	delete(s.pending, p.GetSequenceNumber())
	s.mu.Unlock()
	if ok {
		answer <- p
	}
	return true
}

// keep asks now and then whether the server still lives, and ends a session
// that nobody uses.
func (s *smppSession) keep() {
	ticks := time.NewTicker(s.link.smpp.enquire)
	defer ticks.Stop()
	idle := 0
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticks.C:
		}
		idle++
		if s.used.Swap(false) {
			idle = 0
		}
		if idle >= smppIdleAwaiting || idle >= smppIdle && s.awaited.Load() <= 0 {
			s.link.session.CompareAndSwap(s, nil)
			s.unbind()
			return
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.link.smpp.enquireWait)
		_, err := s.ask(ctx, pdu.NewEnquireLink())
		cancel()
		if err != nil {
			s.close()
			return
		}
	}
}
