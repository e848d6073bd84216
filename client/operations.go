package client

// The selections, with the fields of the types that they are read into. A test
// holds both to the server's schema.
const (
	eventFields   = `id tenant { id } type version entityId tags data idempotencyKey timestamp createdAt test`
	attemptFields = `id delivery { id } event { id type } webhook { id name } channel { id name kind } number trigger status ` +
		`requestId target responseCode error { code message retryable } startedAt latency nextAttemptAt`
	bodyFields = ` requestHeaders { name value secret } requestBody responseHeaders { name value secret } responseBody`
	pageFields = `pageInfo { hasNextPage endCursor }`
)

// The operations. What one gives is named item, or items where it is a page, so
// that the code that reads events and attempts is the same.
const (
	publishOne  = `mutation Publish($input: PublishEventInput!) { item: publishEvent(input: $input) { ` + eventFields + ` } }`
	publishMany = `mutation PublishMany($input: PublishEventsInput!) { items: publishEvents(input: $input) { ` + eventFields + ` } }`

	countDeliveries = `query Deliveries($id: ID!) { item: event(id: $id) { deliveries(first: 500) { nodes { id } pageInfo { hasNextPage } } } }`
	catalogExample  = `query Example($name: String!) { item: eventType(name: $name) { example } }`

	findChannel = `query Channels($search: String!, $tenant: ID) { ` +
		`items: channels(first: 500, filter: {search: $search, tenantId: $tenant}) { nodes { id name } } }`
	findWebhook = `query Webhooks($search: String!, $tenant: ID) { ` +
		`items: webhooks(first: 500, filter: {search: $search, tenantId: $tenant}) { nodes { id name } } }`

	canaryTenants    = `query Tenants($search: String!) { items: tenants(first: 100, search: $search) { nodes { id externalId createdAt } } }`
	canaryTypes      = `query Types { items: eventTypes(first: 100) { nodes { name schema example } } }`
	canaryDeliveries = `query Deliveries($id: ID!) { item: event(id: $id) { deliveries(first: 1) { nodes { status } } } }`
	canaryTenant     = `mutation Tenant($input: CreateTenantInput!) { item: createTenant(input: $input) { id } }`
	canaryChannel    = `mutation Channel($input: CreateChannelInput!) { item: createChannel(input: $input) { id } }`
	canaryWebhook    = `mutation Webhook($input: CreateWebhookInput!) { item: createWebhook(input: $input) { id } }`
	canaryRemove     = `mutation Remove($id: ID!) { item: deleteTenant(id: $id) }`
)

// feed is how one kind of item is listed, looked up and followed.
type feed struct {
	name string // of one item
	list string // a page, newest first
	ids  string // a page of ids alone
	one  string // by its id
	live string
}

func eventFeed() feed {
	return feed{
		name: "event",
		list: `query Events($first: Int!, $after: String, $filter: EventFilter) { items: events(first: $first, after: $after, filter: $filter) { nodes { ` + eventFields + ` } ` + pageFields + ` } }`,
		ids:  `query EventIds($first: Int!, $after: String, $filter: EventFilter) { items: events(first: $first, after: $after, filter: $filter) { nodes { id } ` + pageFields + ` } }`,
		one:  `query Event($id: ID!) { item: event(id: $id) { ` + eventFields + ` } }`,
		live: `subscription Live($filter: EventFilter, $after: ID) { item: events(filter: $filter, after: $after) { ` + eventFields + ` } }`,
	}
}

// attemptFeed is of attempts, with headers and bodies or without.
func attemptFeed(bodies bool) feed {
	fields := attemptFields
	if bodies {
		fields += bodyFields
	}
	return feed{
		name: "attempt",
		list: `query Attempts($first: Int!, $after: String, $filter: DeliveryAttemptFilter) { items: deliveryAttempts(first: $first, after: $after, filter: $filter) { nodes { ` + fields + ` } ` + pageFields + ` } }`,
		ids:  `query AttemptIds($first: Int!, $after: String, $filter: DeliveryAttemptFilter) { items: deliveryAttempts(first: $first, after: $after, filter: $filter) { nodes { id } ` + pageFields + ` } }`,
		one:  `query Attempt($id: ID!) { item: deliveryAttempt(id: $id) { ` + fields + ` } }`,
		live: `subscription Live($filter: DeliveryAttemptFilter, $after: ID) { item: deliveryAttempts(filter: $filter, after: $after) { ` + fields + ` } }`,
	}
}
