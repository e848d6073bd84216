package graph_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

// What the page on HTTP channels tells people to ask is asked as it stands
// there, in its order, of one channel.
func TestThePageOnHTTPChannels(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/channels/http.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```graphql\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, channel, _ := w.tenant(t, "Acme")
		p := keyOf(tenant, models.ScopeManage)
		answers := ""
		for _, block := range blocks {
			query := strings.ReplaceAll(block[1], "chn_…", channel.String())
			answers += do(t, w.exec, p, query, ``).data(t) + "\n"
		}
		for _, want := range []string{`"createChannel":`, `"channelSecret":"whsec_`, `"updateChannel":`, `"rotateChannelSecret":"`} {
			if !strings.Contains(answers, want) {
				t.Errorf("%s is not in %s", want, answers)
			}
		}
	})
}
