package channels

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// What the providers' documents demand of each error, by whose fault it is.
var (
	slackOfChannel = []string{
		"channel_not_found", "channel_is_archived", "is_archived", "not_in_channel", "no_service", "no_team", "invalid_token", "invalid_auth",
		"account_inactive", "token_revoked", "token_expired", "not_authed", "missing_scope", "action_prohibited", "restricted_action",
		"team_disabled", "posting_to_general_channel_denied",
	}
	slackOfMessage = []string{
		"invalid_payload", "invalid_blocks", "invalid_blocks_format", "no_text", "msg_too_long", "msg_blocks_too_long", "too_many_attachments", "user_not_found",
	}
	slackPassing = []string{
		"internal_error", "fatal_error", "service_unavailable", "request_timeout", "rollup_error", "a_word_of_tomorrow",
	}
)

func TestSlackRefusalsOfTheWebAPI(t *testing.T) {
	t.Parallel()
	check := func(word string, class Class, code models.AttemptErrorCode, disables bool) {
		t.Helper()
		answer := `{"ok":false,"error":"` + word + `"}`
		w := slackAnswers(t, says(200, answer))
		receipt, e := w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), class, code)
		if !strings.HasPrefix(e.Message, "Slack answered "+word) || (e.Disable != "") != disables || disables && e.Disable != e.Message {
			t.Errorf("%s: failed with %+v", word, e)
		}
		if *receipt.ResponseCode != 200 || *receipt.ResponseBody != answer || receipt.Thread != "" {
			t.Errorf("%s: the receipt is %+v", word, receipt)
		}
	}
	for _, word := range slackOfChannel {
		check(word, Permanent, models.ErrRejected, true)
	}
	for _, word := range slackOfMessage {
		check(word, Permanent, models.ErrRejected, false)
	}
	for _, word := range slackPassing {
		check(word, Temporary, models.ErrRejected, false)
	}
	for _, word := range []string{"ratelimited", "rate_limited"} {
		check(word, Throttled, models.ErrRateLimited, false)
	}
}

func TestSlackRefusalsOfWebhooks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status   int
		text     string
		class    Class
		disables bool
		says     string
	}{
		{400, "invalid_payload", Permanent, false, "Slack answered invalid_payload: "},
		{400, "invalid_blocks", Permanent, false, "invalid_blocks"},
		{400, "no_text\n", Permanent, false, "no_text"},
		{400, "user_not_found", Permanent, false, "user_not_found"},
		{400, "too_many_attachments", Permanent, false, "too_many_attachments"},
		{400, "invalid_token", Permanent, true, "make a new webhook"},
		{400, "something_new", Permanent, false, "400 Bad Request, something_new: the message"},
		{413, "", Permanent, false, "413 Request Entity Too Large"},
		{403, "invalid_token", Permanent, true, "invalid_token"},
		{403, "action_prohibited", Permanent, true, "action_prohibited"},
		{403, "posting_to_general_channel_denied", Permanent, true, "posting_to_general_channel_denied"},
		{403, "<html>no</html>", Permanent, true, "403 Forbidden: the webhook"},
		{404, "channel_not_found", Permanent, true, "the webhook's channel"},
		{404, "no_service", Permanent, true, "no_service"},
		{404, "No service", Permanent, true, "no_service"},
		{404, "no_team", Permanent, true, "no_team"},
		{404, "", Permanent, true, "404 Not Found"},
		{410, "channel_is_archived", Permanent, true, "archived"},
		{410, "", Permanent, true, "410 Gone"},
		{500, "rollup_error", Temporary, false, "rollup_error"},
		{500, "", Temporary, false, "500 Internal Server Error"},
		{503, "<html>busy</html>", Temporary, false, "503 Service Unavailable"},
		{408, "", Temporary, false, "408 Request Timeout"},
		{200, "no_service", Permanent, true, "no_service"},
		{200, `{"ok":false,"error":"no_service"}`, Permanent, true, "no_service"},
		{200, `{"ok":false,"error":"what_is_this"}`, Temporary, false, "what_is_this"},
	} {
		w := slackAnswers(t, says(row.status, row.text))
		receipt, e := w.fails(t, slackMessage(w.webhook(), `{"text":"hi"}`), row.class, models.ErrRejected)
		if (e.Disable != "") != row.disables || !strings.Contains(e.Message, row.says) || *receipt.ResponseCode != row.status || *receipt.ResponseBody != row.text {
			t.Errorf("%d %s: failed with %+v", row.status, row.text, e)
		}
	}
}

// Every status of the Web API that is not 200 is of something before Slack, or of
// a bad hour: only words refuse for good.
func TestSlackStatusesOfTheWebAPI(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 400, 401, 403, 404, 410, 418, 500, 502, 503, 504} {
		w := slackAnswers(t, says(status, "<html></html>", "Retry-After", "7"))
		_, e := w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), Temporary, models.ErrRejected)
		if !strings.Contains(e.Message, fmt.Sprint(status)) || e.Disable != "" || e.After != 7*time.Second {
			t.Errorf("%d: failed with %+v", status, e)
		}
	}
	w := slackAnswers(t, says(403, `{"ok":false,"error":"invalid_auth"}`))
	if _, e := w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), Permanent, models.ErrRejected); e.Disable == "" {
		t.Errorf("failed with %+v", e)
	}
}

func TestSlackRateLimit(t *testing.T) {
	t.Parallel()
	for _, answer := range []struct {
		status int
		text   string
	}{{429, ""}, {429, `{"ok":false,"error":"ratelimited"}`}, {429, "rate_limited"}, {200, `{"ok":false,"error":"ratelimited"}`}} {
		for header, want := range map[string]time.Duration{"30": 30 * time.Second, "": 0, "Sat, 30 Mar 2024 10:16:00 GMT": time.Minute} {
			w := slackAnswers(t, says(answer.status, answer.text, "Retry-After", header))
			for _, config := range []*models.SlackConfig{slackBot(), w.webhook()} {
				if _, e := w.fails(t, slackMessage(config, `{"text":"hi"}`), Throttled, models.ErrRateLimited); e.After != want || e.Disable != "" {
					t.Errorf("%+v with %q: failed with %+v", answer, header, e)
				}
			}
		}
	}
}

func TestSlackSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"ok":false,"error":"channel_not_found"}`:                                            "Slack answered channel_not_found: the channel does not exist or the bot was not invited; invite it with /invite @bot",
		`{"ok":false,"error":"missing_scope","needed":"chat:write.customize","provided":"x"}`: "Slack answered missing_scope: the app lacks the scope chat:write.customize; add it and install the app again",
		`{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] must be less than 3001 characters\n[json-pointer:/blocks/0/text/text]","` + slackToken + `"]}}`: "Slack answered invalid_blocks: a block is not what Slack takes; look at the template (must be less than 3001 characters [json-pointer:/blocks/0/text/text]; " + strings.Repeat("*", len(slackToken)) + ")",
		`{"ok":false,"error":"Do\r\nthis: <b>"}`: "Slack answered an error that it did not name",
		`{"ok":false}`:                           "Slack answered an error that it did not name",
	} {
		w := slackAnswers(t, says(200, answer))
		_, err := w.Send(t.Context(), slackMessage(slackBot(), `{"text":"hi"}`))
		if e := AsError(err); e.Message != want {
			t.Errorf("got  %s\nwant %s", e.Message, want)
		}
	}
}

func TestSlackAnswersThatAreNotSlacks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "ok", "<html>Welcome</html>", "[]", `{}`, `{"ok":"true"}`, `{"ok":1}`, `{"o`, `{"message":{"ok":true}}`, `{"message":"` + strings.Repeat("x", models.MaxResponseBody) + `","ok":true}`} {
		w := slackAnswers(t, says(200, text))
		if _, e := w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), Temporary, models.ErrProvider); !strings.Contains(e.Message, "not one of Slack's") {
			t.Errorf("%.30q: failed with %+v", text, e)
		}
		if text == "ok" {
			continue
		}
		if _, e := w.fails(t, slackMessage(w.webhook(), `{"text":"hi"}`), Temporary, models.ErrProvider); e.Disable != "" {
			t.Errorf("%.30q: failed with %+v", text, e)
		}
	}
	for _, text := range []string{" ok\n", "OK", `{"ok":true}`} {
		w := slackAnswers(t, says(200, text))
		w.sends(t, slackMessage(w.webhook(), `{"text":"hi"}`))
	}
}

// An answer repeats the message: one that is longer than what is kept is Slack's too.
func TestSlackLongAnswerIsTaken(t *testing.T) {
	t.Parallel()
	threading := slackBot()
	threading.ThreadByEntity = true
	w := slackAnswers(t, says(200, `{"ok":true,"channel":"C1","ts":"5.5","message":{"text":"`+strings.Repeat(`\"}`, models.MaxResponseBody)+`"}}`))
	if receipt := w.sends(t, slackMessage(threading, `{"text":"hi"}`)); receipt.Thread != "5.5" || len(*receipt.ResponseBody) != models.MaxResponseBody {
		t.Errorf("the thread is %q", receipt.Thread)
	}
}
