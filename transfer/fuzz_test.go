package transfer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"carillon/models"
	"carillon/transfer"
)

// witness is a target that looks at what it gets, and keeps nothing: databases are
// too slow for as many files as a fuzzer has.
type witness struct {
	t      *testing.T
	tenant models.ID // the only one that may be written to; zero until it is known
}

func (w *witness) expect(ok bool, what string, values ...any) {
	w.t.Helper()
	if !ok {
		w.t.Errorf("imported was "+what, values...)
	}
}

// storable is what both databases take for text.
func storable(texts ...string) bool {
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return false
		}
	}
	return true
}

func (w *witness) mine(tenant, id models.ID, kind models.Prefix) {
	w.t.Helper()
	w.expect(tenant == w.tenant && !id.IsZero() && id.Prefix == kind, "%s into %s", id, tenant)
}

func (w *witness) TenantsByID(_ context.Context, ids []models.ID) (map[models.ID]models.Tenant, error) {
	return map[models.ID]models.Tenant{ids[0]: {ID: ids[0]}}, nil
}

func (w *witness) ImportTenant(_ context.Context, t models.Tenant) (bool, error) {
	w.expect(w.tenant.IsZero(), "a second tenant")
	w.tenant = t.ID
	w.expect(t.ID.Prefix == models.PrefixTenant && t.Validate() == nil, "%+v", t)
	return true, nil
}

func (w *witness) ImportTemplate(_ context.Context, t models.Template) (bool, error) {
	w.mine(t.TenantID, t.ID, models.PrefixTemplate)
	w.expect(t.Name != "" && t.Version > 0 && models.NewConfig(t.Kind) != nil && storable(t.Name, t.Description), "%+v", t)
	return true, nil
}

func (w *witness) ImportTemplateVersion(_ context.Context, tenant, template models.ID, v models.TemplateVersion) (bool, error) {
	w.mine(tenant, template, models.PrefixTemplate)
	for _, part := range v.Parts {
		w.expect(v.Version > 0 && storable(string(part.Name), part.Source), "%+v", v)
	}
	return true, nil
}

func (w *witness) ImportChannel(_ context.Context, c models.Channel) (bool, error) {
	w.mine(c.TenantID, c.ID, models.PrefixChannel)
	text, err := json.Marshal(c.Config)
	w.expect(err == nil && storable(c.Name, string(text)), "%+v, %v", c, err)
	if c.Status != models.ChannelPaused { // a paused one may wait for its secrets
		w.expect(c.Validate(models.ConfigRules{}) == nil, "%+v", c)
	}
	if c.StatusReason != nil {
		w.expect(storable(*c.StatusReason), "the reason %q", *c.StatusReason)
	}
	return true, nil
}

func (w *witness) ImportSuppression(_ context.Context, tenant, channel models.ID, s models.Suppression) (bool, error) {
	w.mine(tenant, channel, models.PrefixChannel)
	w.expect(s.Address != "" && storable(s.Address, s.Reason), "%+v", s)
	return true, nil
}

func (w *witness) ImportWebhook(_ context.Context, webhook models.Webhook) (bool, error) {
	w.mine(webhook.TenantID, webhook.ID, models.PrefixWebhook)
	w.expect(webhook.Validate() == nil && storable(webhook.Name, webhook.Description, webhook.Filter), "%+v", webhook)
	return true, nil
}

func (w *witness) ImportEvents(_ context.Context, tenant models.ID, events []models.Event) (int, error) {
	for i := range events {
		e := &events[i]
		w.mine(tenant, e.ID, models.PrefixEvent)
		w.expect(e.TenantID == tenant && e.Validate() == nil && json.Valid(e.Data) && storable(e.Type, e.EntityID, e.IdempotencyKey, string(e.Data)), "%+v", *e)
	}
	return len(events), nil
}

// exported is a file with a line of each kind, but for its end.
const exported = `{"kind":"carillon.tenant","version":1,"exportedAt":"2026-11-20T12:00:00Z"}
{"kind":"tenant","id":"tnt_01m80nxfzzfebth0h8v3a0yez7","name":"a","externalId":"crm of a","metadata":{"plan":1.10,"h":"<&>"},"createdAt":"2026-11-20T12:00:00.123456Z","updatedAt":"2026-11-20T12:00:01.123456Z"}
{"kind":"template","id":"tpl_01m80nxg00e9q9e3x86f6f36e4","name":"own","description":"two\nlines","channelKind":"HTTP","version":2,"createdAt":"2026-11-20T12:00:00.123456Z","updatedAt":"2026-11-20T12:01:00.123456Z"}
{"kind":"templateVersion","templateId":"tpl_01m80nxg00e9q9e3x86f6f36e4","version":2,"parts":[{"name":"BODY","source":"{\"v\":{{ json .data }}}"}],"createdAt":"2026-11-20T12:01:00.123456Z"}
{"kind":"templateVersion","templateId":"tpl_01m80nxg00e9q9e3x86f6f36e4","version":1,"parts":[{"name":"BODY","source":"{\"v\":1}"}],"createdAt":"2026-11-20T12:00:00.123456Z"}
{"kind":"channel","id":"chn_01m80nxg01ecgbnxsnj4qbpg51","name":"http","channelKind":"HTTP","config":{"url":"https://example.com/hook?a=1&b=2","method":"PUT","headers":[{"name":"X-Team","value":"seen","secret":false},{"name":"Authorization","value":"","secret":true}],"timeout":7000000000,"signing":{"scheme":"STANDARD_WEBHOOKS"}},"secrets":["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","Bearer of-the-header"],"templateId":"tpl_01m80nxg00e9q9e3x86f6f36e4","retryPolicy":{"schedule":[5000000000,300000000000],"jitter":0.2,"disableAfterFailures":3,"disableAfter":null},"limits":{"rate":2.5,"concurrency":7},"batching":{"maxEvents":5,"maxWait":1000000000},"ordering":"PER_ENTITY","status":"ACTIVE","statusReason":null,"createdAt":"2026-11-20T12:00:00.123456Z","updatedAt":"2026-11-20T12:00:00.123456Z"}
{"kind":"channel","id":"chn_01m80nxg01eczbre9wbxdrb8bt","name":"open","channelKind":"HTTP","config":{"url":"http://example.com/","method":"POST","headers":null,"timeout":10000000000,"signing":{"scheme":"NONE"}},"secrets":[""],"templateId":"","retryPolicy":{"schedule":[5000000000,300000000000],"jitter":0.2,"disableAfterFailures":null,"disableAfter":null},"limits":{"rate":null,"concurrency":100},"batching":null,"ordering":"NONE","status":"DISABLED","statusReason":"the endpoint answered 410","createdAt":"2026-11-20T12:00:00.123456Z","updatedAt":"2026-11-20T12:00:00.123456Z"}
{"kind":"suppression","channelId":"chn_01m80nxg01eczbre9wbxdrb8bt","address":"ada@example.com","reason":"COMPLAINT","createdAt":"2026-11-20T12:00:00.123456Z"}
{"kind":"webhook","id":"whk_01m80nxg02egeb4tsywsm1awvs","name":"all","description":"<&>","eventTypes":["order.*","contact.created"],"filter":"data.n >= 1","routes":[{"channelId":"chn_01m80nxg01eczbre9wbxdrb8bt","templateId":"tpl_0000000000e008000000000001"},{"channelId":"chn_01m80nxg01ecgbnxsnj4qbpg51","templateId":""}],"status":"PAUSED","createdAt":"2026-11-20T12:00:00.123456Z","updatedAt":"2026-11-20T12:00:00.123456Z"}
{"kind":"event","id":"evt_01m80nxg02fjbvs6bh7tjgmtms","type":"order.paid","version":"2","entityId":"E-1","tags":["vip","<&>"],"data":{"z":1.10,"n":0},"idempotencyKey":"key-0","timestamp":"2026-11-20T11:00:00.123456Z","createdAt":"2026-11-20T12:00:00.123456Z"}
`

// FuzzImport: of whatever file, what is written is valid and within the one tenant,
// and what is wrong with the rest is said with its line. A file is made by changing one
// field of one line: to the text as JSON where it is some, else to a string.
func FuzzImport(f *testing.F) {
	lines := strings.Split(strings.TrimSpace(exported), "\n")
	for i := range lines {
		f.Add(uint8(i), uint8(255), "", i%2 == 0)
		f.Add(uint8(i), uint8(i), "null", i%2 == 0)
	}
	f.Add(uint8(5), uint8(2), `{"url":"ftp://x","headers":[{"name":"a\u0000","secret":true}]}`, false)
	f.Add(uint8(5), uint8(11), "x\x00y", false)
	f.Add(uint8(3), uint8(2), `[{"name":"BODY","source":"a\u0000"}]`, false)
	f.Add(uint8(4), uint8(2), `[{"name":"BODY","source":"a\u0000"},{"name":"\u0000"}]`, false)
	f.Add(uint8(7), uint8(0), "x\x00y", true)
	f.Fuzz(func(t *testing.T, line, field uint8, value string, copied bool) {
		changed := slices.Clone(lines)
		n := int(line) % len(lines)
		changed[n] = withField(t, lines[n], int(field), value)
		whole := strings.Join(changed, "\n") + fmt.Sprintf("\n{\"kind\":\"end\",\"lines\":%d}", len(lines))
		for _, file := range []string{whole, value} {
			how, w := transfer.Importing{MaxPayload: models.DefaultMaxPayload, Now: now}, &witness{t: t}
			if copied {
				other := models.NewID(models.PrefixTenant)
				how.Tenant, w.tenant = &other, other
			}
			_, err := transfer.Import(t.Context(), w, strings.NewReader(file), how)
			if err != nil && !strings.HasPrefix(err.Error(), "line ") && !strings.HasPrefix(err.Error(), "the file ends after line ") {
				t.Errorf("%q: the error has no line: %v", file, err)
			}
			if err != nil && file == whole && changed[n] == lines[n] {
				t.Errorf("an export is refused: %v", err)
			}
		}
	})
}

// withField gives another value to the nth of a line's fields, by their names; there
// may be fewer of them.
func withField(t *testing.T, line string, n int, value string) string {
	var fields map[string]json.RawMessage
	must(t, json.Unmarshal([]byte(line), &fields))
	names := slices.Sorted(maps.Keys(fields))
	if n >= len(names) {
		return line
	}
	text := json.RawMessage(value)
	if !json.Valid(text) {
		quoted, err := json.Marshal(value)
		must(t, err)
		text = quoted
	}
	fields[names[n]] = text
	out, err := json.Marshal(fields)
	must(t, err)
	return string(out)
}
