-- +goose Up
-- Times are microseconds since 1970, because RFC 3339 text does not sort; ids are
-- the 16 bytes of a UUIDv7, whose prefix follows from the column; booleans are 0 and 1.
-- The hot tables (events, deliveries, queue, attempts) bear no foreign keys: the
-- store writes them together in one transaction, and each key would cost a lookup a row.

CREATE TABLE server_secrets (
    name   text PRIMARY KEY NOT NULL,
    sealed blob NOT NULL
);

-- generation grows with every change of the tenant's webhooks and channels;
-- a publication that was routed by an older one is refused and routed anew.
CREATE TABLE tenants (
    id          blob PRIMARY KEY NOT NULL,
    name        text NOT NULL,
    external_id text,
    metadata    text NOT NULL,
    generation  integer NOT NULL DEFAULT 1,
    created_at  integer NOT NULL,
    updated_at  integer NOT NULL,
    deleted_at  integer
);
CREATE UNIQUE INDEX tenants_external_id ON tenants (external_id) WHERE deleted_at IS NULL;
CREATE INDEX tenants_deleted ON tenants (id) WHERE deleted_at IS NOT NULL;

-- origin marks keys that the server made by itself: 'setting' or 'first-start'.
CREATE TABLE api_keys (
    id           blob PRIMARY KEY NOT NULL,
    name         text NOT NULL,
    tenant_id    blob REFERENCES tenants (id),
    scopes       text NOT NULL,
    hint         text NOT NULL,
    hash         blob NOT NULL,
    origin       text,
    created_at   integer NOT NULL,
    expires_at   integer,
    last_used_at integer,
    revoked_at   integer
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE UNIQUE INDEX api_keys_origin ON api_keys (origin) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);

CREATE TABLE event_types (
    id          blob PRIMARY KEY NOT NULL,
    name        text NOT NULL,
    description text NOT NULL,
    group_name  text NOT NULL,
    version     text NOT NULL,
    schema      text,
    example     text,
    archived_at integer,
    created_at  integer NOT NULL,
    updated_at  integer NOT NULL
);
CREATE UNIQUE INDEX event_types_name ON event_types (name);

CREATE TABLE channels (
    id                   blob PRIMARY KEY NOT NULL,
    tenant_id            blob NOT NULL REFERENCES tenants (id),
    name                 text NOT NULL,
    kind                 text NOT NULL,
    config               text NOT NULL,
    secrets              blob,
    retry_policy         text NOT NULL,
    status               text NOT NULL,
    status_reason        text,
    consecutive_failures integer NOT NULL DEFAULT 0,
    failing_since        integer,
    created_at           integer NOT NULL,
    updated_at           integer NOT NULL,
    deleted_at           integer
);
CREATE UNIQUE INDEX channels_name ON channels (tenant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX channels_tenant ON channels (tenant_id, id);

CREATE TABLE webhooks (
    id          blob PRIMARY KEY NOT NULL,
    tenant_id   blob NOT NULL REFERENCES tenants (id),
    name        text NOT NULL,
    description text NOT NULL,
    event_types text NOT NULL,
    status      text NOT NULL,
    created_at  integer NOT NULL,
    updated_at  integer NOT NULL
);
CREATE UNIQUE INDEX webhooks_name ON webhooks (tenant_id, name);
CREATE INDEX webhooks_tenant ON webhooks (tenant_id, id);

CREATE TABLE routes (
    webhook_id blob NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    channel_id blob NOT NULL REFERENCES channels (id),
    position   integer NOT NULL,
    PRIMARY KEY (webhook_id, channel_id)
) WITHOUT ROWID;
CREATE INDEX routes_channel ON routes (channel_id);

-- The newest position of each log. A transaction that appends updates its row
-- first, and so holds every later one back until it has committed: positions
-- are dense and in the order of commits, whatever ids were drawn when.
CREATE TABLE log_heads (
    name     text PRIMARY KEY NOT NULL,
    position integer NOT NULL
) WITHOUT ROWID;
INSERT INTO log_heads (name, position) VALUES ('events', 0), ('attempts', 0);

-- The hot tables have few trees: seq is the rowid of a log, and so ends each of
-- its indexes unsaid; deliveries and queue are kept in the order of their ids,
-- which likewise end theirs.

CREATE TABLE events (
    id              blob NOT NULL,
    seq             integer PRIMARY KEY NOT NULL,
    tenant_id       blob NOT NULL,
    type            text NOT NULL,
    version         text NOT NULL,
    entity_id       text,
    tags            text,
    data            text NOT NULL,
    idempotency_key text,
    happened_at     integer NOT NULL,
    created_at      integer NOT NULL,
    test            integer NOT NULL
);
CREATE UNIQUE INDEX events_id ON events (id);
CREATE INDEX events_tenant ON events (tenant_id);
CREATE INDEX events_entity ON events (tenant_id, entity_id) WHERE entity_id IS NOT NULL;

-- Apart from events, because a key is remembered longer than its event.
CREATE TABLE idempotency_keys (
    tenant_id   blob NOT NULL,
    key         text NOT NULL,
    fingerprint blob NOT NULL,
    event_id    blob NOT NULL,
    created_at  integer NOT NULL,
    PRIMARY KEY (tenant_id, key)
) WITHOUT ROWID;

-- What happened to a delivery; what is due is in queue.
CREATE TABLE deliveries (
    id            blob PRIMARY KEY NOT NULL,
    tenant_id     blob NOT NULL,
    event_id      blob NOT NULL,
    event_type    text NOT NULL,
    webhook_id    blob,
    channel_id    blob NOT NULL,
    status        text NOT NULL,
    attempt_count integer NOT NULL,
    retry_base    integer NOT NULL,
    created_at    integer NOT NULL,
    completed_at  integer,
    test          integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_tenant ON deliveries (tenant_id);
CREATE INDEX deliveries_channel ON deliveries (channel_id);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id);

-- One row for each delivery that is not final. due_at is when anybody may claim
-- it: for a leased one, the end of its lease.
CREATE TABLE queue (
    delivery_id blob PRIMARY KEY NOT NULL,
    channel_id  blob NOT NULL,
    webhook_id  blob NOT NULL,
    due_at      integer NOT NULL,
    lease_owner blob,
    manual      integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX queue_lane ON queue (channel_id, webhook_id, due_at);

CREATE TABLE attempts (
    id               blob NOT NULL,
    seq              integer PRIMARY KEY NOT NULL,
    tenant_id        blob NOT NULL,
    delivery_id      blob NOT NULL,
    event_id         blob NOT NULL,
    event_type       text NOT NULL,
    webhook_id       blob,
    channel_id       blob NOT NULL,
    channel_kind     text NOT NULL,
    number           integer NOT NULL,
    trigger_kind     text NOT NULL,
    status           text NOT NULL,
    request_id       blob NOT NULL,
    target           text NOT NULL,
    request_headers  text NOT NULL,
    request_body     text NOT NULL,
    response_code    integer,
    response_headers text,
    response_body    text,
    error_code       text,
    error_message    text,
    error_retryable  integer,
    started_at       integer NOT NULL,
    latency          integer NOT NULL,
    next_attempt_at  integer
);
CREATE UNIQUE INDEX attempts_id ON attempts (id);
CREATE INDEX attempts_tenant ON attempts (tenant_id);
CREATE INDEX attempts_channel ON attempts (channel_id);
CREATE INDEX attempts_webhook ON attempts (webhook_id);
CREATE INDEX attempts_delivery ON attempts (delivery_id);

-- +goose Down
DROP TABLE attempts;
DROP TABLE queue;
DROP TABLE deliveries;
DROP TABLE idempotency_keys;
DROP TABLE events;
DROP TABLE log_heads;
DROP TABLE routes;
DROP TABLE webhooks;
DROP TABLE channels;
DROP TABLE event_types;
DROP TABLE api_keys;
DROP TABLE tenants;
DROP TABLE server_secrets;
