package channels

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	body = bytes.TrimSpace(body)
	if problem := checkObject(body); problem != "" {
		return []SlackProblem{{Message: problem}}
	}
	eachMember(body, func(name string, _, value []byte) {
		switch name {
		case "text":
			problems = appendLong(problems, "text", value, MaxSlackText, "in text")
		case "blocks":
			problems = append(problems, checkBlocks("blocks", value)...)
		case "attachments":
			var attachments []struct{ Blocks json.RawMessage }
			if json.Unmarshal(value, &attachments) != nil {
				return
			}
			for i, a := range attachments {
				problems = append(problems, checkBlocks(fmt.Sprintf("attachments.%d.blocks", i), a.Blocks)...)
			}
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

// slackBlock is of a block what has limits. Text and fields are left as they are
// where the block is of a kind that has none.
type slackBlock struct {
	Type   slack.MessageBlockType `json:"type"`
	Text   json.RawMessage        `json:"text"`
	Fields json.RawMessage        `json:"fields"`
}

func checkBlocks(path string, raw json.RawMessage) (problems []SlackProblem) {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var blocks []json.RawMessage
	if json.Unmarshal(raw, &blocks) != nil {
		return nil
	}
	if n := len(blocks); n > MaxSlackBlocks {
		problems = append(problems, SlackProblem{path, fmt.Sprintf("has %d blocks; Slack takes at most %d", n, MaxSlackBlocks)})
	}
	for i := range blocks {
		var b slackBlock
		if json.Unmarshal(blocks[i], &b) != nil {
			continue
		}
		at := fmt.Sprintf("%s.%d", path, i)
		switch b.Type {
		case slack.MBTHeader:
			problems = appendLong(problems, at+".text", textOf(b.Text), MaxSlackHeaderText, "in a header")
		case slack.MBTSection:
			problems = appendLong(problems, at+".text", textOf(b.Text), MaxSlackSectionText, "in a section's text")
			problems = append(problems, checkFields(at+".fields", b.Fields)...)
		}
	}
	return problems
}

func checkFields(path string, raw json.RawMessage) (problems []SlackProblem) {
	var fields []json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	if n := len(fields); n > MaxSlackFields {
		problems = append(problems, SlackProblem{path, fmt.Sprintf("has %d fields; Slack takes at most %d in a section", n, MaxSlackFields)})
	}
	for i := range fields {
		problems = appendLong(problems, fmt.Sprintf("%s.%d", path, i), textOf(fields[i]), MaxSlackFieldText, "in a field of a section")
	}
	return problems
}

// textOf is the JSON string within a text object; nil for what is none.
func textOf(object json.RawMessage) json.RawMessage {
	var text struct{ Text json.RawMessage }
	if len(object) == 0 || json.Unmarshal(object, &text) != nil {
		return nil
	}
	return text.Text
}

// appendLong adds a problem where a JSON string has more than limit characters.
func appendLong(problems []SlackProblem, path string, quoted []byte, limit int, where string) []SlackProblem {
	if len(quoted) <= limit { // no character takes less than a byte
		return problems
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return problems
	}
	if n := utf8.RuneCountInString(text); n > limit {
		problems = append(problems, SlackProblem{path, fmt.Sprintf("has %d characters; Slack takes at most %d %s", n, limit, where)})
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
