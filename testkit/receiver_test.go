package testkit

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const patience = 30 * time.Second

func post(t *testing.T, url, body string) (status int, err error) {
	t.Helper()
	return postWith(t.Context(), url, body)
}

func postWith(ctx context.Context, url, body string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("webhook-id", "evt_"+body)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func TestReceiverRecordsAndAnswersInOrder(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t, Statuses(500, 429, 204))
	for i, want := range []int{500, 429, 204, 204} {
		if status, err := post(t, r.URL+"/hook?a=b", string(rune('a'+i))); err != nil || status != want {
			t.Errorf("answer %d was %d, %v", i, status, err)
		}
	}
	got := r.Wait(4, patience)
	if got[1].Number != 2 || string(got[1].Body) != "b" || got[1].Path != "/hook?a=b" || got[1].Method != http.MethodPost || got[1].At.IsZero() {
		t.Errorf("the second request is %+v", got[1])
	}
	if ids := r.IDs(); len(ids) != 4 || ids["evt_a"] != 1 {
		t.Errorf("the ids are %v", ids)
	}
}

func TestReceiverHoldsAnswersBack(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	r := NewReceiver(t, Answers(func(request Received) Answer {
		if string(request.Body) == "gate" {
			return Answer{Gate: gate, Status: 201}
		}
		return Answer{Hang: true, Status: 202}
	}))
	var done sync.WaitGroup
	for body, want := range map[string]int{"gate": 201, "hang": 202} {
		done.Go(func() {
			if status, err := post(t, r.URL, body); err != nil || status != want {
				t.Errorf("%s was answered %d, %v", body, status, err)
			}
		})
	}
	r.WaitUntil(func(all []Received) bool { return len(all) == 2 }, patience)
	close(gate)
	r.Release()
	done.Wait()
}

func TestReceiverDropsConnections(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	r.Answer(func(Received) Answer { return Answer{Drop: true} })
	if _, err := post(t, r.URL, "x"); err == nil {
		t.Error("there was an answer")
	}
	r.Wait(1, patience)
}

func TestReceiverClosesWhileAnswersHang(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t, Hanging(), CountOnly())
	failed := make(chan error, 1)
	go func() {
		_, err := postWith(t.Context(), r.URL, "x")
		failed <- err
	}()
	if kept := r.Wait(1, patience); len(kept) != 0 || r.Count() != 1 {
		t.Errorf("%d of %d requests are kept", len(kept), r.Count())
	}
	r.Close()
	if <-failed == nil {
		t.Error("there was an answer")
	}
	again := NewReceiver(t, OnAddress(r.Address()))
	if status, err := post(t, again.URL, "x"); err != nil || status != 200 {
		t.Errorf("the next one at its address answered %d, %v", status, err)
	}
}

func TestReceiverWaitGivesUp(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	if r.wait(func() bool { return r.count > 0 }, time.Millisecond) || len(r.waiters) != 0 {
		t.Error("something arrived")
	}
}
