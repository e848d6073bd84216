package client

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// received is what the server's own receiver tells of a message.
type received struct {
	SHA256        string
	ID, Timestamp string
	Signature     string
}

// verify checks, as every receiver should, that what came is what was sent and
// that its signature is right.
func (k *Canary) verify(a *Attempt) error {
	var got received
	if a.ResponseBody == nil || json.Unmarshal([]byte(*a.ResponseBody), &got) != nil || got.SHA256 == "" {
		return errors.New("receive: the answer is not that of the server's own receiver")
	}
	sum := sha256.Sum256([]byte(a.RequestBody))
	if got.SHA256 != hex.EncodeToString(sum[:]) {
		return errors.New("receive: what came is not what the attempt shows")
	}
	if got.ID != k.published.String() {
		return fmt.Errorf("receive: the message %q came, want %s", got.ID, k.published)
	}
	if !signed(k.secret, got, a.RequestBody) {
		return errors.New("receive: the signature is wrong")
	}
	return nil
}

// signed verifies as https://www.standardwebhooks.com says.
func signed(secret []byte, got received, body string) bool {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(got.ID + "." + got.Timestamp + "." + body))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for one := range strings.FieldsSeq(got.Signature) {
		if hmac.Equal([]byte(one), []byte(want)) {
			return true
		}
	}
	return false
}

// maxSmall bounds the answers of addresses other than /graphql.
const maxSmall = 64 << 10

// CanaryAddress asks for an address of the server's own receiver, which a channel
// of the tenant may send to for some minutes. The key must be an administrator's.
func (c *Client) CanaryAddress(ctx context.Context, tenant string) (string, error) {
	body, err := encode(map[string]string{"tenantId": tenant})
	if err != nil {
		return "", err
	}
	key, kind := "Bearer "+c.cfg.Key.Reveal(), "application/json"
	status, text, err := c.small(ctx, http.MethodPost, c.base+"/canary", body, Header{Name: "Authorization", Value: &key}, Header{Name: "Content-Type", Value: &kind})
	if err != nil {
		return "", err
	}
	var out struct{ URL, Error string }
	_ = json.Unmarshal(text, &out) // what is no JSON has neither
	switch {
	case status == http.StatusOK && out.URL != "":
		return out.URL, nil
	case out.Error != "":
		return "", errors.New(out.Error)
	}
	return "", fmt.Errorf("%s/canary answers HTTP %d; a proxy before the server must let it through", c.base, status)
}

// Reaches proves that an address, a server's without a slash at its end, leads to
// the server that gave out an address of its receiver, or to another of its nodes.
func (c *Client) Reaches(ctx context.Context, address, receiver string) error {
	_, token, _ := strings.Cut(receiver, "/canary/")
	proof := []byte("a proof of the way")
	status, text, err := c.small(ctx, http.MethodPost, address+"/canary/"+token, proof)
	if err != nil {
		return err
	}
	var got received
	sum := sha256.Sum256(proof)
	if status != http.StatusOK || json.Unmarshal(text, &got) != nil || got.SHA256 != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("it leads elsewhere: %s answers HTTP %d to what this server would know", address, status)
	}
	return nil
}

// Healthy asks an address such as /readyz; the error says what it answered.
func (c *Client) Healthy(ctx context.Context, path string) error {
	status, text, err := c.small(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		return nil
	}
	var out struct{ Reason string }
	if json.Unmarshal(text, &out) == nil && out.Reason != "" {
		return errors.New(out.Reason)
	}
	return fmt.Errorf("%s%s answers HTTP %d", c.base, path, status)
}

func (c *Client) small(ctx context.Context, method, address string, body []byte, headers ...Header) (status int, text []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("User-Agent", c.cfg.UserAgent)
	for _, h := range headers {
		r.Header.Set(h.Name, *h.Value)
	}
	res, err := c.posts.Do(r)
	if err != nil {
		return 0, nil, c.unreachable(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err = io.ReadAll(io.LimitReader(res.Body, maxSmall))
	if err != nil {
		return 0, nil, c.unreachable(ctx, err)
	}
	return res.StatusCode, text, nil
}
