package cloudevents_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/auth"
	"carillon/cloudevents"
	"carillon/engine"
	"carillon/models"
)

// publisher keeps what is published, or fails.
type publisher struct {
	got  []engine.PublishInput
	fail error
}

func (p *publisher) Publish(_ context.Context, in engine.PublishInput) (models.Event, error) {
	p.got = append(p.got, in)
	return models.Event{ID: models.NewID(models.PrefixEvent)}, p.fail
}

func (p *publisher) PublishAll(_ context.Context, in []engine.PublishInput) ([]models.Event, error) {
	p.got = append(p.got, in...)
	events := make([]models.Event, len(in))
	for i := range events {
		events[i].ID = models.NewID(models.PrefixEvent)
	}
	return events, p.fail
}

// gate lets a number of requests through.
type gate struct{ left int }

func (g *gate) Refused(_ context.Context, err error) error { return err }

func (g *gate) Request(context.Context) error {
	if g.left--; g.left < 0 {
		return &models.Error{Code: models.CodeRateLimited, Message: "too often", RetryAfter: 1500 * time.Millisecond}
	}
	return nil
}

// answer is what comes back.
type answer struct {
	Status  int
	Header  http.Header
	IDs     []string
	Code    models.Code
	Message string
	Field   string
	Index   *int
}

type world struct {
	t         *testing.T
	publisher *publisher
	gate      *gate
	handler   *cloudevents.Handler
	own       models.ID // whose the tenant's key is
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, publisher: &publisher{}, gate: &gate{left: 1000}, own: models.NewID(models.PrefixTenant)}
	principals := map[string]*auth.Principal{
		"Bearer tenant": {TenantID: &w.own, Scopes: []models.Scope{models.ScopePublish}},
		"Bearer reader": {TenantID: &w.own, Scopes: []models.Scope{models.ScopeRead}},
		"Bearer admin":  auth.System(),
	}
	w.handler = cloudevents.NewHandler(cloudevents.Config{
		Publisher: w.publisher, Gate: w.gate, MaxBody: 4096,
		Authenticate: func(ctx context.Context, header string) (context.Context, error) {
			if header == "Bearer wrong" {
				return ctx, &models.Error{Code: models.CodeUnauthenticated, Message: "this API key is not known"}
			}
			return auth.With(ctx, principals[header]), nil
		},
	})
	return w
}

// send sends a body; headers stand as name, value.
func (w *world) send(target, body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer tenant")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	a := answer{Status: recorder.Code, Header: recorder.Header()}
	if err := json.Unmarshal(recorder.Body.Bytes(), &a); err != nil {
		w.t.Fatalf("%v in %s", err, recorder.Body)
	}
	return a
}

func (w *world) structured(body string) answer {
	w.t.Helper()
	return w.send("/cloudevents", body, "Content-Type", cloudevents.TypeStructured)
}

const required = `"specversion":"1.0","id":"1","source":"/s","type":"a.b"`

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for name, row := range map[string]struct {
		body   string
		status int
		field  string
	}{
		"no version":         {`{"id":"1","source":"/s","type":"a.b"}`, 400, "specversion"},
		"another version":    {`{"specversion":"0.3","id":"1","source":"/s","type":"a.b"}`, 400, "specversion"},
		"no id":              {`{"specversion":"1.0","source":"/s","type":"a.b"}`, 400, "id"},
		"empty source":       {`{"specversion":"1.0","id":"1","source":"","type":"a.b"}`, 400, "source"},
		"no type":            {`{"specversion":"1.0","id":"1","source":"/s","type":null}`, 400, "type"},
		"a source of blanks": {`{"specversion":"1.0","id":"1","source":"a b","type":"a.b"}`, 400, "source"},
		"a bad time":         {`{` + required + `,"time":"yesterday"}`, 400, "time"},
		"a name":             {`{` + required + `,"myExtension":"x"}`, 400, "myExtension"},
		"a long name":        {`{` + required + `,"abcdefghijklmnopqrstuvwxyz":"x"}`, 400, "abcdefghijklmnopqrstuvwxyz"},
		"an object":          {`{` + required + `,"ext":{}}`, 400, "ext"},
		"a fraction":         {`{` + required + `,"ext":1.5}`, 400, "ext"},
		"a great number":     {`{` + required + `,"ext":2147483648}`, 400, "ext"},
		"a long extension":   {`{` + required + `,"ext":"` + long + `"}`, 400, "ext"},
		"twice":              {`{` + required + `,"ext":"a","ext":"b"}`, 400, "ext"},
		"both kinds of data": {`{` + required + `,"data":1,"data_base64":"MQ=="}`, 400, "data_base64"},
		"no base64":          {`{` + required + `,"data_base64":"%"}`, 400, "data_base64"},
		"bytes":              {`{` + required + `,"data_base64":"/w=="}`, 400, "data"},
		"text":               {`{` + required + `,"datacontenttype":"text/plain","data":"x"}`, 415, "datacontenttype"},
		"a list":             {`[]`, 400, ""},
		"no JSON":            {`{` + required, 400, ""},
		"two":                {`{` + required + `}{}`, 400, ""},
		"not UTF-8":          {`{` + required + `,"data":"` + "\xff" + `"}`, 400, ""},
		"too long":           {`{` + required + `,"data":"` + strings.Repeat("x", 5000) + `"}`, 413, ""},
		"a tenant's name":    {`{` + required + `,"tenant":"acme"}`, 400, "tenant"},
		"another's tenant":   {`{` + required + `,"tenant":"` + models.NewID(models.PrefixTenant).String() + `"}`, 404, "tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.structured(row.body)
			if a.Status != row.status || a.Field != row.field && row.field != "tenant" || a.Message == "" || a.Index != nil || len(w.publisher.got) != 0 {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestHowAttributesAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.structured(`{` + required + `,"subject":"é","time":"2026-11-20T11:15:00.5+01:00","dataversion":"7","count":-3,"on":true,"none":null,` +
		`"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","dataschema":"https://x/y","data_base64":"eyJhIjogMS4xMH0="}`)
	if a.Status != http.StatusAccepted || len(a.IDs) != 1 {
		t.Fatalf("got %+v", a)
	}
	in := w.publisher.got[0]
	if in.TenantID != w.own || in.Type != "a.b" || in.EntityID != "é" || in.IdempotencyKey != "/s 1" || *in.Version != "7" || string(in.Data) != `{"a": 1.10}` ||
		!in.Timestamp.Equal(time.Date(2026, 11, 20, 10, 15, 0, 500_000_000, time.UTC)) ||
		strings.Join(in.Tags, " ") != "source:/s count:-3 dataschema:https://x/y on:true" {
		t.Errorf("published is %+v", in)
	}
	// Without data, and with a key that is too long.
	long := strings.Repeat("i", 300)
	if a := w.structured(`{"specversion":"1.0","id":"` + long + `","source":"/s","type":"a.b"}`); a.Status != http.StatusAccepted {
		t.Fatalf("got %+v", a)
	}
	in = w.publisher.got[1]
	if string(in.Data) != "null" || !strings.HasPrefix(in.IdempotencyKey, "cloudevent:") || len(in.IdempotencyKey) != 75 || in.Timestamp != nil || in.Version != nil {
		t.Errorf("published is %+v", in)
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "a.b"}
	with := func(more ...string) []string { return append(append([]string{}, head...), more...) }
	a := w.send("/cloudevents", `[1]`, with("Ce-Subject", "100%25 %C3%A9", "Ce-Region", `"eu \"west\""`, "Content-Type", "application/vnd.x+json; charset=utf-8")...)
	if a.Status != http.StatusAccepted {
		t.Fatalf("got %+v", a)
	}
	in := w.publisher.got[0]
	if in.EntityID != "100% é" || string(in.Data) != `[1]` || strings.Join(in.Tags, " ") != `source:/s region:eu "west"` {
		t.Errorf("published is %+v", in)
	}
	for _, row := range []struct {
		body    string
		headers []string
		status  int
	}{
		{`x`, with("Content-Type", "application/json"), 400},
		{`<x/>`, with("Content-Type", "text/xml"), 415},
		{`{}`, with("Content-Type", "application/json; charset=latin1"), 415},
		{`{}`, with("Content-Type", "application/json", "Content-Encoding", "gzip"), 415},
		{`{}`, with("Content-Type", "application/cloudevents+avro"), 415},
		{`{}`, with("Content-Type", ";"), 415},
		{`{}`, with("Ce-Subject", "%"), 400},
		{`{}`, with("Ce-Datacontenttype", "application/json"), 400},
		{`{}`, []string{"Content-Type", "application/json"}, 415},
	} {
		if a := w.send("/cloudevents", row.body, row.headers...); a.Status != row.status || a.Message == "" {
			t.Errorf("%v: %+v", row.headers, a)
		}
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(body string) answer { return w.send("/cloudevents", body, "Content-Type", cloudevents.TypeBatch) }
	if a := send(`[{` + required + `},{"specversion":"1.0","id":"2","source":"/s","type":"a.b"}]`); a.Status != http.StatusAccepted || len(a.IDs) != 2 {
		t.Errorf("got %+v", a)
	}
	if a := send(`[{` + required + `},{"specversion":"1.0","source":"/s","type":"a.b"}]`); a.Status != 400 || a.Field != "id" || a.Index == nil || *a.Index != 1 || len(w.publisher.got) != 2 {
		t.Errorf("got %+v", a)
	}
	for _, body := range []string{`[]`, `{}`, `null`, `[1]`, `[{` + required + `}] x`, `[`} {
		if a := send(body); a.Status != 400 {
			t.Errorf("%s: %+v", body, a)
		}
	}
	w.publisher.fail = models.Conflict("events.3.idempotencyKey", "was used")
	if a := send(`[{` + required + `}]`); a.Status != 409 || a.Field != "id" || a.Index == nil || *a.Index != 3 {
		t.Errorf("got %+v", a)
	}
	w.publisher.fail = models.Invalid("events.0.entityId", "is too long")
	if a := send(`[{` + required + `}]`); a.Status != 400 || a.Field != "subject" || *a.Index != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestWhoMaySend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body, other := `{`+required+`}`, models.NewID(models.PrefixTenant)
	as := func(target, key string) answer {
		return w.send(target, body, "Content-Type", cloudevents.TypeStructured, "Authorization", key)
	}
	if a := as("/cloudevents", ""); a.Status != 401 || a.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("got %+v", a)
	}
	if a := as("/cloudevents", "Bearer wrong"); a.Status != 401 || a.Code != models.CodeUnauthenticated {
		t.Errorf("got %+v", a)
	}
	if a := as("/cloudevents", "Bearer reader"); a.Status != 403 {
		t.Errorf("got %+v", a)
	}
	if a := as("/cloudevents", "Bearer admin"); a.Status != 400 || a.Field != "tenant" {
		t.Errorf("got %+v", a)
	}
	if a := as("/cloudevents?tenant="+other.String(), "Bearer admin"); a.Status != 202 || w.publisher.got[0].TenantID != other {
		t.Errorf("got %+v", a)
	}
	if a := as("/cloudevents?tenant="+other.String(), "Bearer tenant"); a.Status != 404 {
		t.Errorf("got %+v", a)
	}
	w.publisher.fail = errors.New("the disk is full of secrets")
	if a := as("/cloudevents", "Bearer tenant"); a.Status != 500 || strings.Contains(a.Message, "disk") || a.Code != models.CodeInternal {
		t.Errorf("got %+v", a)
	}
	w.gate.left = 0
	if a := as("/cloudevents", "Bearer tenant"); a.Status != 429 || a.Header.Get("Retry-After") != "2" {
		t.Errorf("got %+v", a)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/cloudevents", nil)
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	if recorder.Code != 405 || !strings.Contains(recorder.Header().Get("Allow"), "POST") {
		t.Errorf("got %d", recorder.Code)
	}
}

// FuzzStructured: whatever comes is refused or published in a form that the engine takes.
func FuzzStructured(f *testing.F) {
	for _, seed := range []string{`{` + required + `}`, `{` + required + `,"data":{"a":[1]}}`, `{` + required + `,"data_base64":"MQ=="}`, `[]`, `{"a":`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld(t)
		published(w, w.structured(string(body)))
	})
}

// FuzzBatch: of a batch all are published or none.
func FuzzBatch(f *testing.F) {
	for _, seed := range []string{`[]`, `[{` + required + `}]`, `[{` + required + `},{` + strings.Replace(required, `"1"`, `"2"`, 1) + `,"data":1}]`, `[{` + required + `},null]`, `{}`, `[1`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld(t)
		published(w, w.send("/cloudevents", string(body), "Content-Type", cloudevents.TypeBatch))
	})
}

// FuzzBinary: the attributes come as headers, the data as the body.
func FuzzBinary(f *testing.F) {
	f.Add("order.paid", "/shop", "1", "2026-11-20T12:00:00Z", "application/json", []byte(`{"a":1}`))
	f.Add("a%20b", "urn:x", "%e2%82%ac", "", "text/plain; charset=utf-8", []byte("text"))
	f.Add("", " ", "\x00", "yesterday", "application/octet-stream", []byte{0xff})
	f.Fuzz(func(t *testing.T, eventType, source, id, at, contentType string, body []byte) {
		w := newWorld(t)
		published(w, w.send("/cloudevents", string(body), "Content-Type", contentType, "Ce-Specversion", "1.0", "Ce-Type", eventType, "Ce-Source", source, "Ce-Id", id, "Ce-Time", at))
	})
}

// published looks at what came of a request: what was taken is what the engine takes,
// and what was refused has published nothing.
func published(w *world, a answer) {
	w.t.Helper()
	if taken := a.Status == http.StatusAccepted; taken != (len(w.publisher.got) > 0) || !taken && a.Message == "" {
		w.t.Errorf("answered with %d %q, published is %+v", a.Status, a.Message, w.publisher.got)
	}
	for _, in := range w.publisher.got {
		if !json.Valid(in.Data) || in.TenantID != w.own || in.Type == "" || in.IdempotencyKey == "" {
			w.t.Errorf("published is %+v", in)
		}
	}
}

// TestTheTraceOfAnEvent: an event may name the trace that it was made in; what is no
// trace is none.
func TestTheTraceOfAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, extensions := range []string{`,"traceparent":"` + parent + `","tracestate":"a=b"`, `,"traceparent":"no trace"`, ""} {
		w.structured(`{"specversion":"1.0","id":"1","source":"/shop","type":"order.paid"` + extensions + `}`)
	}
	var got []models.Trace
	for _, in := range w.publisher.got {
		got = append(got, in.Trace)
		if len(in.Tags) != 1 {
			t.Errorf("the tags are %q", in.Tags)
		}
	}
	if want := []models.Trace{models.NewTrace(parent, "a=b"), "", ""}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
