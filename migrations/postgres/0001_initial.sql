-- +goose Up
-- Times are microseconds since 1970 in bigint, the same as in SQLite, so that
-- one set of records serves both. Ids are UUIDv7; their prefix follows from the column.
-- The hot tables (events, deliveries, queue, attempts) bear no foreign keys: the
-- store writes them together in one transaction, and each key would cost a lookup a row.

CREATE TABLE server_secrets (
    name   text PRIMARY KEY,
    sealed bytea NOT NULL
);

-- generation grows with every change of the tenant's webhooks and channels;
-- a publication that was routed by an older one is refused and routed anew.
CREATE TABLE tenants (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    external_id text,
    metadata    text NOT NULL,
    generation  bigint NOT NULL DEFAULT 1,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    deleted_at  bigint
);
CREATE UNIQUE INDEX tenants_external_id ON tenants (external_id) WHERE deleted_at IS NULL;
CREATE INDEX tenants_deleted ON tenants (id) WHERE deleted_at IS NOT NULL;

-- origin marks keys that the server made by itself: 'setting' or 'first-start'.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    tenant_id    uuid REFERENCES tenants (id),
    scopes       text NOT NULL,
    hint         text NOT NULL,
    hash         bytea NOT NULL,
    origin       text,
    created_at   bigint NOT NULL,
    expires_at   bigint,
    last_used_at bigint,
    revoked_at   bigint
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE UNIQUE INDEX api_keys_origin ON api_keys (origin) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);

CREATE TABLE event_types (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    description text NOT NULL,
    group_name  text NOT NULL,
    version     text NOT NULL,
    schema      text,
    example     text,
    archived_at bigint,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);
CREATE UNIQUE INDEX event_types_name ON event_types (name);

CREATE TABLE channels (
    id                   uuid PRIMARY KEY,
    tenant_id            uuid NOT NULL REFERENCES tenants (id),
    name                 text NOT NULL,
    kind                 text NOT NULL,
    config               text NOT NULL,
    secrets              bytea,
    retry_policy         text NOT NULL,
    status               text NOT NULL,
    status_reason        text,
    consecutive_failures integer NOT NULL DEFAULT 0,
    failing_since        bigint,
    created_at           bigint NOT NULL,
    updated_at           bigint NOT NULL,
    deleted_at           bigint
);
CREATE UNIQUE INDEX channels_name ON channels (tenant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX channels_tenant ON channels (tenant_id, id);

CREATE TABLE webhooks (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    name        text NOT NULL,
    description text NOT NULL,
    event_types text NOT NULL,
    status      text NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);
CREATE UNIQUE INDEX webhooks_name ON webhooks (tenant_id, name);
CREATE INDEX webhooks_tenant ON webhooks (tenant_id, id);

CREATE TABLE routes (
    webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    channel_id uuid NOT NULL REFERENCES channels (id),
    position   integer NOT NULL,
    PRIMARY KEY (webhook_id, channel_id)
);
CREATE INDEX routes_channel ON routes (channel_id);

-- The newest position of each log. A transaction that appends updates its row
-- first, and so holds every later one back until it has committed: positions
-- are dense and in the order of commits, whatever ids were drawn when.
CREATE TABLE log_heads (
    name     text PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_heads (name, position) VALUES ('events', 0), ('attempts', 0);

CREATE TABLE events (
    id              uuid PRIMARY KEY,
    seq             bigint NOT NULL,
    tenant_id       uuid NOT NULL,
    type            text NOT NULL,
    version         text NOT NULL,
    entity_id       text,
    tags            text,
    data            text NOT NULL,
    idempotency_key text,
    happened_at     bigint NOT NULL,
    created_at      bigint NOT NULL,
    test            boolean NOT NULL
);
CREATE UNIQUE INDEX events_seq ON events (seq);
CREATE INDEX events_tenant ON events (tenant_id, seq);
CREATE INDEX events_entity ON events (tenant_id, entity_id, seq) WHERE entity_id IS NOT NULL;

-- Apart from events, because a key is remembered longer than its event.
CREATE TABLE idempotency_keys (
    tenant_id   uuid NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    event_id    uuid NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- What happened to a delivery. No index holds a column that changes, and every
-- page has room for a second version of each row, so that an update stays within
-- its page and touches no index (HOT); what is due is in queue.
CREATE TABLE deliveries (
    id            uuid PRIMARY KEY,
    tenant_id     uuid NOT NULL,
    event_id      uuid NOT NULL,
    event_type    text NOT NULL,
    webhook_id    uuid,
    channel_id    uuid NOT NULL,
    status        text NOT NULL,
    attempt_count integer NOT NULL,
    retry_base    integer NOT NULL,
    created_at    bigint NOT NULL,
    completed_at  bigint,
    test          boolean NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, id);
CREATE INDEX deliveries_channel ON deliveries (channel_id, id);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id);

-- One row for each delivery that is not final. due_at is when anybody may claim
-- it: for a leased one, the end of its lease. Rows come and go by the million,
-- so the table is vacuumed early.
CREATE TABLE queue (
    delivery_id uuid PRIMARY KEY,
    channel_id  uuid NOT NULL,
    webhook_id  uuid NOT NULL,
    due_at      bigint NOT NULL,
    lease_owner uuid,
    manual      boolean NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX queue_lane ON queue (channel_id, webhook_id, due_at);

CREATE TABLE attempts (
    id               uuid PRIMARY KEY,
    seq              bigint NOT NULL,
    tenant_id        uuid NOT NULL,
    delivery_id      uuid NOT NULL,
    event_id         uuid NOT NULL,
    event_type       text NOT NULL,
    webhook_id       uuid,
    channel_id       uuid NOT NULL,
    channel_kind     text NOT NULL,
    number           integer NOT NULL,
    trigger_kind     text NOT NULL,
    status           text NOT NULL,
    request_id       uuid NOT NULL,
    target           text NOT NULL,
    request_headers  text NOT NULL,
    request_body     text NOT NULL,
    response_code    integer,
    response_headers text,
    response_body    text,
    error_code       text,
    error_message    text,
    error_retryable  boolean,
    started_at       bigint NOT NULL,
    latency          bigint NOT NULL,
    next_attempt_at  bigint
);
CREATE UNIQUE INDEX attempts_seq ON attempts (seq);
CREATE INDEX attempts_tenant ON attempts (tenant_id, seq);
CREATE INDEX attempts_channel ON attempts (channel_id, seq);
CREATE INDEX attempts_webhook ON attempts (webhook_id, seq);
CREATE INDEX attempts_delivery ON attempts (delivery_id, seq);

-- +goose Down
DROP TABLE attempts, queue, deliveries, idempotency_keys, events, log_heads,
    routes, webhooks, channels, event_types, api_keys, tenants, server_secrets;
