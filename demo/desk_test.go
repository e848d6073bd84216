package demo

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func (d *Demo) at(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	if kind := w.Header().Get("Content-Type"); kind != "application/json" && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("%s %s is %q", method, path, kind)
	}
	return w.Code, w.Body.String()
}

func TestWhatWasReceivedIsShown(t *testing.T) {
	t.Parallel()
	d := opened(t)
	status, text := d.at(t, http.MethodGet, "/demo/received", "")
	all := decoded[received](t, text)
	if status != http.StatusOK || len(all.Receivers) != len(receivers()) || all.Messages == nil || all.Latest != 0 {
		t.Errorf("%d %s", status, text)
	}
	for _, r := range all.Receivers {
		if want := map[bool]string{true: "failing", false: "answering"}[r.Name == storefrontName]; r.State != want || r.Address == "" {
			t.Errorf("%+v", r)
		}
	}
	for range 3 {
		d.does(t, http.MethodPost, d.hook(tryName), "{}")
	}
	d.does(t, http.MethodPost, d.hook(warehouseName), "{}")
	for path, want := range map[string]int{"": 4, "?after=2": 2, "?receiver=try": 3, "?after=4": 0, "?after=99": 0, "?after=2&receiver=warehouse": 1} {
		_, text := d.at(t, http.MethodGet, "/demo/received"+path, "")
		if got := decoded[received](t, text); len(got.Messages) != want || got.Latest != 4 {
			t.Errorf("%s: %d messages, latest %d; want %d", path, len(got.Messages), got.Latest, want)
		}
	}
}

func TestReceiversAreChanged(t *testing.T) {
	t.Parallel()
	d := opened(t)
	const path = "/demo/receivers/"
	status, text := d.at(t, http.MethodPost, path+tryName, `{"failing": true}`)
	if got := decoded[shown](t, text); status != http.StatusOK || got.State != "failing" || got.Name != tryName {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := d.does(t, http.MethodPost, d.hook(tryName), "{}"); status != http.StatusInternalServerError {
		t.Errorf("it answers %d", status)
	}
	if status, text := d.at(t, http.MethodPost, path+tryName, `{"failing": false}`); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := d.does(t, http.MethodPost, d.hook(tryName), "{}"); status != http.StatusOK {
		t.Errorf("it answers %d", status)
	}
}

func TestTheDeskRefuses(t *testing.T) {
	t.Parallel()
	d := opened(t)
	for _, row := range []struct {
		method, path, body string
		want               int
		says               string
	}{
		{http.MethodGet, "/demo/received?after=x", "", 400, "after"},
		{http.MethodGet, "/demo/received?after=-1", "", 400, "after"},
		{http.MethodGet, "/demo/received?receiver=nobody", "", 404, "nobody"},
		{http.MethodPost, "/demo/receivers/nobody", `{"failing":true}`, 404, "nobody"},
		{http.MethodPost, "/demo/receivers/try", ``, 400, "failing"},
		{http.MethodPost, "/demo/receivers/try", `{}`, 400, "failing"},
		{http.MethodPost, "/demo/receivers/try", `{"failing":"yes"}`, 400, "failing"},
		{http.MethodPost, "/demo/receivers/try", `{"failing":true,"x":1}`, 400, "failing"},
		{http.MethodPost, "/demo/receivers/try", `{"failing":` + strings.Repeat(" ", 2*maxChange) + `true}`, 400, "failing"},
		{http.MethodGet, "/demo/other", "", 404, "/demo/received"},
	} {
		if status, text := d.at(t, row.method, row.path, row.body); status != row.want || !strings.Contains(decoded[map[string]string](t, text)["error"], row.says) {
			t.Errorf("%+v: %d %s", row, status, text)
		}
	}
	if d.known[tryName].state() != "answering" {
		t.Error("what was refused changed something")
	}
}
