package channels

import (
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"
)

// slackAnswer is what an answer says in Slack's own words.
type slackAnswer struct {
	known   bool // it says ok or not ok
	ok      bool
	word    string // the error, as Slack names it; empty for none, and for what is no word
	ts      string // of the message that was made
	needed  string // the scope that is missing
	details []string
}

// readSlackAnswer reads what is kept of an answer: JSON of the Web API, which may
// be cut off behind what matters, since it repeats the message, or the bare word
// of an incoming webhook.
func readSlackAnswer(text string, webhook bool) (a slackAnswer) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		if a.word = slackWord(text); a.word == "ok" {
			a.known, a.ok, a.word = webhook, webhook, ""
		}
		return a
	}
	var metadata slack.ResponseMetadata
	eachMember([]byte(text), func(name, _, value []byte) {
		switch string(name) {
		case "ok":
			a.ok = string(value) == "true"
			a.known = a.ok || string(value) == "false"
		case "error":
			a.word = slackWord(unquoted(value))
		case "ts":
			if a.ts = unquoted(value); len(a.ts) > maxSlackTS {
				a.ts = ""
			}
		case "needed":
			a.needed = unquoted(value)
		case "response_metadata":
			_ = json.Unmarshal(value, &metadata)
			a.details = metadata.Messages
		}
	})
	return a
}

// maxSlackTS bounds what is taken for the name of a message.
const maxSlackTS = 64

// slackWord is the text where it has the form of Slack's errors, also of the old
// ones, such as No service; else nothing.
func slackWord(text string) string {
	word := strings.ReplaceAll(strings.ToLower(text), " ", "_")
	if len(word) > 80 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return ""
	}
	return word
}

// threadGone says that the message cannot go below the one it was to go below.
func (a *slackAnswer) threadGone() bool {
	switch a.word {
	case "thread_not_found", "message_not_found", "cannot_reply_to_message",
		"restricted_action_thread_locked", "restricted_action_non_threadable_channel":
		return true
	}
	return false
}
