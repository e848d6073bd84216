package models

import (
	"fmt"
	"strings"
)

// SenderKind is what a text message shows as its sender.
type SenderKind int

// The kinds of senders.
const (
	SenderUnknown      SenderKind = iota // none that is allowed
	SenderNumber                         // E.164: +14155550123
	SenderShortCode                      // 3 to 8 digits
	SenderAlphanumeric                   // 1 to 11 letters, digits and spaces; cannot be answered
	SenderService                        // a messaging service of Twilio, which chooses the sender
)

// Lengths of numbers and senders.
const (
	minNumber, maxNumber       = 8, 15
	minShortCode, maxShortCode = 3, 8
	maxAlphanumeric            = 11
	sidDigits                  = 32
)

// SenderOf tells what kind of sender a channel's from is.
func SenderOf(from string) SenderKind {
	switch {
	case isSID(from, "MG"):
		return SenderService
	case strings.HasPrefix(from, "+"):
		if numberFault(from) == "" {
			return SenderNumber
		}
	case isDigits(from):
		if len(from) >= minShortCode && len(from) <= maxShortCode {
			return SenderShortCode
		}
	case isAlphanumeric(from):
		return SenderAlphanumeric
	}
	return SenderUnknown
}

// senderFault says why SenderOf knows no kind for it.
func senderFault(from string) string {
	switch {
	case from == "":
		return "it is empty"
	case strings.HasPrefix(from, "+"):
		return "the number " + numberFault(from)
	case isDigits(from):
		return fmt.Sprintf("%d digits are no short code, and a number begins with +", len(from))
	case len(from) > maxAlphanumeric:
		return fmt.Sprintf("it has %d characters", len(from))
	}
	return "it holds what no sender may hold"
}

// numberFault says what keeps a text from being an E.164 number; empty for one.
func numberFault(number string) string {
	digits, plus := strings.CutPrefix(number, "+")
	switch {
	case number == "":
		return "is empty"
	case strings.ContainsAny(number, "\r\n"):
		return "holds a line break"
	case strings.ContainsAny(number, " \t\u00a0"):
		return "holds a space; write the digits together"
	case strings.ContainsAny(number, "-./()"):
		return "holds a dash, dot, slash or bracket; write the digits alone"
	case strings.HasPrefix(number, "00"):
		return "begins with 00; write + in its place"
	case !plus && isDigits(number):
		return "lacks the + and the country code"
	case !plus || !isDigits(digits):
		return "holds what is no digit"
	case digits[0] == '0':
		return "has a 0 behind the +; a country code begins with 1 to 9"
	case len(digits) < minNumber || len(digits) > maxNumber:
		return fmt.Sprintf("has %d digits; a number has %d to %d with its country code", len(digits), minNumber, maxNumber)
	}
	return ""
}

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isAlphanumeric(s string) bool {
	if s == "" || len(s) > maxAlphanumeric || strings.TrimSpace(s) != s {
		return false
	}
	letter := false
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letter = true
		case r >= '0' && r <= '9' || r == ' ':
		default:
			return false
		}
	}
	return letter
}

// isSID says that s is the name of one of Twilio's resources.
func isSID(s, prefix string) bool {
	digits, ok := strings.CutPrefix(s, prefix)
	return ok && len(digits) == sidDigits && !strings.ContainsFunc(digits, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	})
}

// isVisible says that s is ASCII without spaces and control characters.
func isVisible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
