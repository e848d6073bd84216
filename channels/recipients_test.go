package channels

import (
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func TestSumOfRecipients(t *testing.T) {
	t.Parallel()
	taken := recipientOutcome{Recipient: models.Recipient{Address: "a", State: models.RecipientTaken}}
	before := recipientOutcome{Recipient: models.Recipient{Address: "b", State: models.RecipientRefused, Detail: "no such number"}}
	with := func(address string, e Error) recipientOutcome {
		return recipientOutcome{Recipient: models.Recipient{Address: address}, err: &e}
	}
	refused := with("c", Error{Class: Permanent, Code: models.ErrRejected, Message: "a landline"})
	config := with("d", Error{Class: Permanent, Code: models.ErrConfig, Message: "a wrong sender"})
	fault := with("e", Error{Class: Permanent, Code: models.ErrConfig, Disable: "a wrong token", Message: "a wrong token"})
	later := with("f", Error{Code: models.ErrTimeout, Message: "no answer"})
	pause := with("g", Error{Class: Throttled, Code: models.ErrRateLimited, After: time.Second, Message: "too fast"})
	longer := with("h", Error{Class: Throttled, Code: models.ErrRateLimited, After: time.Minute, Message: "too fast"})
	for name, row := range map[string]struct {
		outcomes []recipientOutcome
		want     Error
	}{
		"one refused":    {[]recipientOutcome{refused}, *refused.err},
		"one before":     {[]recipientOutcome{before}, Error{Class: Permanent, Code: models.ErrRejected, Message: "no such number"}},
		"some refused":   {[]recipientOutcome{taken, before, refused}, Error{Class: Permanent, Code: models.ErrRejected, Message: "2 of 3 recipients: b: no such number; c: a landline"}},
		"of two kinds":   {[]recipientOutcome{config, refused}, Error{Class: Permanent, Code: models.ErrRejected, Message: "2 of 2 recipients: d: a wrong sender; c: a landline"}},
		"one alike":      {[]recipientOutcome{taken, config}, Error{Class: Permanent, Code: models.ErrConfig, Message: "1 of 2 recipients: d: a wrong sender"}},
		"later first":    {[]recipientOutcome{refused, later}, Error{Code: models.ErrTimeout, Message: "1 of 2 recipients: f: no answer"}},
		"pauses first":   {[]recipientOutcome{later, pause, longer}, Error{Class: Throttled, Code: models.ErrRateLimited, After: time.Minute, Message: "2 of 3 recipients: g: too fast; h: too fast"}},
		"faults first":   {[]recipientOutcome{later, pause, fault}, *fault.err},
		"more than five": {[]recipientOutcome{later, later, later, later, later, later, later}, Error{Code: models.ErrTimeout, Message: "7 of 7 recipients: " + strings.Repeat("f: no answer; ", 5) + "and 2 more"}},
	} {
		err := sumRecipients(row.outcomes)
		if e, ok := err.(*Error); !ok || *e != row.want { //nolint:errorlint // it is to be the error itself
			t.Errorf("%s: %+v, want %+v", name, err, row.want)
		}
	}
	if err := sumRecipients([]recipientOutcome{taken, taken}); err != nil {
		t.Errorf("all taken: %v", err)
	}
}
