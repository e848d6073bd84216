package channels

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/slack-go/slack"

	"carillon/models"
)

func TestSlackBotPosts(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, posted("1503435956.000247"))
	receipt := w.sends(t, slackMessage(slackBot(), ` {"text": "a < b", "unfurl_links": false} `))
	got := w.one(t)
	if got.path != "/api/chat.postMessage" || got.header.Get("Authorization") != "Bearer "+slackToken ||
		got.header.Get("Content-Type") != "application/json; charset=utf-8" || got.header.Get("User-Agent") != "Carillon/test" {
		t.Errorf("the request is %+v", got)
	}
	if want := `{"channel":"#alerts","text": "a < b", "unfurl_links": false}`; got.body != want || receipt.RequestBody != want {
		t.Errorf("posted %s, recorded %s", got.body, receipt.RequestBody)
	}
	if receipt.Target != "#alerts" || *receipt.ResponseCode != 200 || !strings.HasPrefix(*receipt.ResponseBody, `{"ok":true`) || receipt.Thread != "" {
		t.Errorf("the receipt is %+v", receipt)
	}
	for _, h := range receipt.RequestHeaders {
		if h.Name == "Authorization" && (!h.Secret || h.Value != "") {
			t.Errorf("recorded %+v", h)
		}
	}
	if len(receipt.RequestHeaders) != 3 || len(receipt.ResponseHeaders) == 0 {
		t.Errorf("recorded %+v and %+v", receipt.RequestHeaders, receipt.ResponseHeaders)
	}
}

func TestSlackWebhookPosts(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, says(200, "ok"))
	const body = `{"text":"hi","blocks":[{"type":"divider"}]}`
	receipt := w.sends(t, slackMessage(w.webhook(), body))
	got := w.one(t)
	if got.path != slackPath || got.body != body || got.header.Get("Authorization") != "" {
		t.Errorf("the request is %+v", got)
	}
	if receipt.Target != w.url+"/********" || *receipt.ResponseBody != "ok" || receipt.Thread != "" || receipt.RequestBody != body {
		t.Errorf("the receipt is %+v", receipt)
	}
	if text := shown(t, receipt, nil); strings.Contains(text, "hidden") || strings.Contains(text, "T012AB3CD") {
		t.Errorf("the URL shows in %s", text)
	}
}

// The channel's own settings win over the template's, whatever their names are
// written like.
func TestSlackChannelWins(t *testing.T) {
	t.Parallel()
	const body = `{"ch\u0061nnel":"#other","token":"xoxb-other","text":"hi","thread_ts":"1.1","username":"Me","icon_url":"https://x/y.png", "a":{"channel":1}}`
	bot, threading := slackBot(), slackBot()
	bot.Username, bot.IconEmoji = `C"rillon`, ":bell:"
	threading.ThreadByEntity = true
	w := slackAnswers(t, posted("1.2"))
	hook := w.webhook()
	hook.Username, hook.IconEmoji = "Hook", ":bell:"
	for _, row := range []struct {
		config *models.SlackConfig
		want   string
	}{
		{bot, `{"channel":"#alerts","username":"C\"rillon","icon_emoji":":bell:","text":"hi","thread_ts":"1.1","a":{"channel":1}}`},
		{threading, `{"channel":"#alerts","text":"hi","username":"Me","icon_url":"https://x/y.png","a":{"channel":1}}`},
		{hook, `{"username":"Hook","icon_emoji":":bell:","text":"hi","thread_ts":"1.1","a":{"channel":1}}`},
		{w.webhook(), `{"text":"hi","thread_ts":"1.1","username":"Me","icon_url":"https://x/y.png","a":{"channel":1}}`},
	} {
		receipt, _ := w.Send(t.Context(), slackMessage(row.config, body))
		seen := w.requests()
		sameJSON(t, seen[len(seen)-1].body, row.want)
		sameJSON(t, receipt.RequestBody, row.want)
	}
}

func TestSlackThreads(t *testing.T) {
	t.Parallel()
	threading := slackBot()
	threading.ThreadByEntity = true
	w := slackAnswers(t, posted("1503435956.000247"))
	first := slackMessage(threading, `{"text":"first"}`)
	receipt := w.sends(t, first)
	if receipt.Thread != "1503435956.000247" {
		t.Errorf("the thread is %q", receipt.Thread)
	}
	next := slackMessage(threading, `{"text":"next"}`)
	next.Thread = receipt.Thread
	if receipt = w.sends(t, next); receipt.Thread != "" {
		t.Errorf("a reply began the thread %q", receipt.Thread)
	}
	plain := slackMessage(slackBot(), `{"text":"plain"}`)
	plain.Thread = "1503435956.000247"
	if receipt = w.sends(t, plain); receipt.Thread != "" {
		t.Errorf("a message without threads began %q", receipt.Thread)
	}
	seen := w.requests()
	sameJSON(t, seen[0].body, `{"channel":"#alerts","text":"first"}`)
	sameJSON(t, seen[1].body, `{"channel":"#alerts","thread_ts":"1503435956.000247","text":"next"}`)
	sameJSON(t, seen[2].body, `{"channel":"#alerts","text":"plain"}`)
}

func TestSlackThreadThatIsGoneBeginsAnew(t *testing.T) {
	t.Parallel()
	threading := slackBot()
	threading.ThreadByEntity = true
	for _, gone := range []string{"thread_not_found", "message_not_found", "restricted_action_thread_locked"} {
		refused := says(200, `{"ok":false,"error":"`+gone+`"}`)
		w := slackAnswers(t, refused, posted("2.2"))
		m := slackMessage(threading, `{"text":"hi"}`)
		m.Thread = "1.1"
		if receipt := w.sends(t, m); receipt.Thread != "2.2" || receipt.RequestBody != `{"channel":"#alerts","text":"hi"}` || !strings.Contains(*receipt.ResponseBody, "2.2") {
			t.Errorf("%s: the receipt is %+v", gone, receipt)
		}
		if seen := w.requests(); len(seen) != 2 || !strings.Contains(seen[0].body, `"thread_ts":"1.1"`) {
			t.Errorf("%s: the requests are %+v", gone, seen)
		}
		w = slackAnswers(t, refused) // again and again
		if receipt, e := w.fails(t, m, Permanent, models.ErrRejected); e.Disable != "" || receipt.Thread != "" {
			t.Errorf("%s: failed with %+v", gone, e)
		}
		if n := len(w.requests()); n != 2 {
			t.Errorf("%s: %d requests came", gone, n)
		}
	}
}

// What slack-go's types make is taken as it is.
func TestSlackTakesTheLibrarysMessages(t *testing.T) {
	t.Parallel()
	header := slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, "Order paid", false, false))
	section := slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*42* of a&b", false, false),
		[]*slack.TextBlockObject{slack.NewTextBlockObject(slack.MarkdownType, "field", false, false)}, nil)
	body, err := json.Marshal(slack.WebhookMessage{Text: "paid", Blocks: &slack.Blocks{BlockSet: []slack.Block{header, section, slack.NewDividerBlock()}}})
	if err != nil {
		t.Fatal(err)
	}
	w := slackAnswers(t, says(200, "ok"))
	w.sends(t, slackMessage(w.webhook(), string(body)))
	var back slack.WebhookMessage
	if err := json.Unmarshal([]byte(w.one(t).body), &back); err != nil || len(back.Blocks.BlockSet) != 3 {
		t.Errorf("%v: %+v", err, back)
	}
}

func TestSlackBodiesThatAreNoMessage(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, posted("1.1"))
	for body, says := range map[string]string{
		"": "not JSON", "hi": "not JSON, at byte 1", `{"text":"hi"`: "not JSON", `"hi"`: "no object", "[]": "no object", "null": "no object", "{\"text\":\"\xff\"}": "UTF-8",
		`{"text":"hi"} x`: "not JSON",
	} {
		receipt, e := w.fails(t, slackMessage(slackBot(), body), Permanent, models.ErrTemplate)
		if !strings.Contains(e.Message, says) || e.Disable != "" || receipt.ResponseCode != nil {
			t.Errorf("%q: failed with %+v", body, e)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d of them were posted", n)
	}
}

// Many senders share what was made ready of one channel.
func TestSlackManyAtOnce(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == slackPath {
			_, _ = io.WriteString(out, "ok")
			return
		}
		posted("1.1")(out, r)
	})
	var all sync.WaitGroup
	for name, config := range w.both() {
		for i := range 32 {
			all.Go(func() {
				for j := range 5 {
					body := fmt.Sprintf(`{"text":"%s %d %d"}`, name, i, j)
					if _, err := w.Send(t.Context(), slackMessage(config, body)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	texts := map[string]bool{}
	for _, seen := range w.requests() {
		var message struct{ Channel, Text string }
		if err := json.Unmarshal([]byte(seen.body), &message); err != nil {
			t.Fatal(err)
		}
		if bot := strings.HasPrefix(message.Text, "bot"); bot != (message.Channel == "#alerts") || bot != (seen.header.Get("Authorization") != "") {
			t.Errorf("%+v", seen)
		}
		texts[message.Text] = true
	}
	if len(texts) != 2*32*5 {
		t.Errorf("%d messages came", len(texts))
	}
}
