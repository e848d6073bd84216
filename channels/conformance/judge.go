package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"carillon/channels"
	"carillon/models"
)

// longestText bounds the text of an error: people read it in a list.
const longestText = 1000

func codes() []models.AttemptErrorCode {
	return []models.AttemptErrorCode{models.ErrTemplate, models.ErrBlockedAddress, models.ErrDNS, models.ErrConnect, models.ErrTLS,
		models.ErrTimeout, models.ErrRejected, models.ErrRateLimited, models.ErrProvider, models.ErrConfig}
}

// judge looks at what holds of every try, however it ended.
func (p *probe) judge(ctx context.Context, r *result) {
	p.judgeReceipt(&r.Receipt)
	p.hidden("the receipt", printed(r.Receipt))
	if r.err == nil {
		return
	}
	p.hidden("the error", printed(r.err)+r.err.Error())
	if canceled := errors.Is(ctx.Err(), context.Canceled); canceled && errors.Is(r.err, context.Canceled) {
		return
	}
	var e *channels.Error
	if !errors.As(r.err, &e) {
		p.errorf("Send returned the unclassed error %q, want a *channels.Error", r.err)
		return
	}
	p.judgeError(e)
}

func (p *probe) judgeError(e *channels.Error) {
	if e.Class != channels.Temporary && e.Class != channels.Permanent && e.Class != channels.Throttled {
		p.errorf("the error's class is %d, which there is not", e.Class)
	}
	if !slices.Contains(codes(), e.Code) {
		p.errorf("the error's code is %q, which there is not", e.Code)
	}
	if e.After < 0 || e.After > channels.MaxRetryAfter {
		p.errorf("the error asks for a pause of %s, want 0 to %s", e.After, channels.MaxRetryAfter)
	}
	if e.Disable != "" && e.Class != channels.Permanent {
		p.errorf("the error disables the channel, but says that another try may help")
	}
	p.plain("the error's text", e.Message)
	if e.Disable != "" {
		p.plain("the reason to disable", e.Disable)
	}
}

// plain is what a text for people must be: there, short, and one line.
func (p *probe) plain(what, text string) {
	switch {
	case strings.TrimSpace(text) == "":
		p.errorf("%s is empty", what)
	case len(text) > longestText:
		p.errorf("%s has %d bytes, want at most %d", what, len(text), longestText)
	case !utf8.ValidString(text):
		p.errorf("%s is not UTF-8: %q", what, text)
	case strings.ContainsFunc(text, unicode.IsControl):
		p.errorf("%s holds a line break or another control character: %q", what, text)
	case strings.Contains(text, "%!"):
		p.errorf("%s was put together wrongly: %q", what, text)
	}
}

// judgeReceipt looks whether it can be stored: in bounds, UTF-8, and without NUL.
func (p *probe) judgeReceipt(r *channels.Receipt) {
	if r.Target == "" {
		p.errorf("the receipt names no target")
	}
	p.storable("the target", r.Target)
	p.storable("the thread", r.Thread)
	p.storable("the request's body", r.RequestBody)
	if r.ResponseBody != nil {
		p.storable("the answer's body", *r.ResponseBody)
		if n := len(*r.ResponseBody); n > models.MaxResponseBody {
			p.errorf("%d bytes of the answer are kept, want at most %d", n, models.MaxResponseBody)
		}
	}
	size := 0
	for _, h := range slices.Concat(r.RequestHeaders, r.ResponseHeaders) {
		p.storable("the header "+h.Name, h.Name+h.Value)
		size += len(h.Name) + len(h.Value)
		if h.Secret && h.Value != "" {
			p.errorf("the secret header %s is recorded with a value", h.Name)
		}
	}
	if size > 512<<10 {
		p.errorf("%d bytes of headers are kept", size)
	}
	for i := range r.Progress {
		p.storable("the detail of a recipient", r.Progress[i].Address+r.Progress[i].Detail)
	}
}

func (p *probe) storable(what, text string) {
	if !utf8.ValidString(text) {
		p.errorf("%s is not UTF-8: %.100q", what, text)
	}
	if strings.Contains(text, "\x00") {
		p.errorf("%s holds NUL, which a database cannot store: %.100q", what, text)
	}
}
