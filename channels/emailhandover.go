package channels

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"carillon/models"
)

// handover is what becomes of a message for each of its recipients.
type handover struct {
	route    *emailRoute
	progress []models.Recipient // after this try
	pending  []string           // those that neither have it nor refused it
	replies  []smtpReply        // to pending, as far as they were asked for

	final  *smtpReply // the answer that took the message; nil where none did
	unsure bool       // the content was sent, and not answered
	log    []string   // what the server answered
	code   int        // the answer that decided
}

// begin takes up what earlier tries came to.
func (r *emailRoute) begin(progress []models.Recipient) *handover {
	h := &handover{route: r, progress: slices.Clone(progress)}
	for _, address := range r.recipients {
		if s := stateOf(progress, address); s != models.RecipientTaken && s != models.RecipientRefused {
			h.pending = append(h.pending, address)
		}
	}
	return h
}

func stateOf(progress []models.Recipient, address string) models.RecipientState {
	for i := range progress {
		if strings.EqualFold(progress[i].Address, address) {
			return progress[i].State
		}
	}
	return ""
}

// forget makes ready for another connection; nothing came of this one.
func (h *handover) forget() { h.replies, h.log, h.code = nil, nil, 0 }

func (h *handover) anyAccepted() bool {
	return slices.ContainsFunc(h.replies, accepts)
}

func accepts(reply smtpReply) bool { return reply.code/100 == 2 }

// refuses says no for good. 552 with 5.5.3 is one recipient too many for this
// message, which an older standard numbered so; the next message takes it.
func refuses(reply smtpReply) bool {
	return reply.code/100 == 5 && (reply.code != 552 || !strings.HasPrefix(reply.text, "5.5.3"))
}

// answered notes what a recipient was answered. Who is refused for good stays so,
// whatever becomes of the others.
func (h *handover) answered(i int, reply smtpReply) {
	h.replies = append(h.replies, reply)
	h.note(stepTo+" <"+h.pending[i]+">", reply)
	if refuses(reply) && !asksLogin(reply.code) {
		h.set(h.pending[i], models.RecipientRefused, reply)
	}
}

// taken notes that the server has the message for all that it accepted.
func (h *handover) taken(reply smtpReply) {
	h.final = &reply
	h.note(stepEnd, reply)
	for i, answer := range h.replies {
		if accepts(answer) {
			h.set(h.pending[i], models.RecipientTaken, reply)
		}
	}
}

func (h *handover) set(address string, state models.RecipientState, reply smtpReply) {
	detail := h.route.clean(reply.String(), maxDetail)
	for i := range h.progress {
		if p := &h.progress[i]; strings.EqualFold(p.Address, address) {
			p.State, p.Detail = state, detail
			return
		}
	}
	h.progress = append(h.progress, models.Recipient{Address: address, State: state, Detail: detail})
}

func (h *handover) note(what string, reply smtpReply) {
	h.log = append(h.log, what+": "+reply.String())
	if h.code == 0 || accepts(smtpReply{code: h.code}) {
		h.code = reply.code
	}
}

// fill writes into the receipt what came back.
func (h *handover) fill(r *Receipt) {
	r.Progress = h.progress
	if h.code == 0 {
		return
	}
	code := h.code
	text := h.route.clean(strings.Join(h.log, "\n"), models.MaxResponseBody)
	r.ResponseCode, r.ResponseBody = &code, &text
}

// maxDetail bounds what is shown of one answer.
const maxDetail = 300

// clean makes text of a server's words: secrets and control characters hidden.
func (r *emailRoute) clean(s string, limit int) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' {
			return ' '
		}
		return c
	}, r.mask.text(s))
	return cleanString(s, limit)
}

// verdict is the outcome for all recipients together; failure is what kept the
// message from being handed over at all.
func (h *handover) verdict(failure *Error) error {
	if failure != nil {
		return failure
	}
	var waiting, refused []string
	for i, reply := range h.replies {
		if !accepts(reply) && stateOf(h.progress, h.pending[i]) != models.RecipientRefused {
			waiting = append(waiting, h.pending[i]+" ("+h.route.clean(reply.String(), maxDetail)+")")
		}
	}
	has := 0
	for _, address := range h.route.recipients {
		for i := range h.progress {
			switch p := &h.progress[i]; {
			case !strings.EqualFold(p.Address, address):
			case p.State == models.RecipientTaken:
				has++
			case p.State == models.RecipientRefused:
				refused = append(refused, address+" ("+p.Detail+")")
			}
		}
	}
	all := len(h.route.recipients)
	switch {
	case len(waiting) > 0:
		return &Error{Code: models.ErrRejected, Message: outcomeText(has, all, "put off", waiting, "refused", refused)}
	case len(refused) > 0:
		return &Error{Class: Permanent, Code: models.ErrRejected, Message: outcomeText(has, all, "refused", refused, "", nil)}
	}
	return nil
}

func outcomeText(has, all int, first string, list []string, second string, more []string) string {
	text := fmt.Sprintf("the message reached %d of %d recipients; %s: %s", has, all, first, namedFew(list))
	if len(more) > 0 {
		text += fmt.Sprintf("; %s: %s", second, namedFew(more))
	}
	return text
}

func namedFew(list []string) string {
	if len(list) <= maxNamed {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:maxNamed], ", "), len(list)-maxNamed)
}
