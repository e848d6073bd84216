package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"carillon/models"
	"carillon/store"
	"carillon/templates"
	"carillon/testkit"
	"carillon/transfer"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m, func() error { return goleak.Find() })) }

var now = time.Date(2026, 11, 20, 12, 0, 0, 123_456_000, time.UTC)

const (
	signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	headerSecret  = "Bearer of-the-header"
	events        = 450 // more than a page and a batch
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open is a server's database, with an encryption key of its own.
func open(t *testing.T, url string) *store.Store {
	t.Helper()
	ring, err := store.ParseKeyring(store.NewEncryptionKey())
	must(t, err)
	s, err := store.Open(t.Context(), store.Config{URL: url, Keys: ring, Node: uuid.New(), Now: func() time.Time { return now }})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.MigrateUp(t.Context()))
	return s
}

func newTenant(t *testing.T, s *store.Store, name string) models.Tenant {
	t.Helper()
	external := "crm of " + name
	tenant := models.Tenant{ID: models.NewID(models.PrefixTenant), Name: name, ExternalID: &external,
		Metadata: json.RawMessage(`{"plan":1.10,"h":"<&>"}`), CreatedAt: now, UpdatedAt: now.Add(time.Second)}
	must(t, s.CreateTenant(t.Context(), tenant))
	return tenant
}

// furnish gives a tenant some of everything that an export has.
func furnish(t *testing.T, s *store.Store, tenant models.ID) {
	t.Helper()
	ctx := t.Context()
	own := models.Template{ID: models.NewID(models.PrefixTemplate), TenantID: tenant, Name: "own", Description: "two\nlines", Kind: models.KindHTTP,
		Parts: []models.TemplatePart{{Name: models.PartBody, Source: `{"v":1}`}}, Version: 1, CreatedAt: now, UpdatedAt: now}
	must(t, s.CreateTemplate(ctx, own))
	_, err := s.UpdateTemplate(ctx, own.ID, func(t *models.Template) error {
		t.Parts, t.UpdatedAt = []models.TemplatePart{{Name: models.PartBody, Source: `{"v":{{ json .data }}}`}}, now.Add(time.Minute)
		return nil
	})
	must(t, err)
	rate, after := 2.5, 3
	policy := models.DefaultRetryPolicy()
	policy.DisableAfterFailures = &after
	http := models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: tenant, Name: "http", Kind: models.KindHTTP,
		Config: &models.HttpConfig{URL: "https://example.com/hook?a=1&b=2", Method: models.MethodPut, Timeout: 7 * time.Second,
			Headers: []models.ConfigHeader{{Name: "X-Team", Value: "seen"}, {Name: "Authorization", Secret: true, SecretValue: models.NewSecret(headerSecret)}},
			Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret(signingSecret)}},
		TemplateID: own.ID, RetryPolicy: policy, Limits: models.ChannelLimits{Rate: &rate, Concurrency: 7},
		Batching: &models.Batching{MaxEvents: 5, MaxWait: time.Second}, Ordering: models.OrderPerEntity,
		Status: models.ChannelActive, CreatedAt: now, UpdatedAt: now}
	reason := "the endpoint answered 410"
	open := models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: tenant, Name: "open", Kind: models.KindHTTP,
		Config:      &models.HttpConfig{URL: "http://example.com/", Method: models.MethodPost, Timeout: models.DefaultTimeout, Signing: models.Signing{Scheme: models.SigningNone}},
		RetryPolicy: models.DefaultRetryPolicy(), Limits: models.DefaultLimits(models.KindHTTP), Ordering: models.OrderNone,
		Status: models.ChannelDisabled, StatusReason: &reason, CreatedAt: now, UpdatedAt: now}
	for _, c := range []models.Channel{http, open} {
		must(t, s.CreateChannel(ctx, c))
	}
	_, err = s.ImportSuppression(ctx, tenant, open.ID, models.Suppression{Address: "ada@example.com", Reason: "COMPLAINT", CreatedAt: now})
	must(t, err)
	w := models.Webhook{ID: models.NewID(models.PrefixWebhook), TenantID: tenant, Name: "all", Description: "<&>", EventTypes: []string{"order.*", "contact.created"},
		Filter: "data.n >= 1", Status: models.WebhookPaused, CreatedAt: now, UpdatedAt: now,
		Routes: []models.Route{{ChannelID: open.ID, TemplateID: templates.Builtins()[0].ID}, {ChannelID: http.ID}}}
	must(t, s.CreateWebhook(ctx, w))
	var list []models.Event
	for n := range events {
		e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: tenant, Type: "order.paid", Version: "2", Data: json.RawMessage(fmt.Sprintf(`{"z":1.10,"n":%d}`, n)),
			Timestamp: now.Add(-time.Hour), CreatedAt: now.Add(time.Duration(n) * time.Second)}
		if n%2 == 0 {
			e.EntityID, e.Tags, e.IdempotencyKey = "E-1", []string{"vip", "<&>"}, fmt.Sprint("key-", n)
		}
		list = append(list, e)
	}
	_, err = s.ImportEvents(ctx, tenant, list)
	must(t, err)
}

var exportedAt = regexp.MustCompile(`"exportedAt":"[^"]*"`)

// export is the whole file, without the time at which it was made.
func export(t *testing.T, s *store.Store, wanted transfer.Wanted) string {
	t.Helper()
	var out bytes.Buffer
	must(t, transfer.Export(t.Context(), s, &out, wanted, now))
	return exportedAt.ReplaceAllString(out.String(), `"exportedAt":"2026-11-20T12:00:00Z"`)
}

func run(ctx context.Context, s *store.Store, file string, into *models.ID) (transfer.Imported, error) {
	return transfer.Import(ctx, s, strings.NewReader(file), transfer.Importing{Tenant: into, MaxPayload: models.DefaultMaxPayload, Now: now})
}

// TestRoundTrip: what is exported from the one database and imported into another
// is exported again, byte for byte, by a server with another encryption key.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, urls := range map[string][2]func(testing.TB) string{
		"sqlite to postgres": {testkit.SQLite, testkit.Postgres}, "postgres to sqlite": {testkit.Postgres, testkit.SQLite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := open(t, urls[0](t)), open(t, urls[1](t))
			tenant := newTenant(t, from, "acme")
			furnish(t, from, tenant.ID)
			other := newTenant(t, from, "globex")
			furnish(t, from, other.ID)
			wanted := transfer.Wanted{Tenant: tenant.ID, Secrets: true, Events: true}
			file := export(t, from, wanted)
			if n := strings.Count(file, "\n"); n != events+10 || !strings.Contains(file, signingSecret) || strings.Contains(file, "globex") {
				t.Fatalf("the file has %d lines:\n%s", n, clipped(file))
			}
			done, err := run(t.Context(), to, file, nil)
			must(t, err)
			if done.Tenant != tenant.ID || done.Made["event"] != events || done.Made["channel"] != 2 || len(done.There)+len(done.Paused) > 0 {
				t.Errorf("imported %+v", done)
			}
			if again := export(t, to, wanted); again != file {
				t.Errorf("exported again it is\n%s\nand was\n%s", clipped(again), clipped(file))
			}
			done, err = run(t.Context(), to, file, nil)
			must(t, err)
			if len(done.Made) > 0 || done.There["event"] != events || done.There["tenant"] != 1 {
				t.Errorf("imported again: %+v", done)
			}
			if again := export(t, to, wanted); again != file {
				t.Error("importing again changed something")
			}
			if lanes, err := to.Lanes(t.Context()); err != nil || len(lanes) > 0 {
				t.Errorf("something waits to be sent: %v, %v", lanes, err)
			}
			// A publisher that repeats itself after the move is answered by the event that moved.
			expectRepeat(t, to, tenant.ID)
		})
	}
}

func clipped(s string) string { return s[:min(len(s), 6000)] }

func expectRepeat(t *testing.T, s *store.Store, tenant models.ID) {
	t.Helper()
	routes, err := s.RouteTable(t.Context(), tenant)
	must(t, err)
	e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: tenant, Type: "order.paid", Version: "2", Data: json.RawMessage(`{"z":1.10,"n":2}`),
		EntityID: "E-1", Tags: []string{"vip", "<&>"}, IdempotencyKey: "key-2", Timestamp: now, CreatedAt: now}
	out, err := s.Publish(t.Context(), models.Publication{Generations: map[models.ID]int64{tenant: routes.Generation},
		Items: []models.PublicationItem{{Event: e, Fingerprint: e.Fingerprint()}}})
	must(t, err)
	if !out[0].Repeat || out[0].Event.ID == e.ID {
		t.Errorf("the repeat is %+v", out[0])
	}
}

// TestCopyIntoAnotherTenant of the same server: everything has ids of its own,
// the same ones when it is repeated.
func TestCopyIntoAnotherTenant(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		s := open(t, url)
		tenant, copied := newTenant(t, s, "acme"), newTenant(t, s, "copy")
		furnish(t, s, tenant.ID)
		wanted := transfer.Wanted{Tenant: tenant.ID, Secrets: true, Events: true}
		file := export(t, s, wanted)
		for range 2 {
			_, err := run(t.Context(), s, file, &copied.ID)
			must(t, err)
		}
		if again := export(t, s, wanted); again != file {
			t.Error("the copy changed what it is of")
		}
		got := export(t, s, transfer.Wanted{Tenant: copied.ID, Secrets: true, Events: true})
		if a, b := withoutIDs(got), withoutIDs(file); a[strings.Index(a, `{"kind":"template"`):] != b[strings.Index(b, `{"kind":"template"`):] {
			t.Errorf("the copy is\n%s\nof\n%s", clipped(got), clipped(file))
		}
		for _, id := range regexp.MustCompile(`"id":"\w+"`).FindAllString(file, -1) {
			if strings.Contains(got, id) {
				t.Fatalf("%s is in both", id)
			}
		}
	})
}

var ids = regexp.MustCompile(`\b(tnt|chn|whk|tpl|evt)_\w{26}\b`)

func withoutIDs(file string) string { return ids.ReplaceAllString(file, "${1}_") }

// TestWithoutSecrets: the file has none, and a channel that needs some waits.
func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		from, to := open(t, testkit.SQLite(t)), open(t, url)
		tenant := newTenant(t, from, "acme")
		furnish(t, from, tenant.ID)
		since := now.Add(440 * time.Second)
		file := export(t, from, transfer.Wanted{Tenant: tenant.ID, Events: true, Since: &since})
		if strings.Contains(file, signingSecret) || strings.Contains(file, headerSecret) || strings.Count(file, `"kind":"event"`) != 10 {
			t.Fatalf("the file is\n%s", clipped(file))
		}
		done, err := run(t.Context(), to, file, nil)
		must(t, err)
		if fmt.Sprint(done.Paused) != "[http]" {
			t.Errorf("paused %v", done.Paused)
		}
		channels, err := to.Channels(t.Context(), models.Page{First: 10}, models.ChannelFilter{TenantID: &tenant.ID})
		must(t, err)
		for _, c := range channels.Nodes {
			if want := map[string]models.ChannelStatus{"http": models.ChannelPaused, "open": models.ChannelDisabled}[c.Name]; c.Status != want {
				t.Errorf("%s is %s, want %s", c.Name, c.Status, want)
			}
		}
	})
}

// TestImportIsResumed after it was cut short anywhere.
func TestImportIsResumed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		from, to := open(t, testkit.SQLite(t)), open(t, url)
		tenant := newTenant(t, from, "acme")
		furnish(t, from, tenant.ID)
		wanted := transfer.Wanted{Tenant: tenant.ID, Secrets: true, Events: true}
		file := export(t, from, wanted)
		lines := strings.SplitAfter(file, "\n")
		for _, cut := range []int{2, 4, 5, 7, 9, 250} {
			if _, err := run(t.Context(), to, strings.Join(lines[:cut], ""), nil); err == nil || !strings.Contains(err.Error(), "cut short") {
				t.Fatalf("cut after line %d: %v", cut, err)
			}
		}
		_, err := run(t.Context(), to, file, nil)
		must(t, err)
		if again := export(t, to, wanted); again != file {
			t.Errorf("it is\n%s\nand was\n%s", clipped(again), clipped(file))
		}
	})
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, testkit.SQLite(t))
	taken := newTenant(t, s, "taken")
	furnish(t, s, taken.ID)
	file := export(t, s, transfer.Wanted{Tenant: taken.ID, Secrets: true, Events: true})
	lines := strings.SplitAfter(file, "\n")
	must(t, s.DeleteTenant(t.Context(), newTenant(t, s, "gone").ID, now))
	replaced := func(n int, old, new string) string {
		changed := append([]string(nil), lines...)
		changed[n-1] = strings.Replace(changed[n-1], old, new, 1)
		if changed[n-1] == lines[n-1] {
			t.Fatalf("line %d has no %q: %s", n, old, lines[n-1])
		}
		return strings.Join(changed, "")
	}
	fresh := newTenant(t, s, "fresh").ID
	for want, text := range map[string]string{
		"the file ends after line 0":                        "",
		"line 1: is not a line of an export":                "hello\n",
		"line 1: is not the first line":                     lines[1],
		"line 1: the export is of version 2":                replaced(1, `"version":1`, `"version":2`),
		"line 2: is not the tenant":                         lines[0] + lines[2],
		"line 2: id: is not an id that begins with tnt_":    replaced(2, `"id":"tnt_`, `"id":"chn_`),
		"line 3: is a second line of the kind tenant":       lines[0] + lines[1] + lines[1],
		"line 4: version: 2 is out of range; give 1 to 1":   replaced(3, `"version":2`, `"version":1`),
		"line 6: cannot be read: json: unknown field":       replaced(6, `"name"`, `"names"`),
		"line 6: config.http.url":                           replaced(6, `https://example.com`, `ftp://example.com`),
		"line 6: secrets: there are 1":                      replaced(6, `["`+signingSecret+`","`+headerSecret+`"]`, `["`+signingSecret+`"]`),
		"line 8: address: is empty":                         replaced(8, "ada@example.com", ""),
		"line 8: address: holds the control character":      replaced(8, "ada@example.com", "ada\\u0000"),
		"line 8: channelId: is not an id":                   replaced(8, `"channelId":"chn_`, `"channelId":"whk_`),
		"line 9: filter: ":                                  replaced(9, "data.n >= 1", "data.n >="),
		"line 9: routes.0.channelId: ":                      replaced(9, `[{"channelId":"chn_`, `[{"channelId":"evt_`),
		"line 10: type: ":                                   replaced(10, "order.paid", "order/paid"),
		"line 10: data: is needed":                          replaced(10, `"data":{"z":1.10,"n":0},`, ""),
		"says that 459 lines come before it, and there are": strings.Join(append(append([]string(nil), lines[:20]...), lines[21:]...), ""),
		"line 461: comes after the last line":               file + lines[9],
		"is of the kind \"key\"":                            replaced(10, `"kind":"event"`, `"kind":"key"`),
	} {
		if _, err := run(t.Context(), s, text, &fresh); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	var coded *models.Error
	missing := models.NewID(models.PrefixTenant)
	if _, err := run(t.Context(), s, file, &missing); !errors.As(err, &coded) || coded.Code != models.CodeNotFound {
		t.Errorf("into a tenant that is not there: %v", err)
	}
	must(t, s.DeleteTenant(t.Context(), taken.ID, now))
	if _, err := run(t.Context(), s, file, nil); !errors.As(err, &coded) || coded.Code != models.CodeConflict {
		t.Errorf("into a tenant that was deleted: %v", err)
	}
	err := transfer.Export(t.Context(), s, &bytes.Buffer{}, transfer.Wanted{Tenant: taken.ID}, now)
	if !errors.As(err, &coded) || coded.Code != models.CodeNotFound {
		t.Errorf("export of a deleted tenant: %v", err)
	}
}
