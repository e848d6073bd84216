package channels

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"carillon/models"
)

// smsc is a message centre that speaks SMPP 3.4 over real connections. Its hooks
// are set before it is used.
type smsc struct {
	t        *testing.T
	listener net.Listener
	onBind   func(c *smscConn, b *pdu.BindRequest) (handled bool)
	onSubmit func(c *smscConn, n int, sm *pdu.SubmitSM) (handled bool)
	answers  chan *pdu.DeliverSMResp
	unbound  chan struct{}
	all      sync.WaitGroup

	mu       sync.Mutex
	conns    []*smscConn
	binds    []*pdu.BindRequest
	submits  []*pdu.SubmitSM
	enquired int
	deaf     bool // it does not answer enquire_link
}

// smscConn is one connection of it.
type smscConn struct {
	*smsc
	conn net.Conn
	mu   sync.Mutex
}

func startSMSC(t *testing.T, secure *tls.Config) *smsc {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	s := &smsc{t: t, listener: listener, answers: make(chan *pdu.DeliverSMResp, 64), unbound: make(chan struct{}, 64)}
	s.all.Go(s.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		s.drop()
		s.all.Wait()
	})
	return s
}

func (s *smsc) address() string { return s.listener.Addr().String() }

// drop closes all connections.
func (s *smsc) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.conn.Close()
	}
}

func (s *smsc) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := &smscConn{smsc: s, conn: conn}
		s.mu.Lock()
		s.conns = append(s.conns, c)
		s.mu.Unlock()
		s.all.Go(c.serve)
	}
}

func (c *smscConn) send(p pdu.PDU) {
	buffer := pdu.NewBuffer(nil)
	p.Marshal(buffer)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.conn.Write(buffer.Bytes())
}

func (c *smscConn) serve() {
	defer c.conn.Close()
	in := bufio.NewReader(c.conn)
	for {
		p, err := pdu.Parse(in)
		if err != nil {
			return
		}
		switch p := p.(type) {
		case *pdu.BindRequest:
			c.smsc.mu.Lock()
			c.binds = append(c.binds, p)
			c.smsc.mu.Unlock()
			if c.onBind == nil || !c.onBind(c, p) {
				c.send(p.GetResponse())
			}
		case *pdu.SubmitSM:
			c.smsc.mu.Lock()
			c.submits = append(c.submits, p)
			n := len(c.submits)
			c.smsc.mu.Unlock()
			if c.onSubmit == nil || !c.onSubmit(c, n, p) {
				c.take(p, fmt.Sprint("id", n))
			}
		case *pdu.EnquireLink:
			c.smsc.mu.Lock()
			c.enquired++
			deaf := c.deaf
			c.smsc.mu.Unlock()
			if !deaf {
				c.send(p.GetResponse())
			}
		case *pdu.Unbind:
			c.send(p.GetResponse())
			c.unbound <- struct{}{}
		case *pdu.DeliverSMResp:
			c.answers <- p
		}
	}
}

// take accepts a message under an id.
func (c *smscConn) take(sm *pdu.SubmitSM, id string) {
	answer, _ := sm.GetResponse().(*pdu.SubmitSMResp)
	answer.MessageID = id
	c.send(answer)
}

// refuse answers with a status and, as many servers do, without a body.
func (c *smscConn) refuse(p pdu.PDU, status data.CommandStatusType) {
	answer := p.GetResponse().GetHeader()
	answer.CommandLength, answer.CommandStatus = 16, status
	buffer := pdu.NewBuffer(nil)
	answer.Marshal(buffer)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.conn.Write(buffer.Bytes())
}

// receipt sends a delivery receipt by its text.
func (c *smscConn) receipt(text string, params ...pdu.Field) {
	d, _ := pdu.NewDeliverSM().(*pdu.DeliverSM)
	d.EsmClass = deliverReceipt
	if err := d.Message.SetMessageDataWithEncoding([]byte(text), data.ASCII); err != nil {
		c.t.Error(err)
	}
	for _, p := range params {
		d.RegisterOptionalParam(p)
	}
	c.send(d)
}

func (s *smsc) last() *smscConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[len(s.conns)-1]
}

func (s *smsc) counts() (binds, submits int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.binds), len(s.submits)
}

func setupSMPP(t *testing.T, address string, change func(*SMSOptions)) *smsBundle {
	t.Helper()
	b := setupSMS(t, "smpp://"+address, change)
	b.config.Provider, b.config.AccountID, b.config.AuthToken, b.config.From = models.ProviderSMPP, "carillon", models.NewSecret("pass1234"), "Carillon"
	return b
}

// of takes the next value, or fails.
func of[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	timeout := time.NewTimer(20 * time.Second)
	defer timeout.Stop()
	select {
	case v := <-c:
		return v
	case <-timeout.C:
		t.Fatal("nothing came")
		panic("not reached")
	}
}
