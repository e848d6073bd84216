package channels

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// both are the two ways into a world.
func (w *slackWorld) both() map[string]*models.SlackConfig {
	return map[string]*models.SlackConfig{"bot": slackBot(), "webhook": w.webhook()}
}

func TestSlackRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	followed := 0
	w := slackAnswers(t, func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed++
		}
		http.Redirect(out, r, "/elsewhere?a=b", http.StatusFound)
	})
	for name, config := range w.both() {
		_, e := w.fails(t, slackMessage(config, `{"text":"hi"}`), Temporary, models.ErrRejected)
		if want := "Slack answered 302 Found, a redirect to " + w.url + "/elsewhere; redirects are not followed"; e.Message != want {
			t.Errorf("%s: failed with %q", name, e.Message)
		}
	}
	if followed > 0 {
		t.Error("it was followed")
	}
}

func TestSlackAnswerThatDoesNotCome(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, config := range w.both() {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := w.Send(ctx, slackMessage(config, `{"text":"hi"}`))
		cancel()
		if e := AsError(err); e.Code != models.ErrTimeout || e.Class != Temporary || e.Message != "no answer in time" {
			t.Errorf("%s: failed with %+v", name, e)
		}
	}
}

// The channel's own timeout counts as well.
func TestSlackTimeoutOfTheChannel(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	config := slackBot()
	d, err := w.doors.of(config)
	if err != nil || d.timeout != config.AttemptTimeout() {
		t.Fatalf("%v: %+v", err, d)
	}
	d.timeout = 50 * time.Millisecond
	if _, e := w.fails(t, slackMessage(config, `{"text":"hi"}`), Temporary, models.ErrTimeout); e.Message != "no answer within 50ms" {
		t.Errorf("failed with %+v", e)
	}
}

func TestSlackTrickleCountsAgainstTheTimeout(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, func(out http.ResponseWriter, r *http.Request) {
		drop := time.NewTicker(5 * time.Millisecond)
		defer drop.Stop()
		for r.Context().Err() == nil {
			_, _ = io.WriteString(out, " ")
			_ = http.NewResponseController(out).Flush()
			<-drop.C
		}
	})
	for name, config := range w.both() {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := w.Send(ctx, slackMessage(config, `{"text":"hi"}`))
		cancel()
		if e := AsError(err); e.Code != models.ErrTimeout || !strings.Contains(e.Message, "did not end") {
			t.Errorf("%s: failed with %+v", name, e)
		}
	}
}

// A message that Slack has said it took is not sent again, though the answer broke off.
func TestSlackBrokenAnswerAfterOK(t *testing.T) {
	t.Parallel()
	w := slackAnswers(t, says(200, `{"ok":true,"ts":"1.1","mess`, "Content-Length", "1000"))
	w.sends(t, slackMessage(slackBot(), `{"text":"hi"}`))
	w = slackAnswers(t, says(200, `{"channel":"C1","ok"`, "Content-Length", "1000"))
	w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), Temporary, models.ErrConnect)
}

func TestSlackHugeAnswerIsCut(t *testing.T) {
	t.Parallel()
	flood := func(head string, wrote chan<- int) http.HandlerFunc {
		return func(out http.ResponseWriter, _ *http.Request) {
			n, err := io.WriteString(out, head)
			total, block := n, bytes.Repeat([]byte("x"), 64<<10)
			for err == nil && total < 1<<30 {
				n, err = out.Write(block)
				total += n
			}
			wrote <- total
		}
	}
	for head, ok := range map[string]bool{`{"ok":true,"ts":"1.1","message":"`: true, "": false, `{"message":"`: false} {
		wrote := make(chan int, 2)
		w := slackAnswers(t, flood(head, wrote))
		if ok {
			w.sends(t, slackMessage(slackBot(), `{"text":"hi"}`))
		} else {
			w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), Temporary, models.ErrProvider)
			w.fails(t, slackMessage(w.webhook(), `{"text":"hi"}`), Temporary, models.ErrProvider)
		}
		if n := <-wrote; n > 64<<20 {
			t.Errorf("%q: the server could send %d bytes", head, n)
		}
	}
}

func TestSlackStopOfTheServerIsNotAFailure(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	w := slackAnswers(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-arrived
		stop()
	}()
	_, err := w.Send(ctx, slackMessage(slackBot(), `{"text":"hi"}`))
	if classed := (*Error)(nil); !canceled(err) || errors.As(err, &classed) {
		t.Errorf("Send returned %v", err)
	}
}

func TestSlackTLSFailures(t *testing.T) {
	t.Parallel()
	server, pool := serveTLS(t, posted("1.1"), nil)
	other := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for url, row := range map[string]struct {
		options SlackOptions
		says    string
	}{
		other:      {SlackOptions{API: other, RootCAs: pool}, "is for another name"},
		server.URL: {SlackOptions{API: server.URL}, "not signed by an authority"},
	} {
		s := NewSlack(row.options)
		t.Cleanup(s.Close)
		w := &slackWorld{Slack: s, url: url}
		for name, config := range w.both() {
			if _, e := w.fails(t, slackMessage(config, `{"text":"hi"}`), Temporary, models.ErrTLS); !strings.Contains(e.Message, row.says) {
				t.Errorf("%s: failed with %+v", name, e)
			}
		}
	}
	s := NewSlack(SlackOptions{API: server.URL, RootCAs: pool})
	t.Cleanup(s.Close)
	if _, err := s.Send(t.Context(), slackMessage(slackBot(), `{"text":"hi"}`)); err != nil {
		t.Error(err)
	}
}

// Whatever Slack repeats of the request, no secret is kept or said.
func TestSlackSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 404, 500} {
		w := slackAnswers(t, func(out http.ResponseWriter, r *http.Request) {
			said := r.Header.Get("Authorization") // of a bot
			if said == "" {
				_, last, _ := strings.Cut(r.URL.Path, "EF6GH/")
				said = r.URL.Path + " http://" + r.Host + r.URL.Path + " " + strings.ReplaceAll(r.URL.Path, "/", `\/`) + " " + last
			}
			out.Header().Set("X-Echo", said)
			out.Header().Set("Location", "/x/"+said+"?"+said)
			out.WriteHeader(status)
			_, _ = io.WriteString(out, `{"ok":false,"error":"missing_scope","needed":"`+said+`","response_metadata":{"messages":["`+said+`"]}}`+said)
		})
		for name, row := range map[string]struct {
			config *models.SlackConfig
			body   string // a template that says the secret itself
			parts  []string
		}{
			"bot":     {slackBot(), slackToken, []string{"4711-0815", "abcDEF"}},
			"webhook": {w.webhook(), w.url + slackPath, []string{"hiddenHIDDEN", "T012AB3CD"}},
		} {
			receipt, err := w.Send(t.Context(), slackMessage(row.config, `{"text":"`+row.body+`"}`))
			text := shown(t, receipt, err) + *receipt.ResponseBody
			for _, part := range row.parts {
				if strings.Contains(text, part) {
					t.Errorf("%d, %s: %q shows in %.2000s", status, name, part, text)
				}
			}
			if err == nil || !strings.Contains(*receipt.ResponseBody, "***") {
				t.Errorf("%d, %s: %v, %s", status, name, err, *receipt.ResponseBody)
			}
			if sent := w.requests(); !strings.Contains(sent[len(sent)-1].body, row.body) {
				t.Errorf("%d, %s: what was posted is %s", status, name, sent[len(sent)-1].body)
			}
		}
	}
}
