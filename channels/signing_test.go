package channels

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func TestSignCheckVector(t *testing.T) {
	t.Parallel()
	key, err := checkSecret.SymmetricKey()
	if err != nil {
		t.Fatal(err)
	}
	s := &symmetricKey{newMAC(key)}
	for range 3 { // the state is used again
		got := s.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
		if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
			t.Fatalf("signed with %s, want %s", got, want)
		}
	}
}

func TestSignIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	key, err := checkSecret.SymmetricKey()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &symmetricKey{newMAC(key)}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	var done sync.WaitGroup
	for worker := range 8 {
		done.Go(func() {
			for i := range 200 {
				id, body := "evt_"+strconv.Itoa(worker), []byte(strconv.Itoa(i))
				header := http.Header{}
				header.Set(headerID, id)
				header.Set(headerTimestamp, timestamp)
				header.Set(headerSignature, s.sign(id, timestamp, body))
				if err := verifier.Verify(body, header); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}
