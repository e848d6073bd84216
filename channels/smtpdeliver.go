package channels

import (
	"errors"
	"fmt"
	"net/textproto"
)

// exchange is one command of an envelope.
type exchange struct{ step, line string }

// deliver hands a message over: the envelope, then its content to those who were
// accepted. What each recipient was answered is noted in h. An error means that
// the message went to nobody, or that it is not known.
func (s *smtpSession) deliver(from string, h *handover, body []byte) error {
	if err := s.envelope(from, h, len(body)); err != nil {
		s.stale = s.kept && s.closedEarly(err)
		return err
	}
	if !h.anyAccepted() {
		return nil
	}
	return s.content(h, body)
}

// closedEarly says that the server had closed the connection, was about to, or
// could not begin anew, before it heard of the message.
func (s *smtpSession) closedEarly(err error) bool {
	var broke *stepError
	if errors.As(err, &broke) {
		return (broke.step == stepReset || broke.step == stepFrom) && lostConnection(err)
	}
	var refused *refusal
	return errors.As(err, &refused) && (refused.step == stepReset || refused.step == stepFrom && refused.reply.code == 421)
}

func (s *smtpSession) commands(from string, h *handover, size int) []exchange {
	list := make([]exchange, 0, len(h.pending)+3)
	if s.open { // what ended with its content is over by itself
		list = append(list, exchange{stepReset, "RSET"})
	}
	begin := "MAIL FROM:<" + from + ">"
	if _, ok := s.extensions["SIZE"]; ok {
		begin += fmt.Sprintf(" SIZE=%d", size)
	}
	list = append(list, exchange{stepFrom, begin})
	for _, to := range h.pending {
		list = append(list, exchange{stepTo, "RCPT TO:<" + to + ">"})
	}
	return append(list, exchange{stepData, "DATA"})
}

// envelope goes as far as the server's word to send the content. To one that
// offers PIPELINING everything is said at once: nothing of it commits to anything.
func (s *smtpSession) envelope(from string, h *handover, size int) error {
	list := s.commands(from, h, size)
	_, piped := s.extensions["PIPELINING"]
	if piped {
		for _, c := range list {
			if err := s.say(c.step, c.line); err != nil {
				return err
			}
		}
		if err := s.wrote(stepFrom, s.writer.Flush()); err != nil {
			return err
		}
	}
	var refused error
	asked := 0
	for _, c := range list {
		if !piped && (refused != nil || c.step == stepData && !h.anyAccepted()) {
			return refused
		}
		reply, err := s.next(c, piped)
		if err != nil {
			return err
		}
		if c.step == stepTo {
			if refused == nil {
				h.answered(asked, reply)
			}
			asked++
		}
		if err := s.judge(c.step, reply, h); err != nil && refused == nil {
			refused = err
		}
		if s.broken {
			return refused
		}
	}
	if s.waits && (refused != nil || !h.anyAccepted()) {
		// It wants a content that must not be. Closing ends that without a message.
		s.broken = true
	}
	return refused
}

// next is the answer to a command, which was said already where all were.
func (s *smtpSession) next(c exchange, piped bool) (smtpReply, error) {
	if piped {
		return s.read(c.step)
	}
	return s.command(c.step, c.line)
}

// judge returns what ends the message; an answer to one recipient alone does not.
func (s *smtpSession) judge(step string, reply smtpReply, h *handover) error {
	fine := reply.code/100 == 2
	switch step {
	case stepTo:
		fine = reply.code != 421 && !asksLogin(reply.code)
	case stepData:
		s.waits = reply.code == 354
		fine = s.waits || !h.anyAccepted()
	case stepFrom:
		s.open = s.open || fine
	case stepReset:
		s.open, s.broken = s.open && !fine, s.broken || !fine
	}
	if fine {
		return nil
	}
	return &refusal{step: step, reply: reply}
}

// content sends what the server waits for. Once the final dot is on its way it is
// not known who has the message, until the answer is there.
func (s *smtpSession) content(h *handover, body []byte) error {
	s.waits = false
	w := (&textproto.Writer{W: s.writer}).DotWriter()
	if _, err := w.Write(body); err != nil {
		return s.wrote(stepData, err)
	}
	h.unsure = true
	if err := w.Close(); err != nil {
		return s.wrote(stepEnd, err)
	}
	reply, err := s.read(stepEnd)
	if err != nil {
		return err
	}
	h.unsure, s.open = false, false
	s.sent++
	if reply.code/100 != 2 {
		return &refusal{step: stepEnd, reply: reply}
	}
	h.taken(reply)
	return nil
}
