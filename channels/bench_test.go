package channels

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"carillon/models"
)

func benchmarkReceiver(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkSend is to be read beside BenchmarkBareClient, which is the limit.
func BenchmarkSend(b *testing.B) {
	h := NewHTTP(HTTPConfig{Guard: loopback()})
	b.Cleanup(h.Close)
	channel := &models.Channel{Kind: models.KindHTTP, Config: &models.HttpConfig{
		URL: benchmarkReceiver(b), Method: models.MethodPost, Timeout: 10 * time.Second,
		Headers: []models.ConfigHeader{{Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer abcdefgh")}},
		Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: checkSecret},
	}}
	m := Message{Channel: channel, ID: "evt_01jd5x3v9kfm8tqz2y4r6w7abc", Time: time.Now(), Content: models.Content{ContentType: "application/json", Body: bytes.Repeat([]byte("x"), 1024)}}
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := h.Send(b.Context(), m); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkBareClient(b *testing.B) {
	target := benchmarkReceiver(b)
	body := bytes.Repeat([]byte("x"), 1024)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 10 * time.Second}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			answer, err := client.Post(target, "application/json", bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
	})
}

func BenchmarkSign(b *testing.B) {
	keys := map[models.SigningScheme]models.Secret{models.SigningStandardWebhooks: checkSecret, models.SigningEd25519: checkPrivate}
	for scheme, secret := range keys {
		b.Run(string(scheme), func(b *testing.B) {
			s, err := newStandardKey(scheme, secret)
			if err != nil {
				b.Fatal(err)
			}
			body := bytes.Repeat([]byte("x"), 1024)
			b.ReportAllocs()
			for b.Loop() {
				s.sign("evt_01jd5x3v9kfm8tqz2y4r6w7abc", "1614265330", body)
			}
		})
	}
}
