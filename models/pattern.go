package models

import (
	"regexp"
	"strings"
)

// Pattern names event types: contact.created, contact.*, *.created, lead.**, *
// A star stands for one segment between dots or dashes, two stars for one or
// more; a star alone takes every type. Types that begin with carillon. are taken
// only by what begins so too.
type Pattern string

var patternForm = regexp.MustCompile(`^(\*{1,2}|[A-Za-z0-9_]+)([.-](\*{1,2}|[A-Za-z0-9_]+))*$`)

// CheckPattern takes an event type or a pattern of it.
func CheckPattern(field, pattern string) error {
	if len(pattern) > MaxEventType {
		return Invalid(field, "has %d characters; at most %d are allowed", len(pattern), MaxEventType)
	}
	if !patternForm.MatchString(pattern) {
		return Invalid(field, "%q is not an event type or pattern; give a name such as contact.created, contact.*, or *", clip(pattern, 64))
	}
	if IsOperational(pattern) && takesNone(pattern) {
		return Invalid(field, "%q takes no operational event; give one of %s, or carillon.** for all of them", clip(pattern, 64), strings.Join(OperationalTypes(), ", "))
	}
	return nil
}

// Exact says whether the pattern is the name of a single type.
func (p Pattern) Exact() bool { return !strings.Contains(string(p), "*") }

// Match says whether the pattern takes the event type. What the server tells of
// itself is taken only by a pattern that names it.
func (p Pattern) Match(eventType string) bool {
	if IsOperational(eventType) && !IsOperational(string(p)) {
		return false
	}
	if p == "*" || p == "**" {
		return true
	}
	if p.Exact() {
		return string(p) == eventType
	}
	return matchSegments(string(p), eventType)
}

// matchSegments compares from the left, a segment with the separator before it
// at a time. Where it fails, the last two stars take one segment more: earlier
// ones need not, because the last can take whatever they would have. So the
// work is bounded by the product of the two lengths.
func matchSegments(pattern, name string) bool {
	var afterStars, left string // what follows the last two stars, and what they left of the name
	starred := false
	for name != "" {
		want, patternRest := cutSegment(pattern)
		got, nameRest := cutSegment(name)
		switch {
		case fits(want, got):
			if strings.HasSuffix(want, "**") {
				starred, afterStars, left = true, patternRest, nameRest
			}
			pattern, name = patternRest, nameRest
		case starred:
			_, left = cutSegment(left)
			pattern, name = afterStars, left
		default:
			return false
		}
	}
	return pattern == ""
}

// fits compares one segment; stars take any behind the same separator.
func fits(want, got string) bool {
	switch want {
	case "":
		return false
	case "*", "**":
		return got[0] != '.' && got[0] != '-'
	}
	if sep := want[:1]; want[1:] == "*" || want[1:] == "**" {
		return got[:1] == sep
	}
	return want == got
}

// cutSegment splits off the first segment, with the dot or dash before it.
func cutSegment(s string) (head, rest string) {
	if s == "" {
		return "", ""
	}
	if i := strings.IndexAny(s[1:], ".-"); i >= 0 {
		return s[:i+1], s[i+1:]
	}
	return s, ""
}
