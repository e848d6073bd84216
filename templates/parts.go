package templates

import (
	"fmt"
	"mime"
	"slices"
	"strings"

	"carillon/models"
)

// format is what a part's output is, and with it how values are escaped.
type format uint8

const (
	formatText format = iota // nothing is escaped
	formatJSON
	formatSlack // JSON whose texts are Slack's mrkdwn
	formatForm
	formatXML
	formatHTML
)

func (f format) isJSON() bool { return f == formatJSON || f == formatSlack }

// partsOf lists the parts that a kind of channel takes.
func partsOf(kind models.ChannelKind) []PartName {
	switch kind {
	case models.KindHTTP:
		return []PartName{PartBody, PartContentType}
	case models.KindSlack:
		return []PartName{PartBody}
	case models.KindEmail:
		return []PartName{PartSubject, PartText, PartHTML}
	case models.KindSMS:
		return []PartName{PartText}
	}
	return nil
}

// checkParts finds parts that are missing, foreign or there twice.
func checkParts(kind models.ChannelKind, parts []Part) []Problem {
	var problems []Problem
	problem := func(name PartName, message string, args ...any) {
		problems = append(problems, Problem{Part: name, Line: 1, Column: 1, Message: fmt.Sprintf(message, args...)})
	}
	allowed := partsOf(kind)
	if allowed == nil {
		problem(PartBody, "there is no kind of channel %q", kind)
		return problems
	}
	seen := make(map[PartName]bool, len(parts))
	for _, p := range parts {
		switch {
		case !slices.Contains(allowed, p.Name):
			problem(p.Name, "a template for %s has no part %s; it has %s", kind, p.Name, joined(allowed))
		case seen[p.Name]:
			problem(p.Name, "the part is there twice; give it once")
		}
		seen[p.Name] = true
	}
	switch kind {
	case models.KindEmail:
		if !seen[PartSubject] {
			problem(PartSubject, "the part is needed")
		}
		if !seen[PartText] && !seen[PartHTML] {
			problem(PartText, "TEXT, HTML or both are needed")
		}
	default:
		if !seen[allowed[0]] {
			problem(allowed[0], "the part is needed")
		}
	}
	return problems
}

func joined(names []PartName) string {
	s := make([]string, len(names))
	for i, name := range names {
		s[i] = string(name)
	}
	return strings.Join(s, ", ")
}

// contentType is the media type of an HTTP body, without an action in it: the
// escaping of the body hangs on it.
func contentType(parts []Part) (string, []Problem) {
	i := slices.IndexFunc(parts, func(p Part) bool { return p.Name == PartContentType })
	if i < 0 {
		return JSONType, nil
	}
	source := strings.TrimSpace(parts[i].Source)
	fail := func(message string) (string, []Problem) {
		return JSONType, []Problem{{Part: PartContentType, Line: 1, Column: 1, Message: message}}
	}
	switch media, _, err := mime.ParseMediaType(source); {
	case strings.ContainsAny(source, "\r\n"):
		return fail("holds a line break; give one media type, such as application/json")
	case strings.Contains(source, "{{"):
		return fail("holds an action; give the media type itself, such as application/json")
	case err != nil || !strings.Contains(media, "/") || strings.ContainsFunc(source, notASCII):
		return fail("is not a media type; give one such as application/json or text/plain; charset=utf-8")
	}
	return source, nil
}

func notASCII(r rune) bool { return r < ' ' || r > '~' }

func formatOf(kind models.ChannelKind, name PartName, contentType string) format {
	switch {
	case name == PartHTML:
		return formatHTML
	case name != PartBody:
		return formatText
	case kind == models.KindSlack:
		return formatSlack
	}
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil || media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"):
		return formatJSON
	case media == "application/x-www-form-urlencoded":
		return formatForm
	case media == "text/html" || media == "application/xhtml+xml":
		return formatHTML
	case media == "text/xml" || media == "application/xml" || strings.HasSuffix(media, "+xml"):
		return formatXML
	}
	return formatText
}

// finish holds the parts against what their channel can carry.
func (t *Template) finish(c models.Content) (models.Content, error) {
	switch t.kind {
	case models.KindSMS:
		if c.Text = strings.TrimSpace(c.Text); c.Text == "" {
			return models.Content{}, &RenderError{Part: PartText, Message: "the text is empty"}
		}
	case models.KindEmail:
		if c.Subject == "" {
			return models.Content{}, &RenderError{Part: PartSubject, Message: "the subject is empty"}
		}
	}
	return c, nil
}

// oneLine makes line breaks and other control characters spaces: in a subject
// nothing else is ever meant, and a header must not be broken.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	return strings.TrimSpace(s)
}
