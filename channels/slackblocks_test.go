package channels

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"carillon/models"
)

func section(text string, fields ...string) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = `{"type":"mrkdwn","text":"` + f + `"}`
	}
	return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"},"fields":[` + strings.Join(list, ",") + `]}`
}

func header(text string) string {
	return `{"type":"header","text":{"type":"plain_text","text":"` + text + `"}}`
}

func blocks(list ...string) string { return `{"blocks":[` + strings.Join(list, ",") + `]}` }

func TestSlackLimits(t *testing.T) {
	t.Parallel()
	divider := func(n int) []string { return strings.Split(strings.Repeat(`{"type":"divider"} `, n)[:19*n-1], " ") }
	long := func(n int) string { return strings.Repeat("ä", n) }
	fields := func(n int) []string { return strings.Split(strings.Repeat("f ", n)[:2*n-1], " ") }
	for body, want := range map[string]string{
		`{"text":"` + long(40_000) + `"}`:                                  "",
		`{"text":"` + long(40_001) + `"}`:                                  "text has 40001 characters; Slack takes at most 40000 in text",
		`{"text":"` + strings.Repeat(`\u00e4`, 40_000) + `"}`:              "",
		blocks(divider(50)...):                                             "",
		blocks(divider(51)...):                                             "blocks has 51 blocks; Slack takes at most 50",
		blocks(section(long(3000))):                                        "",
		blocks(section("a"), section(long(3001))):                          "blocks.1.text has 3001 characters; Slack takes at most 3000 in a section's text",
		blocks(section("a", fields(10)...)):                                "",
		blocks(section("a", fields(11)...)):                                "blocks.0.fields has 11 fields; Slack takes at most 10 in a section",
		blocks(section("a", long(2000))):                                   "",
		blocks(section("a", "b", long(2001))):                              "blocks.0.fields.1 has 2001 characters; Slack takes at most 2000 in a field of a section",
		blocks(header(long(150))):                                          "",
		blocks(header(long(151))):                                          "blocks.0.text has 151 characters; Slack takes at most 150 in a header",
		`{"attachments":[{"text":"a"},` + blocks(header(long(151))) + `]}`: "attachments.1.blocks.0.text has 151 characters; Slack takes at most 150 in a header",
		blocks(header(long(151)), header(long(152)), header(long(153)), header(long(154))): "blocks.0.text has 151 characters; Slack takes at most 150 in a header; " +
			"blocks.1.text has 152 characters; Slack takes at most 150 in a header; blocks.2.text has 153 characters; Slack takes at most 150 in a header; and 1 more",
		// What is not known is Slack's to judge.
		`{"blocks":"[]","attachments":"","text":1}`:                                      "",
		`{"blocks":[1,"a",null,[],{"type":7},{"type":"section","text":"a","fields":7}]}`: "",
		blocks(`{"type":"markdown","text":"` + long(5000) + `"}`):                        "",
		`{"blocks":{"type":"` + long(60) + `"}}`:                                         "",
	} {
		if got := shownProblems(CheckSlackBody([]byte(body))); got != want {
			t.Errorf("%.60s\ngot  %q\nwant %q", body, got, want)
		}
	}
	w := slackAnswers(t, posted("1.1"))
	receipt, e := w.fails(t, slackMessage(slackBot(), blocks(header(long(151)))), Permanent, models.ErrTemplate)
	if e.Message != "Slack would refuse the message: blocks.0.text has 151 characters; Slack takes at most 150 in a header" || receipt.ResponseCode != nil || len(w.requests()) > 0 {
		t.Errorf("failed with %+v", e)
	}
}

func TestSlackProblemOfTheWhole(t *testing.T) {
	t.Parallel()
	got := CheckSlackBody([]byte(" [1] "))
	if want := []SlackProblem{{Message: `it is JSON, but no object such as {"text": "…"}`}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// Whatever the template's JSON is, what is posted says the same, but for the
// channel's own members.
func FuzzSlackCompose(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"text":"hi"}`, `{"channel":"x"}`, `{"channel":"x","text":"}\"{\\"}`, `{"text" : [1 , {"channel": null}] , "channel":{}}`, `{"a":1,"a":-1e5,"channel":[[]]}`,
		`{"\u0063hannel":"x","":true}`, `{"text":"a","channel":"b","x":"c"}`,
	} {
		f.Add([]byte(seed), "1.1")
	}
	s := NewSlack(SlackOptions{})
	f.Cleanup(s.Close)
	config := slackBot()
	config.ThreadByEntity = true
	d, err := s.doors.of(config)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, thread string) {
		posted, err := d.compose(body, thread)
		if err != nil {
			return
		}
		var want, got map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("%q was taken: %v", body, err)
		}
		for _, name := range d.owned {
			delete(want, name)
		}
		want["channel"] = json.RawMessage(`"#alerts"`)
		if thread != "" {
			quoted, _ := json.Marshal(thread)
			want["thread_ts"] = quoted
		}
		if err := json.Unmarshal(posted, &got); err != nil || fmt.Sprintf("%s", want) != fmt.Sprintf("%s", got) {
			t.Errorf("%q became %q (%v)", body, posted, err)
		}
	})
}

func FuzzSlackAnswer(f *testing.F) {
	for _, seed := range []string{`{"ok":true,"ts":"1.1"}`, `{"ok":false,"error":"no_text","response_metadata":{"messages":["a"]}}`, "ok", "No service", `{"`, `{"a":"\`} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		if cut >= 0 && cut < len(text) {
			text = text[:cut]
		}
		a := readSlackAnswer(text, true)
		if a.ok && !a.known || strings.Trim(a.word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("%q was read as %+v", text, a)
		}
	})
}
