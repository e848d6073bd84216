package channels

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"carillon/models"
)

// slackDoor is a channel's configuration made ready for sending: the way into
// Slack, and what is the same in each of its messages.
type slackDoor struct {
	endpoint
	via     *HTTP
	bot     bool
	threads bool
	target  string
	members []byte   // of each message's JSON, with a comma behind each
	owned   []string // names of members that a template cannot set
}

// newDoor fails for a configuration that could not be saved any more.
func (s *Slack) newDoor(c *models.SlackConfig) (*slackDoor, error) {
	if s.post == nil {
		return nil, &Error{Code: models.ErrConfig, Message: "CARILLON_SLACK_API_URL is not an address such as https://slack.com/api/"}
	}
	if err := c.Validate(models.ConfigRules{SlackAPI: s.api}); err != nil {
		message := err.Error()
		if coded := (*models.Error)(nil); errors.As(err, &coded) {
			message = "the channel's " + strings.TrimPrefix(coded.Field, "slack.") + " " + coded.Message
		}
		return nil, &Error{Class: Permanent, Code: models.ErrConfig, Message: message}
	}
	d := &slackDoor{via: s.guarded, bot: !c.BotToken.Empty(), threads: c.Threads(), target: c.Target()}
	d.timeout = c.AttemptTimeout()
	to := s.post
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {s.agent}}
	d.record = []models.Header{{Name: "Content-Type", Value: header.Get("Content-Type")}, {Name: "User-Agent", Value: s.agent}}
	if d.bot {
		token := c.BotToken.Reveal()
		header["Authorization"] = []string{"Bearer " + token}
		d.record = append(d.record, models.Header{Name: "Authorization", Secret: true})
		d.mask = maskOf(token)
	} else {
		to, _ = url.Parse(c.WebhookURL.Reveal()) // as Validate did
		d.mask = maskOf(webhookSecrets(to)...)
	}
	if hostPort(to) == s.named {
		d.via = s.own
	}
	d.request, d.hostShown = postTo(to, header), to.Host
	d.setMembers(c)
	return d, nil
}

// webhookSecrets are the forms in which an answer may repeat a webhook's URL.
func webhookSecrets(u *url.URL) []string {
	secrets := []string{u.String(), u.RequestURI(), u.Path, u.EscapedPath(), u.RawQuery}
	for _, path := range []string{u.Path, u.EscapedPath()} {
		// The last part alone opens the door, where it is Slack's; a short one of
		// another host would star out ordinary words.
		if last := path[strings.LastIndexByte(path, '/')+1:]; len(last) >= 8 {
			secrets = append(secrets, last)
		}
	}
	for _, s := range secrets {
		secrets = append(secrets, strings.ReplaceAll(s, "/", `\/`)) // as PHP writes JSON
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}

// setMembers works out what the channel adds to each message. Where both say
// something, the channel wins over the template.
func (d *slackDoor) setMembers(c *models.SlackConfig) {
	d.owned = []string{"token", "channel"}
	add := func(name, value string) {
		if value != "" {
			d.members = append(appendMember(d.members, name, value), ',')
			d.owned = append(d.owned, name)
		}
	}
	add("channel", c.Channel)
	add("username", c.Username)
	add("icon_emoji", c.IconEmoji)
	if c.IconEmoji != "" {
		d.owned = append(d.owned, "icon_url")
	}
	if d.threads {
		d.owned = append(d.owned, "thread_ts")
	}
}

func appendMember(to []byte, name, value string) []byte {
	quoted, _ := json.Marshal(value) // a string always can be
	return append(append(append(append(to, '"'), name...), `":`...), quoted...)
}

// compose is the message as it is posted: the template's, byte for byte, with
// the channel's members before it.
func (d *slackDoor) compose(body []byte, thread string) ([]byte, error) {
	body = bytes.Trim(body, jsonSpace)
	problems := CheckSlackBody(body)
	if len(problems) > 0 {
		return nil, &Error{Class: Permanent, Code: models.ErrTemplate, Message: "Slack would refuse the message: " + shownProblems(problems)}
	}
	out := make([]byte, 0, len(body)+len(d.members)+64)
	out = append(append(out, '{'), d.members...)
	if thread != "" {
		out = append(appendMember(out, "thread_ts", thread), ',')
	}
	if d.sets(body) {
		eachMember(body, func(name, member, _ []byte) {
			if !d.owns(name) {
				out = append(append(out, member...), ',')
			}
		})
	} else if rest := bytes.Trim(body[1:], jsonSpace); len(rest) > 1 {
		return append(out, rest...), nil
	}
	return append(bytes.TrimSuffix(out, []byte{','}), '}'), nil
}

// sets says that the template has a member which is not its to set.
func (d *slackDoor) sets(body []byte) (sets bool) {
	eachMember(body, func(name, _, _ []byte) { sets = sets || d.owns(name) })
	return sets
}

func (d *slackDoor) owns(name []byte) bool {
	return slices.ContainsFunc(d.owned, func(owned string) bool { return owned == string(name) })
}
