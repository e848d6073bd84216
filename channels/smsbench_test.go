package channels

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"carillon/models"
)

// BenchmarkTwilio is to be read beside BenchmarkBareTwilio, which is the limit.
func BenchmarkTwilio(b *testing.B) {
	s := NewSMS(SMSOptions{Guard: loopback()})
	b.Cleanup(s.Close)
	m := Message{Content: models.Content{Text: "The build is red."}, Channel: &models.Channel{Kind: models.KindSMS, Config: &models.SmsConfig{
		Provider: models.ProviderTwilio, AccountID: checkSID, AuthToken: checkToken, BaseURL: benchmarkTwilio(b), From: checkFrom, To: []string{checkTo}, MaxSegments: 1,
	}}}
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Send(b.Context(), m); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchmarkTwilio(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid": "SM0123456789abcdef0123456789abcdef", "status": "queued", "to": "+14155550123", "from": "+14155550100",
			"body": "The build is red.", "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "error_code": null, "num_segments": "1"}`)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

func BenchmarkBareTwilio(b *testing.B) {
	target := benchmarkTwilio(b) + "/2010-04-01/Accounts/" + checkSID + "/Messages.json"
	form := url.Values{"To": {checkTo}, "From": {checkFrom}, "Body": {"The build is red."}}.Encode()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			answer, err := client.Post(target, "application/x-www-form-urlencoded", strings.NewReader(form))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
	})
}
