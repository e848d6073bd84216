package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/testkit"
)

// patience bounds every wait of a scenario; what is waited for comes at once.
const patience = 60 * time.Second

// world is what a scenario gets: a tenant of its own on a running server.
type world struct {
	t      *testing.T
	ctx    context.Context
	node   *node
	admin  *testkit.Client
	tenant string
	api    *testkit.Client // the tenant's own key, which may do everything in it
}

// newWorld makes a tenant with a key that has every scope a tenant can have.
func newWorld(t *testing.T, n *node) *world {
	t.Helper()
	return newWorldOf(t, n, adminKey)
}

// newWorldOf is newWorld on a server with another administrator's key.
func newWorldOf(t *testing.T, n *node, key string) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, node: n, admin: testkit.NewClient(t, n.url, key)}
	w.tenant = w.newTenant()
	w.api = w.key(w.tenant, "MANAGE", "PUBLISH", "READ")
	return w
}

// at is the same tenant as seen by another node.
func (w *world) at(n *node) *world {
	other := *w
	other.node = n
	other.admin = n.admin(w.t)
	other.api = testkit.NewClient(w.t, n.url, w.api.Key)
	return &other
}

// do runs an operation with the tenant's key and fails the test on any error.
func (w *world) do(query string, vars testkit.Vars, out any) {
	w.t.Helper()
	if err := w.api.Do(w.ctx, query, vars, out); err != nil {
		w.t.Fatalf("%s: %v", firstLine(query), err)
	}
}

func (w *world) asAdmin(query string, vars testkit.Vars, out any) {
	w.t.Helper()
	if err := w.admin.Do(w.ctx, query, vars, out); err != nil {
		w.t.Fatalf("%s: %v", firstLine(query), err)
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

func (w *world) newTenant() string {
	w.t.Helper()
	var out struct{ CreateTenant struct{ ID string } }
	w.asAdmin(`mutation($name: String!) { createTenant(input: {name: $name}) { id } }`,
		testkit.Vars{"name": w.t.Name() + " " + rand.Text()}, &out)
	return out.CreateTenant.ID
}

// key makes a key and a client that uses it; tenant is empty for an administrator's.
func (w *world) key(tenant string, scopes ...string) *testkit.Client {
	w.t.Helper()
	input := map[string]any{"name": "for a test", "scopes": scopes}
	if tenant != "" {
		input["tenantId"] = tenant
	}
	var out struct{ CreateApiKey struct{ Secret string } }
	w.asAdmin(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`, testkit.Vars{"input": input}, &out)
	return w.admin.WithKey(out.CreateApiKey.Secret)
}

// policy is a retry policy without jitter.
type policy map[string]any

func retries(waits ...string) policy {
	if waits == nil {
		waits = []string{}
	}
	return policy{"schedule": waits, "jitter": 0}
}

// channel makes an HTTP channel; nil retries means the server's own.
func (w *world) channel(url string, retry policy) string {
	w.t.Helper()
	return w.channelWith(map[string]any{"url": url}, retry)
}

func (w *world) channelWith(http map[string]any, retry policy) string {
	w.t.Helper()
	input := map[string]any{"name": "channel " + rand.Text(), "config": map[string]any{"http": http}}
	if retry != nil {
		input["retryPolicy"] = retry
	}
	var out struct{ CreateChannel struct{ ID string } }
	w.do(`mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`, testkit.Vars{"input": input}, &out)
	return out.CreateChannel.ID
}

// webhook routes a type or pattern to channels.
func (w *world) webhook(eventType string, channels ...string) string {
	w.t.Helper()
	routes := make([]any, len(channels))
	for i, id := range channels {
		routes[i] = map[string]any{"channelId": id}
	}
	input := map[string]any{"name": "webhook " + rand.Text(), "eventTypes": []string{eventType}, "routes": routes}
	var out struct{ CreateWebhook struct{ ID string } }
	w.do(`mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }`, testkit.Vars{"input": input}, &out)
	return out.CreateWebhook.ID
}

// publish publishes one event and returns its id.
func (w *world) publish(eventType, data string) string {
	w.t.Helper()
	id, err := publishWith(w.ctx, w.api, eventType, data)
	if err != nil {
		w.t.Fatalf("publish: %v", err)
	}
	return id
}

func publishWith(ctx context.Context, api *testkit.Client, eventType, data string) (string, error) {
	var out struct{ PublishEvent struct{ ID string } }
	err := api.Do(ctx, `mutation($type: String!, $data: JSON!) { publishEvent(input: {type: $type, data: $data}) { id } }`,
		testkit.Vars{"type": eventType, "data": json.RawMessage(data)}, &out)
	return out.PublishEvent.ID, err
}

// header is a header as the API shows it.
type header struct {
	Name   string
	Value  *string
	Secret bool
}

// attempt is a delivery attempt as the API shows it.
type attempt struct {
	ID, Trigger, Status, RequestID, Target, RequestBody, Latency string
	Number                                                       int
	ResponseCode                                                 *int
	ResponseBody                                                 *string
	RequestHeaders, ResponseHeaders                              []header
	Error                                                        *struct {
		Code, Message string
		Retryable     bool
	}
	StartedAt     time.Time
	NextAttemptAt *time.Time
	Delivery      struct {
		ID, Status   string
		AttemptCount int
	}
	Event   struct{ ID, Type string }
	Webhook *struct{ ID string }
	Channel struct{ ID, Status string }
}

const attemptFields = ` id number trigger status requestId target requestBody latency responseCode responseBody
	requestHeaders { name value secret } responseHeaders { name value secret } error { code message retryable }
	startedAt nextAttemptAt delivery { id status attemptCount } event { id type } webhook { id } channel { id status } `

// delivery is a delivery as the API shows it.
type delivery struct {
	ID, Status                 string
	AttemptCount               int
	NextAttemptAt, CompletedAt *time.Time
	Event                      struct{ ID string }
	Webhook                    *struct{ ID string }
	Channel                    struct{ ID string }
}

const deliveryFields = ` id status attemptCount nextAttemptAt completedAt event { id } webhook { id } channel { id } `

// deliveries are those of an event, oldest first.
func (w *world) deliveries(event string) []delivery {
	w.t.Helper()
	var out struct {
		Event struct {
			Deliveries struct{ Nodes []delivery }
		}
	}
	w.do(`query($id: ID!) { event(id: $id) { deliveries { nodes {`+deliveryFields+`} } } }`, testkit.Vars{"id": event}, &out)
	return out.Event.Deliveries.Nodes
}

// delivery is the only one of an event.
func (w *world) delivery(event string) delivery {
	w.t.Helper()
	all := w.deliveries(event)
	if len(all) != 1 {
		w.t.Fatalf("event %s has %d deliveries, want 1: %+v", event, len(all), all)
	}
	return all[0]
}

// channelState is what the server says of a channel.
type channelState struct {
	Status              string
	StatusReason        *string
	ConsecutiveFailures int
	LastAttempt         *struct{ ID string }
}

func (w *world) channelState(id string) channelState {
	w.t.Helper()
	var out struct{ Channel channelState }
	w.do(`query($id: ID!) { channel(id: $id) { status statusReason consecutiveFailures lastAttempt { id } } }`, testkit.Vars{"id": id}, &out)
	return out.Channel
}

// call runs a mutation that takes one id, such as pauseChannel.
func (w *world) call(mutation, id string) {
	w.t.Helper()
	w.do(mutationOf(mutation), testkit.Vars{"id": id}, nil)
}

func mutationOf(name string) string {
	if strings.HasPrefix(name, "delete") {
		return `mutation($id: ID!) { ` + name + `(id: $id) }`
	}
	return `mutation($id: ID!) { ` + name + `(id: $id) { id } }`
}

// refused checks that an operation failed with a code, and a field where one is given.
func (w *world) refused(err error, code, field string) {
	w.t.Helper()
	refusal, ok := testkit.Refusal(err)
	if !ok {
		w.t.Errorf("got %v, want the error %s %s", err, code, field)
		return
	}
	if refusal.Extensions.Code != code || refusal.Extensions.Field != field {
		w.t.Errorf("got the error %s %q (%s), want %s %q", refusal.Extensions.Code, refusal.Extensions.Field, refusal.Message, code, field)
	}
}

// watch is a stream of attempts from now on, whatever happens before the
// server hears of it: it resumes behind a test event.
func (w *world) watch(filter map[string]any) *watcher {
	w.t.Helper()
	return w.watchAfter(w.mark(), filter, (*testkit.Client).Subscribe)
}

type subscribeFunc func(*testkit.Client, testing.TB, string, testkit.Vars) (*testkit.Stream, error)

func (w *world) watchAfter(after string, filter map[string]any, open subscribeFunc) *watcher {
	w.t.Helper()
	vars := testkit.Vars{"filter": filter}
	if after != "" {
		vars["after"] = after
	}
	s, err := open(w.api, w.t, `subscription($filter: DeliveryAttemptFilter, $after: ID) {
		deliveryAttempts(filter: $filter, after: $after) {`+attemptFields+`} }`, vars)
	if err != nil {
		w.t.Fatalf("subscribe: %v", err)
	}
	return &watcher{w, s}
}

// mark records a test attempt on a channel of its own, and returns its id.
func (w *world) mark() string {
	w.t.Helper()
	channel := w.channel(testkit.NewReceiver(w.t).URL, nil)
	attempts, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "test.mark", "data": map[string]any{}})
	if err != nil || len(attempts) != 1 {
		w.t.Fatalf("send a test event: %d attempts, %v", len(attempts), err)
	}
	return attempts[0].ID
}

func (w *world) sendTest(input map[string]any) ([]attempt, error) {
	var out struct{ SendTestEvent []attempt }
	err := w.api.Do(w.ctx, `mutation($input: SendTestEventInput!) { sendTestEvent(input: $input) {`+attemptFields+`} }`,
		testkit.Vars{"input": input}, &out)
	return out.SendTestEvent, err
}

// watcher reads a stream of attempts.
type watcher struct {
	w *world
	s *testkit.Stream
}

func (v *watcher) next() attempt {
	v.w.t.Helper()
	ctx, cancel := context.WithTimeout(v.w.ctx, patience)
	defer cancel()
	var out struct{ DeliveryAttempts attempt }
	if err := v.s.Next(ctx, &out); err != nil {
		v.w.t.Fatalf("the stream of attempts: %v", err)
	}
	return out.DeliveryAttempts
}

// take reads n attempts.
func (v *watcher) take(n int) []attempt {
	v.w.t.Helper()
	all := make([]attempt, n)
	for i := range all {
		all[i] = v.next()
	}
	return all
}

// attempts are the tenant's recorded attempts, oldest first, by paging.
func (w *world) attempts(filter map[string]any) []attempt {
	w.t.Helper()
	var all []attempt
	var after *string
	for {
		var out struct {
			DeliveryAttempts struct {
				Nodes    []attempt
				PageInfo pageInfo
			}
		}
		w.do(`query($filter: DeliveryAttemptFilter, $after: String) { deliveryAttempts(first: 200, after: $after, filter: $filter) {
			nodes {`+attemptFields+`} pageInfo { hasNextPage endCursor } } }`, testkit.Vars{"filter": filter, "after": after}, &out)
		all = append(all, out.DeliveryAttempts.Nodes...)
		if !out.DeliveryAttempts.PageInfo.HasNextPage {
			slices.Reverse(all)
			return all
		}
		after = out.DeliveryAttempts.PageInfo.EndCursor
	}
}

type pageInfo struct {
	HasNextPage, HasPreviousPage bool
	StartCursor, EndCursor       *string
}
