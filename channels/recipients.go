package channels

import (
	"fmt"
	"strings"

	"carillon/models"
)

// recipientOutcome is what a try came to for one recipient. err is nil where
// the message is taken, was settled by an earlier try, or was not tried.
type recipientOutcome struct {
	models.Recipient
	err *Error
}

// maxNamed bounds how many recipients the text of an error names.
const maxNamed = 5

// sumRecipients is the error of a whole message; nil where everybody's is taken.
// A fault of the channel comes first. What may still be taken keeps the message
// alive: a pause that was asked for, then whatever is temporary. What is
// refused ends it only when nothing else is left.
func sumRecipients(outcomes []recipientOutcome) error {
	var paused, later, refused []recipientOutcome
	for _, o := range outcomes {
		switch {
		case o.err == nil && o.State == models.RecipientRefused:
			o.err = &Error{Class: Permanent, Code: models.ErrRejected, Message: o.Detail}
			refused = append(refused, o)
		case o.err == nil:
		case o.err.Disable != "":
			return o.err
		case o.err.Class == Throttled:
			paused = append(paused, o)
		case o.err.Class == Temporary:
			later = append(later, o)
		default:
			refused = append(refused, o)
		}
	}
	switch {
	case len(paused) > 0:
		return joinErrors(paused, len(outcomes))
	case len(later) > 0:
		return joinErrors(later, len(outcomes))
	case len(refused) > 0:
		return joinErrors(refused, len(outcomes))
	}
	return nil
}

// joinErrors is one error for those of one class, of so many recipients.
func joinErrors(failed []recipientOutcome, of int) *Error {
	sum := *failed[0].err
	if of == 1 {
		return &sum
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d recipients: ", len(failed), of)
	for i, o := range failed {
		sum.After = max(sum.After, o.err.After)
		if o.err.Code != sum.Code && sum.Class == Permanent {
			sum.Code = models.ErrRejected
		}
		switch {
		case i < maxNamed && i > 0:
			fmt.Fprintf(&text, "; %s: %s", o.Address, o.err.Message)
		case i == 0:
			fmt.Fprintf(&text, "%s: %s", o.Address, o.err.Message)
		case i == maxNamed:
			fmt.Fprintf(&text, "; and %d more", len(failed)-maxNamed)
		}
	}
	sum.Message = text.String()
	return &sum
}
