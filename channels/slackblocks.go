package channels

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Slack's limits on one message; lengths are in characters.
const (
	MaxSlackBlocks      = 50
	MaxSlackSectionText = 3000
	MaxSlackFields      = 10
	MaxSlackFieldText   = 2000
	MaxSlackHeaderText  = 150
	MaxSlackText        = 40_000
)

// SlackProblem is why Slack would refuse a message, or would cut it.
type SlackProblem struct {
	Path    string // of the part that is wrong, such as blocks.3.text; empty for the whole
	Message string
}

func (p SlackProblem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + " " + p.Message
}

// CheckSlackBody holds the JSON of a message against Slack's limits. It is pure,
// and says nothing of what it does not know: that is for Slack to judge.
func CheckSlackBody(body []byte) (problems []SlackProblem) {
	body = bytes.Trim(body, jsonSpace)
	if problem := checkObject(body); problem != "" {
		return []SlackProblem{{Message: problem}}
	}
	eachMember(body, func(name, _, value []byte) {
		switch string(name) {
		case "text":
			problems = appendLong(problems, slackPlace{}, "text", value, MaxSlackText, "in text")
		case "blocks":
			problems = checkBlocks(problems, "blocks", value)
		case "attachments":
			eachElement(value, func(i int, attachment []byte) {
				eachMember(attachment, func(name, _, value []byte) {
					if string(name) == "blocks" {
						problems = checkBlocks(problems, fmt.Sprintf("attachments.%d.blocks", i), value)
					}
				})
			})
		}
	})
	return problems
}

// checkObject says why the body is not the JSON of an object.
func checkObject(body []byte) string {
	if !utf8.Valid(body) {
		return "it is not valid UTF-8"
	}
	if !json.Valid(body) {
		var any json.RawMessage
		err := json.Unmarshal(body, &any)
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			return fmt.Sprintf("it is not JSON, at byte %d: %v", syntax.Offset, err)
		}
		return "it is not JSON"
	}
	if body[0] != '{' {
		return `it is JSON, but no object such as {"text": "…"}`
	}
	return ""
}

// slackPlace is a block of a list; what it is called is worked out where
// something is wrong with it.
type slackPlace struct {
	list  string
	block int
}

func (p slackPlace) path(part string) string {
	if p.list == "" {
		return part
	}
	return fmt.Sprintf("%s.%d.%s", p.list, p.block, part)
}

func checkBlocks(problems []SlackProblem, path string, list []byte) []SlackProblem {
	first := len(problems)
	n := eachElement(list, func(i int, block []byte) {
		problems = checkBlock(problems, slackPlace{path, i}, block)
	})
	if n > MaxSlackBlocks {
		problem := SlackProblem{path, fmt.Sprintf("has %d blocks; Slack takes at most %d", n, MaxSlackBlocks)}
		problems = slices.Insert(problems, first, problem)
	}
	return problems
}

// checkBlock looks at the kinds of blocks that have limits.
func checkBlock(problems []SlackProblem, at slackPlace, block []byte) []SlackProblem {
	var kind, text, fields []byte
	eachMember(block, func(name, _, value []byte) {
		switch string(name) {
		case "type":
			kind = value
		case "text":
			text = textOf(value)
		case "fields":
			fields = value
		}
	})
	switch string(bytes.Trim(kind, `"`)) {
	case string(slack.MBTHeader):
		return appendLong(problems, at, "text", text, MaxSlackHeaderText, "in a header")
	case string(slack.MBTSection):
		problems = appendLong(problems, at, "text", text, MaxSlackSectionText, "in a section's text")
		return checkFields(problems, at, fields)
	}
	return problems
}

func checkFields(problems []SlackProblem, at slackPlace, fields []byte) []SlackProblem {
	first := len(problems)
	n := eachElement(fields, func(i int, field []byte) {
		text := textOf(field)
		if len(text) > MaxSlackFieldText {
			problems = appendLong(problems, at, fmt.Sprintf("fields.%d", i), text, MaxSlackFieldText, "in a field of a section")
		}
	})
	if n > MaxSlackFields {
		problem := SlackProblem{at.path("fields"), fmt.Sprintf("has %d fields; Slack takes at most %d in a section", n, MaxSlackFields)}
		problems = slices.Insert(problems, first, problem)
	}
	return problems
}

// textOf is the JSON string within a text object; nil for what is none.
func textOf(object []byte) (text []byte) {
	eachMember(object, func(name, _, value []byte) {
		if string(name) == "text" {
			text = value
		}
	})
	return text
}

// appendLong adds a problem where a JSON string has more than limit characters.
func appendLong(problems []SlackProblem, at slackPlace, part string, quoted []byte, limit int, where string) []SlackProblem {
	if len(quoted) <= limit { // no character takes less than a byte
		return problems
	}
	if n := utf8.RuneCountInString(unquoted(quoted)); n > limit {
		problem := SlackProblem{at.path(part), fmt.Sprintf("has %d characters; Slack takes at most %d %s", n, limit, where)}
		problems = append(problems, problem)
	}
	return problems
}

// shownProblems names the first ones.
func shownProblems(problems []SlackProblem) string {
	const most = 3
	text := ""
	for i, p := range problems[:min(len(problems), most)] {
		if i > 0 {
			text += "; "
		}
		text += p.String()
	}
	if more := len(problems) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
