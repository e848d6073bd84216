package demo

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// reportDelay is how long a text is on its way.
	reportDelay = 1500 * time.Millisecond
	maxTexts    = 1000
	// lostEvery is which texts do not arrive.
	lostEvery = 10
	lostCode  = 30005
	lostText  = "Unknown destination handset"
)

// carrier brings texts to their numbers, and calls the server back with what
// became of each. Close ends it.
type carrier struct {
	now    func() time.Time
	client *http.Client
	keys   credentials
	cancel context.CancelFunc
	ended  chan struct{}
	queue  chan string // sids; one delay for all, so that they are due in order

	mu     sync.Mutex
	server string // whose callbacks are called; empty for none yet
	taken  int
	texts  *lru.Cache[string, texting]
}

func newCarrier(now func() time.Time, client *http.Client, keys credentials) *carrier {
	texts, err := lru.New[string, texting](maxTexts)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &carrier{now: now, client: client, keys: keys, cancel: cancel, texts: texts}
	c.ended, c.queue = make(chan struct{}), make(chan string, maxTexts)
	go func() {
		defer close(c.ended)
		c.run(ctx)
	}()
	return c
}

func (c *carrier) close() {
	c.cancel()
	<-c.ended
}

// serve says whose callbacks are called: those of no other address are, whatever
// a request names.
func (c *carrier) serve(server string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server = server
}

// take queues a text.
func (c *carrier) take(from, to, body, callback string) texting {
	now := c.now()
	t := texting{
		SID: "SM" + hex.EncodeToString(random(16)), Account: c.keys.account, To: to, From: from, Body: body, Status: "queued",
		Direction: "outbound-api", Created: now.UTC().Format(time.RFC1123Z), callback: callback, reportAfter: now.Add(reportDelay),
	}
	c.mu.Lock()
	c.texts.Add(t.SID, t)
	c.mu.Unlock()
	select {
	case c.queue <- t.SID:
	default: // it stays queued; who asks is told so
	}
	return t
}

func (c *carrier) find(sid string) (texting, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.texts.Get(sid)
}

// all is the newest first.
func (c *carrier) all() []texting {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.texts.Values()
	slices.Reverse(list)
	return list
}

// run reports one text after the other.
func (c *carrier) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case sid := <-c.queue:
			t, ok := c.find(sid)
			if !ok || !c.wait(ctx, t.reportAfter) {
				continue
			}
			c.report(ctx, c.arrive(t))
		}
	}
}

func (c *carrier) wait(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(until.Sub(c.now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// arrive decides what became of a text.
func (c *carrier) arrive(t texting) texting {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken++
	t.Status = "delivered"
	if c.taken%lostEvery == 0 {
		code, text := lostCode, lostText
		t.Status, t.ErrorCode, t.ErrorText = "undelivered", &code, &text
	}
	c.texts.Add(t.SID, t)
	return t
}

// report calls the server back. A call that fails is not repeated: the server
// asks by itself.
func (c *carrier) report(ctx context.Context, t texting) {
	c.mu.Lock()
	server := c.server
	c.mu.Unlock()
	if server == "" || !strings.HasPrefix(t.callback, server+"/") {
		return
	}
	form := url.Values{"AccountSid": {t.Account}, "MessageSid": {t.SID}, "MessageStatus": {t.Status}, "To": {t.To}, "From": {t.From}}
	if t.ErrorCode != nil {
		form.Set("ErrorCode", strconv.Itoa(*t.ErrorCode))
		form.Set("ErrorMessage", *t.ErrorText)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.callback, strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", signature(c.keys.smsToken.Reveal(), t.callback, form))
	if res, err := c.client.Do(r); err == nil {
		_ = res.Body.Close()
	}
}

// signature is Twilio's: over the address, and each field with its value, in the
// order of their names.
func signature(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
