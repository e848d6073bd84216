package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"carillon/client"
	"carillon/models"
	"carillon/testkit"
)

func TestCanaryAddresses(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	c := &canaries{key: bytes.Repeat([]byte("k"), 32), now: clock.Now}
	tenant, other := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	address, _ := c.address(tenant)
	takes := func(id models.ID, text string) bool {
		u, err := url.Parse(text)
		return err == nil && c.takes(id, u)
	}
	if !takes(tenant, address) {
		t.Error("its own address is not taken")
	}
	token := address[strings.LastIndex(address, "/")+1:]
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	raw[8] ^= 1
	forged := base64.RawURLEncoding.EncodeToString(raw)
	for _, text := range []string{
		strings.Replace(address, token, forged, 1), strings.Replace(address, token, "", 1), strings.Replace(address, token, token+"/../../graphql", 1),
		strings.Replace(address, "https", "http", 1), strings.Replace(address, canaryHost, canaryHost+":443", 1),
		strings.Replace(address, canaryPath, "/graphql/", 1), address + "?x=1", address + "/x", strings.Replace(address, canaryHost, "127.0.0.1", 1),
	} {
		if takes(tenant, text) {
			t.Errorf("%s is taken", text)
		}
	}
	if takes(other, address) {
		t.Error("another tenant's is taken")
	}
	if (&canaries{key: []byte("another server's"), now: clock.Now}).takes(tenant, &url.URL{Scheme: "https", Host: canaryHost, Path: canaryPath + token}) {
		t.Error("another server's is taken")
	}
	clock.Advance(canaryLife)
	if takes(tenant, address) {
		t.Error("it did not end")
	}
}

// TestTenantsCannotSendToTheServer: neither by a name, nor by an address that was
// given to somebody else, nor do they get one.
func TestTenantsCannotSendToTheServer(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	admin, err := client.New(client.Config{URL: s.URL(), Key: testAdmin})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	foreign, err := admin.CanaryAddress(t.Context(), models.NewID(models.PrefixTenant).String())
	if err != nil {
		t.Fatal(err)
	}
	own, err := admin.CanaryAddress(t.Context(), s.tenant)
	if err != nil {
		t.Fatal(err)
	}
	for address, arrives := range map[string]bool{
		own: true, foreign: false, "https://canary.invalid/graphql": false, "https://canary.invalid/canary": false, "https://canary.invalid/healthz": false,
	} {
		var made struct{ CreateChannel struct{ ID string } }
		s.do(t, `mutation($t: ID!, $u: String!, $n: String!) { createChannel(input: {tenantId: $t, name: $n, config: {http: {url: $u, timeout: "5s"}}}) { id } }`,
			testkit.Vars{"t": s.tenant, "u": address, "n": address[len(address)-8:]}, &made)
		var sent struct{ SendTestEvent []struct{ ResponseCode *int } }
		s.do(t, `mutation($c: ID!) { sendTestEvent(input: {channelId: $c, eventType: "a.b", data: 1}) { responseCode } }`,
			testkit.Vars{"c": made.CreateChannel.ID}, &sent)
		code := sent.SendTestEvent[0].ResponseCode
		if got := code != nil; got != arrives || arrives && *code != http.StatusOK {
			t.Errorf("%s: it arrives: %t", address, got)
		}
	}
	for key, want := range map[string]string{s.key: "ADMIN", "": "", "ck_wrong": ""} {
		c, err := client.New(client.Config{URL: s.URL(), Key: models.NewSecret(key)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.CanaryAddress(t.Context(), s.tenant); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gets an address: %v", key, err)
		}
		c.Close()
	}
	if err := admin.Reaches(context.WithoutCancel(t.Context()), s.receiver.URL, own); err == nil {
		t.Error("another server is taken for this one")
	}
}
