package channels

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// Bounds of what is read of a server at one step.
const (
	maxReply     = 64 << 10
	maxHandshake = 256 << 10
)

// The steps of a session, as people are told of them.
const (
	stepConnect   = "the connection"
	stepGreeting  = "the greeting"
	stepHello     = "EHLO"
	stepStartTLS  = "STARTTLS"
	stepHandshake = "the TLS handshake"
	stepLogin     = "AUTH"
	stepReset     = "RSET"
	stepFrom      = "MAIL FROM"
	stepTo        = "RCPT TO"
	stepData      = "DATA"
	stepEnd       = "the end of the message"
)

var (
	errNoStartTLS = errors.New("STARTTLS is not offered")
	errEarlyData  = errors.New("data before the handshake")
	errFlood      = errors.New("the answer is too long")
	errLineBreak  = errors.New("a line break within a command")
)

// smtpSession is one connection to a server. It is for one goroutine at a time.
type smtpSession struct {
	server     *smtpServer
	conn       *meteredConn
	tls        *tls.Conn // nil in the clear
	reader     *textproto.Reader
	writer     *bufio.Writer
	extensions map[string]string // by name in capitals

	sent   int  // messages so far
	kept   bool // it waited in the pool
	open   bool // a transaction was begun and not ended
	waits  bool // the server waits for a message's content
	broken bool // nothing more can be said over it
	stale  bool // it was kept, and the server had closed it before the message's turn

	born, idle int // turns of the pool's keeper
}

// smtpReply is what a server answered.
type smtpReply struct {
	code int
	text string
}

func (r smtpReply) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.code, strings.ReplaceAll(r.text, "\n", " ")))
}

// stepError is an exchange that broke.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.step + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// refusal is an answer that is not the one that was hoped for.
type refusal struct {
	step  string
	reply smtpReply
}

func (e *refusal) Error() string { return e.step + ": " + e.reply.String() }

// bind lets ctx end whatever the session waits for, until release is called;
// that is false where it did, and the session is of no more use.
func (s *smtpSession) bind(ctx context.Context) (release func() bool) {
	if deadline, ok := ctx.Deadline(); ok {
		_ = s.conn.SetDeadline(deadline) // one that fails shows at the next read
	}
	return context.AfterFunc(ctx, func() {
		_ = s.conn.SetDeadline(time.Unix(1, 0)) // long past
	})
}

// read reads one answer, of a bounded length.
func (s *smtpSession) read(step string) (smtpReply, error) {
	s.conn.left = maxReply
	code, text, err := s.reader.ReadResponse(0)
	if err != nil {
		s.broken = true
		return smtpReply{}, &stepError{step: step, err: err}
	}
	if code == 421 {
		s.broken = true // the server closes the connection after it
	}
	return smtpReply{code: code, text: text}, nil
}

// say writes a command, which may wait in the buffer for others.
func (s *smtpSession) say(step, line string) error {
	if strings.ContainsAny(line, "\r\n") {
		return &stepError{step: step, err: errLineBreak}
	}
	_, err := s.writer.WriteString(line + "\r\n")
	return s.wrote(step, err)
}

func (s *smtpSession) wrote(step string, err error) error {
	if err == nil {
		return nil
	}
	s.broken = true
	return &stepError{step: step, err: err}
}

// command says one thing and reads the answer.
func (s *smtpSession) command(step, line string) (smtpReply, error) {
	if err := s.say(step, line); err != nil {
		return smtpReply{}, err
	}
	if err := s.wrote(step, s.writer.Flush()); err != nil {
		return smtpReply{}, err
	}
	return s.read(step)
}

// want turns any other answer than the code into a refusal.
func (s *smtpSession) want(step string, code int) func(smtpReply, error) error {
	return func(reply smtpReply, err error) error {
		if err == nil && reply.code != code {
			return &refusal{step: step, reply: reply}
		}
		return err
	}
}

// greet says hello and learns what the server can do. One that does not know
// EHLO can do nothing more.
func (s *smtpSession) greet(name string) error {
	reply, err := s.command(stepHello, "EHLO "+name)
	if err == nil && (reply.code == 500 || reply.code == 502 || reply.code == 504) {
		return s.want(stepHello, 250)(s.command(stepHello, "HELO "+name))
	}
	if err = s.want(stepHello, 250)(reply, err); err != nil {
		return err
	}
	s.extensions = map[string]string{}
	lines := strings.Split(reply.text, "\n")
	for _, line := range lines[1:] {
		// Some write AUTH=PLAIN, as a draft had it.
		name, rest, _ := strings.Cut(strings.Replace(line, "AUTH=", "AUTH ", 1), " ")
		name = strings.ToUpper(name)
		s.extensions[name] = strings.TrimSpace(s.extensions[name] + " " + rest)
	}
	return nil
}

// good says that another message can be sent over it.
func (s *smtpSession) good() bool { return !s.broken && s.sent < maxMessages }

func (s *smtpSession) drop() { _ = s.conn.Close() } // nothing is lost with it

// leave says goodbye to a server that waits for a command, and does not wait for its answer.
func (s *smtpSession) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	release := s.bind(ctx)
	if s.say("QUIT", "QUIT") == nil {
		_ = s.writer.Flush() // out of courtesy
	}
	release()
	s.drop()
}

// meteredConn reads no more than is left to be read.
type meteredConn struct {
	net.Conn
	left int
}

func (c *meteredConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errFlood
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// lostConnection says that the server, or something on the way, closed it.
func lostConnection(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || closed(err)
}
